import { z } from 'zod'

/**
 * What can go wrong with one send. `accept-…` means that Orange has taken (and billed) the SMS and the caller does not
 * get to know it; every other fault leaves it untaken.
 */
export const SEND_FAULTS = [
  'accept-then-reset',
  'accept-then-hang',
  'accept-then-500',
  'accept-then-502',
  'accept-then-504',
  'accept-then-half-body',
  'accept-unreadable-201',
  'accept-empty-201',
  'accept-without-body-id',
  'reset-before-accept',
  'hang-before-accept',
  'slow',
  '500',
  '502',
  '503',
  '503-code-5',
  '503-retry-after',
  '429',
  '403-53',
  '401-41',
  '401-42',
  '403-50',
  '400-svc0001',
  '400-svc0004-address',
  '400-svc0004-sender',
  '403-expired-contract',
  '403-no-units',
  '403-pol0002',
] as const
export type SendFault = (typeof SEND_FAULTS)[number]

export const TOKEN_FAULTS = ['invalid-client', '429', '500', '503', 'hang', 'reset', 'unreadable-200', 'slow'] as const
export type TokenFault = (typeof TOKEN_FAULTS)[number]

export const CONTRACT_FAULTS = ['401-42', '403-50', '429', '500', '503', 'hang', 'reset', 'unreadable-200', 'slow'] as const
export type ContractFault = (typeof CONTRACT_FAULTS)[number]

const ruleOf = <Fault extends string>(fault: z.ZodType<Fault>) =>
  z.strictObject({
    fault,
    /** The rule stops after so many hits (per recipient for a recipient rule); left out: it never does. */
    times: z.number().int().min(1).optional(),
    /** `Retry-After` of `429`, `403-53` and `503-retry-after`. */
    retryAfterS: z.number().min(0).optional(),
    /** How much later `slow` answers. */
    delayMs: z.number().min(0).optional(),
  })

const sendFault = z.enum(SEND_FAULTS)
const sendRule = ruleOf(sendFault)
const tokenRule = ruleOf(z.enum(TOKEN_FAULTS))
const contractRule = ruleOf(z.enum(CONTRACT_FAULTS))

export type SendRule = z.infer<typeof sendRule>
export type TokenRule = z.infer<typeof tokenRule>
export type ContractRule = z.infer<typeof contractRule>

export const RECEIPT_STATUSES = [
  'DeliveredToTerminal',
  'DeliveredToNetwork',
  'MessageWaiting',
  'DeliveryUncertain',
  'DeliveryImpossible',
] as const

export const faultPlanSchema = z.strictObject({
  /** Last digits of the recipient's number → what goes wrong. The longest ending that fits is taken. */
  recipients: z
    .record(z.string().regex(/^\d{1,15}$/), z.union([sendFault.transform((fault): SendRule => ({ fault })), sendRule]))
    .default({}),
  /** Tried in order on every send that no recipient rule has met, with the seeded generator. */
  random: z.array(sendRule.extend({ probability: z.number().min(0).max(1) })).default([]),
  /** Next answers of the token endpoint, in order: each rule is used up (`times`, default 1) before the next one. */
  token: z.array(tokenRule).default([]),
  /** Tried in order on every call for a token that no rule above has met, with a seeded generator of its own. */
  tokenRandom: z.array(tokenRule.extend({ probability: z.number().min(0).max(1) })).default([]),
  /** Next answers about the contracts, likewise. */
  contracts: z.array(contractRule).default([]),
  /** Last digits → the receipts of that SMS, in order; an empty list is an SMS that is never heard of again. */
  receipts: z.record(z.string().regex(/^\d{1,15}$/), z.array(z.enum(RECEIPT_STATUSES))).default({}),
})
export type FaultPlan = z.infer<typeof faultPlanSchema>

/** Uniform in [0, 1) and the same for the same seed (mulberry32). */
const seededRandom = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Longest first, so that the more precise ending wins. */
const endingLengths = (byEnding: Record<string, unknown>): number[] =>
  [...new Set(Object.keys(byEnding).map((ending) => ending.length))].toSorted((a, b) => b - a)

const byEndingOf = <Value>(byEnding: Record<string, Value>) => {
  const lengths = endingLengths(byEnding)
  return (address: string): Value | undefined => {
    for (const length of lengths) {
      const found = byEnding[address.slice(-length)]
      if (found !== undefined) return found
    }
    return undefined
  }
}

export type Faults = {
  set(plan: FaultPlan): void
  plan(): FaultPlan
  forSend(address: string): SendRule | undefined
  forToken(): TokenRule | undefined
  forContracts(): ContractRule | undefined
  receiptsFor(address: string): readonly string[]
}

/** One rule after the other, each as often as it says. */
const inTurn = <Rule extends { times?: number | undefined }>(rules: readonly Rule[]): (() => Rule | undefined) => {
  const queue = rules.map((rule) => ({ rule, left: rule.times ?? 1 }))
  return () => {
    const next = queue[0]
    if (!next) return undefined
    next.left -= 1
    if (next.left <= 0) queue.shift()
    return next.rule
  }
}

const DEFAULT_RECEIPTS = ['DeliveredToTerminal'] as const

/** Decides what goes wrong. Constant time per call whatever the size of the plan. */
export const createFaults = (initial: FaultPlan, seed: number): Faults => {
  let plan: FaultPlan
  let random: () => number
  let randomForToken: () => number
  let ruleFor: (address: string) => SendRule | undefined
  let receiptsFor: (address: string) => readonly string[] | undefined
  let hits: Map<string, number>
  let nextForToken: () => TokenRule | undefined
  let nextForContracts: () => ContractRule | undefined

  const set = (next: FaultPlan) => {
    plan = next
    // A plan that is set again runs again in the same way.
    random = seededRandom(seed)
    // Its own: how often a token is asked for must not decide which sends go wrong.
    randomForToken = seededRandom(seed + 1)
    ruleFor = byEndingOf(next.recipients)
    receiptsFor = byEndingOf(next.receipts)
    hits = new Map()
    nextForToken = inTurn(next.token)
    nextForContracts = inTurn(next.contracts)
  }
  set(initial)

  const spend = <Rule extends { times?: number | undefined }>(key: string, rule: Rule): Rule | undefined => {
    if (rule.times === undefined) return rule
    const used = hits.get(key) ?? 0
    if (used >= rule.times) return undefined
    hits.set(key, used + 1)
    return rule
  }

  const byChance = <Rule extends { times?: number | undefined; probability: number }>(
    name: string,
    rules: readonly Rule[],
    draw: () => number,
  ): Rule | undefined => {
    for (const [index, candidate] of rules.entries()) {
      if (draw() < candidate.probability) return spend(`${name}${index}`, candidate)
    }
    return undefined
  }

  return {
    set,
    plan: () => plan,
    forSend(address) {
      const rule = ruleFor(address)
      if (rule) return spend(address, rule)
      return byChance('#', plan.random, random)
    },
    forToken: () => nextForToken() ?? byChance('token #', plan.tokenRandom, randomForToken),
    forContracts: () => nextForContracts(),
    receiptsFor: (address) => receiptsFor(address) ?? DEFAULT_RECEIPTS,
  }
}
