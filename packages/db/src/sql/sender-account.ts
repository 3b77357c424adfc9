import type { AccountOrder } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** Why an account stands that a person has paused, or disabled. */
export const PAUSED_BY_OPERATOR = 'PAUSED_BY_OPERATOR'
export const DISABLED = 'DISABLED'

export type ActKind =
  | 'PAUSE_SENDING'
  | 'RESUME_SENDING'
  | 'CREATE_ACCOUNT'
  | 'UPDATE_ACCOUNT'
  | 'DISABLE_ACCOUNT'
  | 'ENABLE_ACCOUNT'

/** One account from one standing into the other, with what it was before. */
const changeSql = (
  order: AccountOrder,
  accountId: number,
  kind: ActKind,
  { moves, set }: { moves: Prisma.Sql; set: Prisma.Sql },
) => Prisma.sql`
WITH was AS MATERIALIZED (
  SELECT a.id, a."pausedReason" FROM "SenderAccount" a
  WHERE a.id = ${accountId} AND a."disabledAt" IS NULL AND ${moves}
  FOR NO KEY UPDATE
),
moved AS (
  UPDATE "SenderAccount" a SET ${set}, "probeAt" = NULL, "probeSmsId" = NULL, "probeDelayMs" = 0
  FROM was w WHERE a.id = w.id
  RETURNING a.id, w."pausedReason" AS was, a."pausedReason" AS now
),
act AS (
  INSERT INTO "OperatorAct" ("userId", via, kind, reason, filter, "smsCount", before, after)
  SELECT ${order.userId}, 'GRAPHQL', ${kind}, ${order.reason}, json_build_object('accountIds', json_build_array(m.id))::text, 0,
    json_build_object('pausedReason', m.was)::text, json_build_object('pausedReason', m.now)::text
  FROM moved m
)
SELECT a.id FROM "SenderAccount" a WHERE a.id = ${accountId} AND a."disabledAt" IS NULL`

/** Any state but disabled becomes an operator's pause; gives the account if it stands so now, the act is there if it was moved. */
export const pauseSql = (order: AccountOrder, accountId: number) =>
  changeSql(order, accountId, 'PAUSE_SENDING', {
    moves: Prisma.sql`NOT a."pausedByOperator"`,
    set: Prisma.sql`"pausedReason" = ${PAUSED_BY_OPERATOR}, "pausedByOperator" = true, "pausedAt" = clock_timestamp()`,
  })

/** Lifts a person's pause and a block alike. */
export const resumeSql = (order: AccountOrder, accountId: number) =>
  changeSql(order, accountId, 'RESUME_SENDING', {
    moves: Prisma.sql`a."pausedReason" IS NOT NULL`,
    set: Prisma.sql`"pausedReason" = NULL, "pausedByOperator" = false, "pausedAt" = NULL`,
  })

/** Until commit: one change of accounts at a time, so that two of them cannot both take a country. */
export const lockAccountsSql = () => Prisma.sql`SELECT pg_advisory_xact_lock(hashtext('sms-accounts'), 0)`

/** Enabled accounts, other than `accountId`, that have one of these calling codes. */
export const takenSql = (accountId: number, callingCodes: readonly string[]) => Prisma.sql`
SELECT a.id FROM "SenderAccount" a
WHERE a.id <> ${accountId} AND a."disabledAt" IS NULL AND a."callingCodes" && ${[...callingCodes]}::text[] LIMIT 1`

export const nextAccountIdSql = () => Prisma.sql`SELECT nextval(pg_get_serial_sequence('"SenderAccount"', 'id'))::int AS id`

export const disableSql = (accountId: number) => Prisma.sql`
UPDATE "SenderAccount" a SET "disabledAt" = clock_timestamp(), "pausedReason" = ${DISABLED}, "pausedByOperator" = true,
  "pausedAt" = clock_timestamp(), "probeAt" = NULL, "probeSmsId" = NULL, "probeDelayMs" = 0, version = a.version + 1
WHERE a.id = ${accountId} AND a."disabledAt" IS NULL`

export const enableSql = (accountId: number) => Prisma.sql`
UPDATE "SenderAccount" a SET "disabledAt" = NULL, "pausedReason" = NULL, "pausedByOperator" = false, "pausedAt" = NULL,
  "unreadableAt" = NULL, version = a.version + 1
WHERE a.id = ${accountId} AND a."disabledAt" IS NOT NULL`

/** New credentials are tried when workers have taken them up, however far away the next probe of the old ones was. */
export const probeAnewSql = (accountId: number) => Prisma.sql`
UPDATE "SenderAccount" a SET "probeAt" = clock_timestamp() + interval '3 seconds', "probeDelayMs" = 2000, "probeSmsId" = NULL
WHERE a.id = ${accountId} AND a."pausedReason" IS NOT NULL AND NOT a."pausedByOperator"`

export const unreadableSql = (accountId: number) => Prisma.sql`
UPDATE "SenderAccount" a SET "unreadableAt" = clock_timestamp() WHERE a.id = ${accountId} AND a."disabledAt" IS NULL`

export type WorkloadRow = { accountId: number; window: number; backlog: number }

/**
 * What each account still has to do. From the batches' own counters where a batch is of one account; only the waiting rows of those
 * that span several are counted, in the index of the dispatch.
 */
export const workloadSql = () => Prisma.sql`
WITH inside AS MATERIALIZED (
  SELECT a.id, s."batchId", count(*)::int AS n FROM "SenderAccount" a JOIN "SmsQueue" s ON s."accountId" = a.id
  WHERE s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
  GROUP BY a.id, s."batchId"
),
live AS MATERIALIZED (
  SELECT b.id, b."accountId", b."otherAccountIds", b.pending FROM "SmsBatch" b
  WHERE b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED') AND b.pending > 0
),
counted AS (
  SELECT l."accountId" AS id, l.pending AS n FROM live l WHERE l."otherAccountIds" = '{}'
  UNION ALL
  SELECT i.id, i.n FROM inside i WHERE i."batchId" IS NULL OR i."batchId" IN (SELECT l.id FROM live l WHERE l."otherAccountIds" <> '{}')
  UNION ALL
  SELECT o.id, (SELECT count(*) FROM "SmsQueue" s WHERE s."accountId" = o.id AND s."batchId" = l.id AND s.status = 'PENDING' AND s."dispatchedAt" IS NULL)
  FROM live l CROSS JOIN LATERAL unnest(l."accountId" || l."otherAccountIds") AS o(id) WHERE l."otherAccountIds" <> '{}'
  UNION ALL
  SELECT a.id, (SELECT count(*) FROM "SmsQueue" s WHERE s."accountId" = a.id AND s."batchId" IS NULL AND s.status = 'PENDING' AND s."dispatchedAt" IS NULL)
  FROM "SenderAccount" a
  UNION ALL
  SELECT a.id, (SELECT count(*) FROM "SmsQueue" s WHERE s."accountId" = a.id AND s.status = 'PROCESSING') FROM "SenderAccount" a
)
SELECT a.id AS "accountId", coalesce((SELECT sum(i.n) FROM inside i WHERE i.id = a.id), 0)::float8 AS "window",
  coalesce((SELECT sum(c.n) FROM counted c WHERE c.id = a.id), 0)::float8 AS backlog
FROM "SenderAccount" a ORDER BY a.id`
