import {
  type BatchRecord,
  enqueueAllContacts,
  enqueueBulk,
  enqueueSegment,
  enqueueSms,
  type SendInput,
  SmsError,
  type SmsRecord,
} from '@sms/core'
import type { GraphqlContext } from './context.ts'
import { codeOf, EmptyCallError } from './errors.ts'
import { EMPTY_CALL } from './french.ts'
import { intIdOf, NO_ID } from './ids.ts'
import {
  presentAllContactsResult,
  presentBulkError,
  presentBulkResult,
  presentSegmentError,
  presentSegmentResult,
  presentSmsError,
  presentSmsResult,
  shownIndexes,
} from './present-sends.ts'
import type { MutationResolvers, SendOptions } from './resolver-types.generated.ts'
import type { GraphqlService, ServiceEvent } from './service.ts'

type Sends = Required<Pick<MutationResolvers, 'sendSms' | 'sendBulkSms' | 'sendSmsToSegment' | 'sendSmsToAllContacts'>>

type SendArguments = {
  message: string
  userId?: string | null
  idempotencyKey?: string | null
  options?: SendOptions | null
}

const sendInputOf = (args: SendArguments, { caller }: GraphqlContext): SendInput => ({
  caller,
  userId: args.userId == null ? null : (intIdOf(args.userId) ?? NO_ID),
  message: args.message,
  options: args.options ?? {},
  idempotencyKey: args.idempotencyKey ?? null,
})

/**
 * The old mutations answer their errors as data, which their clients rely on. Only what the caller may not do at all is
 * thrown; an empty call was thrown before.
 */
const asData = <Result>(error: unknown, context: GraphqlContext, present: () => Result): Result => {
  if (error instanceof SmsError && (error.code === 'FORBIDDEN' || error.code === 'UNAUTHENTICATED')) throw error
  const code = codeOf(error)
  if (code === 'INTERNAL' || code === 'UNAVAILABLE') context.report(error)
  return present()
}

export const createSendResolvers = (service: GraphqlService): Sends => ({
  sendSms: async (_parent, args, context) => {
    if (args.phoneNumber === '' || args.message === '') throw new EmptyCallError(EMPTY_CALL.sms)
    try {
      const input = { ...sendInputOf(args, context), phoneNumber: args.phoneNumber }
      const { sms, isRepeated } = await enqueueSms(service.accept, input)
      if (!isRepeated) service.observe({ kind: 'sms-accepted', smsId: sms.id, userId: sms.userId })
      return presentSmsResult(await outcomeOf(service, sms, context))
    } catch (error) {
      const call = { phoneNumber: args.phoneNumber, requestId: context.requestId, at: new Date(service.accept.now()) }
      return asData(error, context, () => presentSmsError(error, call))
    }
  },

  sendBulkSms: async (_parent, args, context) => {
    const recipients = context.lists.find(args.phoneNumbers)
    const { entryCount } = recipients
    if (entryCount === 0 || args.message === '') throw new EmptyCallError(EMPTY_CALL.bulk)
    try {
      const accepted = await enqueueBulk(service.accept, { ...sendInputOf(args, context), recipients })
      if (accepted.batch !== null && !accepted.isRepeated) service.observe(acceptedEvent(accepted.batch))
      const shown = shownIndexes(accepted.verdicts)
      // Accepted is accepted: without the list thread the entries are shown without their spelling.
      return presentBulkResult(accepted, shown, await recipients.read(shown).catch(() => []))
    } catch (error) {
      return asData(error, context, () => presentBulkError(error, { entryCount, requestId: context.requestId }))
    }
  },

  sendSmsToSegment: async (_parent, args, context) => {
    if (args.segmentId === '' || args.message === '') throw new EmptyCallError(EMPTY_CALL.segment)
    try {
      const input = { ...sendInputOf(args, context), segmentId: intIdOf(args.segmentId) ?? NO_ID }
      const accepted = await enqueueSegment(service.accept, input)
      if (!accepted.isRepeated) service.observe(acceptedEvent(accepted.batch))
      return presentSegmentResult(accepted)
    } catch (error) {
      return asData(error, context, () => presentSegmentError(error, context.requestId))
    }
  },

  sendSmsToAllContacts: async (_parent, args, context) => {
    if (args.message === '') throw new EmptyCallError(EMPTY_CALL.allContacts)
    try {
      const accepted = await enqueueAllContacts(service.accept, sendInputOf(args, context))
      if (!accepted.isRepeated) service.observe(acceptedEvent(accepted.batch))
      return presentAllContactsResult(accepted)
    } catch (error) {
      return asData(error, context, () => presentBulkError(error, { entryCount: 0, requestId: context.requestId }))
    }
  },
})

const acceptedEvent = ({ id, userId, kind, announced }: BatchRecord): ServiceEvent => ({
  kind: 'batch-accepted',
  batchId: id,
  userId,
  batchKind: kind,
  smsCount: announced,
})

/** The SMS as it stands after the wait. It is accepted whatever happens here, so this never fails. */
const outcomeOf = async (service: GraphqlService, sms: SmsRecord, { caller }: GraphqlContext): Promise<SmsRecord> => {
  const isOpen = sms.status === 'PENDING' || sms.status === 'PROCESSING'
  // Both dates are PostgreSQL's: this process's clock may be another.
  const isScheduled = sms.attempts === 0 && sms.nextAttemptAt > sms.createdAt
  if (!isOpen || isScheduled) return sms
  await service.outcomes.wait(sms.id)
  const settled = await service.sms.findById(caller, sms.id).catch(() => null)
  return settled ?? sms
}
