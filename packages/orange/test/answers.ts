import { expect } from 'vitest'

export type AnswerRow = {
  name: string
  status: number
  body?: unknown
  headers?: Record<string, string>
  isComplete?: boolean
  expected: object
}

const gateway = (code: number | string, message = 'm', description = 'd') => ({ code, message, description })
const service = (messageId: string, text: string, variables?: unknown) => ({
  requestError: { serviceException: { messageId, text, variables } },
})
const policy = (messageId: string, text: string, variables?: unknown) => ({
  requestError: { policyException: { messageId, text, variables } },
})
const NO_ADDRESS = 'No valid addresses provided in message part %1'
const POLICY = 'A policy error occurred. Error code is %1'
const EXPIRED = 'Expired contract. You can buy a new bundle on https://developer.orange.com to reactivate it.'
const html = '<html><head><title>502 Bad Gateway</title></head></html>'
const accepted = (resourceURL: string) => ({ outboundSMSMessageRequest: { address: ['tel:+2250707070707'], resourceURL } })
const HOST = 'https://api.orange.com/smsmessaging/v1/outbound/tel:+2250000/requests'

/** What Orange answers, or something between it and us, and what each proves. */
export const ANSWERS: readonly AnswerRow[] = [
  // 2xx
  {
    name: '201 with its resource',
    status: 201,
    body: accepted(`${HOST}/0c9c4e15-db6a`),
    expected: { kind: 'accepted', messageId: '0c9c4e15-db6a' },
  },
  { name: '201 with an empty body', status: 201, expected: { kind: 'accepted', messageId: null } },
  { name: '201 with HTML', status: 201, body: html, expected: { kind: 'accepted', messageId: null } },
  {
    name: '201 whose body broke off',
    status: 201,
    body: '{"outboundSMSM',
    isComplete: false,
    expected: { kind: 'accepted', messageId: null },
  },
  {
    name: '201 whose body broke off, with Location',
    status: 201,
    body: '{"outboundSMSM',
    isComplete: false,
    headers: { location: `${HOST}/from-header` },
    expected: { kind: 'accepted', messageId: 'from-header' },
  },
  {
    name: '200 with a resource',
    status: 200,
    body: accepted(`${HOST}/x`),
    expected: { kind: 'accepted', messageId: 'x', httpStatus: 200 },
  },
  { name: '200 without one', status: 200, body: {}, expected: { kind: 'unknown', code: 'HTTP_200' } },
  // 3xx
  { name: '301', status: 301, expected: { kind: 'unavailable', code: 'HTTP_301' } },
  { name: '308', status: 308, expected: { kind: 'unavailable', code: 'HTTP_308' } },
  { name: '302', status: 302, expected: { kind: 'unknown', code: 'HTTP_302' } },
  { name: '303', status: 303, expected: { kind: 'unknown', code: 'HTTP_303' } },
  // 401
  { name: 'E2 40', status: 401, body: gateway(40), expected: { kind: 'unauthorized', code: '40' } },
  { name: 'E2 41', status: 401, body: gateway(41), expected: { kind: 'unauthorized', code: '41' } },
  {
    name: 'E2 42',
    status: 401,
    body: gateway(42, 'Expired credentials', 'The requested service needs credentials, and the ones provided were out-of-date.'),
    expected: { kind: 'unauthorized', code: '42', text: expect.stringContaining('Expired credentials: The requested') },
  },
  { name: 'E2 42 as a string', status: 401, body: gateway('42'), expected: { kind: 'unauthorized', code: '42' } },
  {
    name: 'E1',
    status: 401,
    body: { error: 'invalid_client', error_description: 'x' },
    expected: { kind: 'unauthorized', code: 'invalid_client', text: 'x' },
  },
  { name: '401 with nothing', status: 401, expected: { kind: 'unauthorized', code: 'HTTP_401' } },
  // throttled
  { name: '429 without a word', status: 429, expected: { kind: 'throttled', code: 'HTTP_429', retryAfterMs: null } },
  { name: '429 with seconds', status: 429, headers: { 'retry-after': '7' }, expected: { kind: 'throttled', retryAfterMs: 7000 } },
  {
    name: '429 with a date',
    status: 429,
    headers: { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' },
    expected: { kind: 'throttled', retryAfterMs: 30_000 },
  },
  {
    name: '429 with a date gone by',
    status: 429,
    headers: { 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' },
    expected: { retryAfterMs: null },
  },
  { name: '429 with zero', status: 429, headers: { 'retry-after': '0' }, expected: { kind: 'throttled', retryAfterMs: null } },
  {
    name: '429 with nonsense',
    status: 429,
    headers: { 'retry-after': 'soon' },
    expected: { kind: 'throttled', retryAfterMs: null },
  },
  {
    name: '429 for a year',
    status: 429,
    headers: { 'retry-after': '31536000' },
    expected: { kind: 'throttled', retryAfterMs: 3_600_000 },
  },
  { name: 'E2 53 under 403', status: 403, body: gateway(53), expected: { kind: 'throttled', code: '53', retryAfterMs: null } },
  {
    name: '503 with Retry-After and HTML',
    status: 503,
    body: html,
    headers: { 'retry-after': '2' },
    expected: { kind: 'throttled', retryAfterMs: 2000 },
  },
  {
    name: '503 code 5 with Retry-After',
    status: 503,
    body: gateway(5),
    headers: { 'retry-after': '2' },
    expected: { kind: 'throttled', code: '5' },
  },
  // blocked
  ...[50, 51, 52].map((code) => ({
    name: `E2 ${code}`,
    status: 403,
    body: gateway(code),
    expected: { kind: 'blocked', code: String(code) },
  })),
  {
    name: 'E3 SVC0004 on the sender',
    status: 400,
    body: service('SVC0004', NO_ADDRESS, ['senderAddress']),
    expected: { kind: 'blocked', code: 'SVC0004', text: 'No valid addresses provided in message part senderAddress' },
  },
  {
    name: 'E4 expired contract',
    status: 403,
    body: policy('POL0001', POLICY, [EXPIRED]),
    expected: { kind: 'blocked', code: 'POL0001', text: expect.stringContaining(EXPIRED) },
  },
  {
    name: 'E4 no units',
    status: 403,
    body: policy('POL0001', POLICY, ['Insufficient balance']),
    expected: { kind: 'blocked', code: 'POL0001' },
  },
  {
    name: 'E4 not provisioned',
    status: 403,
    body: policy('POL1009', 'User not provisioned for %1', ['SMS']),
    expected: { kind: 'blocked', code: 'POL1009' },
  },
  { name: 'E1 under 400', status: 400, body: { error: 'invalid_client' }, expected: { kind: 'blocked', code: 'invalid_client' } },
  // rejected
  {
    name: 'E3 SVC0004 on the recipient',
    status: 400,
    body: service('SVC0004', NO_ADDRESS, ['address']),
    expected: { kind: 'rejected', code: 'SVC0004' },
  },
  {
    name: 'E3 variables as a string',
    status: 400,
    body: service('SVC0002', 'Invalid %1', 'senderName'),
    expected: { kind: 'rejected', text: 'Invalid senderName' },
  },
  {
    name: 'E3 variables missing',
    status: 400,
    body: service('SVC0002', 'Invalid %1'),
    expected: { kind: 'rejected', text: 'Invalid %1' },
  },
  {
    name: 'E3 variables null',
    status: 400,
    body: service('SVC0002', 'Invalid %1', null),
    expected: { kind: 'rejected', text: 'Invalid %1' },
  },
  {
    name: 'E3 two variables',
    status: 400,
    body: service('SVC0003', '%1 not in %2', ['a', 'b, c']),
    expected: { kind: 'rejected', text: 'a not in b, c' },
  },
  {
    name: 'E3 a variable without its place',
    status: 400,
    body: service('SVC0002', 'Invalid', ['address']),
    expected: { text: 'Invalid (address)' },
  },
  {
    name: 'E3 SVC0280',
    status: 400,
    body: service('SVC0280', 'Message too long. Maximum length is %1 characters', ['160']),
    expected: { kind: 'rejected', code: 'SVC0280' },
  },
  {
    name: 'E3 bare',
    status: 400,
    body: { serviceException: { messageId: 'SVC0002', text: 'Invalid %1', variables: ['x'] } },
    expected: { kind: 'rejected', code: 'SVC0002', text: 'Invalid x' },
  },
  {
    name: 'E4 bare',
    status: 403,
    body: { policyException: { messageId: 'POL0001', text: POLICY, variables: [EXPIRED] } },
    expected: { kind: 'blocked', code: 'POL0001' },
  },
  {
    name: 'E4 another policy',
    status: 403,
    body: policy('POL0001', POLICY, ['Something else']),
    expected: { kind: 'rejected', code: 'POL0001' },
  },
  {
    name: 'E4 POL0002',
    status: 403,
    body: policy('POL0002', 'Privacy verification failed for address %1', ['tel:+2250707070707']),
    expected: { kind: 'rejected', text: 'Privacy verification failed for address tel:+*************' },
  },
  { name: 'E2 22', status: 400, body: gateway(22), expected: { kind: 'rejected', code: '22' } },
  {
    name: 'E2 42 inside requestError',
    status: 400,
    body: { requestError: gateway(42) },
    expected: { kind: 'rejected', code: 'HTTP_400' },
  },
  { name: 'E2 60', status: 404, body: gateway(60), expected: { kind: 'rejected', code: '60' } },
  { name: 'E2 68', status: 415, body: gateway(68), expected: { kind: 'rejected', code: '68' } },
  {
    name: 'E3 SVC0005',
    status: 409,
    body: service('SVC0005', 'Correlator %1', ['x']),
    expected: { kind: 'rejected', code: 'SVC0005' },
  },
  { name: 'E5 400 HTML', status: 400, body: html, expected: { kind: 'rejected', code: 'HTTP_400', text: '' } },
  { name: 'E5 403 empty', status: 403, expected: { kind: 'rejected', code: 'HTTP_403' } },
  // unavailable
  { name: '503 code 5', status: 503, body: gateway(5), expected: { kind: 'unavailable', code: '5' } },
  { name: '503 code 6', status: 503, body: gateway(6), expected: { kind: 'unavailable', code: '6' } },
  {
    name: '503 SVC1000',
    status: 503,
    body: service('SVC1000', 'No resources'),
    expected: { kind: 'unavailable', code: 'SVC1000' },
  },
  {
    name: '400 SVC0001',
    status: 400,
    body: service('SVC0001', 'A service error occurred. Error code is %1', ['9']),
    expected: { kind: 'unavailable', code: 'SVC0001' },
  },
  { name: '408', status: 408, body: gateway(63), expected: { kind: 'unavailable', code: '63' } },
  {
    name: 'a 4xx that broke off',
    status: 403,
    body: '{"code":5',
    isComplete: false,
    expected: { kind: 'unavailable', code: 'HTTP_403' },
  },
  // unknown
  { name: '500 code 1', status: 500, body: gateway(1), expected: { kind: 'unknown', code: '1' } },
  { name: '500 SVC0001', status: 500, body: service('SVC0001', 'x'), expected: { kind: 'unknown', code: 'SVC0001' } },
  { name: 'E5 500 empty', status: 500, expected: { kind: 'unknown', code: 'HTTP_500' } },
  { name: 'E5 502 HTML', status: 502, body: html, expected: { kind: 'unknown', code: 'HTTP_502', text: '' } },
  { name: 'E5 503 HTML', status: 503, body: html, expected: { kind: 'unknown', code: 'HTTP_503' } },
  { name: '503 code 1', status: 503, body: gateway(1), expected: { kind: 'unknown', code: '1' } },
  {
    name: '503 that broke off',
    status: 503,
    body: '{"code":5,"message":"x"}',
    isComplete: false,
    expected: { kind: 'unknown', code: 'HTTP_503' },
  },
  { name: '504', status: 504, expected: { kind: 'unknown', code: 'HTTP_504' } },
  { name: '502 with Retry-After', status: 502, headers: { 'retry-after': '2' }, expected: { kind: 'unknown' } },
  {
    name: '502 with an envelope that would block under 403',
    status: 502,
    body: policy('POL0001', POLICY, [EXPIRED]),
    expected: { kind: 'unknown' },
  },
]
