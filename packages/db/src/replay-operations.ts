import type { ReplayOperation, ReplayOperations, ReplayRefusal, ReplayVerdict } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma, ReplayOperation as OperationRecord } from './generated/client.ts'
import { partsOf, readNow } from './operator-moves.ts'
import { visibleTo } from './records.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import type { MoveRow } from './sql/operator-move.ts'
import { describe, mayOwe } from './sql/replay.ts'
import {
  forgetItemsSql,
  freezeSql,
  type OperationRow,
  planSql,
  type PlanRow,
  takeOperationSql,
  workSql,
} from './sql/replay-operation.ts'

/** Rows of one statement: its locks are held for some hundred milliseconds at most. */
const CHUNK = 2_000
/** A set of a million is written in some seconds. */
const TRANSACTION = { timeout: 60_000, maxWait: 10_000 }

/** Replays as operations. The row of an operation is locked before any batch, and by nobody who has one. */
export const createReplayOperations = (db: Database): ReplayOperations => {
  const find: ReplayOperations['find'] = async (caller, id) => {
    const row = await db.replayOperation.findFirst({ where: { id, ...visibleTo(caller) } })
    return row && operationOf(row)
  }
  return {
    plan: async (order, filter) =>
      (await db.$queryRaw<PlanRow[]>(planSql(order, filter, await readNow(db)))).map((row) => ({
        verdict: (row.verdict === 'MOVED' ? 'REPLAYED' : row.verdict) as ReplayVerdict['verdict'],
        status: row.status as ReplayVerdict['status'],
        code: row.code,
        smsCount: row.smsCount,
        parts: partsOf(row),
      })),

    start: async (order, filter) => {
      const startedAt = await readNow(db)
      const { caller, via, reason, includeUnknown, moreAttempts } = order
      const described = describe(order, filter)
      return db.$transaction(async (tx) => {
        const { id } = await tx.replayOperation.create({
          data: {
            userId: caller.userId,
            via,
            reason,
            includeUnknown,
            moreAttempts,
            mayOwe: mayOwe(order),
            filter: described,
            startedAt,
          },
        })
        const total = await tx.$executeRaw(freezeSql(id, order, filter, startedAt))
        const row = await tx.replayOperation.update({
          where: { id },
          data: total === 0 ? { status: 'DONE', finishedAt: startedAt } : { total },
        })
        const after = JSON.stringify({ replayId: String(id), total })
        await tx.operatorAct.create({
          data: {
            userId: caller.userId,
            via,
            kind: 'START_REPLAY',
            reason,
            filter: described,
            smsCount: 0,
            batchId: filter.batchId ?? null,
            after,
          },
        })
        return operationOf(row)
      }, TRANSACTION)
    },

    // What lost against a claim or a settle changed nothing.
    work: (id) => repeatOnConflict(() => db.$transaction((tx) => workChunk(tx, id), TRANSACTION)),

    cancel: async (caller, id, { via, reason }) => {
      await db.$transaction(async (tx) => {
        // Waits for the chunk under way, and no further one begins.
        const moved = await tx.replayOperation.updateMany({
          where: { id, status: 'RUNNING', ...visibleTo(caller) },
          data: { status: 'CANCELLED', finishedAt: new Date() },
        })
        if (moved.count === 0) return
        const { total, done, replayed } = await tx.replayOperation.findUniqueOrThrow({ where: { id } })
        const before = JSON.stringify({ status: 'RUNNING', total, done, replayed })
        await tx.operatorAct.create({
          data: {
            userId: caller.userId,
            via,
            kind: 'CANCEL_REPLAY',
            reason,
            filter: JSON.stringify({ replayId: String(id) }),
            smsCount: 0,
            before,
            after: JSON.stringify({ status: 'CANCELLED', left: total - done }),
          },
        })
        await tx.$executeRaw(forgetItemsSql(id, null))
      }, TRANSACTION)
      return find(caller, id)
    },

    find,

    findPage: async (caller, { first, before }) =>
      (
        await db.replayOperation.findMany({
          where: { ...visibleTo(caller), ...(before !== null && { id: { lt: before } }) },
          orderBy: { id: 'desc' },
          take: first,
        })
      ).map(operationOf),
  }
}

const workChunk = async (
  tx: Prisma.TransactionClient,
  wanted: bigint | null,
): Promise<{ operation: ReplayOperation; accountIds: number[] } | null> => {
  const [taken] = await tx.$queryRaw<OperationRow[]>(takeOperationSql(wanted))
  if (taken === undefined) return null
  const rows = await tx.$queryRaw<MoveRow[]>(workSql(taken, CHUNK))
  const lastId = rows[0]?.lastId ?? null
  const moved = rows.filter(({ verdict }) => verdict === 'MOVED')
  const unknown = moved.filter(({ status }) => status === 'UNKNOWN')
  const count = (some: readonly MoveRow[]): number => some.reduce((sum, { smsCount }) => sum + smsCount, 0)
  const done = taken.done + count(rows)
  // An SMS that was erased from the table is in the set and never looked at.
  const isDone = lastId === null || done >= taken.total
  const code = rows.some(({ verdict }) => verdict === 'INSUFFICIENT_CREDIT') ? 'INSUFFICIENT_CREDIT' : null
  const isOver = isDone || code !== null
  const row = await tx.replayOperation.update({
    where: { id: taken.id },
    data: {
      done,
      replayed: { increment: count(moved) },
      replayedUnknown: { increment: count(unknown) },
      replayedUnknownParts: { increment: unknown.reduce((sum, some) => sum + partsOf(some), 0) },
      refused: JSON.stringify(withRefused(JSON.parse(taken.refused) as Record<string, number>, rows)),
      ...(lastId !== null && { cursor: lastId }),
      // Without credits the next chunk would be refused as well, or be moved out of turn.
      ...(isOver && { status: code === null ? 'DONE' : 'STOPPED', code, finishedAt: new Date() }),
    },
  })
  await tx.$executeRaw(forgetItemsSql(taken.id, isOver ? null : lastId))
  return { operation: operationOf(row), accountIds: [...new Set(moved.flatMap(({ accountIds }) => accountIds))] }
}

const withRefused = (refused: Record<string, number>, rows: readonly MoveRow[]): Record<string, number> => {
  const sum = { ...refused }
  for (const { verdict, smsCount } of rows) if (verdict !== 'MOVED') sum[verdict] = (sum[verdict] ?? 0) + smsCount
  return sum
}

const operationOf = (row: OperationRecord): ReplayOperation => {
  const { cursor: _, moreAttempts: __, includeUnknown: ___, mayOwe: ____, status, via, code, refused, ...operation } = row
  return {
    ...operation,
    status: status as ReplayOperation['status'],
    via: via as ReplayOperation['via'],
    code: code as ReplayOperation['code'],
    refused: Object.entries(JSON.parse(refused) as Record<ReplayRefusal, number>).map(([code, count]) => ({
      code: code as ReplayRefusal,
      count,
    })),
  }
}
