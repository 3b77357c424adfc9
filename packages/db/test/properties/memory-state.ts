import { type BatchStatus, canMove, type SmsCounts, type SmsStatus, type TransitionCause } from '@sms/core'
import { MAX_ATTEMPTS, type SeenSms } from './system.ts'

export type Row = SeenSms & {
  isDue: boolean
  isLeaseOver: boolean
  /** Ten minutes since its claim. */
  hasRested: boolean
  isExpired: boolean
  /** By each decision of an operator, in their order. */
  supersededClaimIds: (string | null)[]
  lateClaimIds: string[]
  /** Of attempts that were given up, as receipts told. */
  inferredIds: string[]
  /** When its last attempt began, and the last one that an operator gave up while one of them may own an id that nobody knows. */
  beganAt: number
  givenUpAt: number | null
  /** Claims of which proof came, and with it the id under which they were accepted, if they were. */
  identifiedClaimIds: string[]
}

/** Of one message id, from its first word on. */
type Reported = { messageId: string; phoneNumber: string | null; firstAt: number }

export type Batch = {
  id: bigint
  status: BatchStatus
  announced: number
  counts: SmsCounts
  isSwept: boolean
  wasPaused: boolean
}

const keyOf = (status: SmsStatus): keyof SmsCounts => status.toLowerCase() as keyof SmsCounts

export type MemoryState = ReturnType<typeof createMemoryState>

/** What the model holds, and the moves that all of its parts make. It throws where the table in `packages/core` allows none. */
export const createMemoryState = () => {
  const ids = { sms: counter(), batch: counter() }
  const rows = new Map<bigint, Row>()
  const batches = new Map<bigint, Batch>()
  const optedOut = new Set<string>()
  const account = { isBlocked: false, probeSmsId: null as bigint | null, isProbeDue: false }

  const reported = new Map<string, Reported>()
  const knownIds = new Set<string>()
  let lastTick = 0
  const tick = (): number => (lastTick += 1)

  const all = (): Row[] => [...rows.values()]
  const batchOf = (row: Row): Batch | undefined => (row.batchId === null ? undefined : batches.get(row.batchId))

  const move = (row: Row, cause: TransitionCause, to: SmsStatus): void => {
    if (!canMove(cause, row.status, to)) throw new Error(`${cause} moved SMS ${row.id} from ${row.status} to ${to}`)
    const batch = batchOf(row)
    if (batch) {
      // A cancelled batch has counted its waiting SMS as cancelled already.
      const counted = (status: SmsStatus) => keyOf(batch.status === 'CANCELLED' && status === 'PENDING' ? 'CANCELLED' : status)
      batch.counts[counted(row.status)] -= 1
      batch.counts[counted(to)] += 1
    }
    row.status = to
    row.inWindow &&= to === 'PROCESSING'
    if (to === 'SENT' || to === 'PENDING') row.errorCode = null
    row.isLeaseOver = false
    row.hasRested &&= to !== 'PROCESSING'
  }

  const completeOrReopen = (batch: Batch | undefined): void => {
    if (!batch || batch.status === 'CANCELLED') return
    const isDone = batch.counts.pending === 0 && batch.counts.processing === 0
    if (isDone) batch.status = 'COMPLETED'
    else if (batch.status === 'COMPLETED') batch.status = batch.wasPaused ? 'PAUSED' : 'ACTIVE'
  }

  const add = (phoneNumber: string, batchId: bigint | null): void => {
    const id = ids.sms()
    rows.set(id, {
      ...NEW,
      events: [],
      supersededClaimIds: [],
      lateClaimIds: [],
      inferredIds: [],
      identifiedClaimIds: [],
      id,
      batchId,
      phoneNumber,
    })
  }

  const setMessageId = (row: Row, messageId: string | null): void => {
    row.messageId = messageId
    if (messageId !== null) knownIds.add(messageId)
  }

  return {
    ids,
    rows,
    batches,
    optedOut,
    account,
    reported,
    knownIds,
    tick,
    all,
    batchOf,
    move,
    completeOrReopen,
    add,
    setMessageId,
  }
}

/** How many of its attempts a person gave up under an id that is still not known. */
export const givenUpCount = ({ supersededClaimIds, identifiedClaimIds }: Row): number =>
  supersededClaimIds.filter((claimId) => claimId !== null && !identifiedClaimIds.includes(claimId)).length

/** What is known to be accepted is not sent once more. */
export const closeAccepted = (row: Row): void => {
  if (row.status === 'SENT' || row.status === 'CANCELLED') return
  row.isExpired = true
  if (row.status === 'FAILED') row.errorCode = 'ACCEPTED_LATE'
}

const counter = (): (() => bigint) => {
  let last = 0n
  return () => (last += 1n)
}

const NEW = {
  status: 'PENDING',
  attempts: 0,
  maxAttempts: MAX_ATTEMPTS,
  dispatch: 0,
  inWindow: false,
  claimId: null,
  errorCode: null,
  messageId: null,
  isDue: true,
  isLeaseOver: false,
  hasRested: false,
  isExpired: false,
  beganAt: 0,
  givenUpAt: null,
} as const satisfies Partial<Row>
