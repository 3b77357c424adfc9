import {
  type BatchRecord,
  cancelBatch,
  cancelReplay,
  cancelSms,
  type Caller,
  moneyAtStake,
  pauseBatch,
  planReplay,
  resumeBatch,
  setBatchPriority,
  SmsError,
  startReplay,
} from '@sms/core'
import { bigIdOf, intIdOf, NO_ID, requireBigId } from './ids.ts'
import { presentAct, presentOperation } from './present-control.ts'
import { presentBatch, presentSms } from './present.ts'
import { replayFilterOf } from './replay-filter.ts'
import type { MutationResolvers, QueryResolvers, ReplayInput } from './resolver-types.generated.ts'
import { requireCredits } from './send-resolvers.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'planReplay' | 'replays' | 'replay' | 'operatorActs'>>
type Mutations = Required<
  Pick<
    MutationResolvers,
    'cancelBatch' | 'pauseBatch' | 'resumeBatch' | 'setBatchPriority' | 'cancelSms' | 'startReplay' | 'cancelReplay'
  >
>

type ControlKind = 'batch-cancelled' | 'batch-paused' | 'batch-resumed' | 'batch-priority-changed'

const MAX_ACTS = 200
const MAX_REPLAYS = 100

export const createControlQueries = (service: GraphqlService): Queries => ({
  planReplay: async (_parent, { input }, { caller }) => {
    const plan = await planReplay(service.replays, orderOf(service, caller, input))
    const { replayedUnknown: smsCount, replayedUnknownParts: parts } = plan
    return { ...plan, atStake: smsCount === 0 ? null : moneyAtStake(service.replays.price, { smsCount, parts }) }
  },

  replays: async (_parent, { first, before }, { caller }) => {
    const page = { first: countOf(first ?? 20, MAX_REPLAYS), before: beforeOf(before) }
    return (await service.replays.operations.findPage(caller, page)).map(presentOperation)
  },

  replay: async (_parent, { id }, { caller }) => {
    const operation = await service.replays.operations.find(caller, requireBigId(id, 'Replay'))
    if (operation === null) throw new SmsError('NOT_FOUND', 'Replay does not exist')
    return presentOperation(operation)
  },

  operatorActs: async (_parent, { batchId, kind, userId, first, before }, { caller }) => {
    if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'The audit needs an administrator')
    const filter = {
      // A malformed id is that of nothing.
      batchId: batchId == null ? null : (bigIdOf(batchId) ?? BigInt(NO_ID)),
      // PostgreSQL's texts hold no NUL.
      kind: kind?.replaceAll('\0', '') ?? null,
      userId: userId == null ? null : (intIdOf(userId) ?? NO_ID),
    }
    const page = { first: countOf(first ?? 50, MAX_ACTS), before: beforeOf(before) }
    return (await service.acts.findActs(filter, page)).map(presentAct)
  },
})

export const createControlMutations = (service: GraphqlService): Mutations => {
  const { control } = service
  const asked = (caller: Caller, reason: string | null | undefined) => ({ caller, via: 'GRAPHQL' as const, reason })
  const idOf = (id: string) => requireBigId(id, 'Batch')
  const changed = (batch: BatchRecord, kind: ControlKind) => {
    service.observe({ kind, batchId: batch.id, userId: batch.userId })
    return presentBatch(batch)
  }
  return {
    cancelBatch: async (_parent, { id, reason }, { caller }) =>
      changed(await cancelBatch(control, idOf(id), asked(caller, reason)), 'batch-cancelled'),

    pauseBatch: async (_parent, { id, reason }, { caller }) =>
      changed(await pauseBatch(control, idOf(id), asked(caller, reason)), 'batch-paused'),

    resumeBatch: async (_parent, { id, reason }, { caller }) =>
      changed(await resumeBatch(control, idOf(id), asked(caller, reason)), 'batch-resumed'),

    setBatchPriority: async (_parent, { id, priority, reason }, { caller }) =>
      changed(await setBatchPriority(control, idOf(id), { ...asked(caller, reason), priority }), 'batch-priority-changed'),

    cancelSms: async (_parent, { id, reason }, { caller }) => {
      const smsId = requireBigId(id, 'SMS')
      await cancelSms(control, smsId, asked(caller, reason))
      service.observe({ kind: 'sms-cancelled', smsId, userId: caller.userId })
      const sms = await service.sms.findById(caller, smsId)
      if (sms === null) throw new SmsError('NOT_FOUND', 'SMS does not exist')
      return presentSms(sms)
    },

    startReplay: async (_parent, { input }, { caller }) => {
      if (input.dryRun === true) throw new SmsError('INVALID_INPUT', 'dryRun is for replayFailed; planReplay counts')
      const order = orderOf(service, caller, input)
      // An administrator decides for many users, and may leave one of them below nothing.
      if (!caller.isAdmin) await requireCredits(service, caller.userId, (await planReplay(service.replays, order)).replayed)
      const operation = await startReplay(service.replays, order)
      service.observe({ kind: 'replay-started', replayId: operation.id, userId: caller.userId, smsCount: operation.total })
      service.kickReplays()
      return presentOperation(operation)
    },

    cancelReplay: async (_parent, { id, reason = null }, { caller }) => {
      const operation = await cancelReplay(service.replays, { caller, id: requireBigId(id, 'Replay'), via: 'GRAPHQL', reason })
      const { id: replayId, total, done } = operation
      service.observe({ kind: 'replay-cancelled', replayId, userId: caller.userId, smsCount: total - done })
      return presentOperation(operation)
    },
  }
}

const orderOf = (service: GraphqlService, caller: Caller, input: ReplayInput) => ({
  caller,
  via: 'GRAPHQL' as const,
  reason: input.reason ?? null,
  includeUnknown: input.includeUnknown ?? false,
  moreAttempts: service.accept.policy.maxAttempts,
  filter: replayFilterOf(input),
})

const countOf = (first: number, most: number): number => {
  if (first < 1 || first > most)
    throw new SmsError('INVALID_INPUT', `first must be 1 to ${most}`, { details: { argument: 'first' } })
  return first
}

const beforeOf = (id: string | null | undefined): bigint | null => (id == null ? null : requireBigId(id, 'before'))
