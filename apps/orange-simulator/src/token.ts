import type { SimulatorSettings } from './config.ts'
import { gatewayError, htmlError, oauthError, type Refusal } from './envelopes.ts'
import { answer, later, refuse, reset, type Exchange } from './exchange.ts'
import type { Faults, TokenFault, TokenRule } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { Oauth } from './oauth.ts'
import type { RateLimit } from './rate-limit.ts'

type TokenDeps = { settings: SimulatorSettings; ledger: Ledger; faults: Faults; oauth: Oauth; tokenLimit: RateLimit }

const refusalOf = (rule: TokenRule): Refusal | null => {
  const headers = rule.retryAfterS === undefined ? undefined : { 'Retry-After': String(rule.retryAfterS) }
  const answers: Partial<Record<TokenFault, () => Refusal>> = {
    'invalid-client': () => oauthError('The requested service needs credentials, but the ones provided were invalid.'),
    '429': () => ({ ...gatewayError(53, headers), status: 429 }),
    '500': () => gatewayError(1),
    '503': () => htmlError(503, headers),
    'unreadable-200': () => ({ status: 200, code: 'unreadable-200', body: '<html>' }),
  }
  return answers[rule.fault]?.() ?? null
}

/** `POST /oauth/v3/token` (and the legacy v2) */
export const createToken = (deps: TokenDeps) => {
  const { settings, ledger } = deps
  type Issued = { tokenId: string; clientId: string }
  const note = (exchange: Exchange, status: number | null, outcome: string, issued: Issued | null = null) =>
    ledger.add({
      atMs: exchange.atMs,
      kind: 'token',
      accepted: false,
      status,
      outcome,
      address: null,
      message: null,
      messageId: null,
      tokenId: issued?.tokenId ?? null,
      clientId: issued?.clientId ?? null,
    })

  const turnDown = (exchange: Exchange, refusal: Refusal, outcome = refusal.code) => {
    note(exchange, refusal.status, outcome)
    later(settings.tokenLatencyMs, () => refuse(exchange, refusal))
  }

  return (exchange: Exchange) => {
    if (!deps.tokenLimit.pass(exchange.atMs))
      return turnDown(exchange, { ...gatewayError(53), status: 429 }, 'rate-limited-token')
    const rule = deps.faults.forToken()
    const fault = rule && refusalOf(rule)
    if (fault) return turnDown(exchange, fault, rule.fault)
    if (rule?.fault === 'hang' || rule?.fault === 'reset') {
      note(exchange, null, rule.fault)
      if (rule.fault === 'reset') reset(exchange)
      return
    }
    const { headers } = exchange.request
    if (!/application\/json|\*\/\*/.test(headers.accept ?? '')) return turnDown(exchange, gatewayError(62))
    if (!/^application\/x-www-form-urlencoded\b/.test(headers['content-type'] ?? '')) return turnDown(exchange, gatewayError(68))
    const found = deps.oauth.findClient(headers.authorization)
    if (found.client === null) return turnDown(exchange, found.refusal)
    const { client } = found
    if (new URLSearchParams(exchange.body).get('grant_type') !== 'client_credentials') return turnDown(exchange, gatewayError(24))
    const token = deps.oauth.issue(client, exchange.atMs, settings.tokenLifetimeS, settings.newTokenRevokesOld)
    note(exchange, 200, 'issued', { tokenId: token.id, clientId: client.clientId })
    const respond = () => answer(exchange, 200, token.body, { 'Strict-Transport-Security': 'max-age=15768000;' })
    later(settings.tokenLatencyMs + (rule?.fault === 'slow' ? (rule.delayMs ?? 2000) : 0), respond)
  }
}
