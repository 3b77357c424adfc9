import { describe, expect, it } from 'vitest'
import { readTokenAnswer } from './token-endpoint.ts'
import type { Answer } from './reply.ts'
import { usableMs } from './token-cache.ts'

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

describe('the margin', () => {
  it('is five minutes, or a fifth of a short life', () => {
    expect(usableMs(3600)).toBe(3_300_000)
    expect(usableMs(7_776_000)).toBe(7_775_700_000)
    expect(usableMs(100)).toBe(80_000)
    expect(usableMs(1)).toBe(800)
  })
})
