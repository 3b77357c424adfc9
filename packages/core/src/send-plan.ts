import { createHash } from 'node:crypto'
import type { AcceptDeps, MadeAudience, SendDraft, SendInput } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import type { PreparedSend } from './prepare-send.ts'

/** What a send would be, without a number and without a text. Kept with the plan, and compared when a send carries its id. */
export type SendFingerprint = {
  /** Whose segment, all contacts, or the hash of the numbers in their order. */
  target: string
  message: string
  options: string
  parts: number
  /** Who gets it. */
  count: number
  /** Of a list or a file: the hash of the places of those who opted out. */
  optedOut: string | null
  /** Of a segment or all contacts: the last membership. */
  bound: string | null
}

export type StoredPlan = { fingerprint: SendFingerprint; expiresAt: Date }

export type SendTarget = {
  operation: 'list' | 'segment' | 'all-contacts' | 'upload' | 'upload template'
  recipients: readonly string[]
}

/** One thing that is not as it was planned. Figures only where they say something. */
export type PlanChange = {
  field: 'plan' | 'recipients' | 'message' | 'options' | 'optedOut' | 'audience'
  planned: number | null
  now: number | null
}

const hashOf = (texts: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${text}\n`)
  return hash.digest('hex')
}

const optionsOf = ({ draft }: PreparedSend, { options }: SendInput): string =>
  hashOf([
    JSON.stringify([
      draft.senderName,
      // As it was asked for: a single SMS has another default than a list.
      options.priority ?? null,
      options.scheduledAt?.getTime() ?? null,
      options.validUntil?.getTime() ?? null,
      draft.isAccountNamed ? draft.accountId : null,
      draft.isPromotional,
      draft.template !== null,
    ]),
  ])

const AUDIENCES: ReadonlySet<SendTarget['operation']> = new Set(['segment', 'all-contacts'] as const)

export const fingerprintOf = (
  prepared: PreparedSend,
  input: SendInput,
  { target, made }: { target: SendTarget; made: MadeAudience },
): SendFingerprint => ({
  target: hashOf([target.operation, ...target.recipients]),
  message: hashOf([prepared.draft.message]),
  options: optionsOf(prepared, input),
  parts: prepared.parts,
  count: made.count,
  optedOut: AUDIENCES.has(target.operation) ? null : hashOf([made.optedOut.join()]),
  bound: made.bound === null ? null : String(made.bound),
})

/** What differs, in the order in which a person would ask. */
export const planChanges = (planned: SendFingerprint, now: SendFingerprint): PlanChange[] => {
  const changes: PlanChange[] = []
  const counts = { planned: planned.count, now: now.count }
  const unsaid = { planned: null, now: null }
  if (planned.message !== now.message) changes.push({ field: 'message', planned: planned.parts, now: now.parts })
  if (planned.options !== now.options) changes.push({ field: 'options', ...unsaid })
  if (planned.target !== now.target) return [...changes, { field: 'recipients', ...counts }]
  if (planned.optedOut !== now.optedOut) changes.push({ field: 'optedOut', ...counts })
  if (planned.bound !== now.bound || (now.bound !== null && planned.count !== now.count))
    changes.push({ field: 'audience', ...counts })
  return changes
}

/** The details are flat: `changed` names the fields, `<field>Planned` and `<field>Now` have their figures. */
export const planChanged = (changes: readonly PlanChange[]): SmsError => {
  const details: Record<string, string | number> = { changed: changes.map(({ field }) => field).join(' ') }
  for (const { field, planned, now } of changes) {
    if (planned !== null) details[`${field}Planned`] = planned
    if (now !== null) details[`${field}Now`] = now
  }
  return new SmsError('PLAN_CHANGED', 'The send is not the one that was planned', { details })
}

/** What an error says of a plan; empty for any other error. */
export const planChangesOf = (error: unknown): PlanChange[] => {
  if (!(error instanceof SmsError) || error.code !== 'PLAN_CHANGED') return []
  const figure = (name: string): number | null => {
    const value = error.details[name]
    return typeof value === 'number' ? value : null
  }
  return String(error.details['changed'])
    .split(' ')
    .map((field) => ({ field: field as PlanChange['field'], planned: figure(`${field}Planned`), now: figure(`${field}Now`) }))
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * What a draft is verified by when the call carries a plan's id. The plan is read now and judged within the transaction, after the
 * idempotency key: a call that is repeated has its answer, whatever has changed since. Null: there is no plan.
 */
export const planVerifier = async (
  deps: Pick<AcceptDeps, 'plans' | 'now'>,
  prepared: PreparedSend,
  input: SendInput,
  /** A function, where it is known only when all was read. */
  target: SendTarget | (() => SendTarget),
): Promise<SendDraft['verify']> => {
  const planId = input.options.planId ?? null
  if (planId === null) return null
  const plan = UUID.test(planId) ? await deps.plans.findPlan(prepared.draft.userId, planId) : null
  const isOver = plan === null || plan.expiresAt.getTime() <= deps.now()
  return (made) => {
    const changes: PlanChange[] = isOver
      ? [{ field: 'plan', planned: null, now: null }]
      : planChanges(
          plan.fingerprint,
          fingerprintOf(prepared, input, { target: typeof target === 'function' ? target() : target, made }),
        )
    if (changes.length > 0) throw planChanged(changes)
  }
}
