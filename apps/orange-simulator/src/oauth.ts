import { createHash, randomBytes } from 'node:crypto'
import { gatewayError, oauthError, type Refusal } from './envelopes.ts'

/** The verdict on the `Authorization` header of a call. */
export type TokenCheck = { tokenId: string; refusal?: undefined } | { tokenId: string | null; refusal: Refusal }

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** As long as Orange's, signed by nobody. */
const mintToken = (clientId: string, lifetimeS: number): string => {
  const header = encode({ typ: 'JWT', alg: 'ES384' })
  const claims = encode({
    app_name: 'simulator',
    sub: createHash('sha256').update(clientId).digest('hex').slice(0, 24),
    iss: 'https://api.orange.com/oauth/v3',
    exp_in: lifetimeS,
    client_id: clientId,
    jti: randomBytes(16).toString('hex'),
    padding: randomBytes(120).toString('base64url'),
  })
  return `${header}.${claims}.${randomBytes(96).toString('base64url')}`
}

/** Issues and checks access tokens. Times are the simulator's own clock, in milliseconds. */
export const createOauth = (credentials: { clientId: string; clientSecret: string }) => {
  let issuedCount = 0
  const tokens = new Map<string, { id: string; expiresAt: number }>()

  return {
    /** Null when the `Authorization: Basic` header is right. */
    refuseClient(authorization: string | undefined): Refusal | null {
      const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization ?? '')?.[1]
      const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
      if (!decoded.includes(':')) return oauthError('Unable to decode Basic authorization.')
      if (decoded === `${credentials.clientId}:${credentials.clientSecret}`) return null
      return oauthError('The requested service needs credentials, but the ones provided were invalid.')
    },
    issue(atMs: number, lifetimeS: number, revokesOld: boolean): { id: string; body: string } {
      if (revokesOld) tokens.clear()
      issuedCount += 1
      const token = mintToken(credentials.clientId, lifetimeS)
      const id = `token-${issuedCount}`
      tokens.set(token, { id, expiresAt: atMs + lifetimeS * 1000 })
      const answer = { token_type: 'Bearer', access_token: token, expires_in: lifetimeS }
      // Orange pads its answer exactly like this.
      return { id, body: `\n${JSON.stringify(answer, null, 2)}\n        ` }
    },
    check(authorization: string | undefined, atMs: number): TokenCheck {
      if (authorization === undefined || !authorization.startsWith('Bearer ')) return { tokenId: null, refusal: gatewayError(40) }
      const known = tokens.get(authorization.slice(7))
      if (!known) return { tokenId: null, refusal: gatewayError(41) }
      if (known.expiresAt <= atMs) return { tokenId: known.id, refusal: gatewayError(42) }
      return { tokenId: known.id }
    },
    /** Every token issued so far is refused from now on: as unknown (code 41) or as out of date (code 42). */
    revoke(as: 'unknown' | 'expired') {
      if (as === 'unknown') tokens.clear()
      else for (const token of tokens.values()) token.expiresAt = Number.NEGATIVE_INFINITY
    },
  }
}
export type Oauth = ReturnType<typeof createOauth>
