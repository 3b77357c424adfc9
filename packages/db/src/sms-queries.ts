import type { BatchId, Caller, SmsCounts, SmsId, SmsRecord, SmsStatus } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { SMS_COLUMNS, smsRecordOf, visibleTo } from './records.ts'
import { backlogSql, openSinglesSql, singlesSql, statusesSql } from './sql/statistics.ts'
import { type TimelineEntry, type TimelineRow, timelineSql } from './sql/timeline.ts'

export type SmsFilter = {
  status?: SmsStatus | undefined
  batchId?: BatchId | undefined
  segmentId?: number | undefined
  userId?: number | undefined
  /** E.164. */
  phoneNumber?: string | undefined
  createdAfter?: Date | undefined
  createdBefore?: Date | undefined
}

/** Newest first; `after` is the id of the last one seen. */
export type Page = { first: number; after: bigint | null }
export type PageOf<T> = { items: T[]; hasNextPage: boolean }

/** An entry of the story of an SMS, with who did what by hand. */
export type SmsEventRecord = TimelineEntry & { by: { userId: number; username: string | null; via: string } | null }

export type SmsQueries = {
  findById(caller: Caller, id: SmsId): Promise<SmsRecord | null>
  findPage(caller: Caller, filter: SmsFilter, page: Page): Promise<PageOf<SmsRecord>>
  count(caller: Caller, filter: SmsFilter): Promise<number>
  /** Evidence of attempts and acts by hand, in the order in which they happened. */
  findEvents(smsIds: readonly SmsId[]): Promise<SmsEventRecord[]>
  /** For those who wait for an outcome; knows no caller. */
  findStatuses(smsIds: readonly SmsId[]): Promise<Map<SmsId, SmsStatus>>
  /** Every SMS of the caller by status: the sum of the batches' own counters and the single ones. */
  countByStatus(caller: Caller): Promise<SmsCounts>
  /** What is not over yet, over all users; cheap enough for every scrape. */
  countBacklog(): Promise<Pick<SmsCounts, 'pending' | 'processing' | 'unknown'>>
}

type Sums = { [Status in keyof SmsCounts]: number }

export const createSmsQueries = (db: Database): SmsQueries => ({
  findById: async (caller, id) => {
    const row = await db.smsQueue.findFirst({ where: { id, ...visibleTo(caller) }, ...SMS_COLUMNS })
    return row && smsRecordOf(row)
  },

  findPage: async (caller, filter, { first, after }) => {
    const rows = await db.smsQueue.findMany({
      where: { AND: [whereOf(caller, filter), after === null ? {} : { id: { lt: after } }] },
      orderBy: { id: 'desc' },
      // One more than asked tells whether there is a next page.
      take: first + 1,
      ...SMS_COLUMNS,
    })
    return { items: rows.slice(0, first).map(smsRecordOf), hasNextPage: rows.length > first }
  },

  count: (caller, filter) => db.smsQueue.count({ where: whereOf(caller, filter) }),

  findEvents: async (smsIds) => (await db.$queryRaw<TimelineRow[]>(timelineSql(smsIds))).map(eventOf),

  findStatuses: async (smsIds) => {
    const rows = await db.$queryRaw<{ id: bigint; status: SmsStatus }[]>(statusesSql(smsIds))
    return new Map(rows.map(({ id, status }) => [id, status]))
  },

  countByStatus: async (caller) => {
    const [batches, singles] = await Promise.all([
      db.smsBatch.aggregate({
        where: visibleTo(caller),
        _sum: { pending: true, processing: true, sent: true, failed: true, cancelled: true, unknown: true },
      }),
      db.$queryRaw<{ status: SmsStatus; count: number }[]>(singlesSql(caller)),
    ])
    const counts: Sums = { pending: 0, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 }
    for (const [status, sum] of Object.entries(batches._sum)) counts[status as keyof SmsCounts] += sum ?? 0
    for (const { status, count } of singles) counts[status.toLowerCase() as keyof SmsCounts] += count
    return counts
  },

  countBacklog: async () => {
    const [batches, singles] = await Promise.all([
      db.$queryRaw<{ pending: number; processing: number; unknown: number }[]>(backlogSql()),
      db.$queryRaw<{ status: 'PENDING' | 'PROCESSING' | 'UNKNOWN'; count: number }[]>(openSinglesSql()),
    ])
    const backlog = { pending: 0, processing: 0, unknown: 0, ...batches[0] }
    for (const { status, count } of singles) backlog[status.toLowerCase() as keyof typeof backlog] += count
    return backlog
  },
})

const eventOf = (row: TimelineRow): SmsEventRecord => {
  const { smsId, at, kind, attempt, code, text, httpStatus, worker, messageId, repeats, actUserId, actUsername, actVia } = row
  const by = actUserId === null || actVia === null ? null : { userId: actUserId, username: actUsername, via: actVia }
  return { smsId, at, kind, attempt, code, text, httpStatus, worker, messageId, repeats, by }
}

/** A waiting SMS of a cancelled batch counts as CANCELLED in filters too, as it is shown. */
export const statusWhere = (status: SmsStatus): Prisma.SmsQueueWhereInput => {
  if (status === 'PENDING') return { status, OR: [{ batchId: null }, { batch: { status: { not: 'CANCELLED' } } }] }
  if (status === 'CANCELLED') return { OR: [{ status }, { status: 'PENDING', batch: { status: 'CANCELLED' } }] }
  return { status }
}

const whereOf = (caller: Caller, filter: SmsFilter): Prisma.SmsQueueWhereInput => ({
  AND: [
    visibleTo(caller),
    filter.status === undefined ? {} : statusWhere(filter.status),
    filter.batchId === undefined ? {} : { batchId: filter.batchId },
    filter.segmentId === undefined ? {} : { segmentId: filter.segmentId },
    filter.userId === undefined ? {} : { userId: filter.userId },
    filter.phoneNumber === undefined ? {} : { phoneNumber: filter.phoneNumber },
    filter.createdAfter === undefined ? {} : { createdAt: { gte: filter.createdAfter } },
    filter.createdBefore === undefined ? {} : { createdAt: { lt: filter.createdBefore } },
  ],
})
