import {
  type BatchRecord,
  type Caller,
  enqueueAllContacts,
  enqueueBulk,
  enqueueSegment,
  enqueueSms,
  replayJob,
  type SendInput,
  SmsError,
  type SmsRecord,
  verdictAt,
} from '@sms/core'
import { RESERVED_ADMIN_ID } from '@sms/db'
import type { GraphqlContext } from './context.ts'
import { codeOf, EmptyCallError } from './errors.ts'
import { EMPTY_CALL } from './french.ts'
import { intIdOf, NO_ID, requireBigId, userIdOf } from './ids.ts'
import { mayActFor } from './present-old.ts'
import {
  FULL_RESULTS_COUNT,
  presentAllContactsResult,
  presentBulkError,
  presentBulkResult,
  type PresentedBulkResult,
  type PresentedSegmentResult,
  type PresentedSmsResult,
  presentSegmentError,
  presentSegmentResult,
  presentSmsError,
  presentSmsResult,
  shownIndexes,
} from './present-sends.ts'
import { presentSettledAudience, presentSettledList } from './present-settled.ts'
import type {
  MutationResolvers,
  MutationRetrySmsArgs,
  MutationSendBulkSmsArgs,
  MutationSendSmsArgs,
  MutationSendSmsToAllContactsArgs,
  MutationSendSmsToSegmentArgs,
  SendOptions,
} from './resolver-types.generated.ts'
import type { GraphqlService, ServiceEvent } from './service.ts'

type SendMutations = Required<
  Pick<MutationResolvers, 'sendSms' | 'sendBulkSms' | 'sendSmsToSegment' | 'sendSmsToAllContacts' | 'retrySms'>
>

/** Recipients of a send that is answered when all is settled: some seconds of work. */
const MOST_WAITED_FOR = 100

type SendArguments = {
  message: string
  userId?: string | null
  idempotencyKey?: string | null
  options?: SendOptions | null
}

const sendInputOf = (args: SendArguments, { caller }: GraphqlContext): SendInput => ({
  caller,
  userId: userIdOf(args.userId),
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

/** One send each, as GraphQL and the REST twins ask for it. */
export type Sends = {
  sendSms(args: MutationSendSmsArgs, context: GraphqlContext): Promise<PresentedSmsResult>
  sendBulkSms(args: MutationSendBulkSmsArgs, context: GraphqlContext): Promise<PresentedBulkResult>
  sendSmsToSegment(args: MutationSendSmsToSegmentArgs, context: GraphqlContext): Promise<PresentedSegmentResult>
  sendSmsToAllContacts(args: MutationSendSmsToAllContactsArgs, context: GraphqlContext): Promise<PresentedBulkResult>
  retrySms(args: MutationRetrySmsArgs, context: GraphqlContext): Promise<PresentedSmsResult>
}

export const createSendResolvers = (service: GraphqlService): SendMutations => {
  const sends = createSends(service)
  return {
    sendSms: (_parent, args, context) => sends.sendSms(args, context),
    sendBulkSms: (_parent, args, context) => sends.sendBulkSms(args, context),
    sendSmsToSegment: (_parent, args, context) => sends.sendSmsToSegment(args, context),
    sendSmsToAllContacts: (_parent, args, context) => sends.sendSmsToAllContacts(args, context),
    retrySms: (_parent, args, context) => sends.retrySms(args, context),
  }
}

export const createSends = (service: GraphqlService): Sends => ({
  sendSms: async (args, context) => {
    if (args.phoneNumber === '' || args.message === '') throw new EmptyCallError(EMPTY_CALL.sms)
    try {
      const input = { ...sendInputOf(args, context), phoneNumber: args.phoneNumber }
      const { sms, isRepeated } = await enqueueSms(service.accept, input)
      if (!isRepeated) service.observe({ kind: 'sms-accepted', smsId: sms.id, userId: sms.userId })
      return presentSmsResult(service.sendModes.single === 'wait' ? await outcomeOf(service, sms, context) : sms)
    } catch (error) {
      const call = { phoneNumber: args.phoneNumber, requestId: context.requestId, at: new Date(service.accept.now()) }
      return asData(error, context, () => presentSmsError(error, call))
    }
  },

  sendBulkSms: async (args, context) => {
    const recipients = context.lists.find(args.phoneNumbers)
    const { entryCount } = recipients
    if (entryCount === 0 || args.message === '') throw new EmptyCallError(EMPTY_CALL.bulk)
    try {
      const accepted = await enqueueBulk(service.accept, { ...sendInputOf(args, context), recipients })
      if (accepted.batch !== null && !accepted.isRepeated) service.observe(acceptedEvent(accepted.batch))
      const shown = shownIndexes(accepted.verdicts)
      // Accepted is accepted: without the list thread the entries are shown without their spelling.
      const spelled = await recipients.read(shown).catch(() => [])
      const mayWait = service.sendModes.bulk === 'wait' && entryCount <= FULL_RESULTS_COUNT && spelled.length === entryCount
      const settled = mayWait && accepted.batch !== null ? await settledBatch(service, accepted.batch, context) : null
      if (settled === null) return presentBulkResult(accepted, shown, spelled)
      const entries = spelled.map((phoneNumber, index) => ({ phoneNumber, verdict: verdictAt(accepted.verdicts, index) }))
      return presentSettledList(settled.batch, { entries, rows: settled.rows, country: service.accept.policy.defaultCountry })
    } catch (error) {
      return asData(error, context, () => presentBulkError(error, { entryCount, requestId: context.requestId }))
    }
  },

  sendSmsToSegment: async (args, context) => {
    if (args.segmentId === '' || args.message === '') throw new EmptyCallError(EMPTY_CALL.segment)
    try {
      const input = { ...sendInputOf(args, context), segmentId: intIdOf(args.segmentId) ?? NO_ID }
      const accepted = await enqueueSegment(service.accept, input)
      if (!accepted.isRepeated) service.observe(acceptedEvent(accepted.batch))
      const settled = service.sendModes.segment === 'wait' ? await settledBatch(service, accepted.batch, context) : null
      const queued = presentSegmentResult(accepted)
      return settled === null ? queued : { ...presentSettledAudience(settled.batch, settled.rows), segment: queued.segment }
    } catch (error) {
      return asData(error, context, () => presentSegmentError(error, context.requestId))
    }
  },

  sendSmsToAllContacts: async (args, context) => {
    if (args.message === '') throw new EmptyCallError(EMPTY_CALL.allContacts)
    try {
      const accepted = await enqueueAllContacts(service.accept, sendInputOf(args, context))
      if (!accepted.isRepeated) service.observe(acceptedEvent(accepted.batch))
      const settled = service.sendModes.all === 'wait' ? await settledBatch(service, accepted.batch, context) : null
      return settled === null ? presentAllContactsResult(accepted) : presentSettledAudience(settled.batch, settled.rows)
    } catch (error) {
      return asData(error, context, () => presentBulkError(error, { entryCount: 0, requestId: context.requestId }))
    }
  },

  retrySms: async (args, context) => {
    if (args.id === '') throw new EmptyCallError(EMPTY_CALL.retry)
    let phoneNumber = ''
    try {
      const found = await failedSmsOf(service, args, context.caller)
      phoneNumber = found.sms.phoneNumber
      const verdict = await replayJob(service.replay, {
        caller: context.caller,
        via: 'GRAPHQL',
        reason: null,
        includeUnknown: false,
        moreAttempts: service.accept.policy.maxAttempts,
        // Also of an administrator, who sends it in that user's name.
        isCreditRequired: true,
        job: { smsId: found.sms.id, dispatch: found.dispatch },
      })
      if (verdict.verdict === 'INSUFFICIENT_CREDIT') throw await noCreditFor(service, found.sms.userId, 1)
      if (verdict.verdict !== 'REPLAYED') throw new SmsError('NOT_REPLAYABLE', `SMS ${found.sms.id} is not sent again`)
      service.observe({ kind: 'sms-replayed', userId: context.caller.userId, via: 'GRAPHQL', smsCount: 1 })
      const waiting = (await service.sms.findById(context.caller, found.sms.id)) ?? found.sms
      return presentSmsResult(service.sendModes.single === 'wait' ? await outcomeOf(service, waiting, context) : waiting)
    } catch (error) {
      const call = { phoneNumber, requestId: context.requestId, at: new Date(service.accept.now()) }
      return asData(error, context, () => presentSmsError(error, call))
    }
  },
})

/** The FAILED SMS that is to be sent again. Throws FORBIDDEN, NOT_FOUND, NOT_REPLAYABLE. */
const failedSmsOf = async (
  service: GraphqlService,
  args: MutationRetrySmsArgs,
  caller: Caller,
): Promise<{ sms: SmsRecord; dispatch: number }> => {
  const userId = userIdOf(args.userId)
  if (userId !== null && !mayActFor(caller, userId))
    throw new SmsError('FORBIDDEN', 'Sending for another user needs an administrator')
  const id = requireBigId(args.id, 'SMS')
  const [sms, dispatch] = await Promise.all([service.sms.findById(caller, id), service.history.findDispatch(caller, id)])
  // An administrator who names a user means that user's.
  if (sms === null || dispatch === null || (userId !== null && userId !== caller.userId && userId !== sms.userId))
    throw new SmsError('NOT_FOUND', `SMS ${id} does not exist`)
  if (sms.status !== 'FAILED') throw new SmsError('NOT_REPLAYABLE', `SMS ${id} is not FAILED`)
  return { sms, dispatch }
}

/**
 * Says at once that a replay has no chance. What decides is the statement that moves the SMS: it takes the credits that came back for them,
 * and several may be under way. Throws INSUFFICIENT_CREDIT.
 */
export const requireCredits = async (service: Pick<GraphqlService, 'users'>, userId: number, count: number): Promise<void> => {
  if (userId === RESERVED_ADMIN_ID || count === 0) return
  const left = (await service.users.findById(userId))?.smsCredit ?? 0
  if (left < count) throw noCredit(userId, count, left)
}

const noCreditFor = async (service: Pick<GraphqlService, 'users'>, userId: number, needed: number): Promise<SmsError> =>
  noCredit(userId, needed, (await service.users.findById(userId))?.smsCredit ?? 0)

const noCredit = (userId: number, needed: number, left: number): SmsError =>
  new SmsError('INSUFFICIENT_CREDIT', `User ${userId} has not enough credits`, { details: { needed, left } })

/** A short batch and its SMS in the order in which they were made, once all is settled; null: the answer does not wait for it. */
const settledBatch = async (
  service: GraphqlService,
  batch: BatchRecord,
  { caller }: GraphqlContext,
): Promise<{ batch: BatchRecord; rows: SmsRecord[] } | null> => {
  if (batch.announced > MOST_WAITED_FOR || batch.scheduledAt !== null) return null
  const settled = await service.batchOutcomes.wait(batch)
  if (settled === null) return null
  const page = await service.sms
    .findPage(caller, { batchId: batch.id }, { first: MOST_WAITED_FOR, after: null })
    .catch(() => null)
  return page && { batch: settled, rows: page.items.toReversed() }
}

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
