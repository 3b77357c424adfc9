import { Prisma } from '../generated/client.ts'

/** Numbers that begin with `prefix` (a plus and a calling code) go to this account. No two prefixes begin with one another. */
export type Route = { prefix: string; accountId: number }

/** Of the accounts that are enabled; none at all for who has but the default account. */
export const routesSql = () => Prisma.sql`
SELECT '+' || c.code AS prefix, a.id AS "accountId" FROM "SenderAccount" a CROSS JOIN LATERAL unnest(a."callingCodes") AS c(code)
WHERE a."disabledAt" IS NULL ORDER BY a.id, c.code`

/** The account of a number, else that of the batch `b`. Written out, so that a million rows cost comparisons and no look-ups. */
export const accountOf = (phoneNumber: Prisma.Sql, routes: readonly Route[]): Prisma.Sql =>
  routes.length === 0
    ? Prisma.sql`b."accountId"`
    : Prisma.sql`CASE ${Prisma.join(
        routes.map(({ prefix, accountId }) => Prisma.sql`WHEN starts_with(${phoneNumber}, ${prefix}) THEN ${accountId}::int`),
        ' ',
      )} ELSE b."accountId" END`
