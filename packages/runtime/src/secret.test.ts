import { describe, expect, it } from 'vitest'
import { createSealer, generateApiKey, hashApiKey, hashPassword, isSameSecret, verifyPassword } from './secret.ts'

const secret = 'x'.repeat(32)

describe('a sealed text', () => {
  const sealer = createSealer({ secret, purpose: 'token' })

  it.each(['', 'jeton', 'é€👍', 'x'.repeat(10_000)])('is opened by the same secret and purpose (%#)', (plaintext) => {
    const sealed = sealer.seal(plaintext)
    expect(createSealer({ secret, purpose: 'token' }).open(sealed)).toBe(plaintext)
  })

  it('looks different each time and shows nothing of the text', () => {
    const [first, second] = [sealer.seal('hunter2'), sealer.seal('hunter2')]
    expect(first).not.toBe(second)
    expect(first).toMatch(/^v1\.[A-Za-z0-9_-]+$/)
  })

  it('is not opened for another purpose or by another secret', () => {
    const sealed = sealer.seal('jeton')
    expect(createSealer({ secret, purpose: 'session' }).open(sealed)).toBeNull()
    expect(createSealer({ secret: 'y'.repeat(32), purpose: 'token' }).open(sealed)).toBeNull()
  })

  it('is not opened when any bit of it was changed', () => {
    const bytes = Buffer.from(sealer.seal('jeton').slice(3), 'base64url')
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
      expect(sealer.open(`v1.${changed.toString('base64url')}`)).toBeNull()
    }
  })

  it.each(['', 'v1', 'v1.', 'v1.AAAA', 'v2.AAAA', 'jeton', 'v1.AAAA.BBBB'])('is not found in %j', (text) => {
    expect(sealer.open(text)).toBeNull()
  })
})

describe('an API key', () => {
  it('is random, recognisable and stored as a digest', () => {
    const [first, second] = [generateApiKey(), generateApiKey()]
    expect(first).toMatch(/^sms_[A-Za-z0-9_-]{43}$/)
    expect(first).not.toBe(second)
    expect(hashApiKey(first)).toMatch(/^[0-9a-f]{64}$/)
    expect(hashApiKey(first)).toBe(hashApiKey(first))
    expect(hashApiKey(first)).not.toBe(hashApiKey(second))
  })

  it('is compared whatever the lengths', () => {
    expect([
      isSameSecret('a', 'a'),
      isSameSecret('a', 'b'),
      isSameSecret('a', 'aa'),
      isSameSecret('', ''),
      isSameSecret('', 'a'),
    ]).toEqual([true, false, false, true, false])
  })
})

describe('a password', () => {
  it('is verified against its hash alone', async () => {
    const stored = await hashPassword('mot de passé')
    expect(stored).toMatch(/^scrypt\$32768\$8\$3\$[A-Za-z0-9_-]{22}\$[A-Za-z0-9_-]{43}$/)
    expect(await verifyPassword('mot de passé', stored)).toBe(true)
    expect(await verifyPassword('mot de passe\u0301', stored)).toBe(true)
    expect(await verifyPassword('mot de passe', stored)).toBe(false)
  })

  it('is salted: the same one twice has two hashes', async () => {
    expect(await hashPassword('a')).not.toBe(await hashPassword('a'))
  })

  it('is read with the parameters of its own hash', async () => {
    // From RFC 7914 section 12: "password", salt "NaCl", N 1024, r 8, p 16, the first 32 of 64 bytes.
    const hash = Buffer.from('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162', 'hex').toString('base64url')
    const stored = `scrypt$1024$8$16$${Buffer.from('NaCl').toString('base64url')}$${hash}`
    expect(await verifyPassword('password', stored)).toBe(true)
    expect(await verifyPassword('Password', stored)).toBe(false)
  })

  it.each([null, '', 'plain', 'scrypt$1$2$3', 'scrypt$x$8$1$AAAA$AAAA'])(
    'is never right where nothing usable is stored: %j',
    async (stored) => {
      expect(await verifyPassword('', stored)).toBe(false)
    },
  )
})
