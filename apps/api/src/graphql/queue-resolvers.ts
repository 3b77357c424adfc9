import { analyzeMessage, cheaperSpelling, cleanText, normalizePhoneNumber, replayFailed, SmsError, totalOf } from '@sms/core'
import type { BatchRecord, Caller } from '@sms/core'
import type { SmsFilter as StoredFilter } from '@sms/db'
import { bigIdOf, intIdOf, NO_ID, requireBigId } from './ids.ts'
import { connectionOf, pageOf } from './pages.ts'
import { presentBatch, presentSms } from './present.ts'
import type { MutationResolvers, QueryResolvers, SmsFilter } from './resolver-types.generated.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'batch' | 'batches' | 'sms' | 'smsQueue' | 'queueStats' | 'previewMessage'>>
type Mutations = Required<Pick<MutationResolvers, 'cancelBatch' | 'pauseBatch' | 'resumeBatch' | 'replayFailed'>>

/** A longer text is no SMS in any configuration; measuring it would hold up everybody else. */
const MAX_PREVIEW_LENGTH = 50_000
const REASON_LENGTH = 500

export const createQueueQueries = (service: GraphqlService): Queries => ({
  batch: async (_parent, { id }, { caller }) => {
    const batch = await service.batches.findById(caller, requireBigId(id, 'Batch'))
    if (batch === null) throw new SmsError('NOT_FOUND', 'Batch does not exist')
    return presentBatch(batch)
  },

  batches: async (_parent, args, { caller }) => {
    const filter = { status: args.status ?? undefined }
    const page = await service.batches.findPage(caller, filter, pageOf('batch', args.first ?? 20, args.after))
    return connectionOf({ kind: 'batch', page, present: presentBatch, count: () => service.batches.count(caller, filter) })
  },

  sms: async (_parent, { id }, { caller }) => {
    const sms = await service.sms.findById(caller, requireBigId(id, 'SMS'))
    if (sms === null) throw new SmsError('NOT_FOUND', 'SMS does not exist')
    return presentSms(sms)
  },

  smsQueue: async (_parent, args, { caller }) => {
    const filter = filterOf(service, caller, args.filter ?? {})
    const page = await service.sms.findPage(caller, filter, pageOf('sms', args.first ?? 50, args.after))
    return connectionOf({ kind: 'sms', page, present: presentSms, count: () => service.sms.count(caller, filter) })
  },

  queueStats: async (_parent, _args, { caller }) => {
    const [counts, accounts] = await Promise.all([service.sms.countByStatus(caller), service.accounts.findAll()])
    const backlog = counts.pending + counts.processing
    const isSending = accounts.some(({ pausedReason }) => pausedReason === null)
    return {
      counts: { ...counts, total: totalOf(counts) },
      backlog,
      accounts: accounts.map((account) => ({
        id: String(account.id),
        name: account.name,
        isPaused: account.pausedReason !== null,
        pausedReason: account.pausedReason,
        isPausedByOperator: account.pausedByOperator,
      })),
      etaSeconds: isSending ? Math.ceil(backlog / service.ratePerSecond) : null,
    }
  },

  previewMessage: (_parent, args) => {
    if (args.message.length > MAX_PREVIEW_LENGTH) throw new SmsError('MESSAGE_TOO_LONG', 'The message is too long to be an SMS')
    const message = cleanText(args.message)
    const { forcing, ...analysis } = analyzeMessage(message)
    const cheaperMessage = cheaperSpelling(message)
    const cheaperParts = analyzeMessage(cheaperMessage).parts
    const isCheaper = cheaperParts < analysis.parts
    return {
      ...analysis,
      maxParts: service.accept.policy.maxParts,
      forcingCharacters: forcing,
      cheaperMessage: isCheaper ? cheaperMessage : null,
      cheaperParts: isCheaper ? cheaperParts : null,
    }
  },
})

export const createQueueMutations = (service: GraphqlService): Mutations => {
  const changed = (batch: BatchRecord | null, kind: 'batch-cancelled' | 'batch-paused' | 'batch-resumed') => {
    if (batch === null) throw new SmsError('NOT_FOUND', 'Batch does not exist')
    service.observe({ kind, batchId: batch.id, userId: batch.userId })
    return presentBatch(batch)
  }
  return {
    cancelBatch: async (_parent, { id, reason }, { caller }) => {
      const because = reason == null ? null : cleanText(reason).slice(0, REASON_LENGTH).toWellFormed()
      return changed(await service.batches.cancel(caller, requireBigId(id, 'Batch'), because), 'batch-cancelled')
    },

    pauseBatch: async (_parent, { id }, { caller }) =>
      changed(await service.batches.pause(caller, requireBigId(id, 'Batch')), 'batch-paused'),

    resumeBatch: async (_parent, { id }, { caller }) => {
      const batch = changed(await service.batches.resume(caller, requireBigId(id, 'Batch')), 'batch-resumed')
      service.accept.kick(batch.accountId)
      return batch
    },

    replayFailed: async (_parent, { input }, { caller }) => {
      const dryRun = input.dryRun ?? false
      const report = await replayFailed(service.replay, {
        caller,
        via: 'GRAPHQL',
        reason: input.reason ?? null,
        includeUnknown: input.includeUnknown ?? false,
        moreAttempts: service.accept.policy.maxAttempts,
        dryRun,
        filter: {
          // A malformed id is that of nothing.
          batchId: input.batchId == null ? null : (bigIdOf(input.batchId) ?? BigInt(NO_ID)),
          errorCode: input.errorCode ?? null,
          since: input.since ?? null,
        },
      })
      if (!dryRun) service.observe({ kind: 'sms-replayed', userId: caller.userId, via: 'GRAPHQL', smsCount: report.replayed })
      return { dryRun, ...report }
    },
  }
}

/** A malformed id or number is that of nothing: the list is empty. */
const filterOf = (service: GraphqlService, caller: Caller, filter: SmsFilter): StoredFilter => {
  if (filter.userId != null && !caller.isAdmin && intIdOf(filter.userId) !== caller.userId) {
    throw new SmsError('FORBIDDEN', 'Reading the SMS of another user needs an administrator')
  }
  return {
    status: filter.status ?? undefined,
    batchId: filter.batchId == null ? undefined : (bigIdOf(filter.batchId) ?? BigInt(NO_ID)),
    segmentId: filter.segmentId == null ? undefined : (intIdOf(filter.segmentId) ?? NO_ID),
    userId: filter.userId == null ? undefined : (intIdOf(filter.userId) ?? NO_ID),
    phoneNumber: filter.phoneNumber == null ? undefined : numberOf(service, filter.phoneNumber),
    createdAfter: filter.createdAfter ?? undefined,
    createdBefore: filter.createdBefore ?? undefined,
  }
}

const numberOf = (service: GraphqlService, spelling: string): string => {
  const number = normalizePhoneNumber(spelling, service.accept.policy.defaultCountry)
  return number.ok ? number.phoneNumber : ''
}
