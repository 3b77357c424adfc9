import type { Caller } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { type MoneyAtStake, moneyAtStake, type SmsPrice } from './sms-price.ts'
import { countOf, reasonOf } from './operator-moves.ts'
import {
  checkedFilter,
  checkedOrder,
  type ReplayChannel,
  type ReplayFilter,
  type ReplayOrder,
  type ReplayReport,
  type ReplayVerdict,
  reportOf,
} from './replay-failed.ts'

/** One replay from its start to its end: the set was chosen at `startedAt`, and what failed later is not in it. */
export type ReplayOperation = {
  id: bigint
  /** STOPPED: `code` says why. What was moved stays moved. */
  status: 'RUNNING' | 'DONE' | 'CANCELLED' | 'STOPPED'
  code: 'INSUFFICIENT_CREDIT' | null
  userId: number
  via: ReplayChannel
  reason: string | null
  /** What was asked for, JSON. */
  filter: string
  startedAt: Date
  finishedAt: Date | null
  /** SMS in the set. */
  total: number
  /** Of them looked at: back to PENDING, or left as they are. */
  done: number
  replayed: number
  replayedUnknown: number
  replayedUnknownParts: number
  refused: ReplayReport['refused']
}

/** What would become of some SMS; `parts` of all of them together. */
export type PlannedRows = ReplayVerdict & { code: string | null }

export type ReplayOperations = {
  plan(order: ReplayOrder, filter: ReplayFilter): Promise<PlannedRows[]>
  /** Writes the set, the operation and its act; nothing is moved yet. */
  start(order: ReplayOrder, filter: ReplayFilter): Promise<ReplayOperation>
  /**
   * Moves the next chunk of one operation (of the oldest that runs and that nobody is at, when `id` is null) and writes how far it is, in
   * one transaction: a crash at any moment leaves it where it was. Null: there is nothing to do, or somebody else is at it.
   */
  work(id: bigint | null): Promise<{ operation: ReplayOperation; accountIds: number[] } | null>
  /** After the chunk under way. What was replayed stays replayed. Null: not the caller's; one that is over stays as it is. */
  cancel(caller: Caller, id: bigint, order: { via: ReplayChannel; reason: string | null }): Promise<ReplayOperation | null>
  find(caller: Caller, id: bigint): Promise<ReplayOperation | null>
  /** Newest first; `before`: older than that one. */
  findPage(caller: Caller, page: { first: number; before: bigint | null }): Promise<ReplayOperation[]>
}

export type ReplayOperationDeps = { operations: ReplayOperations; price: SmsPrice }

export type ReplayPlan = ReplayReport & {
  /** Of what would be replayed. */
  parts: number
  price: MoneyAtStake
  /** Of what would be replayed, the largest first. */
  byCode: { code: string | null; count: number; parts: number }[]
}

type Asked = ReplayOrder & { filter: ReplayFilter }

const checked = (input: Asked): { order: ReplayOrder; filter: ReplayFilter } => {
  const { caller, filter } = input
  if (filter.userId != null && !caller.isAdmin && filter.userId !== caller.userId) {
    throw new SmsError('FORBIDDEN', 'Replaying the SMS of another user needs an administrator')
  }
  return { order: checkedOrder(input), filter: checkedFilter(filter) }
}

/** What a replay would do now, and cost. Throws FORBIDDEN, EMPTY_INPUT and INVALID_INPUT, as the next one. */
export const planReplay = async ({ operations, price }: ReplayOperationDeps, input: Asked): Promise<ReplayPlan> => {
  const { order, filter } = checked(input)
  const rows = await operations.plan(order, filter)
  const replayed = rows.filter(({ verdict }) => verdict === 'REPLAYED')
  const parts = partsOf(replayed)
  const byCode = [...Map.groupBy(replayed, ({ code }) => code)].map(([code, some]) => ({
    code,
    count: countOf(some),
    parts: partsOf(some),
  }))
  const unknown = replayed.map((row) => (row.status === 'UNKNOWN' ? row : { ...row, parts: 0 }))
  return {
    ...reportOf([...unknown, ...rows.filter(({ verdict }) => verdict !== 'REPLAYED')]),
    parts,
    price: moneyAtStake(price, { smsCount: countOf(replayed), parts }),
    byCode: byCode.toSorted((left, right) => right.count - left.count),
  }
}

/** Chooses the set and returns; whoever calls `work` moves it. */
export const startReplay = ({ operations }: ReplayOperationDeps, input: Asked): Promise<ReplayOperation> =>
  Promise.try(() => {
    const { order, filter } = checked(input)
    return operations.start(order, filter)
  })

/** Throws NOT_FOUND. */
export const cancelReplay = async (
  { operations }: Pick<ReplayOperationDeps, 'operations'>,
  input: { caller: Caller; id: bigint; via: ReplayChannel; reason: string | null },
): Promise<ReplayOperation> => {
  const { caller, id, via, reason } = input
  const operation = await operations.cancel(caller, id, { via, reason: reasonOf(reason) })
  if (operation === null) throw new SmsError('NOT_FOUND', 'Replay does not exist')
  return operation
}

const partsOf = (rows: readonly { parts: number }[]): number => rows.reduce((sum, { parts }) => sum + parts, 0)
