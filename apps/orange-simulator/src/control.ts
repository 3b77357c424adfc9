import { z } from 'zod'
import { settingsChangeSchema, type SimulatorSettings } from './config.ts'
import { answer, type Exchange } from './exchange.ts'
import { faultPlanSchema, type Faults } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { Client, Oauth } from './oauth.ts'
import type { RateLimit } from './rate-limit.ts'

export type ControlDeps = {
  settings: SimulatorSettings
  ledger: Ledger
  faults: Faults
  oauth: Oauth
  /** Of the first account, whose rate is a setting. */
  rateLimit: RateLimit
  /** Of the token endpoint. */
  tokenLimit: RateLimit
  clients: readonly Client[]
  now: () => number
}

const ledgerQuerySchema = z.object({
  since: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1_000_000).optional(),
  acceptedOnly: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
})
const revokeSchema = z.strictObject({ as: z.enum(['unknown', 'expired']).default('unknown') })
const resetSchema = z.strictObject({ keepTokens: z.boolean().default(false) })

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.'))

const readJson = (body: string): unknown => JSON.parse(body === '' ? '{}' : body)

/** `/_simulator/…`: what tests and the demo read and set. Answers this machine only. */
export const createControl = (deps: ControlDeps) => {
  const { settings, ledger } = deps

  const actions: Readonly<Record<string, (exchange: Exchange) => unknown>> = {
    'GET ledger': ({ query }) => {
      const { since, limit, acceptedOnly } = ledgerQuerySchema.parse(Object.fromEntries(query))
      return {
        nowMs: deps.now(),
        ...ledger.read({ ...(since && { since }), ...(limit && { limit }), ...(acceptedOnly && { acceptedOnly }) }),
      }
    },
    'GET summary': () => ({ nowMs: deps.now(), unitsLeft: settings.units, ...ledger.summary() }),
    'GET config': () => settings,
    'POST config': ({ body }) => {
      const change = settingsChangeSchema.parse(readJson(body))
      // A partial schema still fills in defaults: only what was named is changed.
      const named = Object.keys(z.record(z.string(), z.unknown()).parse(readJson(body)))
      Object.assign(settings, Object.fromEntries(Object.entries(change).filter(([key]) => named.includes(key))))
      deps.rateLimit.setLimit(settings.tps)
      deps.tokenLimit.setLimit(settings.tokenTps)
      return settings
    },
    'GET faults': () => deps.faults.plan(),
    'POST faults': ({ body }) => {
      deps.faults.set(faultPlanSchema.parse(readJson(body)))
      return deps.faults.plan()
    },
    'POST tokens/revoke': ({ body }) => {
      deps.oauth.revoke(revokeSchema.parse(readJson(body)).as)
      return {}
    },
    'POST reset': ({ body }) => {
      const { keepTokens } = resetSchema.parse(readJson(body))
      ledger.clear()
      for (const { rateLimit } of deps.clients) rateLimit.clear()
      deps.tokenLimit.clear()
      deps.faults.set(faultPlanSchema.parse({}))
      if (!keepTokens) deps.oauth.revoke('unknown')
      return {}
    },
  }

  return (exchange: Exchange) => {
    if (!isLoopback(exchange.request.socket.remoteAddress)) return answer(exchange, 404, '{}')
    const action = actions[`${exchange.request.method} ${exchange.path.slice('/_simulator/'.length)}`]
    if (!action) return answer(exchange, 404, JSON.stringify({ error: 'no such control', known: Object.keys(actions) }))
    try {
      answer(exchange, 200, JSON.stringify(action(exchange)))
    } catch (error) {
      if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error
      answer(exchange, 400, JSON.stringify({ error: error instanceof z.ZodError ? z.prettifyError(error) : error.message }))
    }
  }
}
