import { describe, expect, it } from 'vitest'
import { createTokenSeal } from './token-seal.ts'

const base = { appSecret: 's'.repeat(32), accountId: 1, clientId: 'client', clientSecret: 'secret' }

describe('a sealed token', () => {
  it('opens again with the same secret and credentials, and never looks the same twice', () => {
    const seal = createTokenSeal(base)
    const [one, two] = [seal.seal('token-a'), seal.seal('token-a')]
    expect(one).not.toBe(two)
    expect([createTokenSeal(base).open(one), seal.open(two)]).toEqual(['token-a', 'token-a'])
    expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('token-a')
  })
  it.each([
    ['another secret', { appSecret: 't'.repeat(32) }],
    ['another account', { accountId: 2 }],
    ['another client', { clientId: 'other' }],
    ['another client secret', { clientSecret: 'other' }],
  ])('stays shut for %s', (_name, change) => {
    expect(createTokenSeal({ ...base, ...change }).open(createTokenSeal(base).seal('token-a'))).toBeNull()
  })
  it('stays shut once altered or cut', () => {
    const seal = createTokenSeal(base)
    const bytes = Buffer.from(seal.seal('token-a'), 'base64url')
    for (let index = 0; index < bytes.length; index += 1) {
      const altered = Buffer.from(bytes)
      altered[index] = (altered[index] ?? 0) ^ 1
      expect(seal.open(altered.toString('base64url'))).toBeNull()
    }
    expect([seal.open(''), seal.open('AAAA')]).toEqual([null, null])
  })
  it('is named without telling anything of it', () => {
    const seal = createTokenSeal(base)
    expect(seal.idOf('token-a')).not.toBe(seal.idOf('token-b'))
    expect(seal.fingerprint).not.toBe(createTokenSeal({ ...base, clientSecret: 'x' }).fingerprint)
    expect(seal.fingerprint).toMatch(/^[\w-]{22}$/)
  })
})
