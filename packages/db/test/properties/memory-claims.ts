import { type ClaimRequest, type ClaimVerdict, statusesBefore } from '@sms/core'
import type { MemoryState, Row } from './memory-state.ts'

type Judged = {
  row: Row
  claimId: string
  verdict: 'HELD' | 'CLAIMED' | 'BATCH_CANCELLED' | 'EXPIRED' | 'OPTED_OUT' | 'PAUSED' | 'BUSY'
}

/** Whether an SMS may go on the wire, in the model. */
export const createMemoryClaims = ({ rows, all, batchOf, move, completeOrReopen, tick, optedOut, account }: MemoryState) => {
  const isBusy = (row: Row, group: readonly Row[]): boolean =>
    group.some((other) => other.phoneNumber === row.phoneNumber && other.id < row.id) ||
    all().some((other) => other.phoneNumber === row.phoneNumber && other.status === 'PROCESSING')

  const judge = (row: Row, group: readonly Row[]): Judged['verdict'] => {
    const batch = batchOf(row)
    if (row.status === 'PROCESSING') return 'HELD'
    if (batch?.status === 'CANCELLED') return 'BATCH_CANCELLED'
    if (row.isExpired) return 'EXPIRED'
    if (optedOut.has(row.phoneNumber)) return 'OPTED_OUT'
    if (batch && batch.status !== 'ACTIVE') return 'PAUSED'
    if (account.isBlocked && account.probeSmsId !== row.id) return 'PAUSED'
    return isBusy(row, group) ? 'BUSY' : 'CLAIMED'
  }

  const carryOut = ({ row, claimId, verdict }: Judged): void => {
    switch (verdict) {
      case 'HELD':
        return
      case 'CLAIMED':
        move(row, 'claim', 'PROCESSING')
        row.attempts += 1
        row.claimId = claimId
        row.beganAt = tick()
        return
      case 'PAUSED':
      case 'BUSY':
        row.inWindow = false
        if (verdict === 'BUSY') row.isDue = false
        return
      case 'BATCH_CANCELLED':
      case 'EXPIRED':
      case 'OPTED_OUT':
        move(row, 'stop', 'CANCELLED')
        row.errorCode = verdict
    }
  }

  const claim = (requests: readonly ClaimRequest[]): ClaimVerdict[] => {
    const distinct = new Map(requests.toReversed().map((request) => [request.smsId, request]))
    const found = [...distinct.values()].flatMap(({ smsId, dispatch, claimId }) => {
      const row = rows.get(smsId)
      const isTheirs =
        row &&
        ((statusesBefore('claim', 'PROCESSING').includes(row.status) && row.dispatch === dispatch && row.inWindow) ||
          (row.status === 'PROCESSING' && row.claimId === claimId))
      return isTheirs ? [{ row, claimId }] : []
    })
    const group = found.map(({ row }) => row)
    const judged = found.map(({ row, claimId }) => ({ row, claimId, verdict: judge(row, group) }))
    judged.forEach(carryOut)
    judged.forEach(({ row }) => completeOrReopen(batchOf(row)))
    return requests.map(({ smsId, claimId }) =>
      verdictOf(
        smsId,
        judged.find((one) => one.claimId === claimId),
      ),
    )
  }

  const verdictOf = (smsId: bigint, judged: Judged | undefined): ClaimVerdict => {
    if (!judged) return { kind: 'stale', smsId }
    const { row, claimId, verdict } = judged
    const { batchId, phoneNumber, maxAttempts, attempts: attempt } = row
    if (verdict === 'PAUSED' || verdict === 'BUSY') return { kind: 'deferred', smsId, batchId, reason: verdict }
    if (verdict !== 'CLAIMED' && verdict !== 'HELD') return { kind: 'stopped', smsId, batchId, code: verdict }
    const content = { phoneNumber, message: 'Bonjour', senderName: null }
    return {
      kind: 'claimed',
      smsId,
      batchId,
      accountId: 1,
      claimId,
      attempt,
      maxAttempts,
      ...content,
      isProbe: account.isBlocked,
    }
  }

  return { claim }
}
