import { cleanText, importContacts, type SegmentRecord, SmsError } from '@sms/core'
import { generateApiKey, hashApiKey } from '@sms/runtime'
import { FRENCH } from './french.ts'
import { intIdOf, NO_ID } from './ids.ts'
import { nameOf } from './named.ts'
import type { MutationResolvers, QueryResolvers } from './resolver-types.generated.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'segmentsForSMS' | 'apiKeys'>>
type Mutations = Required<
  Pick<
    MutationResolvers,
    | 'login'
    | 'logout'
    | 'requestPasswordReset'
    | 'resetPassword'
    | 'createApiKey'
    | 'revokeApiKey'
    | 'createSegment'
    | 'importContacts'
  >
>

export const createDirectoryQueries = (service: GraphqlService): Queries => ({
  segmentsForSMS: async (_parent, _args, { caller }) => (await service.contacts.findSegments(caller)).map(presentSegment),

  apiKeys: async (_parent, args, { caller }) => {
    const userId = args.userId == null ? caller.userId : (intIdOf(args.userId) ?? NO_ID)
    const mayAct = caller.isAdmin || userId === caller.userId
    if (!mayAct || !(await service.users.exists(userId))) throw new SmsError('NOT_FOUND', 'User does not exist')
    return (await service.users.findApiKeys(userId)).map((key) => ({ ...key, id: String(key.id) }))
  },
})

export const createDirectoryMutations = (service: GraphqlService): Mutations => ({
  login: (_parent, { username, password }, { session }) => session.logIn(username, password),

  logout: (_parent, _args, { session }) => {
    session.logOut()
    return true
  },

  requestPasswordReset: (_parent, { email }, { session }) => session.requestPasswordReset(email),

  resetPassword: (_parent, { token, newPassword, revokeApiKeys }, { session }) =>
    session.resetPassword({ token, newPassword, revokesApiKeys: revokeApiKeys ?? false }),

  createApiKey: async (_parent, args, { caller }) => {
    const userId = intIdOf(args.userId) ?? NO_ID
    const mayAct = caller.isAdmin || userId === caller.userId
    if (!mayAct || !(await service.users.exists(userId))) throw new SmsError('NOT_FOUND', 'User does not exist')
    const key = generateApiKey()
    const made = await service.users.createApiKey({ userId, name: nameOf('name', args.name), keyHash: hashApiKey(key) })
    return { id: String(made.id), name: made.name, createdAt: made.createdAt, key }
  },

  revokeApiKey: async (_parent, args, { caller }) => {
    const key = { id: intIdOf(args.id) ?? NO_ID, userId: caller.isAdmin ? null : caller.userId }
    if (!(await service.users.revokeApiKey(key))) throw new SmsError('NOT_FOUND', 'There is no such valid key')
    return true
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

const presentSegment = ({ id, name, description, memberCount }: SegmentRecord) => ({
  id: String(id),
  name,
  description,
  phoneNumberCount: memberCount,
})
