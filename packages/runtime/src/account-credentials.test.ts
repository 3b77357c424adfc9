import { expect, it } from 'vitest'
import { createCredentialsSealer } from './account-credentials.ts'

const SECRET = 'a secret of thirty-two characters or more'
const credentials = { clientId: 'client-of-mali', clientSecret: 'never to be read again' }
const sealer = createCredentialsSealer({ secret: SECRET })

it('opens what it sealed, and shows nothing of it meanwhile', () => {
  const sealed = sealer.seal(3, credentials)
  expect(sealer.open(3, sealed)).toEqual(credentials)
  expect(sealed).not.toContain(credentials.clientId)
  expect(Buffer.from(sealed.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain(credentials.clientSecret)
  expect(sealer.seal(3, credentials)).not.toBe(sealed)
})

it('opens nothing in the row of another account, under another secret, or after a change', () => {
  const sealed = sealer.seal(3, credentials)
  expect(sealer.open(4, sealed)).toBeNull()
  expect(createCredentialsSealer({ secret: `${SECRET}!` }).open(3, sealed)).toBeNull()
  expect(sealer.open(3, sealed.slice(0, -2))).toBeNull()
  expect(sealer.open(3, '')).toBeNull()
})
