import type { QuietFloors } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** When a promotional SMS to a number is due: `due`, or the end of its quiet hours. Written out, as the accounts are in `route.ts`. */
export const dueAt = (phoneNumber: Prisma.Sql, due: Prisma.Sql, floors: QuietFloors): Prisma.Sql =>
  floors.length === 0 ? due : Prisma.sql`greatest(${due}, ${floorCase(phoneNumber, floors)})`

/** Null where it is not quiet. The last floor, of the empty prefix, is of all other numbers. */
const floorCase = (phoneNumber: Prisma.Sql, floors: QuietFloors): Prisma.Sql =>
  Prisma.sql`CASE ${Prisma.join(
    floors.map(({ prefix, notBefore }) => Prisma.sql`WHEN starts_with(${phoneNumber}, ${prefix}) THEN ${notBefore}::timestamptz`),
    ' ',
  )} END`

/**
 * Takes those of just dispatched SMS out of the window whose recipients have quiet hours now: a backlog, a pause or a replay may bring a
 * promotional SMS to the dispatch at any time of day. In the dispatch's own transaction, so no job of them was ever added.
 */
export const deferQuietSql = (smsIds: readonly bigint[], floors: QuietFloors) => Prisma.sql`
WITH quiet AS MATERIALIZED (
  SELECT s.id, ${floorCase(Prisma.sql`s."phoneNumber"`, floors)} AS until FROM "SmsQueue" s
  WHERE s.id = ANY(${[...smsIds]}::bigint[]) AND s."isPromotional" AND s.status = 'PENDING'
)
UPDATE "SmsQueue" s SET "dispatchedAt" = NULL, "nextAttemptAt" = q.until
FROM quiet q WHERE s.id = q.id AND q.until IS NOT NULL
RETURNING s.id`
