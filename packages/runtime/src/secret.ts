import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  scrypt,
  timingSafeEqual,
  type ScryptOptions,
} from 'node:crypto'

const SEAL_VERSION = 'v1'
const IV_BYTES = 12
const TAG_BYTES = 16

export type Sealer = {
  seal(plaintext: string): string
  /** Null: sealed with another secret or for another purpose, or tampered with. */
  open(sealed: string): string | null
}

/**
 * AES-256-GCM under a key of its own for each purpose, so that what was sealed for one cannot be passed off for another.
 * `secret` is APP_SECRET: long and random, which HKDF requires and a password is not.
 */
export const createSealer = ({ secret, purpose }: { secret: string; purpose: string }): Sealer => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `sms-orange/${SEAL_VERSION}/${purpose}`, 32))

  const open = (sealed: string): string | null => {
    const [version, body, ...rest] = sealed.split('.')
    if (version !== SEAL_VERSION || body === undefined || rest.length > 0) return null
    const bytes = Buffer.from(body, 'base64url')
    if (bytes.length < IV_BYTES + TAG_BYTES) return null
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
    } catch {
      return null
    }
  }

  return {
    open,
    seal: (plaintext) => {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return `${SEAL_VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64url')}`
    },
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()

/** What is stored of an API key, hex. Keys are long and random, so a plain digest cannot be searched backwards. */
export const hashApiKey = (apiKey: string): string => sha256(apiKey).toString('hex')

/** In a time that tells nothing of either, not even the length. */
export const isSameSecret = (given: string, expected: string): boolean => timingSafeEqual(sha256(given), sha256(expected))

/** The prefix lets scanners, and the log masking, recognise a key that leaked. */
export const generateApiKey = (): string => `sms_${randomBytes(32).toString('base64url')}`

/** 32 MiB and some 100 ms for each guess (OWASP's table for scrypt). */
const SCRYPT = { N: 32_768, r: 8, p: 3 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const MAX_SCRYPT_MEMORY_BYTES = 256 * 1024 * 1024

const derive = (password: string, salt: Buffer, { N, r, p }: { N: number; r: number; p: number }): Promise<Buffer> => {
  const options: ScryptOptions = { N, r, p, maxmem: MAX_SCRYPT_MEMORY_BYTES }
  return new Promise((resolve, reject) => {
    // Compatibility form, so that "é" typed on one system is "é" typed on another.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    )
  })
}

/** `scrypt$N$r$p$salt$hash`: the parameters travel with the hash, so they can rise without locking anybody out. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, SCRYPT)
  return ['scrypt', SCRYPT.N, SCRYPT.r, SCRYPT.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

const STORED_PASSWORD = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]{43})$/

/** `stored` null (nobody of that name, or no password): false too, after the same work, so that names cannot be probed. */
export const verifyPassword = async (password: string, stored: string | null): Promise<boolean> => {
  const match = stored === null ? null : STORED_PASSWORD.exec(stored)
  if (match === null) {
    await derive(password, Buffer.alloc(SALT_BYTES), SCRYPT)
    return false
  }
  const [, N = '', r = '', p = '', salt = '', hash = ''] = match
  const derived = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return timingSafeEqual(derived, Buffer.from(hash, 'base64url'))
}
