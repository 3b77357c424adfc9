import { Prisma } from '../generated/client.ts'

/** `from` inclusive, `to` exclusive; `userId` null: over all users. */
export type StatisticsPeriod = { from: Date; to: Date; userId: number | null }

/** Counts by hour (when it began) and status or code, and counts of latencies without an hour. */
export type PeriodRow =
  | {
      part: 'accepted' | 'sent' | 'ended' | 'delivered'
      hourMs: number
      status: string
      code: string | null
      latencyMs: null
      count: number
    }
  | { part: 'acceptance' | 'delivery'; hourMs: null; status: null; code: null; latencyMs: number; count: number }

const sms = (column: 'createdAt' | 'sentAt' | 'failedAt' | 'deliveredAt') => Prisma.raw(`s."${column}"`)

/** Hours of UTC begin with it. `date_trunc` with a zone looks the zone up for every row, which cost as much as reading it. */
const EPOCH = Prisma.sql`timestamptz '1970-01-01 00:00:00Z'`

/** As a number, and the bounds with their zone: the driver's own dates are right only in a database whose zone is UTC. */
const hourMs = Prisma.sql`(date_part('epoch', x.hour) * 1000)::float8`

/** Never negative: a receipt may be here before the acceptance is written. */
const msBetween = (start: Prisma.Sql, end: Prisma.Sql) =>
  Prisma.sql`greatest(round(date_part('epoch', ${end} - ${start}) * 1000), 0)::bigint`

/** Three digits, rounded down: so few different ones are left that every process of a parallel plan counts its own, and nothing is sorted. */
const rough = Prisma.sql`(x.ms - x.ms % CASE WHEN x.ms < 1000 THEN 1 WHEN x.ms < 10000 THEN 10 WHEN x.ms < 100000 THEN 100
  WHEN x.ms < 1000000 THEN 1000 WHEN x.ms < 10000000 THEN 10000 WHEN x.ms < 100000000 THEN 100000 WHEN x.ms < 1000000000 THEN 1000000
  ELSE 10000000 END)::float8`

/**
 * What happened in a period, each under its own time: what was accepted from clients, accepted by Orange, ended otherwise and delivered.
 * Each part looks at its own column of one BRIN index (or at a user's rows, where these are fewer). OFFSET 0 keeps what is grouped by from
 * being taken for as manifold as the instants it is made of: the planner would sort a million rows instead of counting some groups.
 *
 * An SMS is due at once, when its batch is, or at the end of the quiet hours or the schedule that it was accepted with; the row's
 * `nextAttemptAt` says the last as long as no attempt has failed, which leaves evidence and moves it.
 */
export const periodSql = ({ from, to, userId }: StatisticsPeriod) => {
  const own = userId === null ? Prisma.empty : Prisma.sql`AND s."userId" = ${userId}::int`
  const within = (column: Prisma.Sql) =>
    Prisma.sql`${column} >= ${from.toISOString()}::timestamptz AND ${column} < ${to.toISOString()}::timestamptz ${own} OFFSET 0`
  const hourOf = (column: Prisma.Sql) => Prisma.sql`date_bin('1 hour', ${column}, ${EPOCH}) AS hour`
  return Prisma.sql`
SELECT 'accepted' AS part, ${hourMs} AS "hourMs", x.status::text AS status, NULL::text AS code, NULL::float8 AS "latencyMs", count(*)::int AS count
FROM (
  -- The waiting SMS of a cancelled batch are cancelled before the sweep makes them so.
  SELECT ${hourOf(sms('createdAt'))}, CASE WHEN s.status = 'PENDING'
    AND s."batchId" = ANY (ARRAY(SELECT b.id FROM "SmsBatch" b WHERE b.status = 'CANCELLED' AND b."sweptAt" IS NULL))
    THEN 'CANCELLED' ELSE s.status END AS status
  FROM "SmsQueue" s WHERE ${within(sms('createdAt'))}) x GROUP BY x.hour, x.status
UNION ALL
SELECT 'sent', ${hourMs}, x.status::text, NULL, NULL, count(*)::int
FROM (
  SELECT ${hourOf(sms('sentAt'))}, coalesce(s."deliveryStatus", 'WAITING') AS status
  FROM "SmsQueue" s WHERE ${within(sms('sentAt'))}) x GROUP BY x.hour, x.status
UNION ALL
SELECT 'ended', ${hourMs}, x.status::text, x.code, NULL, count(*)::int
FROM (
  SELECT ${hourOf(sms('failedAt'))}, s.status, s."errorCode" AS code
  FROM "SmsQueue" s WHERE ${within(sms('failedAt'))}) x GROUP BY x.hour, x.status, x.code
UNION ALL
SELECT 'delivered', ${hourMs}, 'DELIVERED', NULL, NULL, count(*)::int
FROM (SELECT ${hourOf(sms('deliveredAt'))} FROM "SmsQueue" s WHERE ${within(sms('deliveredAt'))}) x GROUP BY x.hour
UNION ALL
SELECT 'acceptance', NULL, NULL, NULL, ${rough}, count(*)::int
FROM (
  SELECT ${msBetween(
    Prisma.sql`greatest(s."createdAt", b."scheduledAt",
      CASE WHEN (s."isPromotional" OR s."batchId" IS NULL) AND s."nextAttemptAt" > s."createdAt" + interval '1 second'
        AND NOT EXISTS (SELECT 1 FROM "SmsEvent" e WHERE e."smsId" = s.id) THEN s."nextAttemptAt" END)`,
    sms('sentAt'),
  )} AS ms
  FROM "SmsQueue" s LEFT JOIN "SmsBatch" b ON b.id = s."batchId" AND b."scheduledAt" IS NOT NULL
  WHERE ${within(sms('sentAt'))}) x GROUP BY 5
UNION ALL
SELECT 'delivery', NULL, NULL, NULL, ${rough}, count(*)::int
FROM (SELECT ${msBetween(sms('sentAt'), sms('deliveredAt'))} AS ms FROM "SmsQueue" s WHERE ${within(sms('deliveredAt'))}) x GROUP BY 5`
}
