import { describe, expect, it } from 'vitest'
import { createSessionCookie, requireOwnOrigin } from './transport.ts'

describe('a request with a session', () => {
  const host = 'sms.example.ci'
  it.each([
    ['a page of ours', 'POST', { host, origin: 'https://sms.example.ci' }],
    ['a page of ours on another port than usual', 'POST', { host: 'localhost:3000', origin: 'http://localhost:3000' }],
    ['a link of ours', 'GET', { host, 'sec-fetch-site': 'same-origin' }],
    ['the address bar', 'GET', { host, 'sec-fetch-site': 'none' }],
    ['a form of ours whose browser tells the site only', 'POST', { host, 'sec-fetch-site': 'same-origin' }],
  ])('passes from %s', (_name, method, headers) => {
    expect(() => requireOwnOrigin(headers, method)).not.toThrow()
  })

  it.each([
    ['another site', 'POST', { host, origin: 'https://evil.example' }],
    ['another site that is named like ours', 'POST', { host, origin: 'https://sms.example.ci.evil.example' }],
    ['a neighbour', 'POST', { host, origin: 'https://www.example.ci' }],
    ['another port', 'POST', { host, origin: 'https://sms.example.ci:8443' }],
    ['a page without an origin', 'POST', { host, origin: 'null' }],
    ['nobody knows where', 'POST', { host }],
    ['another site, to read', 'GET', { host, 'sec-fetch-site': 'cross-site' }],
    ['a neighbour, to read', 'GET', { host, 'sec-fetch-site': 'same-site' }],
    ['a request without a host', 'POST', { origin: 'https://sms.example.ci' }],
  ])('is refused from %s', (_name, method, headers) => {
    expect(() => requireOwnOrigin(headers, method)).toThrow(expect.objectContaining({ code: 'BAD_ORIGIN' }))
  })
})

describe('the cookie of a session', () => {
  const production = createSessionCookie({ isProduction: true })
  const development = createSessionCookie({ isProduction: false })

  it('is kept to HTTPS and to this host', () => {
    const written = production.write({ host: 'sms.example.ci', origin: 'https://sms.example.ci' }, 'token')
    expect(written).toBe('__Host-sms_session=token; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure')
  })

  it('works over plain HTTP on the machine itself, and elsewhere outside of production', () => {
    for (const [cookie, host] of [
      [production, 'localhost:3000'],
      [production, '127.0.0.1:3000'],
      [production, '[::1]:3000'],
      [development, '10.0.0.5:3000'],
    ] as const) {
      const written = cookie.write({ host, origin: `http://${host}` }, 'token')
      expect(written).toBe('sms_session=token; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict')
      expect(cookie.read({ host, cookie: 'a=b; sms_session=token' })).toBe('token')
    }
  })

  it('is not given over plain HTTP in production, nor taken', () => {
    const host = '10.0.0.5:3000'
    expect(() => production.requireSafe({ host, origin: `http://${host}` })).toThrow(
      expect.objectContaining({ code: 'INSECURE_TRANSPORT' }),
    )
    expect(production.read({ host, cookie: 'sms_session=token' })).toBeNull()
    expect(production.read({ host: 'localhost.evil.example', cookie: 'sms_session=token' })).toBeNull()
  })

  it('is Secure when nobody says how it travels', () => {
    expect(production.write({ host: 'sms.example.ci' }, 'token')).toContain('; Secure')
  })

  it('that is bound to the host wins over one that a neighbour may have set', () => {
    expect(development.read({ host: 'localhost', cookie: 'sms_session=theirs; __Host-sms_session=ours' })).toBe('ours')
    expect(production.read({ host: 'localhost' })).toBeNull()
  })
})
