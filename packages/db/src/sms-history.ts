import type { Caller, SmsRecord, SmsStatus } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { likeText } from './like-text.ts'
import { SMS_COLUMNS, smsRecordOf, visibleTo } from './records.ts'
import { statusWhere } from './sms-queries.ts'
import { type SmsTally, talliesSql } from './sql/tallies.ts'

export type HistoryFilter = {
  /** Any of them; undefined: all. */
  statuses?: readonly SmsStatus[] | undefined
  userId?: number | undefined
  segmentId?: number | undefined
  /** Part of the text or of the number, whatever the case. */
  search?: string | undefined
  /** As `search`, when what is searched is a whole number in another spelling. E.164. */
  phoneNumber?: string | undefined
}

/** What one user has sent to one number. */
type Recipient = { userId: number; phoneNumber: string }

/** SMS as the old interface lists them: newest first, by offset. */
export type SmsHistory = {
  find(caller: Caller, filter: HistoryFilter, page: { limit: number; offset: number }): Promise<SmsRecord[]>
  count(caller: Caller, filter: HistoryFilter): Promise<number>
  findByRecipient(recipient: Recipient, limit: number): Promise<SmsRecord[]>
  /** How many of each recipient: all, SENT, and FAILED or CANCELLED. Those with none are left out. */
  tally(recipients: readonly Recipient[]): Promise<SmsTally[]>
  /** The number of its last job, which a replay has to name. Null: not the caller's. */
  findDispatch(caller: Caller, id: bigint): Promise<number | null>
}

export const createSmsHistory = (db: Database): SmsHistory => ({
  find: async (caller, filter, { limit, offset }) =>
    (
      await db.smsQueue.findMany({
        where: whereOf(caller, filter),
        orderBy: { id: 'desc' },
        take: limit,
        skip: offset,
        ...SMS_COLUMNS,
      })
    ).map(smsRecordOf),

  count: (caller, filter) => db.smsQueue.count({ where: whereOf(caller, filter) }),

  findByRecipient: async ({ userId, phoneNumber }, limit) =>
    (await db.smsQueue.findMany({ where: { userId, phoneNumber }, orderBy: { id: 'desc' }, take: limit, ...SMS_COLUMNS })).map(
      smsRecordOf,
    ),

  tally: (recipients) => db.$queryRaw<SmsTally[]>(talliesSql(recipients)),

  findDispatch: async (caller, id) => {
    const row = await db.smsQueue.findFirst({ where: { id, ...visibleTo(caller) }, select: { dispatch: true } })
    return row && row.dispatch
  },
})

const whereOf = (
  caller: Caller,
  { statuses, userId, segmentId, search, phoneNumber }: HistoryFilter,
): Prisma.SmsQueueWhereInput => ({
  AND: [
    visibleTo(caller),
    statuses === undefined ? {} : { OR: statuses.map(statusWhere) },
    userId === undefined ? {} : { userId },
    segmentId === undefined ? {} : { segmentId },
    search === undefined
      ? {}
      : {
          OR: [
            { phoneNumber: { contains: likeText(search) } },
            { message: { contains: likeText(search), mode: 'insensitive' } },
            ...(phoneNumber === undefined ? [] : [{ phoneNumber }]),
          ],
        },
  ],
})
