import type { AcceptDeps, BatchDraft, IdempotencyClaim, PlanDirectory, SendInput } from './accept-ports.ts'
import { normalizeRecipients } from './phone-number.ts'
import type { BatchRecord, SmsRecord } from './ports.ts'
import type { StoredPlan } from './send-plan.ts'
import { compactRecipients, type RecipientList } from './recipient-list.ts'

/** In-memory doubles for the accept use cases, with the rules of the SQL ones. */

export const NOW = Date.UTC(2026, 10, 22, 12)

export const sendInput = (more: Partial<SendInput> = {}): SendInput => ({
  caller: { userId: 2, isAdmin: false },
  userId: null,
  message: 'Bonjour',
  options: {},
  idempotencyKey: null,
  ...more,
})

export const recipientsOf = (entries: readonly string[]): RecipientList => ({
  entryCount: entries.length,
  normalize: async (defaultCountry) =>
    compactRecipients(
      entries.length,
      await normalizeRecipients({ entries, defaultCountry, yieldNow: async () => {}, now: () => 0 }),
    ),
})

const batchRecord = (id: bigint, kind: BatchRecord['kind'], draft: BatchDraft, announced: number): BatchRecord => ({
  id,
  kind,
  userId: draft.userId,
  accountId: draft.accountId,
  otherAccountIds: [],
  message: draft.message,
  parts: draft.parts,
  senderName: draft.senderName,
  priority: draft.priority,
  segmentId: null,
  announced,
  status: draft.scheduledAt !== null ? 'SCHEDULED' : kind === 'LIST' ? 'ACTIVE' : 'EXPANDING',
  counts: { pending: kind === 'LIST' ? announced : 0, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 },
  createdAt: new Date(NOW),
  scheduledAt: draft.scheduledAt,
  validUntil: draft.validUntil,
  completedAt: null,
  cancelledAt: null,
  cancelReason: null,
})

const createFakePlans = (): PlanDirectory => {
  const plans = new Map<string, StoredPlan>()
  return {
    findPlan: async (userId, planId) => plans.get(`${userId} ${planId}`) ?? null,
    savePlan: async ({ id, userId, ...plan }) => void plans.set(`${userId} ${id}`, plan),
  }
}

const segments = new Map(
  [
    { id: 7, userId: 2, name: 'Clients', description: null, memberCount: 3 },
    { id: 8, userId: 2, name: 'Vide', description: null, memberCount: 0 },
    { id: 9, userId: 1, name: 'Autre', description: null, memberCount: 4 },
  ].map((segment) => [segment.id, segment]),
)

const POLICY: AcceptDeps['policy'] = {
  maxParts: 6,
  maxAttempts: 5,
  maxRecipients: 100,
  defaultCountry: 'CI',
  accountId: 1,
  quietHours: { fromMinute: 21 * 60, toMinute: 7 * 60 },
}

export const createFakeAccepts = () => {
  const batches: { record: BatchRecord; numbers: string[] }[] = []
  const singles: SmsRecord[] = []
  const optedOut = new Set<string>()
  const kicks: number[] = []
  const keys = new Map<string, { inputHash: string; made: unknown }>()
  let lastId = 0n

  /** What the key stands for; the same bargain as the primary key of `IdempotencyKey`. */
  const keyed = (userId: number, claim: IdempotencyClaim | null) => {
    const found = claim === null ? undefined : keys.get(`${userId} ${claim.key}`)
    if (found === undefined) return { made: null, isConflict: false }
    return { made: found.made, isConflict: found.inputHash !== claim?.inputHash }
  }
  const remember = (userId: number, claim: IdempotencyClaim | null, made: unknown): void => {
    if (claim !== null) keys.set(`${userId} ${claim.key}`, { inputHash: claim.inputHash, made })
  }
  const placesOut = (numbers: readonly string[]): number[] =>
    [...numbers.keys()].filter((place) => optedOut.has(numbers[place] ?? ''))

  const deps: AcceptDeps = {
    accepts: {
      acceptList: async (draft) => {
        const { made, isConflict } = keyed(draft.userId, draft.idempotency)
        if (isConflict) return { kind: 'conflict' }
        const given = draft.numbers.chunks.flatMap((chunk) => chunk.split(','))
        const places = placesOut(given)
        if (made !== null)
          return { kind: 'accepted', batch: made as BatchRecord, isRepeated: true, optedOut: places, unfilled: [] }
        const numbers = given.filter((number) => !optedOut.has(number))
        if (numbers.length === 0) return { kind: 'nobody' }
        draft.verify?.({ count: numbers.length, optedOut: places, bound: null })
        const batch = batchRecord((lastId += 1n), 'LIST', draft, numbers.length)
        batches.push({ record: batch, numbers })
        remember(draft.userId, draft.idempotency, batch)
        return { kind: 'accepted', batch, isRepeated: false, optedOut: places, unfilled: [] }
      },
      acceptAudience: async (draft) => {
        const { made, isConflict } = keyed(draft.userId, draft.idempotency)
        if (isConflict) return { kind: 'conflict' }
        if (made !== null) return { kind: 'accepted', batch: made as BatchRecord, isRepeated: true }
        const memberCount = draft.segmentId === null ? 5 : (segments.get(draft.segmentId)?.memberCount ?? 0)
        if (memberCount === 0) return { kind: 'nobody' }
        draft.verify?.({ count: memberCount, optedOut: [], bound: 99n })
        const batch = batchRecord((lastId += 1n), draft.segmentId === null ? 'ALL_CONTACTS' : 'SEGMENT', draft, memberCount)
        batches.push({ record: batch, numbers: [] })
        remember(draft.userId, draft.idempotency, batch)
        return { kind: 'accepted', batch, isRepeated: false }
      },
      acceptSingle: async (draft) => {
        const { made, isConflict } = keyed(draft.userId, draft.idempotency)
        if (isConflict) return { kind: 'conflict' }
        if (made !== null) return { kind: 'accepted', sms: made as SmsRecord, isRepeated: true }
        const {
          idempotency,
          scheduledAt,
          validUntil: _,
          isAccountNamed: __,
          isPromotional: ___,
          quiet: ____,
          template: _____,
          verify,
          ...columns
        } = draft
        const open = singles.find(
          (sms) => sms.userId === draft.userId && sms.phoneNumber === draft.phoneNumber && sms.message === draft.message,
        )
        if (idempotency === null && open !== undefined) return { kind: 'accepted', sms: open, isRepeated: true }
        if (optedOut.has(draft.phoneNumber)) return { kind: 'opted-out' }
        verify?.({ count: 1, optedOut: [], bound: null })
        const sms: SmsRecord = {
          ...columns,
          id: (lastId += 1n),
          batchId: null,
          segmentId: null,
          status: 'PENDING',
          attempts: 0,
          errorCode: null,
          errorMessage: null,
          messageId: null,
          deliveryStatus: null,
          createdAt: new Date(NOW),
          nextAttemptAt: scheduledAt ?? new Date(NOW),
          lastAttemptAt: null,
          sentAt: null,
          failedAt: null,
          deliveredAt: null,
        }
        singles.push(sms)
        remember(draft.userId, idempotency, sms)
        return { kind: 'accepted', sms, isRepeated: false }
      },
    },
    contacts: {
      findSegment: async (caller, segmentId) => {
        const segment = segments.get(segmentId)
        return segment !== undefined && (caller.isAdmin || segment.userId === caller.userId) ? segment : null
      },
    },
    users: { exists: async (userId) => userId === 1 || userId === 2 },
    accounts: { findByName: async (name) => (name === 'Mali' ? { id: 3, senderNames: ['Clinique'] } : null) },
    plans: createFakePlans(),
    policy: POLICY,
    now: () => NOW,
    kick: (accountId) => void kicks.push(accountId),
  }
  return { deps, batches, singles, optedOut, kicks }
}
