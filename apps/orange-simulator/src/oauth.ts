import { createHash, randomBytes } from 'node:crypto'
import { gatewayError, oauthError, type Refusal } from './envelopes.ts'
import type { RateLimit } from './rate-limit.ts'

/** One account: who asks, as whom it may send, and how fast. */
export type Client = { clientId: string; clientSecret: string; senderAddress: string; rateLimit: RateLimit }

/** The verdict on the `Authorization` header of a call. */
export type TokenCheck =
  | { tokenId: string; client: Client; refusal?: undefined }
  | { tokenId: string | null; client: Client | null; refusal: Refusal }

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
export const createOauth = (clients: readonly Client[]) => {
  let issuedCount = 0
  const tokens = new Map<string, { id: string; client: Client; expiresAt: number }>()

  return {
    /** Whose `Authorization: Basic` header it is. */
    findClient(authorization: string | undefined): { client: Client } | { client: null; refusal: Refusal } {
      const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization ?? '')?.[1]
      const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
      if (!decoded.includes(':')) return { client: null, refusal: oauthError('Unable to decode Basic authorization.') }
      const client = clients.find(({ clientId, clientSecret }) => decoded === `${clientId}:${clientSecret}`)
      const wrong = 'The requested service needs credentials, but the ones provided were invalid.'
      return client ? { client } : { client: null, refusal: oauthError(wrong) }
    },
    issue(client: Client, atMs: number, lifetimeS: number, revokesOld: boolean): { id: string; body: string } {
      if (revokesOld) for (const [token, held] of tokens) if (held.client === client) tokens.delete(token)
      issuedCount += 1
      const token = mintToken(client.clientId, lifetimeS)
      const id = `token-${issuedCount}`
      tokens.set(token, { id, client, expiresAt: atMs + lifetimeS * 1000 })
      const answer = { token_type: 'Bearer', access_token: token, expires_in: lifetimeS }
      // Orange pads its answer exactly like this.
      return { id, body: `\n${JSON.stringify(answer, null, 2)}\n        ` }
    },
    check(authorization: string | undefined, atMs: number): TokenCheck {
      const unknown = (code: 40 | 41) => ({ tokenId: null, client: null, refusal: gatewayError(code) })
      if (authorization === undefined || !authorization.startsWith('Bearer ')) return unknown(40)
      const known = tokens.get(authorization.slice(7))
      if (!known) return unknown(41)
      const { id: tokenId, client } = known
      return known.expiresAt <= atMs ? { tokenId, client, refusal: gatewayError(42) } : { tokenId, client }
    },
    /** Every token issued so far is refused from now on: as unknown (code 41) or as out of date (code 42). */
    revoke(as: 'unknown' | 'expired') {
      if (as === 'unknown') tokens.clear()
      else for (const token of tokens.values()) token.expiresAt = Number.NEGATIVE_INFINITY
    },
  }
}
export type Oauth = ReturnType<typeof createOauth>
