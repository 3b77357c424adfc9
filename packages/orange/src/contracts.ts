import { z } from 'zod'
import { classifyResponse } from './classify-response.ts'
import { parseJson } from './error-body.ts'
import type { OrangeHttp } from './orange-http.ts'
import type { Answer } from './reply.ts'
import type { TokenCache } from './token-cache.ts'

export type Contract = {
  /** As Orange writes it: `CIV`. */
  country: string
  offerName: string
  availableUnits: number
  isActive: boolean
  /** Null: not said. */
  expiresAt: Date | null
}

export type ContractsReading =
  | {
      kind: 'contracts'
      contracts: Contract[]
      /** Of the contracts that are active and have not ended. */
      availableUnits: number
      /** When the first of them ends; when none is left, when the last one ended. Null: not said. */
      expiresAt: Date | null
      /** Null: there are units to send with. */
      trouble: 'CONTRACT_EXPIRED' | 'NO_UNITS' | null
    }
  | { kind: 'failed'; code: string; text: string }

/** Orange's legacy dates have no zone: they are UTC. */
const instant = z
  .string()
  .transform((text) => new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`))
  .transform((date) => (Number.isNaN(date.getTime()) ? null : date))
  .nullish()
  .transform((date) => date ?? null)

const currentSchema = z.array(
  z
    .object({
      country: z.string(),
      offerName: z.string().default(''),
      availableUnits: z.number(),
      status: z.string().default('ACTIVE'),
      expirationDate: instant,
    })
    .transform(({ status, expirationDate, ...contract }): Contract => ({
      ...contract,
      isActive: status === 'ACTIVE',
      expiresAt: expirationDate,
    })),
)

const legacyContract = z
  .object({ country: z.string(), service: z.string().default(''), availableUnits: z.number(), expires: instant })
  .transform(({ service, expires, ...contract }): Contract => ({
    ...contract,
    offerName: service,
    isActive: true,
    expiresAt: expires,
  }))

const legacySchema = z
  .object({ partnerContracts: z.object({ contracts: z.array(z.object({ serviceContracts: z.array(legacyContract) })) }) })
  .transform(({ partnerContracts }) => partnerContracts.contracts.flatMap(({ serviceContracts }) => serviceContracts))

const contractsSchema = z.union([currentSchema, legacySchema])

const failed = (code: string, text: string): ContractsReading => ({ kind: 'failed', code, text })

/** Of the country when any of them names it: a country that is written in another way must not hide every unit. */
const ofCountry = (contracts: Contract[], country: string | null): Contract[] => {
  const own = contracts.filter((contract) => contract.country.toUpperCase() === country)
  return own.length > 0 ? own : contracts
}

const instantsOf = (contracts: readonly Contract[]): number[] =>
  contracts.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt.getTime()]))

/** Both shapes that Orange answers with, in one. `country`: only its contracts count; null: all do. */
export const parseContracts = (body: string, options: { nowMs: number; country?: string | null }): ContractsReading => {
  const parsed = contractsSchema.safeParse(parseJson(body))
  if (!parsed.success) return failed('UNREADABLE', 'The contracts could not be read.')
  const contracts = ofCountry(parsed.data, options.country ?? null)
  // Not the same as a contract without units: such an account may be billed in another way.
  if (contracts.length === 0) return failed('NO_CONTRACT', 'Orange lists no contract.')
  const counting = contracts.filter(
    ({ isActive, expiresAt }) => isActive && (expiresAt === null || expiresAt.getTime() > options.nowMs),
  )
  const availableUnits = counting.reduce((sum, contract) => sum + contract.availableUnits, 0)
  const withUnits = counting.filter((contract) => contract.availableUnits > 0)
  const ends = counting.length > 0 ? instantsOf(withUnits.length > 0 ? withUnits : counting) : instantsOf(contracts)
  const endsAtMs = counting.length > 0 ? Math.min(...ends) : Math.max(...ends)
  return {
    kind: 'contracts',
    contracts,
    availableUnits,
    expiresAt: ends.length === 0 ? null : new Date(endsAtMs),
    trouble: counting.length === 0 ? 'CONTRACT_EXPIRED' : availableUnits > 0 ? null : 'NO_UNITS',
  }
}

/** Orange's own clock decides what has ended: this machine's may be wrong by years. */
const nowOf = ({ headers }: Answer, now: () => number): number => {
  const told = Date.parse(headers['date'] ?? '')
  return Number.isNaN(told) ? now() : told
}

type ContractsDeps = {
  http: Pick<OrangeHttp, 'exchange'>
  tokens: Pick<TokenCache, 'getToken' | 'invalidateToken'>
  now: () => number
  timeoutMs: number
  country: string | null
}

/** What the account may still send. Orange's limit for this call is not known: ask once a minute at most. */
export const readContracts = async (deps: ContractsDeps): Promise<ContractsReading> => {
  const ask = async (): Promise<{ reading: ContractsReading; refusedToken: string | null }> => {
    const held = await deps.tokens.getToken({ timeoutMs: deps.timeoutMs })
    if (held.kind !== 'token') return { reading: failed(held.code, held.text), refusedToken: null }
    const headers = { authorization: `Bearer ${held.token}`, accept: 'application/json' }
    const reply = await deps.http.exchange({
      method: 'GET',
      path: '/sms/admin/v1/contracts',
      headers,
      timeoutMs: deps.timeoutMs,
    })
    if (reply.kind === 'answer' && reply.status === 200) {
      const reading = parseContracts(reply.isComplete ? reply.body : '', { nowMs: nowOf(reply, deps.now), country: deps.country })
      return { reading, refusedToken: null }
    }
    const outcome = classifyResponse(reply, { nowMs: deps.now() })
    const reason = outcome.kind === 'accepted' ? { code: `HTTP_${outcome.httpStatus}`, text: '' } : outcome
    const isRefused = reply.kind === 'answer' && reply.status === 401
    return { reading: failed(reason.code, reason.text), refusedToken: isRefused ? held.token : null }
  }
  const first = await ask()
  if (first.refusedToken === null) return first.reading
  await deps.tokens.invalidateToken(first.refusedToken)
  return (await ask()).reading
}
