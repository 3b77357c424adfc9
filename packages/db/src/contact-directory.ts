import { type Caller, type ContactImporter, type SegmentRecord, SmsError } from '@sms/core'
import type { Database } from './client.ts'
import { sqlStateOf } from './database-error.ts'
import { visibleTo } from './records.ts'
import { joinSegmentSql, lockOwnerSql, upsertContactsSql } from './sql/contacts.ts'

/** Waiting behind another import of the same user, then for 5,000 contacts. */
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 60_000 }

const SEGMENT_COLUMNS = { id: true, userId: true, name: true, description: true, memberCount: true } as const

export type ContactStore = ContactImporter & {
  /** By name; an administrator's list holds everybody's. */
  findSegments(caller: Caller): Promise<SegmentRecord[]>
  findSegmentsById(ids: readonly number[]): Promise<SegmentRecord[]>
  /** Nothing more is sent to the number by this user, what waits included: the claim looks too. */
  optOut(input: { userId: number; phoneNumber: string; reason: string }): Promise<void>
  /** Throws ALREADY_EXISTS when the user has a segment of that name. */
  createSegment(input: { userId: number; name: string; description: string | null }): Promise<SegmentRecord>
}

export const createContactDirectory = (db: Database): ContactStore => ({
  findSegment: (caller, segmentId) =>
    db.segment.findFirst({ where: { id: segmentId, ...visibleTo(caller), deletedAt: null }, select: SEGMENT_COLUMNS }),

  findSegments: (caller) =>
    db.segment.findMany({
      where: { ...visibleTo(caller), deletedAt: null },
      select: SEGMENT_COLUMNS,
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
    }),

  findSegmentsById: (ids) => db.segment.findMany({ where: { id: { in: [...ids] } }, select: SEGMENT_COLUMNS }),

  optOut: async (input) => {
    await db.suppression.createMany({ data: [input], skipDuplicates: true })
  },

  createSegment: async (input) => {
    try {
      return await db.segment.create({ data: input, select: SEGMENT_COLUMNS })
    } catch (error) {
      if (isUniqueViolation(error)) throw new SmsError('ALREADY_EXISTS', 'A segment of that name exists already')
      throw error
    }
  },

  importContacts: ({ userId, segmentId, contacts }) =>
    db.$transaction(async (tx) => {
      await tx.$executeRaw(lockOwnerSql(userId))
      const [written] = await tx.$queryRaw<{ created: number; updated: number }[]>(upsertContactsSql(userId, contacts))
      const { created, updated } = written ?? { created: 0, updated: 0 }
      const phoneNumbers = contacts.map(({ phoneNumber }) => phoneNumber)
      const joined = segmentId === null ? 0 : await tx.$executeRaw(joinSegmentSql({ userId, segmentId, phoneNumbers }))
      if (created > 0)
        await tx.user.update({ where: { id: userId }, data: { contactCount: { increment: created } }, select: { id: true } })
      if (segmentId !== null && joined > 0) {
        await tx.segment.update({ where: { id: segmentId }, data: { memberCount: { increment: joined } }, select: { id: true } })
      }
      return { created, updated, joined }
    }, TRANSACTION_LIMITS),
})

/** PostgreSQL's 23505, which Prisma reports as P2002 from its typed queries. */
export const isUniqueViolation = (error: unknown): boolean =>
  sqlStateOf(error) === '23505' || (error instanceof Error && 'code' in error && error.code === 'P2002')
