import { type MessageTemplate, type TemplateVariable, VALUE_LENGTH } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** Of the contact `c`, which may not be there; an import without a name writes the number for it. */
const VALUES: Readonly<Record<TemplateVariable, Prisma.Sql>> = {
  name: Prisma.sql`CASE WHEN c.name <> c."phoneNumber" THEN nullif(btrim(c.name), '') END`,
  email: Prisma.sql`nullif(btrim(c.email), '')`,
  phoneNumber: Prisma.sql`c."phoneNumber"`,
}

/**
 * The text for the contact `c`; null when a variable is missing that has no fallback. Pieces are joined, never replaced in one another: a
 * name that reads {email} stays one.
 */
export const templateText = (template: MessageTemplate): Prisma.Sql =>
  Prisma.join(
    template.map((piece) => {
      if (typeof piece === 'string') return Prisma.sql`${piece}::text`
      const value = Prisma.sql`left(${VALUES[piece.variable]}, ${VALUE_LENGTH}::int)`
      return piece.fallback === null ? value : Prisma.sql`coalesce(${value}, ${piece.fallback}::text)`
    }),
    ' || ',
  )

/**
 * What a row has besides when its text is a template's, `t.text`. One that cannot be filled in is there, stopped for good and with its
 * reason: not FAILED, which a replay would send.
 */
export const FILLED = {
  columns: Prisma.sql`, status, "errorCode", "failedAt"`,
  message: Prisma.sql`coalesce(t.text, b.message)`,
  values: Prisma.sql`, CASE WHEN t.text IS NULL THEN 'CANCELLED' ELSE 'PENDING' END::"SmsStatus",
    CASE WHEN t.text IS NULL THEN 'MISSING_VARIABLE' END, CASE WHEN t.text IS NULL THEN clock_timestamp() END`,
}
export const UNFILLED = { columns: Prisma.empty, message: Prisma.sql`b.message`, values: Prisma.empty }
