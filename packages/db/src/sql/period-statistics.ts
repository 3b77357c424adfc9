import { Prisma } from '../generated/client.ts'

/** `from` inclusive, `to` exclusive; `userId` null: over all users. */
export type StatisticsPeriod = { from: Date; to: Date; userId: number | null }

/** One of four kinds of count; `key` is the status, the code or (with `latencyMs`) nothing, and `hour` begins the hour in UTC. */
export type PeriodRow = {
  part: 'accepted' | 'sent' | 'ended' | 'delivered'
  hour: Date
  status: string
  code: string | null
  /** To three digits, rounded down; exact below a second. Only of `sent` and `delivered`. */
  latencyMs: number | null
  count: number
}

/** Milliseconds to three digits: so few different ones are left that all processes of a parallel plan can count them, and nothing is sorted. */
const roughMs = (duration: Prisma.Sql) => Prisma.sql`(SELECT CASE WHEN m < 1000 THEN m
    ELSE m / (10 ^ (floor(log(m::float8)) - 2))::bigint * (10 ^ (floor(log(m::float8)) - 2))::bigint END
  FROM (SELECT greatest(round(extract(epoch FROM ${duration}) * 1000), 0)::bigint AS m) ms)`

/**
 * What happened in a period, each under its own time: what was accepted from clients, accepted by Orange, ended otherwise and delivered.
 * The four look at their own column of one BRIN index (or at a user's rows, where these are fewer).
 *
 * An SMS is due at once, when its batch is, or at the end of the quiet hours or the schedule that it was accepted with; the row's
 * `nextAttemptAt` says the last as long as no attempt has failed, which leaves evidence and moves it.
 */
export const periodSql = ({ from, to, userId }: StatisticsPeriod) => {
  const own = userId === null ? Prisma.empty : Prisma.sql`AND s."userId" = ${userId}::int`
  const within = (column: Prisma.Sql) => Prisma.sql`${column} >= ${from}::timestamptz AND ${column} < ${to}::timestamptz ${own}`
  const hourOf = (column: Prisma.Sql) => Prisma.sql`date_trunc('hour', ${column}, 'UTC')`
  const [createdAt, sentAt, failedAt, deliveredAt] = ['createdAt', 'sentAt', 'failedAt', 'deliveredAt'].map((name) =>
    Prisma.raw(`s."${name}"`),
  ) as [Prisma.Sql, Prisma.Sql, Prisma.Sql, Prisma.Sql]
  return Prisma.sql`
SELECT 'accepted' AS part, ${hourOf(createdAt)} AS hour,
  -- The waiting SMS of a cancelled batch are cancelled before the sweep makes them so.
  CASE WHEN s.status = 'PENDING' AND s."batchId" = ANY (ARRAY(SELECT b.id FROM "SmsBatch" b WHERE b.status = 'CANCELLED' AND b."sweptAt" IS NULL))
    THEN 'CANCELLED' ELSE s.status::text END AS status,
  NULL::text AS code, NULL::float8 AS "latencyMs", count(*)::int AS count
FROM "SmsQueue" s WHERE ${within(createdAt)} GROUP BY 2, 3
UNION ALL
SELECT 'sent', ${hourOf(sentAt)}, coalesce(s."deliveryStatus"::text, 'WAITING'), NULL, ${roughMs(Prisma.sql`s."sentAt" - greatest(s."createdAt", b."scheduledAt",
    CASE WHEN (s."isPromotional" OR s."batchId" IS NULL) AND s."nextAttemptAt" > s."createdAt" + interval '1 second'
      AND NOT EXISTS (SELECT 1 FROM "SmsEvent" e WHERE e."smsId" = s.id) THEN s."nextAttemptAt" END)`)}::float8, count(*)::int
FROM "SmsQueue" s LEFT JOIN "SmsBatch" b ON b.id = s."batchId" AND b."scheduledAt" IS NOT NULL
WHERE ${within(sentAt)} GROUP BY 2, 3, 5
UNION ALL
SELECT 'ended', ${hourOf(failedAt)}, s.status::text, s."errorCode", NULL, count(*)::int
FROM "SmsQueue" s WHERE ${within(failedAt)} GROUP BY 2, 3, 4
UNION ALL
SELECT 'delivered', ${hourOf(deliveredAt)}, 'DELIVERED', NULL, ${roughMs(Prisma.sql`s."deliveredAt" - s."sentAt"`)}::float8, count(*)::int
FROM "SmsQueue" s WHERE ${within(deliveredAt)} GROUP BY 2, 5`
}
