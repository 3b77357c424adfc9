import { describe, expect, it } from 'vitest'
import { readTokenAnswer } from './token-endpoint.ts'
import type { Answer } from './reply.ts'
import { lifeOf } from './token-cache.ts'

const answerOf = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  kind: 'answer',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  isComplete: true,
})
const read = (status: number, body: unknown, headers?: Record<string, string>) =>
  readTokenAnswer(answerOf(status, body, headers), 0)

describe('the token answer', () => {
  it('is read through the blank line and the spaces around it', () => {
    const padded = '\n{\n  "token_type": "Bearer",\n  "access_token": "abc.def",\n  "expires_in": 3600\n}\n        '
    expect(read(200, padded)).toEqual({ kind: 'granted', token: 'abc.def', lifetimeS: 3600 })
  })
  it.each([
    ['a number', 3600, 3600],
    ['a string', '3600', 3600],
    ['90 days', '7776000', 7_776_000],
    ['missing', undefined, 3600],
    ['null', null, 3600],
    ['nonsense', 'soon', 3600],
    ['zero', 0, 3600],
    ['negative', -5, 3600],
    ['longer than any token lives', 1e15, 7_776_000],
  ])('has a lifetime that is %s', (_name, expires_in, lifetimeS) => {
    expect(read(200, { access_token: 't', expires_in })).toEqual({ kind: 'granted', token: 't', lifetimeS })
  })
  it.each([
    ['HTML', '<html>'],
    ['no token', { expires_in: 3600 }],
    ['an empty token', { access_token: '' }],
    ['a token that no header can carry', { access_token: 'a\r\nb' }],
  ])('of 200 with %s is no token', (_name, body) => {
    expect(read(200, body)).toMatchObject({ kind: 'unavailable', code: 'TOKEN_UNAVAILABLE' })
  })
  it.each([
    [
      401,
      { error: 'invalid_client', error_description: 'no' },
      { kind: 'blocked', code: 'INVALID_CLIENT', text: 'no', httpStatus: 401 },
    ],
    [400, { error: 'unauthorized_client' }, { kind: 'blocked', code: 'INVALID_CLIENT' }],
    [401, '', { kind: 'blocked', code: 'INVALID_CLIENT' }],
    [403, { code: 50, message: 'Access denied' }, { kind: 'blocked', code: '50' }],
    [429, '', { kind: 'throttled', retryAfterMs: null }],
    [403, { code: 53 }, { kind: 'throttled', code: '53' }],
    [500, { code: 1 }, { kind: 'unavailable', code: 'TOKEN_UNAVAILABLE', httpStatus: 500 }],
    [502, '<html>', { kind: 'unavailable', code: 'TOKEN_UNAVAILABLE' }],
    [404, '', { kind: 'unavailable', code: 'TOKEN_UNAVAILABLE' }],
  ])('of %i %j is typed', (status, body, expected) => {
    expect(read(status, body)).toMatchObject(expected)
  })
  it('of 503 with Retry-After says how long to wait', () => {
    expect(read(503, '', { 'retry-after': '3' })).toMatchObject({ kind: 'throttled', retryAfterMs: 3000 })
  })
})

describe('the life of a token', () => {
  it('is used to the end, but for a request that is under way; the next one is due after four fifths', () => {
    const dueAfterMs = (lifetimeS: number) => lifeOf(lifetimeS).usableMs - lifeOf(lifetimeS).earlyMs
    expect([3600, 7_776_000, 100, 2].map((lifetimeS) => [lifeOf(lifetimeS).usableMs, dueAfterMs(lifetimeS)])).toEqual([
      [3_595_000, 2_880_000],
      [7_775_995_000, 6_220_800_000],
      [95_000, 80_000],
      [1_900, 1_600],
    ])
  })
  it('that is hardly any leaves no negative time', () => {
    expect(lifeOf(0.0001)).toEqual({ usableMs: 1, earlyMs: 0 })
  })
})
