import { type Caller, SmsError, type UserDirectory } from '@sms/core'
import type { Database } from './client.ts'
import { isUniqueViolation } from './contact-directory.ts'

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

export type UserRepository = UserDirectory & {
  /** Whose key this is; null: nobody's, or revoked. Only the SHA-256 of a key is known here. */
  findByKeyHash(keyHash: string): Promise<(Caller & { keyId: number }) | null>
  findById(userId: number): Promise<UserRecord | null>
  /** For a login or a session. `passwordHash` null: cannot log in. */
  findCredential(who: { username: string } | { userId: number }): Promise<(Caller & { passwordHash: string | null }) | null>
  /** Throws ALREADY_EXISTS. */
  create(user: NewUser): Promise<UserRecord>
  createApiKey(input: { userId: number; name: string; keyHash: string }): Promise<{ id: number; name: string; createdAt: Date }>
}

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

export const createUserRepository = (db: Database): UserRepository => ({
  exists: async (userId) => (await db.user.count({ where: { id: userId } })) > 0,

  findByKeyHash: async (keyHash) => {
    const key = await db.apiKey.findFirst({
      where: { keyHash, revokedAt: null },
      select: { id: true, user: { select: { id: true, isAdmin: true } } },
    })
    return key && { keyId: key.id, userId: key.user.id, isAdmin: key.user.isAdmin }
  },

  findById: (userId) => db.user.findUnique({ where: { id: userId }, select: USER_COLUMNS }),

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

  createApiKey: (input) => db.apiKey.create({ data: input, select: { id: true, name: true, createdAt: true } }),
})
