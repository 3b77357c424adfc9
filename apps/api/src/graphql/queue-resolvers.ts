import { cleanText, moneyAtStake, normalizePhoneNumber, replayFailed, resolveUnknown, SmsError, totalOf } from '@sms/core'
import type { Caller, MoneyAtStake, ReplayReport } from '@sms/core'
import type { SmsFilter as StoredFilter } from '@sms/db'
import { UNKNOWN_RISKS } from './french.ts'
import { presentPreview } from './message-preview.ts'
import { bigIdOf, intIdOf, NO_ID, requireBigId } from './ids.ts'
import { connectionOf, pageOf } from './pages.ts'
import { etaSecondsOf, presentAccount } from './present-accounts.ts'
import { presentPause } from './present-control.ts'
import { presentBatch, presentSms } from './present.ts'
import { replayFilterOf } from './replay-filter.ts'
import type { MutationResolvers, QueryResolvers, SmsFilter } from './resolver-types.generated.ts'
import { requireCredits } from './send-resolvers.ts'
import { plannedWarnings, type PresentedWarning } from './send-warnings.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'batch' | 'batches' | 'sms' | 'smsQueue' | 'queueStats' | 'previewMessage'>>
type Mutations = Required<Pick<MutationResolvers, 'replayFailed' | 'resolveUnknown'>>

/** A longer text is no SMS in any configuration; measuring it would hold up everybody else. */
const MAX_PREVIEW_LENGTH = 50_000

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

  queueStats: (_parent, _args, { caller }) => readQueueStats(service, caller) as never,

  previewMessage: async (_parent, args) => {
    if (args.message.length > MAX_PREVIEW_LENGTH) throw new SmsError('MESSAGE_TOO_LONG', 'The message is too long to be an SMS')
    const message = cleanText(args.message)
    const preview = presentPreview(message, service.accept.policy.maxParts)
    return { ...preview, warnings: await previewWarnings(service, args, preview.parts) }
  },
})

export const readQueueStats = async (service: GraphqlService, caller: Caller) => {
  const [counts, accounts, pause] = await Promise.all([
    service.sms.countByStatus(caller),
    service.manage.store.findRecords(),
    service.readPause(),
  ])
  const backlog = counts.pending + counts.processing
  const { defaultAccount } = service
  const isSending = accounts.some(({ pausedReason }) => pausedReason === null)
  return {
    counts: { ...counts, total: totalOf(counts) },
    pause: presentPause(pause, caller),
    backlog,
    accounts: accounts.map((account) =>
      presentAccount(account, { defaultAccount, nowMs: service.accept.now(), operation: null }),
    ),
    etaSeconds: isSending ? (etaSecondsOf(backlog, accounts, defaultAccount) ?? 0) : null,
  }
}

const previewWarnings = async (
  service: GraphqlService,
  { recipientCount, senderAccount }: { recipientCount?: number | null; senderAccount?: string | null },
  parts: number,
): Promise<PresentedWarning[]> => {
  if (recipientCount != null && recipientCount < 0) throw new SmsError('INVALID_INPUT', 'recipientCount is negative')
  const account = senderAccount == null ? null : await service.accept.accounts.findByName(cleanText(senderAccount))
  if (senderAccount != null && account === null) throw new SmsError('UNKNOWN_ACCOUNT', 'There is no sender account of that name')
  const accountId = account?.id ?? service.accept.policy.accountId
  return plannedWarnings(service, { accountIds: [accountId], unitsNeeded: parts * (recipientCount ?? 1) })
}

export const createQueueMutations = (service: GraphqlService): Mutations => {
  return {
    replayFailed: async (_parent, { input }, { caller }) => {
      const dryRun = input.dryRun ?? false
      const order = {
        caller,
        via: 'GRAPHQL' as const,
        reason: input.reason ?? null,
        includeUnknown: input.includeUnknown ?? false,
        moreAttempts: service.accept.policy.maxAttempts,
        filter: replayFilterOf(input),
      }
      // An administrator decides for many users, and may leave one of them below nothing.
      if (!dryRun && !caller.isAdmin)
        await requireCredits(service, caller.userId, (await replayFailed(service.replay, { ...order, dryRun: true })).replayed)
      const report = await replayFailed(service.replay, { ...order, dryRun })
      if (!dryRun) service.observe({ kind: 'sms-replayed', userId: caller.userId, via: 'GRAPHQL', smsCount: report.replayed })
      return { dryRun, ...report, atStake: atStakeOf(service, report) }
    },

    resolveUnknown: async (_parent, { input }, { caller }) => {
      const { decision } = input
      const dryRun = input.dryRun ?? false
      const report = await resolveUnknown(service.resolve, {
        caller,
        via: 'GRAPHQL',
        decision,
        reason: input.reason,
        moreAttempts: service.accept.policy.maxAttempts,
        dryRun,
        // A malformed id is that of nothing.
        filter: {
          smsIds: input.ids?.map((id) => bigIdOf(id) ?? BigInt(NO_ID)) ?? null,
          batchId: input.batchId == null ? null : (bigIdOf(input.batchId) ?? BigInt(NO_ID)),
          userId: input.userId == null ? null : (intIdOf(input.userId) ?? NO_ID),
          errorCode: input.errorCode ?? null,
          since: input.since ?? null,
        },
      })
      if (!dryRun) service.observe({ kind: 'unknown-resolved', userId: caller.userId, decision, smsCount: report.resolved })
      return { dryRun, decision, ...report, risk: UNKNOWN_RISKS[decision] }
    },
  }
}

const atStakeOf = (service: GraphqlService, { replayedUnknown, replayedUnknownParts }: ReplayReport): MoneyAtStake | null =>
  replayedUnknown === 0 ? null : moneyAtStake(service.resolve.price, { smsCount: replayedUnknown, parts: replayedUnknownParts })

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
