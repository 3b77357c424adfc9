import type { ResolveOrder, ResolvePage, UnknownFilter } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { JUDGED_COLUMNS, operatorMoveSql, sendAgainRefusals } from './operator-move.ts'

/** SMS named by id are looked at whatever they are, so that the answer says which are not UNKNOWN. */
const matches = ({ smsIds, batchId, errorCode, since, userId }: UnknownFilter, page: ResolvePage) => Prisma.sql`
  ${smsIds === null ? Prisma.sql`s.status = 'UNKNOWN' AND s."failedAt" <= ${page.before}::timestamptz` : Prisma.sql`s.id = ANY(${[...smsIds]}::bigint[])`}
  ${batchId === null ? Prisma.empty : Prisma.sql`AND s."batchId" = ${batchId}`}
  ${errorCode === null ? Prisma.empty : Prisma.sql`AND s."errorCode" = ${errorCode}`}
  ${since === null ? Prisma.empty : Prisma.sql`AND s."failedAt" >= ${since}::timestamptz`}
  ${userId === null ? Prisma.empty : Prisma.sql`AND s."userId" = ${userId}`}
  AND s.id > ${page.after}
  ORDER BY s.id LIMIT ${page.limit}`

/** An assumption changes what is told, not what is sent: its batch may be cancelled, its time over. */
const verdict = ({ decision }: ResolveOrder) => Prisma.sql`
  CASE
    WHEN f.was <> 'UNKNOWN' THEN 'NOT_UNKNOWN'
    ${decision === 'SEND_AGAIN' ? sendAgainRefusals : Prisma.empty}
    ELSE 'MOVED' END`

/** UNKNOWN → SENT, FAILED or PENDING. */
export const resolveChunkSql = (order: ResolveOrder, filter: UnknownFilter, page: ResolvePage) =>
  operatorMoveSql(
    { ...order, act: order.decision, mayOwe: true, filter: describe(filter), verdict: verdict(order) },
    Prisma.sql`SELECT s.id, s."batchId" FROM "SmsQueue" s WHERE ${matches(filter, page)}`,
  )

/** As {@link resolveChunkSql} would judge this chunk at this moment. */
export const previewChunkSql = (order: ResolveOrder, filter: UnknownFilter, page: ResolvePage) => Prisma.sql`
WITH f AS MATERIALIZED (SELECT ${JUDGED_COLUMNS} FROM "SmsQueue" s WHERE ${matches(filter, page)}),
judged AS (
  SELECT f.id, f.was, f.text, CASE WHEN f.was = 'UNKNOWN' THEN b.parts END AS parts, ${verdict(order)} AS verdict
  FROM f LEFT JOIN "SmsBatch" b ON b.id = f."batchId"
)
SELECT j.verdict, j.was::text AS status, count(*)::int AS "smsCount", j.parts::int AS parts, j.text,
  max(max(j.id)) OVER () AS "lastId", ARRAY[]::int[] AS "accountIds"
FROM judged j GROUP BY j.verdict, j.was, j.parts, j.text`

const describe = ({ smsIds, batchId, errorCode, since, userId }: UnknownFilter): string =>
  JSON.stringify({
    ...(smsIds !== null && { ids: smsIds.map(String) }),
    ...(batchId !== null && { batchId: String(batchId) }),
    ...(errorCode !== null && { errorCode }),
    ...(since !== null && { since: since.toISOString() }),
    ...(userId !== null && { userId }),
  })
