import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16

export type TokenSeal = {
  /** Stands for the credentials in the names of keys; says nothing about them. */
  fingerprint: string
  /** Stands for one token where the token itself may not be written. */
  idOf(token: string): string
  seal(token: string): string
  /** Null when it was sealed with another secret, for other credentials, or altered. */
  open(sealed: string): string | null
}

/** Keeps access tokens unreadable in Redis: AES-256-GCM, bound to the account and its credentials. */
export const createTokenSeal = (input: {
  appSecret: string
  accountId: number
  clientId: string
  clientSecret: string
}): TokenSeal => {
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', input.appSecret, '', `sms/orange/${purpose}/v1`, 32))
  const encryptionKey = derive('token-encryption')
  const namingKey = derive('token-naming')
  const nameOf = (text: string): string => createHmac('sha256', namingKey).update(text).digest('base64url').slice(0, 22)
  const fingerprint = nameOf(JSON.stringify(['credentials', input.clientId, input.clientSecret]))
  const boundTo = Buffer.from(JSON.stringify([input.accountId, fingerprint]))

  return {
    fingerprint,
    idOf: (token) => nameOf(`token ${token}`),
    seal(token) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', encryptionKey, nonce).setAAD(boundTo)
      const body = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
      const decipher = createDecipheriv('aes-256-gcm', encryptionKey, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(boundTo).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}
