import type { Database } from './client.ts'
import { RESERVED_ADMIN_ID } from './user-repository.ts'

export type PasswordResets = {
  /** Those who can log in and have this address, whatever its case. */
  findByEmail(email: string, limit: number): Promise<{ userId: number; username: string; email: string }[]>
  /** Replaces the link that the user was sent before. Only the SHA-256 of a token is known here. */
  open(reset: { userId: number; tokenHash: string; lifeMs: number }): Promise<void>
  isOpen(tokenHash: string): Promise<boolean>
  /** The password is changed and the link is over in one statement; null: the link is none, or is over. */
  redeem(input: { tokenHash: string; passwordHash: string }): Promise<{ userId: number } | null>
}

export const createPasswordResets = (db: Database): PasswordResets => ({
  findByEmail: (email, limit) => db.$queryRaw`
    SELECT u.id AS "userId", u.username, u.email FROM "User" u
    WHERE lower(u.email) = lower(${email}) AND u."deletedAt" IS NULL AND u."passwordHash" IS NOT NULL AND u.id <> ${RESERVED_ADMIN_ID}
    ORDER BY u.id LIMIT ${limit}`,

  open: async ({ userId, tokenHash, lifeMs }) => {
    await db.$executeRaw`
      INSERT INTO "PasswordReset" ("userId", "tokenHash", "expiresAt")
      VALUES (${userId}, ${tokenHash}, clock_timestamp() + ${lifeMs}::int * interval '1 millisecond')
      ON CONFLICT ("userId") DO UPDATE SET "tokenHash" = excluded."tokenHash", "expiresAt" = excluded."expiresAt"`
  },

  isOpen: async (tokenHash) =>
    (
      await db.$queryRaw<unknown[]>`
        SELECT 1 FROM "PasswordReset" r WHERE r."tokenHash" = ${tokenHash} AND r."expiresAt" > clock_timestamp()`
    ).length === 1,

  redeem: async ({ tokenHash, passwordHash }) => {
    const [user] = await db.$queryRaw<{ userId: number }[]>`
      WITH over AS (
        DELETE FROM "PasswordReset" r WHERE r."tokenHash" = ${tokenHash} AND r."expiresAt" > clock_timestamp() RETURNING r."userId"
      )
      UPDATE "User" u SET "passwordHash" = ${passwordHash}, "updatedAt" = clock_timestamp()
      FROM over o WHERE u.id = o."userId" AND u."deletedAt" IS NULL
      RETURNING u.id AS "userId"`
    return user ?? null
  },
})
