import type { Caller } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { reasonOf } from './operator-moves.ts'
import type { BatchId, BatchRecord, SmsId } from './ports.ts'
import type { ReplayChannel } from './replay-failed.ts'
import type { SmsStatus } from './sms-status.ts'

/** Who does something to the queue, where and why: kept in the audit with what was before and after. */
export type ControlOrder = { caller: Caller; via: ReplayChannel; reason: string | null }

/** What a cancel found, at the one moment after which nothing of the batch is claimed any more. */
export type CancelReceipt = {
  batchId: BatchId
  at: Date
  /** Waiting SMS that will never be sent. */
  stopped: number
  /** Recipients of a segment that had no SMS yet and get none. */
  notMade: number
  /** SMS that were being sent: the only ones of the batch that may still reach anybody. */
  onTheWire: number
  /** Of these, the first {@link LISTED_ON_WIRE}. */
  onTheWireIds: readonly string[]
}

export const LISTED_ON_WIRE = 1_000

export type BatchControl = {
  /**
   * From its commit on nothing of the batch is claimed any more, and what waited is counted as cancelled, in the same time for ten and for
   * a million. A finished batch stays as it is. Null, here and below: not the caller's.
   */
  cancel(order: ControlOrder, id: BatchId): Promise<BatchRecord | null>
  /** Nothing new is claimed until `resume`. A finished batch stays as it is. */
  pause(order: ControlOrder, id: BatchId): Promise<BatchRecord | null>
  resume(order: ControlOrder, id: BatchId): Promise<BatchRecord | null>
  setPriority(order: ControlOrder, id: BatchId, priority: number): Promise<BatchRecord | null>
  cancelSms(
    order: ControlOrder,
    id: SmsId,
  ): Promise<{ verdict: 'STOPPED' | 'ON_THE_WIRE' | 'ALREADY_OVER'; status: SmsStatus } | null>
  /** Of batches that were cancelled by a call; it does not change. */
  findReceipts(batchIds: readonly BatchId[]): Promise<CancelReceipt[]>
}

export type ControlDeps = {
  control: BatchControl
  /** Not awaited, as in AcceptDeps. */
  kick: (accountId: number) => void
}

type Asked = Omit<ControlOrder, 'reason'> & { reason?: string | null | undefined }

const LOWEST_PRIORITY = 0
const HIGHEST_PRIORITY = 10

const orderOf = ({ caller, via, reason }: Asked): ControlOrder => ({ caller, via, reason: reasonOf(reason ?? null) })

const found = (batch: BatchRecord | null): BatchRecord => {
  if (batch === null) throw new SmsError('NOT_FOUND', 'Batch does not exist')
  return batch
}

const kickAll = ({ kick }: ControlDeps, batch: BatchRecord): BatchRecord => {
  for (const accountId of [batch.accountId, ...batch.otherAccountIds]) kick(accountId)
  return batch
}

/** All of them throw NOT_FOUND. */
export const cancelBatch = async ({ control }: ControlDeps, id: BatchId, asked: Asked): Promise<BatchRecord> =>
  found(await control.cancel(orderOf(asked), id))

export const pauseBatch = async ({ control }: ControlDeps, id: BatchId, asked: Asked): Promise<BatchRecord> =>
  found(await control.pause(orderOf(asked), id))

export const resumeBatch = async (deps: ControlDeps, id: BatchId, asked: Asked): Promise<BatchRecord> =>
  kickAll(deps, found(await deps.control.resume(orderOf(asked), id)))

/** Whoever may send may also hurry: the priorities are those of a send. Throws INVALID_OPTIONS too. */
export const setBatchPriority = async (
  deps: ControlDeps,
  id: BatchId,
  { priority, ...asked }: Asked & { priority: number },
): Promise<BatchRecord> => {
  if (!Number.isInteger(priority) || priority < LOWEST_PRIORITY || priority > HIGHEST_PRIORITY) {
    throw new SmsError('INVALID_OPTIONS', `priority must be an integer from ${LOWEST_PRIORITY} to ${HIGHEST_PRIORITY}`, {
      details: { option: 'priority' },
    })
  }
  return kickAll(deps, found(await deps.control.setPriority(orderOf(asked), id, priority)))
}

/** Throws ON_THE_WIRE, ALREADY_OVER. */
export const cancelSms = async ({ control }: ControlDeps, id: SmsId, asked: Asked): Promise<void> => {
  const cancelled = await control.cancelSms(orderOf(asked), id)
  if (cancelled === null) throw new SmsError('NOT_FOUND', 'SMS does not exist')
  const { verdict, status } = cancelled
  if (verdict !== 'STOPPED') throw new SmsError(verdict, `SMS ${id} is ${status}`, { details: { status } })
}
