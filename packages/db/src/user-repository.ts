import { type Caller, SmsError, type UserDirectory } from '@sms/core'
import type { Database } from './client.ts'
import { isUniqueViolation } from './contact-directory.ts'
import { likeText } from './like-text.ts'

/** The row that the migration makes: whoever holds ADMIN_API_KEY acts as it. */
export const RESERVED_ADMIN_ID = 1

export type UserRecord = {
  id: number
  username: string
  email: string | null
  smsCredit: number
  smsLimit: number | null
  isAdmin: boolean
  createdAt: Date
  updatedAt: Date
}

export type NewUser = {
  username: string
  passwordHash: string
  email: string | null
  smsCredit: number | null
  smsLimit: number | null
  isAdmin: boolean
}

export type UserChange = { email?: string | null; smsLimit?: number | null; isAdmin?: boolean; passwordHash?: string }

export type UserRepository = UserDirectory & {
  /** Whose key this is; null: nobody's, or revoked. Only the SHA-256 of a key is known here. */
  findByKeyHash(keyHash: string): Promise<(Caller & { keyId: number }) | null>
  findById(userId: number): Promise<UserRecord | null>
  /** For a login or a session. `passwordHash` null: cannot log in. */
  findCredential(who: { username: string } | { userId: number }): Promise<(Caller & { passwordHash: string | null }) | null>
  /** Throws ALREADY_EXISTS. */
  create(user: NewUser): Promise<UserRecord>
  findByUsername(username: string): Promise<UserRecord | null>
  /** By name. */
  findPage(filter: { search?: string | undefined }, page: { limit: number; offset: number }): Promise<UserRecord[]>
  /** Throws NOT_FOUND, also for one that was deleted. */
  update(userId: number, change: UserChange): Promise<UserRecord>
  /** Credits are added by the database: two calls at once both count. Throws NOT_FOUND. */
  addCredits(input: { userId: number; amount: number; byUserId: number }): Promise<UserRecord>
  /**
   * Cannot log in any more, its keys are revoked, its name is free again. What was sent stays, under its id. False: there is none.
   */
  remove(userId: number): Promise<boolean>
  /** Over all users that are left, without the one of ADMIN_API_KEY. */
  sumCredits(): Promise<{ userCount: number; credits: number }>
  createApiKey(input: { userId: number; name: string; keyHash: string }): Promise<ApiKeyRecord>
  /** Newest first, those that were revoked too. */
  findApiKeys(userId: number): Promise<(ApiKeyRecord & { revokedAt: Date | null })[]>
  /** From the next call on it is none. `userId` null: whoever has it. False: there is no such key, or it was revoked before. */
  revokeApiKey(key: { id: number; userId: number | null }): Promise<boolean>
}

export type ApiKeyRecord = { id: number; name: string; createdAt: Date }

const USER_COLUMNS = {
  id: true,
  username: true,
  email: true,
  smsCredit: true,
  smsLimit: true,
  isAdmin: true,
  createdAt: true,
  updatedAt: true,
} as const

const KEY_COLUMNS = { id: true, name: true, createdAt: true } as const
const MOST_KEYS = 1_000

export const createUserRepository = (db: Database): UserRepository => ({
  exists: async (userId) => (await db.user.count({ where: { id: userId, deletedAt: null } })) > 0,

  findByKeyHash: async (keyHash) => {
    const key = await db.apiKey.findFirst({
      where: { keyHash, revokedAt: null },
      select: { id: true, user: { select: { id: true, isAdmin: true } } },
    })
    return key && { keyId: key.id, userId: key.user.id, isAdmin: key.user.isAdmin }
  },

  findById: (userId) => db.user.findUnique({ where: { id: userId, deletedAt: null }, select: USER_COLUMNS }),

  findCredential: async (who) => {
    const user = await db.user.findUnique({
      where: 'userId' in who ? { id: who.userId } : { username: who.username },
      select: { id: true, isAdmin: true, passwordHash: true },
    })
    return user && { userId: user.id, isAdmin: user.isAdmin, passwordHash: user.passwordHash }
  },

  create: async ({ smsCredit, ...user }) => {
    try {
      return await db.user.create({ data: { ...user, ...(smsCredit === null ? {} : { smsCredit }) }, select: USER_COLUMNS })
    } catch (error) {
      if (isUniqueViolation(error)) throw new SmsError('ALREADY_EXISTS', 'A user of that name exists already')
      throw error
    }
  },

  findByUsername: (username) => db.user.findUnique({ where: { username, deletedAt: null }, select: USER_COLUMNS }),

  findPage: ({ search }, { limit, offset }) =>
    db.user.findMany({
      where: {
        deletedAt: null,
        ...(search === undefined
          ? {}
          : {
              OR: [
                { username: { contains: likeText(search), mode: 'insensitive' } },
                { email: { contains: likeText(search), mode: 'insensitive' } },
              ],
            }),
      },
      select: USER_COLUMNS,
      orderBy: [{ username: 'asc' }, { id: 'asc' }],
      take: limit,
      skip: offset,
    }),

  update: (userId, change) =>
    db.$transaction(async (tx) => {
      const user = await changed(tx, userId, change)
      // A link that was sent before stands for the password and the address of before. The user's row first, as a reset does.
      if (change.passwordHash !== undefined || change.email !== undefined)
        await tx.passwordReset.deleteMany({ where: { userId } })
      return user
    }),

  addCredits: async ({ userId, amount, byUserId }) => {
    const [user] = await db
      .$transaction([
        db.user.update({
          where: { id: userId, deletedAt: null },
          data: { smsCredit: { increment: amount }, updatedAt: new Date() },
          select: USER_COLUMNS,
        }),
        db.operatorAct.create({
          data: {
            userId: byUserId,
            via: 'GRAPHQL',
            kind: 'ADD_CREDITS',
            filter: JSON.stringify({ userId, amount }),
            smsCount: 0,
          },
          select: { id: true },
        }),
      ])
      .catch(missing(userId))
    return user
  },

  remove: async (userId) => {
    const found = await db.user.findFirst({ where: { id: userId, deletedAt: null }, select: { username: true } })
    if (found === null) return false
    const now = new Date()
    const username = `${found.username} (supprimé, ${userId})`
    // The user's row first, as a reset does: it may revoke the same keys at this moment.
    await db.$transaction([
      db.user.update({
        where: { id: userId },
        data: { username, email: null, passwordHash: null, isAdmin: false, deletedAt: now, updatedAt: now },
        select: { id: true },
      }),
      db.apiKey.updateMany({ where: { userId, revokedAt: null }, data: { revokedAt: now } }),
    ])
    return true
  },

  sumCredits: async () => {
    const { _count, _sum } = await db.user.aggregate({
      where: { deletedAt: null, id: { not: RESERVED_ADMIN_ID } },
      _count: true,
      _sum: { smsCredit: true },
    })
    return { userCount: _count, credits: _sum.smsCredit ?? 0 }
  },

  createApiKey: (input) => db.apiKey.create({ data: input, select: KEY_COLUMNS }),

  findApiKeys: (userId) =>
    db.apiKey.findMany({
      where: { userId },
      select: { ...KEY_COLUMNS, revokedAt: true },
      orderBy: { id: 'desc' },
      take: MOST_KEYS,
    }),

  revokeApiKey: async ({ id, userId }) => {
    const where = { id, revokedAt: null, ...(userId !== null && { userId }) }
    return (await db.apiKey.updateMany({ where, data: { revokedAt: new Date() } })).count === 1
  },
})

const changed = (db: Pick<Database, 'user'>, userId: number, change: UserChange): Promise<UserRecord> =>
  db.user
    .update({ where: { id: userId, deletedAt: null }, data: { ...change, updatedAt: new Date() }, select: USER_COLUMNS })
    .catch(missing(userId))

/** Prisma's P2025: the row that was to be changed is not there. */
const missing =
  (userId: number) =>
  (error: unknown): never => {
    if (error instanceof Error && 'code' in error && error.code === 'P2025')
      throw new SmsError('NOT_FOUND', `User ${userId} does not exist`)
    throw error
  }
