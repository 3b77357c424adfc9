import { randomUUID } from 'node:crypto'
import { checkSend, type CheckedSend } from './check-send.ts'
import type { SimulatorSettings } from './config.ts'
import * as envelopes from './envelopes.ts'
import { answer, answerHalf, later, refuse, reset, type Exchange } from './exchange.ts'
import type { Faults, SendFault, SendRule } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { Client, Oauth } from './oauth.ts'
import type { Receipts } from './receipts.ts'

export type SendDeps = {
  settings: SimulatorSettings
  ledger: Ledger
  faults: Faults
  oauth: Oauth
  receipts: Receipts
}

const SEND_PATH = /^\/smsmessaging\/v1\/outbound\/([^/]+)\/requests$/

/** The sender address of a send's path, percent-decoded; null when the path is another one. */
export const senderOfPath = (path: string): string | null => {
  const segment = SEND_PATH.exec(path)?.[1]
  if (segment === undefined) return null
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const retryAfter = (seconds: number | null | undefined): Record<string, string> | undefined =>
  seconds === null || seconds === undefined ? undefined : { 'Retry-After': String(seconds) }

/** Faults that are nothing but an answer which takes no SMS. */
const refusalOf = (rule: SendRule): envelopes.Refusal | null => {
  const answers: Partial<Record<SendFault, () => envelopes.Refusal>> = {
    '500': () => envelopes.gatewayError(1),
    '502': () => envelopes.htmlError(502),
    '503': () => envelopes.htmlError(503),
    '503-code-5': () => envelopes.gatewayError(5),
    '503-retry-after': () => envelopes.htmlError(503, retryAfter(rule.retryAfterS ?? 1)),
    '429': () => ({ ...envelopes.gatewayError(53, retryAfter(rule.retryAfterS)), status: 429 }),
    '403-53': () => envelopes.gatewayError(53, retryAfter(rule.retryAfterS)),
    '401-41': () => envelopes.gatewayError(41),
    '401-42': () => envelopes.gatewayError(42),
    '403-50': () => envelopes.gatewayError(50),
    '400-svc0001': () => envelopes.serviceError('SVC0001', 'A service error occurred. Error code is %1', ['temporary']),
    '400-svc0004-address': () => envelopes.noValidAddress('address'),
    '400-svc0004-sender': () => envelopes.noValidAddress('senderAddress'),
    '403-expired-contract': envelopes.expiredContract,
    '403-no-units': envelopes.noUnitsLeft,
    '403-pol0002': () => envelopes.policyError('POL0002', 'Privacy verification failed for address %1', ['recipient']),
  }
  return answers[rule.fault]?.() ?? null
}

const acceptedBody = (sms: CheckedSend, senderAddress: string, messageId: string): string =>
  JSON.stringify({
    outboundSMSMessageRequest: {
      address: [sms.address],
      senderAddress,
      ...(sms.senderName !== null && { senderName: sms.senderName }),
      outboundSMSTextMessage: { message: sms.message },
      // Another host than the one that was called, as recorded.
      resourceURL: `https://backend.dck.cloud.orange/smsmessaging/v1/outbound/${senderAddress}/requests/${messageId}`,
    },
  })

/** `POST /smsmessaging/v1/outbound/{senderAddress}/requests` */
export const createSend = (deps: SendDeps) => {
  const { settings, ledger } = deps

  /** Whose send it is. */
  type Held = { tokenId: string | null; client: Client | null }
  type Note = Held & { status: number | null; outcome: string; sms?: CheckedSend; messageId?: string }
  const note = (exchange: Exchange, { status, outcome, tokenId, client, sms, messageId }: Note) =>
    ledger.add({
      atMs: exchange.atMs,
      kind: 'send',
      accepted: messageId !== undefined,
      status,
      outcome,
      address: sms?.address ?? null,
      message: sms?.message ?? null,
      messageId: messageId ?? null,
      tokenId,
      clientId: client?.clientId ?? null,
    })

  const turnDown = (exchange: Exchange, refusal: envelopes.Refusal, details: Held & { sms?: CheckedSend; outcome?: string }) => {
    const { outcome = refusal.code, ...rest } = details
    note(exchange, { status: refusal.status, outcome, ...rest })
    later(settings.latencyMs, () => refuse(exchange, refusal))
  }

  const takeUnits = (sms: CheckedSend): envelopes.Refusal | null => {
    if (settings.contractExpired) return envelopes.expiredContract()
    if (settings.units < sms.parts) return envelopes.noUnitsLeft()
    settings.units -= sms.parts
    ledger.noteUnits(sms.parts)
    return null
  }

  const accept = (
    exchange: Exchange,
    { sms, held, rule }: { sms: CheckedSend; held: Held & { client: Client }; rule: SendRule | undefined },
  ) => {
    const broke = takeUnits(sms)
    if (broke) return turnDown(exchange, broke, { ...held, sms })
    const { senderAddress } = held.client
    const messageId = randomUUID()
    const host = exchange.request.headers.host ?? 'localhost'
    const location = { Location: `http://${host}/smsmessaging/v1/outbound/${senderAddress}/requests/${messageId}` }
    const body = acceptedBody(sms, senderAddress, messageId)
    const { status, respond } = endingOf(exchange, rule, { body, location })
    note(exchange, { status, outcome: rule?.fault ?? 'accepted', ...held, sms, messageId })
    if (settings.receiptsUrl !== null) {
      const statuses = deps.faults.receiptsFor(sms.address)
      deps.receipts.schedule({
        url: settings.receiptsUrl,
        delayMs: settings.receiptDelayMs,
        messageId,
        address: sms.address,
        statuses,
      })
    }
    later(settings.latencyMs + (rule?.fault === 'slow' ? (rule.delayMs ?? 2000) : 0), respond)
  }

  /** Decides what a well-formed send comes to. */
  const settle = (exchange: Exchange, sms: CheckedSend, held: Held & { client: Client }) => {
    const rule = deps.faults.forSend(sms.address)
    const refusal = rule && refusalOf(rule)
    if (refusal) return turnDown(exchange, refusal, { ...held, sms, outcome: rule.fault })
    if (rule?.fault === 'reset-before-accept' || rule?.fault === 'hang-before-accept') {
      note(exchange, { status: null, outcome: rule.fault, ...held, sms })
      if (rule.fault === 'reset-before-accept') later(settings.latencyMs, () => reset(exchange))
      return
    }
    accept(exchange, { sms, held, rule })
  }

  return (exchange: Exchange, pathSender: string) => {
    const { headers } = exchange.request
    if (!/%2B/i.test(exchange.path)) ledger.noteUnescapedSender()
    const checked = deps.oauth.check(headers.authorization, exchange.atMs)
    const { tokenId } = checked
    if (checked.refusal) return turnDown(exchange, checked.refusal, { tokenId, client: checked.client })
    const { client } = checked
    const held = { tokenId, client }
    if (!client.rateLimit.pass(exchange.atMs)) {
      const limited = envelopes.gatewayError(53, retryAfter(settings.rateLimitRetryAfterS))
      const status = settings.rateLimitAnswer === '429' ? 429 : 403
      return turnDown(exchange, { ...limited, status }, { ...held, outcome: 'rate-limited' })
    }
    if (!/application\/json|\*\/\*/.test(headers.accept ?? '')) return turnDown(exchange, envelopes.gatewayError(62), held)
    if (!/^application\/json\b/.test(headers['content-type'] ?? '')) return turnDown(exchange, envelopes.gatewayError(68), held)
    const sms = checkSend(pathSender, exchange.body, {
      senderAddress: client.senderAddress,
      maxParts: settings.maxParts,
      senderNames: settings.senderNames,
    })
    if ('status' in sms) return turnDown(exchange, sms, held)
    settle(exchange, sms, held)
  }
}

/** How the answer to an SMS that was taken reaches the caller, or does not. */
const endingOf = (exchange: Exchange, rule: SendRule | undefined, taken: { body: string; location: Record<string, string> }) => {
  const ok = { status: 201, respond: () => answer(exchange, 201, taken.body, taken.location) }
  const endings: Partial<Record<SendFault, { status: number | null; respond: () => void }>> = {
    'accept-then-reset': { status: null, respond: () => reset(exchange) },
    'accept-then-hang': { status: null, respond: () => undefined },
    'accept-then-500': { status: 500, respond: () => refuse(exchange, envelopes.gatewayError(1)) },
    'accept-then-502': { status: 502, respond: () => refuse(exchange, envelopes.htmlError(502)) },
    'accept-then-504': { status: 504, respond: () => answer(exchange, 504, '') },
    'accept-then-half-body': { status: 201, respond: () => answerHalf(exchange, 201, taken.body) },
    'accept-unreadable-201': { status: 201, respond: () => answer(exchange, 201, '<html>', { 'Content-Type': 'text/html' }) },
    'accept-empty-201': { status: 201, respond: () => answer(exchange, 201, '') },
    'accept-without-body-id': { status: 201, respond: () => answer(exchange, 201, '{}', taken.location) },
  }
  return (rule && endings[rule.fault]) ?? ok
}
