/** Where one SMS stands. The meaning of each is in docs/architecture.md, "States". */
export const SMS_STATUSES = ['PENDING', 'PROCESSING', 'SENT', 'FAILED', 'CANCELLED', 'UNKNOWN'] as const
export type SmsStatus = (typeof SMS_STATUSES)[number]

/** What may move an SMS: each cause has its own row in the table below. */
export type TransitionCause = 'claim' | 'settle' | 'late-proof' | 'lease-expiry' | 'stop' | 'receipt' | 'replay' | 'operator'

/**
 * The one table of allowed moves. Every SQL transition is a compare-and-set on the `from` states of its cause,
 * taken from here with {@link statusesBefore}; PostgreSQL repeats what each state requires as CHECK constraints.
 */
const TRANSITIONS = {
  // Before the first byte of the request may leave.
  claim: { PENDING: ['PROCESSING'] },
  // A settle to PENDING in a batch that was cancelled meanwhile becomes CANCELLED.
  settle: { PROCESSING: ['SENT', 'FAILED', 'UNKNOWN', 'PENDING', 'CANCELLED'] },
  // A proved outcome of the same attempt wins over UNKNOWN, however late it comes.
  'late-proof': { UNKNOWN: ['SENT', 'FAILED', 'PENDING', 'CANCELLED'] },
  // The worker that held it may have died with the request on the wire.
  'lease-expiry': { PROCESSING: ['UNKNOWN'] },
  // Orange reported on it: it was accepted.
  receipt: { UNKNOWN: ['SENT'] },
  stop: { PENDING: ['CANCELLED'] },
  replay: { FAILED: ['PENDING'] },
  operator: { UNKNOWN: ['SENT', 'FAILED', 'PENDING'] },
} as const satisfies Record<TransitionCause, Partial<Record<SmsStatus, readonly SmsStatus[]>>>

const targets = (cause: TransitionCause, from: SmsStatus): readonly SmsStatus[] =>
  (TRANSITIONS[cause] as Partial<Record<SmsStatus, readonly SmsStatus[]>>)[from] ?? []

export const canMove = (cause: TransitionCause, from: SmsStatus, to: SmsStatus): boolean => targets(cause, from).includes(to)

/** The states from which `cause` may reach `to`: what a compare-and-set must find. */
export const statusesBefore = (cause: TransitionCause, to: SmsStatus): SmsStatus[] =>
  SMS_STATUSES.filter((from) => canMove(cause, from, to))

/** SENT and CANCELLED are final: no cause leaves them. */
export const isFinal = (status: SmsStatus): boolean =>
  (Object.keys(TRANSITIONS) as TransitionCause[]).every((cause) => targets(cause, status).length === 0)

/** What the handset's network reported, in the only order in which it may move. */
export const DELIVERY_STATUSES = ['WAITING', 'ON_NETWORK', 'UNCERTAIN', 'UNDELIVERED', 'DELIVERED'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

export const BATCH_STATUSES = ['SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const
export type BatchStatus = (typeof BATCH_STATUSES)[number]

export const BATCH_KINDS = ['LIST', 'SEGMENT', 'ALL_CONTACTS'] as const
export type BatchKind = (typeof BATCH_KINDS)[number]

/** How many SMS of a batch stand in each state. `total` is never stored: it is the sum. */
export type SmsCounts = Record<Lowercase<SmsStatus>, number>

export const totalOf = (counts: SmsCounts): number =>
  counts.pending + counts.processing + counts.sent + counts.failed + counts.cancelled + counts.unknown
