import { isStopReply, normalizePhoneNumber, SmsError } from '@sms/core'
import { intIdOf, NO_ID } from './ids.ts'
import type { MutationResolvers } from './resolver-types.generated.ts'
import type { GraphqlService } from './service.ts'

type Mutations = Required<Pick<MutationResolvers, 'recordReply'>>

export const createOptOutMutations = (service: GraphqlService): Mutations => ({
  recordReply: async (_parent, args, { caller }) => {
    const userId = args.userId == null ? caller.userId : (intIdOf(args.userId) ?? NO_ID)
    if (userId !== caller.userId) {
      if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'A reply to another user needs an administrator')
      if (!(await service.users.exists(userId))) throw new SmsError('NOT_FOUND', `User ${userId} does not exist`)
    }
    const number = normalizePhoneNumber(args.phoneNumber, service.accept.policy.defaultCountry)
    if (!number.ok) throw new SmsError(number.code, 'The number cannot send SMS')
    if (!isStopReply(args.text, service.stopWords)) return { optedOut: false }
    await service.contacts.optOut({ userId, phoneNumber: number.phoneNumber, reason: 'STOP' })
    service.observe({ kind: 'recipient-opted-out', userId })
    return { optedOut: true }
  },
})
