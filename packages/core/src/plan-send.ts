import type { AcceptDeps, MadeAudience, SendInput } from './accept-ports.ts'
import { dateOf } from './date-of.ts'
import { SmsError } from './errors.ts'
import type { BatchKind } from './sms-status.ts'
import { type PreparedSend, prepareSend } from './prepare-send.ts'
import type { QuietFloor } from './quiet-hours.ts'
import { type AcceptedNumbers, ENTRY_VERDICTS, type EntryVerdict, type RecipientList, withRefused } from './recipient-list.ts'
import { BATCH_PRIORITY } from './send-options.ts'
import { fingerprintOf, type SendTarget } from './send-plan.ts'

/** Recipients who are of one account and of one country (by the prefix of its numbers; empty: any other). */
export type PlannedGroup = { accountId: number; prefix: string; count: number }

type Route = { userId: number; accountId: number; isAccountNamed: boolean }

/** What a plan asks of the outside; `packages/db` answers. */
export type PlanReader = {
  /** `optedOut`: their places in `numbers`, from 0. `groups`: without them. */
  readList(route: Route, numbers: AcceptedNumbers): Promise<{ optedOut: number[]; groups: PlannedGroup[] }>
  /**
   * In the same time for any size: `announced` is maintained by the imports, `groups` are of a bounded sample without those who opted
   * out, `optedOutCount` is exact for who has not very many of them. `bound` null: nobody is in it.
   */
  readAudience(
    route: Route,
    audience: { segmentId: number | null; ownerId: number },
  ): Promise<{ announced: number; bound: bigint | null; optedOutCount: number; isOptedOutExact: boolean; groups: PlannedGroup[] }>
}

export type PlanTarget = { recipients: RecipientList } | { segmentId: number } | 'all-contacts'

/** A figure that is not exact for a very large audience. */
export type EstimatedFigure = 'optedOut' | 'quietHours' | 'accounts' | 'units'

export type QuietShare = Pick<QuietFloor, 'country' | 'timeZone'> & { count: number; notBefore: Date }

export type SendPlan = {
  id: string
  expiresAt: Date
  userId: number
  kind: BatchKind
  message: string
  /** Of a template: of a typical one. */
  parts: number
  /** Entries of the list, or members. */
  entryCount: number
  recipientCount: number
  duplicateCount: number
  optedOutCount: number
  invalid: readonly { code: EntryVerdict; count: number }[]
  /** Of a list: what becomes of each entry. */
  verdicts: Uint8Array | null
  /** Null: at once. */
  scheduledAt: Date | null
  /** Who of them has to wait for the end of quiet hours. */
  quietHours: readonly QuietShare[]
  /** Of those, who would be waiting still when `validUntil` has passed. */
  expiringCount: number
  accounts: readonly { accountId: number; count: number }[]
  estimated: readonly EstimatedFigure[]
}

type Found = Pick<
  SendPlan,
  'kind' | 'entryCount' | 'recipientCount' | 'duplicateCount' | 'optedOutCount' | 'invalid' | 'verdicts'
> & {
  made: MadeAudience
  target: SendTarget
  groups: readonly PlannedGroup[]
  estimated: EstimatedFigure[]
}

export type PlanDeps = AcceptDeps & { planReader: PlanReader; newId: () => string }

/** Long enough to be read and approved, short enough for its figures to be remembered. */
export const PLAN_LIFE_MS = 24 * 3_600_000

/** Says what a send would be, and keeps what it said. Nothing is sent. Throws what the send itself would throw of the whole call. */
export const planSend = async (deps: PlanDeps, input: SendInput & { target: PlanTarget }): Promise<SendPlan> => {
  const prepared = await prepareSend(deps, input, BATCH_PRIORITY)
  const found = await findRecipients(deps, prepared, input)
  const plan = { id: deps.newId(), expiresAt: dateOf(deps.now() + PLAN_LIFE_MS) }
  const { userId, message, scheduledAt } = prepared.draft
  await deps.plans.savePlan({ ...plan, userId, fingerprint: fingerprintOf(prepared, input, found) })
  const groups = scaled(found.groups, found.recipientCount)
  const { made: _, target: __, groups: ___, ...figures } = found
  const estimated = prepared.draft.template === null ? found.estimated : [...found.estimated, 'units' as const]
  return {
    ...plan,
    ...figures,
    estimated,
    userId,
    message,
    parts: prepared.parts,
    scheduledAt,
    ...quietOf(prepared, groups),
    accounts: accountsOf(groups),
  }
}

const findRecipients = async (
  deps: PlanDeps,
  prepared: PreparedSend,
  { caller, target }: SendInput & { target: PlanTarget },
): Promise<Found> => {
  const { userId } = prepared.draft
  if (target === 'all-contacts') return audienceOf(deps, prepared, { segmentId: null, ownerId: userId })
  if ('recipients' in target) return listOf(deps, prepared, target.recipients)
  const segment = await deps.contacts.findSegment(caller, target.segmentId)
  if (segment === null) throw new SmsError('UNKNOWN_SEGMENT', `Segment ${target.segmentId} does not exist`)
  return audienceOf(deps, prepared, { segmentId: segment.id, ownerId: segment.userId })
}

const listOf = async (deps: PlanDeps, { draft }: PreparedSend, recipients: RecipientList): Promise<Found> => {
  const { entryCount } = recipients
  const { maxRecipients, defaultCountry } = deps.policy
  if (entryCount === 0) throw new SmsError('EMPTY_INPUT', 'The list is empty')
  if (entryCount > maxRecipients) {
    throw new SmsError('TOO_MANY_RECIPIENTS', `One call may carry ${maxRecipients} entries`, {
      details: { entryCount, maxRecipients },
    })
  }
  const list = await recipients.normalize(defaultCountry)
  const { optedOut, groups } = await deps.planReader.readList(draft, list.numbers)
  const verdicts = withRefused(list, { optedOut, unfilled: [] })
  const counts = new Uint32Array(ENTRY_VERDICTS.length)
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1
  const countOf = (verdict: EntryVerdict): number => counts[ENTRY_VERDICTS.indexOf(verdict)] ?? 0
  const count = list.numbers.count - optedOut.length
  return {
    kind: 'LIST',
    entryCount,
    recipientCount: count,
    duplicateCount: countOf('DUPLICATE'),
    optedOutCount: countOf('OPTED_OUT'),
    invalid: (['EMPTY_NUMBER', 'INVALID_NUMBER', 'NOT_MOBILE'] as const)
      .map((code) => ({ code, count: countOf(code) }))
      .filter((reason) => reason.count > 0),
    verdicts,
    made: { count, optedOut, bound: null },
    target: { operation: 'list', recipients: list.numbers.chunks },
    groups,
    estimated: [],
  }
}

const audienceOf = async (
  deps: PlanDeps,
  { draft }: PreparedSend,
  audience: { segmentId: number | null; ownerId: number },
): Promise<Found> => {
  const { announced, bound, optedOutCount, isOptedOutExact, groups } = await deps.planReader.readAudience(draft, audience)
  const recipientCount = Math.max(0, announced - optedOutCount)
  const isWhole = groups.reduce((sum, { count }) => sum + count, 0) >= recipientCount
  return {
    kind: audience.segmentId === null ? 'ALL_CONTACTS' : 'SEGMENT',
    entryCount: announced,
    recipientCount,
    duplicateCount: 0,
    optedOutCount,
    invalid: [],
    verdicts: null,
    made: { count: announced, optedOut: [], bound },
    target:
      audience.segmentId === null
        ? { operation: 'all-contacts', recipients: [] }
        : { operation: 'segment', recipients: [String(audience.segmentId)] },
    groups,
    estimated: [...(isOptedOutExact ? [] : (['optedOut'] as const)), ...(isWhole ? [] : (['quietHours', 'accounts'] as const))],
  }
}

/** A sample's groups, as large as the whole would have them. */
const scaled = (groups: readonly PlannedGroup[], total: number): readonly PlannedGroup[] => {
  const seen = groups.reduce((sum, { count }) => sum + count, 0)
  if (seen >= total || seen === 0) return groups
  return groups.map((group) => ({ ...group, count: Math.round((group.count * total) / seen) }))
}

const quietOf = ({ draft }: PreparedSend, groups: readonly PlannedGroup[]): Pick<SendPlan, 'quietHours' | 'expiringCount'> => {
  const shares = new Map<string, QuietShare>()
  for (const { prefix, count } of groups) {
    const floor = draft.quiet.find((one) => one.prefix === prefix)
    if (floor === undefined || floor.notBefore === null) continue
    const share = shares.get(prefix) ?? { country: floor.country, timeZone: floor.timeZone, count: 0, notBefore: floor.notBefore }
    shares.set(prefix, { ...share, count: share.count + count })
  }
  const quietHours = [...shares.values()]
  const { validUntil } = draft
  const expiring = quietHours.filter(({ notBefore }) => validUntil !== null && validUntil <= notBefore)
  return { quietHours, expiringCount: expiring.reduce((sum, { count }) => sum + count, 0) }
}

const accountsOf = (groups: readonly PlannedGroup[]): { accountId: number; count: number }[] => {
  const byAccount = new Map<number, number>()
  for (const { accountId, count } of groups) byAccount.set(accountId, (byAccount.get(accountId) ?? 0) + count)
  return [...byAccount].map(([accountId, count]) => ({ accountId, count }))
}
