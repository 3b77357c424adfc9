import { type Caller, SmsError } from '@sms/core'
import { RESERVED_ADMIN_ID } from '@sms/db'
import { hashPassword } from '@sms/runtime'
import { intIdOf, NO_ID } from './ids.ts'
import { invalid, nameOf } from './named.ts'
import { offsetPageOf, searchOf } from './offset-page.ts'
import { mayActFor, presentUser } from './present-old.ts'
import type { MutationResolvers, QueryResolvers } from './resolver-types.generated.ts'
import { oldDate } from './scalars.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'me' | 'users' | 'user' | 'userByUsername' | 'verifyToken' | 'dashboardStats'>>
type Mutations = Required<
  Pick<MutationResolvers, 'createUser' | 'updateUser' | 'changePassword' | 'addCredits' | 'deleteUser' | 'refreshToken'>
>

const PASSWORD_LENGTH = 1_024
const MOST_CREDITS = 100_000_000
/** Of one user: half of what the column holds, so that what is given back has room whatever is added meanwhile. */
const MOST_BALANCE = 1_000_000_000

export const createUserQueries = ({ users, tokens, accept }: GraphqlService): Queries => ({
  me: async (_parent, _args, { caller }) => {
    const user = await users.findById(caller.userId)
    return user && presentUser(user)
  },

  users: async (_parent, args, { caller }) => {
    requireAdmin(caller)
    return (await users.findPage({ search: searchOf(args.search) }, offsetPageOf(args))).map(presentUser)
  },

  user: async (_parent, { id }, { caller }) => {
    const userId = intIdOf(id) ?? NO_ID
    requireAdminOr(caller, userId)
    const user = await users.findById(userId)
    return user && presentUser(user)
  },

  userByUsername: async (_parent, { username }, { caller }) => {
    const user = await users.findByUsername(username.replaceAll('\0', ''))
    // Whether somebody else's name exists is none of the caller's business.
    requireAdminOr(caller, user?.id ?? NO_ID)
    return user && presentUser(user)
  },

  verifyToken: async (_parent, { token }) => {
    const found = await tokens.read(token)
    const user = found && (await users.findById(found.userId))
    return { valid: user !== null, user: user && presentUser(user) }
  },

  dashboardStats: async (_parent, _args, { caller }) => {
    const lastUpdated = oldDate(new Date(accept.now()))
    if (caller.isAdmin) {
      const { userCount, credits } = await users.sumCredits()
      return { usersCount: userCount, totalSmsCredits: credits, lastUpdated }
    }
    const user = await users.findById(caller.userId)
    return { usersCount: 1, totalSmsCredits: user?.smsCredit ?? 0, lastUpdated }
  },
})

export const createUserMutations = ({ users, tokens }: GraphqlService): Mutations => ({
  createUser: async (_parent, args, { caller }) => {
    requireAdmin(caller)
    return presentUser(
      await users.create({
        username: nameOf('username', args.username),
        passwordHash: await hashOf(args.password),
        email: args.email == null ? null : nameOf('email', args.email),
        smsCredit: creditOf('smsCredit', args.smsCredit),
        smsLimit: creditOf('smsLimit', args.smsLimit),
        isAdmin: args.isAdmin ?? false,
      }),
    )
  },

  updateUser: async (_parent, { id, email, smsLimit, isAdmin }, { caller }) => {
    const userId = intIdOf(id) ?? NO_ID
    requireAdminOr(caller, userId)
    // A form may hand back the limit and the right that its user lacks.
    if (smsLimit != null || isAdmin === true) requireAdmin(caller)
    // Nobody would be left to give the right back.
    if (caller.isAdmin && isAdmin === false && userId === caller.userId)
      throw new SmsError('FORBIDDEN', 'Nobody takes their own rights')
    return presentUser(
      await users.update(userId, {
        ...(email === undefined ? {} : { email: email === null || email.trim() === '' ? null : nameOf('email', email) }),
        ...(smsLimit === undefined || !caller.isAdmin ? {} : { smsLimit: creditOf('smsLimit', smsLimit) }),
        ...(isAdmin == null || userId === RESERVED_ADMIN_ID ? {} : { isAdmin }),
      }),
    )
  },

  changePassword: async (_parent, { id, newPassword }, { caller, session }) => {
    const userId = intIdOf(id) ?? NO_ID
    requireAdminOr(caller, userId)
    // Its key is in the environment; a password beside it would be a second way in.
    if (userId === RESERVED_ADMIN_ID) throw new SmsError('FORBIDDEN', 'The holder of ADMIN_API_KEY has no password')
    const user = await users.update(userId, { passwordHash: await hashOf(newPassword) })
    if (userId === caller.userId) await session.goOn(user.username, newPassword)
    return presentUser(user)
  },

  addCredits: async (_parent, { id, amount }, { caller }) => {
    requireAdmin(caller)
    if (amount < 1 || amount > MOST_CREDITS) throw invalid('amount', `1 to ${MOST_CREDITS}`)
    const userId = intIdOf(id) ?? NO_ID
    const balance = (await users.findById(userId))?.smsCredit ?? 0
    if (balance + amount > MOST_BALANCE) throw invalid('amount', `what makes at most ${MOST_BALANCE} credits`)
    return presentUser(await users.addCredits({ userId, amount, byUserId: caller.userId }))
  },

  deleteUser: async (_parent, { id }, { caller }) => {
    requireAdmin(caller)
    const userId = intIdOf(id) ?? NO_ID
    if (userId === RESERVED_ADMIN_ID || userId === caller.userId)
      throw new SmsError('FORBIDDEN', 'Nobody deletes themselves, nor the holder of ADMIN_API_KEY')
    return users.remove(userId)
  },

  refreshToken: async (_parent, { token }) => {
    const refreshed = await tokens.refresh(token)
    const user = refreshed && (await users.findById(refreshed.userId))
    if (refreshed === null || user === null) throw new SmsError('UNAUTHENTICATED', 'The token is not valid')
    return { token: refreshed.token, user: presentUser(user) }
  },
})

const requireAdmin = ({ isAdmin }: Caller): void => {
  if (!isAdmin) throw new SmsError('FORBIDDEN', 'This needs an administrator')
}

const requireAdminOr = (caller: Caller, userId: number): void => {
  if (!mayActFor(caller, userId)) throw new SmsError('FORBIDDEN', 'Another user needs an administrator')
}

const hashOf = async (password: string): Promise<string> => {
  if (password === '' || password.length > PASSWORD_LENGTH) throw invalid('password', `1 to ${PASSWORD_LENGTH} characters`)
  return hashPassword(password)
}

const creditOf = (argument: string, credit: number | null | undefined): number | null => {
  if (credit != null && (credit < 0 || credit > MOST_BALANCE)) throw invalid(argument, `0 to ${MOST_BALANCE}`)
  return credit ?? null
}
