import { z } from 'zod'
import { classifyResponse } from './classify-response.ts'
import { parseJson } from './error-body.ts'
import type { OrangeHttp } from './orange-http.ts'
import type { TokenCache } from './token-cache.ts'

export type Contract = {
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
      /** Of the contracts that are active and have not ended. */ availableUnits: number
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

/** Both shapes that Orange answers with, in one. */
export const parseContracts = (body: string, nowMs: number): ContractsReading => {
  const parsed = contractsSchema.safeParse(parseJson(body))
  if (!parsed.success) return { kind: 'failed', code: 'UNREADABLE', text: 'The contracts could not be read.' }
  const counting = parsed.data.filter(
    ({ isActive, expiresAt }) => isActive && (expiresAt === null || expiresAt.getTime() > nowMs),
  )
  const availableUnits = counting.reduce((sum, contract) => sum + contract.availableUnits, 0)
  return { kind: 'contracts', contracts: parsed.data, availableUnits }
}

type ContractsDeps = { http: OrangeHttp; tokens: TokenCache; now: () => number; timeoutMs: number }

/** What the account may still send. Orange's limit for this call is not known: ask once a minute at most. */
export const readContracts = async (deps: ContractsDeps, country?: string): Promise<ContractsReading> => {
  const query = country === undefined ? '' : `?country=${encodeURIComponent(country)}`
  const ask = async (): Promise<{ reading: ContractsReading; refusedToken: string | null }> => {
    const held = await deps.tokens.getToken({ timeoutMs: deps.timeoutMs })
    if (held.kind !== 'token') return { reading: { kind: 'failed', code: held.code, text: held.text }, refusedToken: null }
    const headers = { authorization: `Bearer ${held.token}`, accept: 'application/json' }
    const reply = await deps.http.exchange({
      method: 'GET',
      path: `/sms/admin/v1/contracts${query}`,
      headers,
      timeoutMs: deps.timeoutMs,
    })
    if (reply.kind === 'answer' && reply.status === 200)
      return { reading: parseContracts(reply.body, deps.now()), refusedToken: null }
    const outcome = classifyResponse(reply, { nowMs: deps.now() })
    const reason = outcome.kind === 'accepted' ? { code: `HTTP_${outcome.httpStatus}`, text: '' } : outcome
    const isRefused = reply.kind === 'answer' && reply.status === 401
    return { reading: { kind: 'failed', code: reason.code, text: reason.text }, refusedToken: isRefused ? held.token : null }
  }
  const first = await ask()
  if (first.refusedToken === null) return first.reading
  await deps.tokens.invalidateToken(first.refusedToken)
  return (await ask()).reading
}
