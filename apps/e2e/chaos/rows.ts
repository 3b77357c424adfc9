import type pg from 'pg'
import type { AuditRow } from './evidence.ts'

/** The audit as it stands at the end: every row, with the kinds of its events, oldest first. */
export const readRows = async (sql: pg.Pool): Promise<AuditRow[]> => {
  const { rows } = await sql.query<AuditRow>(`
    SELECT s."phoneNumber", s."batchId"::text AS "batchId", s.status, s."messageId", s."deliveryStatus", s."errorCode",
      ARRAY(SELECT e.kind FROM "SmsEvent" e WHERE e."smsId" = s.id ORDER BY e.id) AS events
    FROM "SmsQueue" s ORDER BY s.id`)
  return rows
}
