import type { Database } from './client.ts'
import { RESERVED_ADMIN_ID } from './user-repository.ts'

export type PasswordResets = {
  /** Those who can log in and have this address, whatever its case. */
  findByEmail(email: string, limit: number): Promise<{ userId: number; username: string; email: string }[]>
  /**
   * Replaces the link that the user was sent before. Only the SHA-256 of a token is known here. False: the address is not that user's any
   * more, and there is no link.
   */
  open(reset: { userId: number; email: string; tokenHash: string; lifeMs: number }): Promise<boolean>
  isOpen(tokenHash: string): Promise<boolean>
  /** The password is changed, the link is over and the keys are revoked in one statement; null: the link is none, or is over. */
  redeem(input: { tokenHash: string; passwordHash: string; revokesApiKeys: boolean }): Promise<{ userId: number } | null>
}

/**
 * Every statement takes the user's row first, as a change of the user does: what is written for the address or the password of before is
 * over with them, and two of them wait for each other instead of ending in a deadlock.
 */
export const createPasswordResets = (db: Database): PasswordResets => ({
  findByEmail: (email, limit) => db.$queryRaw`
    SELECT u.id AS "userId", u.username, u.email FROM "User" u
    WHERE lower(u.email) = lower(${email}) AND u."deletedAt" IS NULL AND u."passwordHash" IS NOT NULL AND u.id <> ${RESERVED_ADMIN_ID}
    ORDER BY u.id LIMIT ${limit}`,

  open: async ({ userId, email, tokenHash, lifeMs }) =>
    (await db.$executeRaw`
      WITH who AS MATERIALIZED (
        SELECT u.id FROM "User" u
        WHERE u.id = ${userId} AND lower(u.email) = lower(${email}) AND u."deletedAt" IS NULL
        FOR NO KEY UPDATE
      )
      INSERT INTO "PasswordReset" ("userId", "tokenHash", "expiresAt")
      SELECT w.id, ${tokenHash}, clock_timestamp() + ${lifeMs}::int * interval '1 millisecond' FROM who w
      ON CONFLICT ("userId") DO UPDATE SET "tokenHash" = excluded."tokenHash", "expiresAt" = excluded."expiresAt"`) === 1,

  isOpen: async (tokenHash) =>
    (
      await db.$queryRaw<unknown[]>`
        SELECT 1 FROM "PasswordReset" r WHERE r."tokenHash" = ${tokenHash} AND r."expiresAt" > clock_timestamp()`
    ).length === 1,

  redeem: async ({ tokenHash, passwordHash, revokesApiKeys }) => {
    const [user] = await db.$queryRaw<{ userId: number }[]>`
      WITH who AS MATERIALIZED (
        SELECT u.id FROM "User" u JOIN "PasswordReset" r ON r."userId" = u.id
        WHERE r."tokenHash" = ${tokenHash} AND u."deletedAt" IS NULL
        FOR NO KEY UPDATE OF u
      ),
      over AS (
        DELETE FROM "PasswordReset" r USING who w
        WHERE r."userId" = w.id AND r."tokenHash" = ${tokenHash} AND r."expiresAt" > clock_timestamp() RETURNING r."userId"
      ),
      revoked AS (
        UPDATE "ApiKey" k SET "revokedAt" = clock_timestamp()
        FROM over o WHERE k."userId" = o."userId" AND k."revokedAt" IS NULL AND ${revokesApiKeys}::bool
      )
      UPDATE "User" u SET "passwordHash" = ${passwordHash}, "updatedAt" = clock_timestamp()
      FROM over o WHERE u.id = o."userId" AND u."deletedAt" IS NULL
      RETURNING u.id AS "userId"`
    return user ?? null
  },
})
