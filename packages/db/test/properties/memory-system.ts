import type { BatchStatus, SmsJob } from '@sms/core'
import { createMemoryClaims } from './memory-claims.ts'
import { createMemoryDecisions } from './memory-decisions.ts'
import { createMemoryOutcomes } from './memory-outcomes.ts'
import { createMemoryReceipts } from './memory-receipts.ts'
import { type Batch, createMemoryState, type Row } from './memory-state.ts'
import type { SeenEvent, SeenSms, System } from './system.ts'

/**
 * The model: what the statements of `packages/db` have to do, in the simplest way to say it. Each call is one step. It moves an SMS
 * only as the table in `packages/core` allows, and throws where it would not.
 */
export const createMemorySystem = (): System => {
  const state = createMemoryState()
  const { ids, rows, batches, optedOut, account, reported, tick, all, batchOf, move, completeOrReopen, add } = state
  const { claim } = createMemoryClaims(state)
  const { settleOne, recordLate } = createMemoryOutcomes(state)
  const { replayOne, resolve } = createMemoryDecisions(state)
  const { concludeAbout } = createMemoryReceipts(state)

  const take = (row: Row): SmsJob => {
    row.dispatch += 1
    row.inWindow = true
    return { smsId: row.id, dispatch: row.dispatch }
  }
  const waiting = (): Row[] =>
    all().filter((row) => {
      const batch = batchOf(row)
      return row.status === 'PENDING' && !row.inWindow && row.isDue && (!batch || batch.status === 'ACTIVE')
    })

  const sweepBatch = (batch: Batch): void => {
    for (const row of all()) {
      if (row.batchId !== batch.id || row.status !== 'PENDING') continue
      move(row, 'stop', 'CANCELLED')
      row.errorCode = 'BATCH_CANCELLED'
    }
    batch.isSwept = batch.counts.processing === 0
  }

  const setStatus = (id: bigint, from: readonly BatchStatus[], to: BatchStatus): Batch | null => {
    const batch = batches.get(id)
    if (!batch || !from.includes(batch.status)) return null
    batch.status = to
    batch.wasPaused = to === 'PAUSED'
    return batch
  }

  /** Each call is one step: nothing is awaited within. */
  const step =
    <Input extends unknown[], Output>(act: (...input: Input) => Output) =>
    (...input: Input): Promise<Output> =>
      new Promise((resolve) => {
        resolve(act(...input))
      })

  return {
    acceptList: step((phoneNumbers) => {
      const wanted = phoneNumbers.filter((phoneNumber) => !optedOut.has(phoneNumber))
      if (wanted.length === 0) return
      const id = ids.batch()
      const counts = { pending: wanted.length, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 }
      batches.set(id, { id, status: 'ACTIVE', announced: wanted.length, counts, isSwept: false, wasPaused: false })
      wanted.forEach((phoneNumber) => add(phoneNumber, id))
    }),
    acceptSingle: step((phoneNumber) => {
      const isOpen = ({ status }: Row) => status === 'PENDING' || status === 'PROCESSING' || status === 'UNKNOWN'
      const isRepeated = all().some((row) => row.batchId === null && row.phoneNumber === phoneNumber && isOpen(row))
      if (!isRepeated && !optedOut.has(phoneNumber)) add(phoneNumber, null)
    }),
    cancel: step((id) => {
      const batch = setStatus(id, ['ACTIVE', 'PAUSED'], 'CANCELLED')
      if (!batch) return
      batch.counts.cancelled += batch.counts.pending
      batch.counts.pending = 0
    }),
    pause: step((id) => void setStatus(id, ['ACTIVE'], 'PAUSED')),
    resume: step((id) => completeOrReopen(setStatus(id, ['PAUSED'], 'ACTIVE') ?? undefined)),
    optOut: step((phoneNumber) => void optedOut.add(phoneNumber)),
    block: step(() => {
      if (!account.isBlocked) Object.assign(account, { isBlocked: true, probeSmsId: null, isProbeDue: false })
    }),
    unblock: step(() => void Object.assign(account, { isBlocked: false, probeSmsId: null })),
    dispatch: step(() => (account.isBlocked ? [] : waiting().map(take))),
    probe: step(() => {
      const [candidate] = waiting()
      if (!account.isBlocked || !account.isProbeDue || !candidate) return []
      Object.assign(account, { probeSmsId: candidate.id, isProbeDue: false })
      return [take(candidate)]
    }),
    undispatch: step((jobs) => {
      for (const { smsId, dispatch } of jobs) {
        const row = rows.get(smsId)
        if (row?.status === 'PENDING' && row.dispatch === dispatch) row.inWindow = false
      }
    }),
    emptyRedis: step(() => all().forEach((row) => (row.inWindow &&= row.status !== 'PENDING'))),
    claim: step(claim),
    settle: step((settlements) => settlements.map(settleOne)),
    recordLate: step(recordLate),
    findExpired: step(() =>
      all()
        .filter((row) => row.status === 'PROCESSING' && row.isLeaseOver)
        .map(({ id, claimId, attempts }) => ({ smsId: id, claimId: claimId ?? '', attempt: attempts })),
    ),
    sweep: step(() => [...batches.values()].filter((one) => one.status === 'CANCELLED' && !one.isSwept).forEach(sweepBatch)),
    replay: step((includeUnknown) => all().forEach((row) => replayOne(row, includeUnknown))),
    replayJob: step(({ smsId, dispatch }) => {
      const row = rows.get(smsId)
      if (row?.dispatch === dispatch) replayOne(row, false)
    }),
    resolveUnknown: step((decision) => all().forEach((row) => resolve(row, decision))),
    storeReceipt: step(({ messageId, phoneNumber }) => {
      if (!reported.has(messageId)) reported.set(messageId, { messageId, phoneNumber, firstAt: tick() })
    }),
    matchReceipts: step(() => new Set(all().map(({ phoneNumber }) => phoneNumber)).forEach(concludeAbout)),
    endLease: step((claimId) => {
      for (const row of all()) if (row.status === 'PROCESSING' && row.claimId === claimId) row.isLeaseOver = true
    }),
    passTime: step(() => {
      for (const row of all()) Object.assign(row, { isDue: true, hasRested: true, isLeaseOver: row.status === 'PROCESSING' })
      account.isProbeDue = account.isBlocked
    }),
    expire: step((id) => void Object.assign(rows.get(id) ?? {}, { isExpired: true })),
    observe: step(() => ({
      sms: all().map(seenOf),
      batches: [...batches.values()].map(({ id, status, announced, isSwept, counts }) => ({
        id,
        status,
        announced,
        isSwept,
        counts: { ...counts },
      })),
      account: { isBlocked: account.isBlocked, probeSmsId: account.probeSmsId },
    })),
  }
}

const seenOf = (row: Row): SeenSms => {
  const { id, batchId, phoneNumber, status, attempts, maxAttempts, dispatch, inWindow, claimId, errorCode, messageId } = row
  const events = row.events.map((event): SeenEvent => ({ ...event }))
  return { id, batchId, phoneNumber, status, attempts, maxAttempts, dispatch, inWindow, claimId, errorCode, messageId, events }
}
