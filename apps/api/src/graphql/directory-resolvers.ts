import { type Caller, cleanText, importContacts, type SegmentRecord, SmsError } from '@sms/core'
import type { UserRecord } from '@sms/db'
import { generateApiKey, hashApiKey, hashPassword } from '@sms/runtime'
import { FRENCH } from './french.ts'
import { intIdOf, NO_ID } from './ids.ts'
import type { MutationResolvers, QueryResolvers } from './resolver-types.generated.ts'
import { oldDate } from './scalars.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'segmentsForSMS' | 'me'>>
type Mutations = Required<
  Pick<MutationResolvers, 'login' | 'logout' | 'createUser' | 'createApiKey' | 'createSegment' | 'importContacts'>
>

const NAME_LENGTH = 255
const PASSWORD_LENGTH = 1_024

export const createDirectoryQueries = (service: GraphqlService): Queries => ({
  segmentsForSMS: async (_parent, _args, { caller }) => (await service.contacts.findSegments(caller)).map(presentSegment),

  me: async (_parent, _args, { caller }) => {
    const user = await service.users.findById(caller.userId)
    return user && presentUser(user)
  },
})

export const createDirectoryMutations = (service: GraphqlService): Mutations => ({
  login: (_parent, { username, password }, { session }) => session.logIn(username, password),

  logout: (_parent, _args, { session }) => {
    session.logOut()
    return true
  },

  createUser: async (_parent, args, { caller }) => {
    requireAdmin(caller)
    if (args.password === '' || args.password.length > PASSWORD_LENGTH)
      throw invalid('password', `1 to ${PASSWORD_LENGTH} characters`)
    return presentUser(
      await service.users.create({
        username: nameOf('username', args.username),
        passwordHash: await hashPassword(args.password),
        email: args.email == null ? null : nameOf('email', args.email),
        smsCredit: creditOf('smsCredit', args.smsCredit),
        smsLimit: creditOf('smsLimit', args.smsLimit),
        isAdmin: args.isAdmin ?? false,
      }),
    )
  },

  createApiKey: async (_parent, args, { caller }) => {
    const userId = intIdOf(args.userId) ?? NO_ID
    const mayAct = caller.isAdmin || userId === caller.userId
    if (!mayAct || !(await service.users.exists(userId))) throw new SmsError('NOT_FOUND', 'User does not exist')
    const key = generateApiKey()
    const made = await service.users.createApiKey({ userId, name: nameOf('name', args.name), keyHash: hashApiKey(key) })
    return { id: String(made.id), name: made.name, createdAt: made.createdAt, key }
  },

  createSegment: async (_parent, { name, description }, { caller }) =>
    presentSegment(
      await service.contacts.createSegment({
        userId: caller.userId,
        name: nameOf('name', name),
        description: description == null ? null : cleanText(description),
      }),
    ),

  importContacts: async (_parent, { input }, { caller }) => {
    const contacts = input.contacts.map(({ phoneNumber, name, email }) => ({
      phoneNumber,
      name: name ?? null,
      email: email ?? null,
    }))
    const segmentId = input.segmentId == null ? null : (intIdOf(input.segmentId) ?? NO_ID)
    const report = await importContacts(service.imports, { caller, segmentId, contacts })
    const duplicates = report.refused.filter(({ code }) => code === 'DUPLICATE').length
    return {
      total: contacts.length,
      created: report.created,
      updated: report.updated,
      unchanged: contacts.length - report.refused.length - report.created - report.updated,
      addedToSegment: report.joined,
      duplicates,
      refused: report.refused.length - duplicates,
      rejections: report.refused.map(({ index, code }) => ({
        index,
        phoneNumber: contacts[index]?.phoneNumber ?? '',
        code,
        message: FRENCH[code],
      })),
    }
  },
})

const requireAdmin = ({ isAdmin }: Caller): void => {
  if (!isAdmin) throw new SmsError('FORBIDDEN', 'This needs an administrator')
}

const invalid = (argument: string, rule: string): SmsError =>
  new SmsError('INVALID_INPUT', `${argument} must be ${rule}`, { details: { argument } })

const nameOf = (argument: string, text: string): string => {
  const name = cleanText(text).trim()
  if (name === '' || name.length > NAME_LENGTH) throw invalid(argument, `1 to ${NAME_LENGTH} characters`)
  return name
}

const creditOf = (argument: string, credit: number | null | undefined): number | null => {
  if (credit != null && credit < 0) throw invalid(argument, '0 or more')
  return credit ?? null
}

const presentSegment = ({ id, name, description, memberCount }: SegmentRecord) => ({
  id: String(id),
  name,
  description,
  phoneNumberCount: memberCount,
})

const presentUser = ({ id, createdAt, updatedAt, ...user }: UserRecord) => ({
  ...user,
  id: String(id),
  createdAt: oldDate(createdAt),
  updatedAt: oldDate(updatedAt),
  apiKey: null,
})
