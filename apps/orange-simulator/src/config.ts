import { z } from 'zod'
import { faultPlanSchema } from './faults.ts'

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')])
const jsonText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
})
const count = z.coerce.number().int().min(0)

/** What may be changed while the simulator runs. */
export const settingsSchema = z.strictObject({
  /** Sends let through in any sliding second; 0 is no limit. */
  tps: count.default(5),
  /** Orange's own documents disagree on how it says "too many". */
  rateLimitAnswer: z.enum(['429', '403-53']).default('429'),
  /** `Retry-After` on those answers; null leaves the header out, as seen at Orange. */
  rateLimitRetryAfterS: z.union([z.null(), count]).default(null),
  /** How long every send takes to be answered. */
  latencyMs: count.default(0),
  /** How long every answer of the token endpoint takes. */
  tokenLatencyMs: count.default(0),
  /** Calls for a token let through in any sliding second, over all accounts; the others are answered 429. 0 is no limit. */
  tokenTps: count.default(0),
  tokenLifetimeS: z.coerce.number().positive().default(3600),
  /** Whether a new token makes the earlier ones invalid; nobody has documented it. */
  newTokenRevokesOld: flag.default(false),
  receiptsUrl: z.union([z.null(), z.url()]).default(null),
  receiptDelayMs: count.default(500),
  /** What the bundle still holds; each part of a text costs one. */
  units: count.default(1_000_000_000),
  contractExpired: flag.default(false),
  contractsShape: z.enum(['current', 'legacy']).default('current'),
  maxParts: z.coerce.number().int().min(1).default(6),
  /** The names that the local team has registered; null takes every well-formed one. */
  senderNames: z.union([z.null(), z.array(z.string())]).default(null),
})
export type SimulatorSettings = z.infer<typeof settingsSchema>

export const settingsChangeSchema = settingsSchema.partial()

const senderAddress = z.string().regex(/^tel:\+\d{5,15}$/)

/** A further account on the same address; what is not said here is shared with the first. */
const accountSchema = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  senderAddress: senderAddress.default('tel:+2250000'),
  /** As `settings.tps`, of this account alone. */
  tps: count.default(5),
})

export const simulatorOptionsSchema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(3900),
  clientId: z.string().min(1).default('demo-client'),
  clientSecret: z.string().min(1).default('demo-secret'),
  senderAddress: senderAddress.default('tel:+2250000'),
  accounts: z.array(accountSchema).default([]),
  seed: z.coerce.number().int().default(1),
  faults: faultPlanSchema.prefault({}),
  settings: settingsSchema.prefault({}),
})
export type SimulatorOptions = z.infer<typeof simulatorOptionsSchema>
/** What a caller has to give: everything has a default. */
export type SimulatorInput = z.input<typeof simulatorOptionsSchema>

/** Drops what was left out, so that defaults apply; an empty variable counts as left out. */
const present = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))

/** The options from the environment; throws a ZodError that names every bad variable. */
export const simulatorOptionsFrom = (env: Readonly<Record<string, string | undefined>>): SimulatorOptions => {
  const faults = env['SIMULATOR_FAULTS']
    ? jsonText.parse(env['SIMULATOR_FAULTS'], { error: () => 'SIMULATOR_FAULTS is not JSON' })
    : undefined
  const accounts = env['SIMULATOR_ACCOUNTS']
    ? jsonText.parse(env['SIMULATOR_ACCOUNTS'], { error: () => 'SIMULATOR_ACCOUNTS is not JSON' })
    : undefined
  return simulatorOptionsSchema.parse({
    ...present({
      accounts,
      host: env['HOST'],
      port: env['PORT'],
      clientId: env['SIMULATOR_CLIENT_ID'],
      clientSecret: env['SIMULATOR_CLIENT_SECRET'],
      senderAddress: env['SIMULATOR_SENDER_ADDRESS'],
      seed: env['SIMULATOR_SEED'],
      faults,
    }),
    settings: present({
      tps: env['SIMULATOR_TPS'],
      rateLimitAnswer: env['SIMULATOR_RATE_LIMIT_ANSWER'],
      latencyMs: env['SIMULATOR_LATENCY_MS'],
      tokenLatencyMs: env['SIMULATOR_TOKEN_LATENCY_MS'],
      tokenTps: env['SIMULATOR_TOKEN_TPS'],
      tokenLifetimeS: env['SIMULATOR_TOKEN_LIFETIME_S'],
      receiptsUrl: env['SIMULATOR_RECEIPTS_URL'],
      receiptDelayMs: env['SIMULATOR_RECEIPT_DELAY_MS'],
      units: env['SIMULATOR_UNITS'],
    }),
  })
}
