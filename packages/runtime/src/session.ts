import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export type Session = { userId: number; expiresAtMs: number }

export type SessionSigner = {
  /** `credential`: what the session stands and falls with, such as the password's hash. It is not in the token. */
  sign(session: Session, credential: string): string
  /** Null: made by somebody else, changed, over, or its user's credential is another (or none: `credentialOf` gave null). */
  verify(
    token: string,
    input: { nowMs: number; credentialOf: (userId: number) => Promise<string | null> },
  ): Promise<Session | null>
}

const TOKEN = /^v1\.(\d{1,10})\.(\d{1,16})\.([A-Za-z0-9_-]{43})$/

/**
 * `v1.<user id>.<expiry>.<HMAC-SHA256>`: nothing secret, nothing personal, no table of sessions. The credential is part of what is
 * signed, so that a new password ends every session of its user. `secret` is APP_SECRET.
 */
export const createSessionSigner = ({ secret }: { secret: string }): SessionSigner => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'sms-orange/v1/session', 32))
  const macOf = ({ userId, expiresAtMs }: Session, credential: string): Buffer =>
    createHmac('sha256', key).update(`v1.${userId}.${expiresAtMs}\n${credential}`).digest()

  return {
    sign: (session, credential) =>
      `v1.${session.userId}.${session.expiresAtMs}.${macOf(session, credential).toString('base64url')}`,

    verify: async (token, { nowMs, credentialOf }) => {
      const [, userId, expiresAtMs, mac = ''] = TOKEN.exec(token) ?? []
      const session = { userId: Number(userId), expiresAtMs: Number(expiresAtMs) }
      if (userId === undefined || session.userId > 2 ** 31 - 1 || session.expiresAtMs <= nowMs) return null
      const credential = await credentialOf(session.userId)
      if (credential === null) return null
      return timingSafeEqual(macOf(session, credential), Buffer.from(mac, 'base64url')) ? session : null
    },
  }
}
