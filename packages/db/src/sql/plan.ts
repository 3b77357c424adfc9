import { QUIET_PREFIXES } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { accountOf, type Route } from './route.ts'

export type Chosen = { userId: number; accountId: number; routes: readonly Route[] }

/** Members that stand for the rest of a large audience. */
export const SAMPLE_SIZE = 10_000
/** Of who has more opted-out recipients than this, a part is looked at. */
export const SUPPRESSIONS_LOOKED_AT = 10_000

const listOf = (chunk: string) => Prisma.sql`string_to_table(${chunk}, ',') WITH ORDINALITY AS n("phoneNumber", place)`

const isOptedOut = (userId: number) =>
  Prisma.sql`EXISTS (SELECT 1 FROM "Suppression" o WHERE o."userId" = ${userId} AND o."phoneNumber" = n."phoneNumber")`

/** Places, from 0, of the numbers of a chunk whose owners opted out. */
export const optedOutSql = (userId: number, chunk: string) => Prisma.sql`
SELECT (n.place - 1)::int AS place FROM ${listOf(chunk)} WHERE ${isOptedOut(userId)} ORDER BY n.place`

/** Recipients of `n` by account and country. */
const groupsOf = ({ userId, accountId, routes }: Chosen, numbers: Prisma.Sql) => Prisma.sql`
SELECT g."accountId", g.prefix, count(*)::int AS count FROM (
  SELECT ${accountOf(Prisma.sql`n."phoneNumber"`, routes)} AS "accountId", ${prefixCase} AS prefix
  FROM ${numbers} CROSS JOIN (SELECT ${accountId}::int AS "accountId") b WHERE NOT ${isOptedOut(userId)}
) g GROUP BY g."accountId", g.prefix ORDER BY g."accountId", g.prefix`

const prefixCase = Prisma.sql`CASE ${Prisma.join(
  QUIET_PREFIXES.map((prefix) => Prisma.sql`WHEN starts_with(n."phoneNumber", ${prefix}) THEN ${prefix}::text`),
  ' ',
)} ELSE '' END`

export const listGroupsSql = (chosen: Chosen, chunk: string) => groupsOf(chosen, listOf(chunk))

// Pairs are compared, not columns, as in `expand.ts`.
export const audienceGroupsSql = (chosen: Chosen, { segmentId, ownerId }: { segmentId: number | null; ownerId: number }) =>
  groupsOf(
    chosen,
    segmentId === null
      ? Prisma.sql`(SELECT c."phoneNumber" FROM "Contact" c WHERE (c."userId", c.id) > (${ownerId}::int, 0::bigint)
          AND c."userId" <= ${ownerId}::int ORDER BY c."userId", c.id LIMIT ${SAMPLE_SIZE}) n`
      : Prisma.sql`(SELECT c."phoneNumber" FROM (
          SELECT m."contactId" FROM "SegmentMember" m WHERE (m."segmentId", m.id) > (${segmentId}::int, 0::bigint)
            AND m."segmentId" <= ${segmentId}::int ORDER BY m."segmentId", m.id LIMIT ${SAMPLE_SIZE}) m
          JOIN "Contact" c ON c.id = m."contactId") n`,
  )

/** Who of an audience opted out, from the side of the fewer: those who did. `lookedAt` tells whether these were all. */
export const audienceOptedOutSql = (
  userId: number,
  { segmentId, ownerId }: { segmentId: number | null; ownerId: number },
) => Prisma.sql`
WITH out AS MATERIALIZED (
  SELECT o."phoneNumber" FROM "Suppression" o WHERE o."userId" = ${userId} LIMIT ${SUPPRESSIONS_LOOKED_AT + 1}
)
SELECT (SELECT count(*)::int FROM out) AS "lookedAt", (
  SELECT count(*)::int FROM out o JOIN "Contact" c ON c."userId" = ${ownerId} AND c."phoneNumber" = o."phoneNumber"
  ${segmentId === null ? Prisma.empty : Prisma.sql`JOIN "SegmentMember" m ON m."segmentId" = ${segmentId} AND m."contactId" = c.id`}
) AS "optedOut"`
