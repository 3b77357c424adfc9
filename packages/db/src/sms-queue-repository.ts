import {
  cleanText,
  type ClaimRequest,
  type ClaimVerdict,
  type DispatchedJob,
  isProof,
  type QuietFloors,
  type Settlement,
  type SettleResult,
  type SmsJob,
} from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import { type ClaimRow, claimSql } from './sql/claim.ts'
import { type DispatchRow, dispatchSql, lockDispatchSql, probeSql } from './sql/dispatch.ts'
import { deferQuietSql } from './sql/quiet.ts'
import { adoptEpochSql, expiredSql, startDueSql, undispatchSql, windowSql } from './sql/recover.ts'
import { type SettleColumns, type SettleRow, settleSql } from './sql/settle.ts'

/**
 * The verbs that move rows of `SmsQueue` on their way to the provider. `claim` is the plan's updateStatus(PROCESSING) and
 * increaseAttemptCount in one statement; `settle` is its updateStatus with the outcome; `findNextBatch` also marks what it finds.
 */
export type SmsQueueRepository = {
  claim(requests: readonly ClaimRequest[], worker: string, leaseMs: number): Promise<ClaimVerdict[]>
  settle(settlements: readonly Settlement[]): Promise<SettleResult[]>
  /** Takes the next due rows of an account into the window; empty while another dispatcher is at it. */
  findNextBatch(accountId: number, windowSize: number): Promise<DispatchedJob[]>
  /** The one SMS by which a blocked account is tried again, when its time has come. */
  findProbe(accountId: number): Promise<DispatchedJob[]>
  /** `worker`: that held it. */
  findExpiredProcessing(limit: number): Promise<{ smsId: bigint; claimId: string; attempt: number; worker: string }[]>
  /** Rows in the window for longer than `olderThanMs`. */
  findInWindow(accountId: number, olderThanMs: number): Promise<SmsJob[]>
  /** Takes rows out of the window so that they are dispatched anew. Returns how many. */
  undispatch(jobs: readonly SmsJob[]): Promise<number>
  /** Learns the epoch that Redis holds; null when it was known, else how many rows left the window. */
  adoptEpoch(epoch: string): Promise<number | null>
  /** Whether it is the one learned last. */
  knowsEpoch(epoch: string): Promise<boolean>
  /** Starts scheduled batches whose time has come; returns their ids. */
  startDueBatches(): Promise<bigint[]>
}

/** A dispatch that hangs must not keep the others from theirs for ever. */
const DISPATCH_TIMEOUT_MS = 15_000

/** Takes what must rest now out of the window again; gives the others. */
const withoutQuiet = async (tx: Prisma.TransactionClient, rows: DispatchRow[], floors: QuietFloors): Promise<DispatchRow[]> => {
  if (rows.length === 0 || floors.length === 0) return rows
  const deferred = await tx.$queryRaw<{ id: bigint }[]>(
    deferQuietSql(
      rows.map(({ id }) => id),
      floors,
    ),
  )
  if (deferred.length === 0) return rows
  const ids = new Set(deferred.map(({ id }) => id))
  return rows.filter(({ id }) => !ids.has(id))
}

/** `quietNow`: whose quiet hours it is, for promotional SMS; without it none are kept. */
export const createSmsQueueRepository = (
  db: Database,
  { quietNow = () => [] }: { quietNow?: () => QuietFloors } = {},
): SmsQueueRepository => {
  return {
    claim: async (requests, worker, leaseMs) => {
      // A statement must not meet a row twice: a second job of the same SMS (a stalled one run again) is stale.
      const [distinct] = splitRepeated(requests)
      const jobs = {
        smsIds: distinct.map(({ smsId }) => smsId),
        dispatches: distinct.map(({ dispatch }) => dispatch),
        claimIds: distinct.map(({ claimId }) => claimId),
      }
      const flushed = await db.openFlush()
      const rows = await repeatOnConflict(() => readRows<ClaimRow>(db, claimSql(jobs, worker, leaseMs)))
      await flushed()
      const byClaim = new Map(rows.map((row) => [row.claimId, row]))
      return requests.map(({ smsId, claimId }) => verdictOf(smsId, byClaim.get(claimId)))
    },

    settle: async (settlements) => {
      const flushed = await db.openFlush()
      const results = new Map<Settlement, SettleResult>()
      // Two claims of one SMS (a frozen worker's late word and the next one's) are settled one after the other.
      for (let [now, later] = splitRepeated(settlements); now.length > 0; [now, later] = splitRepeated(later)) {
        const group = now
        const rows = await repeatOnConflict(() => readRows<SettleRow>(db, settleSql(columnsOf(group))))
        const byId = new Map(rows.map((row) => [row.id, row]))
        for (const settlement of group) results.set(settlement, settleResultOf(settlement, byId.get(String(settlement.smsId))))
      }
      await flushed()
      return settlements.map((settlement) => results.get(settlement) as SettleResult)
    },

    findNextBatch: (accountId, windowSize) =>
      db.$transaction(
        async (tx) => {
          const [lock] = await tx.$queryRaw<{ got: boolean }[]>(lockDispatchSql(accountId))
          if (!lock?.got) return []
          const rows = await tx.$queryRaw<DispatchRow[]>(dispatchSql(accountId, windowSize))
          return (await withoutQuiet(tx, rows, quietNow())).map(jobOf)
        },
        { timeout: DISPATCH_TIMEOUT_MS, maxWait: DISPATCH_TIMEOUT_MS },
      ),

    findProbe: async (accountId) => {
      const floors = quietNow()
      if (floors.length === 0) return (await db.$queryRaw<DispatchRow[]>(probeSql(accountId))).map(jobOf)
      return db.$transaction(async (tx) => {
        const rows = await tx.$queryRaw<DispatchRow[]>(probeSql(accountId))
        return (await withoutQuiet(tx, rows, floors)).map(jobOf)
      })
    },

    findExpiredProcessing: async (limit) => {
      const rows = await db.$queryRaw<{ id: bigint; claimId: string; attempts: number; claimedBy: string }[]>(expiredSql(limit))
      return rows.map((row) => ({ smsId: row.id, claimId: row.claimId, attempt: row.attempts, worker: row.claimedBy }))
    },

    findInWindow: async (accountId, olderThanMs) => {
      const rows = await db.$queryRaw<{ id: bigint; dispatch: number }[]>(windowSql(accountId, olderThanMs))
      return rows.map((row) => ({ smsId: row.id, dispatch: row.dispatch }))
    },

    undispatch: (jobs) =>
      jobs.length === 0
        ? Promise.resolve(0)
        : db.$executeRaw(
            undispatchSql(
              jobs.map(({ smsId }) => smsId),
              jobs.map(({ dispatch }) => dispatch),
            ),
          ),

    adoptEpoch: async (epoch) => {
      const [row] = await db.$queryRaw<{ changed: boolean; undispatched: number }[]>(adoptEpochSql(epoch))
      return row?.changed ? row.undispatched : null
    },

    knowsEpoch: async (epoch) => (await db.queueEpoch.count({ where: { epoch } })) > 0,

    startDueBatches: async () => (await db.$queryRaw<{ id: bigint }[]>(startDueSql())).map(({ id }) => id),
  }
}

/** Of a statement that answers with its rows as one JSON text. */
const readRows = async <Row>(db: Database, sql: Prisma.Sql): Promise<Row[]> => {
  const [answer] = await db.queryPrepared<{ rows: string }>(sql)
  return answer ? (JSON.parse(answer.rows) as Row[]) : []
}

const idOrNull = (id: string | null): bigint | null => (id === null ? null : BigInt(id))

/** The first of each SMS, and the rest. */
const splitRepeated = <T extends { smsId: bigint }>(items: readonly T[]): [T[], T[]] => {
  const seen = new Set<bigint>()
  const repeated: T[] = []
  const distinct = items.filter((item) => {
    if (!seen.has(item.smsId)) return Boolean(seen.add(item.smsId))
    repeated.push(item)
    return false
  })
  return [distinct, repeated]
}

/** A row that is gone (erased by an operator) refuses: there is nothing left to write to. */
const settleResultOf = ({ smsId }: Settlement, row: SettleRow | undefined): SettleResult =>
  row
    ? { smsId, landed: row.landed, status: row.status as SettleResult['status'], batchId: idOrNull(row.batchId) }
    : { smsId, landed: 'refused', status: 'CANCELLED', batchId: null }

const jobOf = (row: DispatchRow): DispatchedJob => ({
  smsId: row.id,
  dispatch: row.dispatch,
  expressPriority: row.expressPriority,
})

const verdictOf = (smsId: bigint, row: ClaimRow | undefined): ClaimVerdict => {
  if (!row) return { kind: 'stale', smsId }
  const { verdict } = row
  const batchId = idOrNull(row.batchId)
  if (verdict === 'PAUSED' || verdict === 'BUSY') return { kind: 'deferred', smsId, batchId, reason: verdict }
  if (verdict !== 'CLAIMED') return { kind: 'stopped', smsId, batchId, code: verdict }
  const { accountId, claimId, attempts, maxAttempts, phoneNumber, message, senderName, isProbe } = row
  return {
    kind: 'claimed',
    smsId,
    batchId,
    accountId,
    claimId,
    attempt: attempts,
    maxAttempts,
    phoneNumber,
    message,
    senderName,
    isProbe,
  }
}

/** Of what Orange says, in UTF-16 units. */
const LONGEST_TEXT = 1_000

const columnsOf = (settlements: readonly Settlement[]): SettleColumns => {
  const refusals = settlements.map(({ outcome }) => (outcome.kind === 'accepted' ? null : outcome))
  return {
    smsIds: settlements.map(({ smsId }) => smsId),
    claimIds: settlements.map(({ claimId }) => claimId),
    targets: settlements.map(({ to }) => to),
    proved: settlements.map(({ outcome }) => isProof(outcome)),
    givesBack: settlements.map(({ givesAttemptBack }) => givesAttemptBack),
    keepsJob: settlements.map(({ keepsJob }) => keepsJob),
    delaysMs: settlements.map(({ delayMs }) => Math.round(delayMs)),
    messageIds: settlements.map(({ outcome }) => (outcome.kind === 'accepted' ? outcome.messageId : null)),
    kinds: settlements.map(({ outcome }) => outcome.kind),
    codes: refusals.map((refusal) => refusal?.code ?? null),
    texts: refusals.map((refusal) => (refusal ? cleanText(refusal.text.slice(0, LONGEST_TEXT)) : null)),
    httpStatuses: settlements.map(({ outcome }) => outcome.httpStatus),
    attempts: settlements.map(({ attempt }) => attempt),
    workers: settlements.map(({ worker }) => worker),
  }
}
