import type { ContactDraft } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/**
 * Held until commit by everything that changes contacts and members of this user: the maintained counts stay exact, and two imports of the same contacts in
 * another order cannot deadlock. It is not the user's row: sends take their credits from that, and are not held up.
 */
export const lockOwnerSql = (userId: number) => Prisma.sql`
SELECT pg_advisory_xact_lock(hashtextextended(${`sms-contacts ${userId}`}, 0))::text`

/** Creates or updates contacts by number; a contact that would not change is not written. */
export const upsertContactsSql = (userId: number, contacts: readonly ContactDraft[]) => Prisma.sql`
WITH given AS (
  SELECT row_number() OVER () AS place, g."phoneNumber", g.name, g.email
  FROM jsonb_to_recordset(${JSON.stringify(contacts)}::jsonb) AS g("phoneNumber" text, name text, email text)
),
updated AS (
  UPDATE "Contact" c SET name = COALESCE(g.name, c.name), email = COALESCE(g.email, c.email), "updatedAt" = now()
  FROM given g
  WHERE c."userId" = ${userId} AND c."phoneNumber" = g."phoneNumber"
    AND (COALESCE(g.name, c.name), COALESCE(g.email, c.email)) IS DISTINCT FROM (c.name, c.email)
  RETURNING 1
),
created AS (
  INSERT INTO "Contact" ("userId", name, "phoneNumber", email)
  SELECT ${userId}, COALESCE(g.name, g."phoneNumber"), g."phoneNumber", g.email FROM given g ORDER BY g.place
  ON CONFLICT ("userId", "phoneNumber") DO NOTHING
  RETURNING 1
)
SELECT (SELECT count(*) FROM created)::int AS created, (SELECT count(*) FROM updated)::int AS updated`

/** Makes contacts members, in the order given: a send goes out in the order of the imports. Returns how many joined. */
export const joinSegmentSql = (input: { userId: number; segmentId: number; phoneNumbers: readonly string[] }) => Prisma.sql`
INSERT INTO "SegmentMember" ("segmentId", "contactId")
SELECT ${input.segmentId}, c.id
FROM string_to_table(${input.phoneNumbers.join(',')}, ',') WITH ORDINALITY AS n("phoneNumber", place)
JOIN "Contact" c ON c."userId" = ${input.userId} AND c."phoneNumber" = n."phoneNumber"
ORDER BY n.place
ON CONFLICT ("segmentId", "contactId") DO NOTHING`
