import { Prisma } from '../generated/client.ts'

export type SmsTally = { userId: number; phoneNumber: string; total: number; sent: number; failed: number }

/** Reads the SMS of these users once, whatever the number of recipients. A waiting SMS of a cancelled batch is cancelled. */
export const talliesSql = (recipients: readonly { userId: number; phoneNumber: string }[]) => Prisma.sql`
SELECT s."userId", s."phoneNumber", count(*)::int AS total,
  count(*) FILTER (WHERE s.status = 'SENT')::int AS sent,
  count(*) FILTER (WHERE s.status IN ('FAILED', 'CANCELLED') OR (s.status = 'PENDING' AND b.status = 'CANCELLED'))::int AS failed
FROM "SmsQueue" s LEFT JOIN "SmsBatch" b ON b.id = s."batchId"
WHERE s."userId" = ANY (${[...new Set(recipients.map(({ userId }) => userId))]}::int[])
  AND (s."userId", s."phoneNumber") IN (
    SELECT * FROM unnest(${recipients.map(({ userId }) => userId)}::int[], ${recipients.map(({ phoneNumber }) => phoneNumber)}::text[]))
GROUP BY s."userId", s."phoneNumber"`
