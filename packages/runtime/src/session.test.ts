import { describe, expect, it } from 'vitest'
import { createSessionSigner } from './session.ts'

const secret = 'a secret of thirty-two characters or more'
const signer = createSessionSigner({ secret })
const session = { userId: 7, expiresAtMs: 2_000 }
const verify = (token: string, nowMs = 1_000, credential: string | null = 'hash', by = signer) =>
  by.verify(token, { nowMs, credentialOf: async () => credential })

describe('a session', () => {
  const token = signer.sign(session, 'hash')

  it('is what was signed, until it is over', async () => {
    expect(await verify(token)).toEqual(session)
    expect(await verify(token, 1_999)).toEqual(session)
    expect(await verify(token, 2_000)).toBeNull()
  })

  it('holds the user and the expiry, and nothing else to read', () => {
    expect(token).toMatch(/^v1\.7\.2000\.[\w-]{43}$/)
  })

  it('ends with the credential it was opened with', async () => {
    expect(await verify(token, 1_000, 'another hash')).toBeNull()
    expect(await verify(token, 1_000, null)).toBeNull()
  })

  it('of another secret is none', async () => {
    expect(await verify(token, 1_000, 'hash', createSessionSigner({ secret: `${secret}!` }))).toBeNull()
  })

  it('is none once any character of it is another', async () => {
    for (let place = 0; place < token.length; place += 1) {
      const changed = `${token.slice(0, place)}${token[place] === '1' ? '2' : '1'}${token.slice(place + 1)}`
      // The last character of 32 bytes in base64 holds two bits that mean nothing.
      if (place < token.length - 1) expect(await verify(changed), String(place)).toBeNull()
    }
  })

  it.each([
    '',
    'v1',
    'v1.7.2000.',
    'v1.-7.2000.x',
    'v2.7.2000.x',
    `${token}x`,
    ` ${token}`,
    `v1.99999999999.2000.${'a'.repeat(43)}`,
  ])('is none in another shape (%#)', async (other) => {
    expect(await verify(other)).toBeNull()
  })

  it('has nobody looked up who cannot be meant', async () => {
    const asked: number[] = []
    const credentialOf = async (userId: number) => {
      asked.push(userId)
      return 'hash'
    }
    for (const other of [`v1.4000000000.5000.${'a'.repeat(43)}`, signer.sign({ userId: 7, expiresAtMs: 500 }, 'hash')]) {
      expect(await signer.verify(other, { nowMs: 1_000, credentialOf })).toBeNull()
    }
    expect(asked).toEqual([])
  })
})
