import type { SimulatorSettings } from './config.ts'
import { gatewayError, htmlError, type Refusal } from './envelopes.ts'
import { answer, refuse, reset, type Exchange } from './exchange.ts'
import type { ContractFault, ContractRule, Faults } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { Oauth } from './oauth.ts'

const DAY_MS = 86_400_000

/** The body of `GET /sms/admin/v1/contracts`, in the shape of today or in the one of 2022. */
const contractsBody = (settings: SimulatorSettings, nowMs: number): string => {
  const expiresAt = new Date(settings.contractExpired ? nowMs - DAY_MS : nowMs + 30 * DAY_MS).toISOString()
  if (settings.contractsShape === 'legacy') {
    const contract = {
      country: 'CIV',
      service: 'SMS_OCB',
      contractId: 'simulated',
      availableUnits: settings.units,
      expires: expiresAt.slice(0, 19),
    }
    const contracts = [{ service: 'SMS_OCB', contractDescription: 'SMS_OCB', serviceContracts: [contract] }]
    return JSON.stringify({ partnerContracts: { partnerId: 'simulated', contracts } })
  }
  const createdAt = new Date(nowMs - 30 * DAY_MS).toISOString()
  return JSON.stringify([
    {
      id: 'simulated',
      type: 'SELFSERVICE',
      developerId: 'simulated',
      applicationId: 'simulated',
      country: 'CIV',
      offerName: 'SMS_OCB',
      availableUnits: settings.units,
      requestedUnits: 0,
      status: settings.contractExpired ? 'EXPIRED' : 'ACTIVE',
      expirationDate: expiresAt,
      creationDate: createdAt,
      lastUpdateDate: createdAt,
    },
  ])
}

const refusalOf = (rule: ContractRule): Refusal | null => {
  const headers = rule.retryAfterS === undefined ? undefined : { 'Retry-After': String(rule.retryAfterS) }
  const answers: Partial<Record<ContractFault, () => Refusal>> = {
    '401-42': () => gatewayError(42),
    '403-50': () => gatewayError(50),
    '429': () => ({ ...gatewayError(53, headers), status: 429 }),
    '500': () => gatewayError(1),
    '503': () => htmlError(503, headers),
    'unreadable-200': () => ({ status: 200, code: 'unreadable-200', body: '<html>' }),
  }
  return answers[rule.fault]?.() ?? null
}

/** `GET /sms/admin/v1/contracts` */
export const createContracts = (deps: { settings: SimulatorSettings; ledger: Ledger; faults: Faults; oauth: Oauth }) => {
  const { settings, ledger, faults, oauth } = deps
  return (exchange: Exchange) => {
    const { tokenId, client, refusal } = oauth.check(exchange.request.headers.authorization, exchange.atMs)
    const rule = refusal ? undefined : faults.forContracts()
    const turnedDown = refusal ?? (rule && refusalOf(rule))
    const isSilent = rule?.fault === 'hang' || rule?.fault === 'reset'
    ledger.add({
      atMs: exchange.atMs,
      kind: 'contracts',
      accepted: false,
      status: isSilent ? null : (turnedDown?.status ?? 200),
      outcome: rule?.fault ?? refusal?.code ?? 'answered',
      tokenId,
      clientId: client?.clientId ?? null,
      address: null,
      message: null,
      messageId: null,
    })
    if (turnedDown) return refuse(exchange, turnedDown)
    if (rule?.fault === 'reset') reset(exchange)
    if (isSilent) return
    const respond = () => answer(exchange, 200, contractsBody(settings, Date.now()))
    if (rule?.fault === 'slow') setTimeout(respond, rule.delayMs ?? 2000)
    else respond()
  }
}
