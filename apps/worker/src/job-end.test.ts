import { describe, expect, it } from 'vitest'
import type { SendOutcome, Settlement, SettleResult } from '@sms/core'
import { type JobEnd, jobEndOf } from './job-end.ts'

const unavailable: SendOutcome = { kind: 'unavailable', code: 'CONNECT_FAILED', text: '', httpStatus: null }
const throttled: SendOutcome = { ...unavailable, kind: 'throttled', retryAfterMs: null }

describe('what BullMQ must do', () => {
  const end = (
    status: SettleResult['status'],
    more: { landed?: 'applied' | 'refused'; settlement?: Partial<Settlement> } = {},
  ): JobEnd => ({
    kind: 'settled',
    settlement: {
      smsId: 7n,
      claimId: 'c',
      to: 'PENDING',
      outcome: unavailable,
      attempt: 1,
      worker: 'w',
      delayMs: 2_500,
      givesAttemptBack: false,
      keepsJob: true,
      ...more.settlement,
    },
    result: { smsId: 7n, landed: more.landed ?? 'applied', status, batchId: 1n },
  })

  it.each<[JobEnd, object]>([
    [end('FAILED'), { act: 'fail', code: 'CONNECT_FAILED' }],
    [end('UNKNOWN'), { act: 'fail', code: 'CONNECT_FAILED' }],
    [end('SENT'), { act: 'complete', label: 'SENT' }],
    [end('CANCELLED'), { act: 'complete', label: 'CANCELLED' }],
    [end('PENDING'), { act: 'retry', inMs: 2_500 }],
    [end('PENDING', { settlement: { keepsJob: false } }), { act: 'complete', label: 'waits-in-sql' }],
    // The others go on, unless it is the account that must rest.
    [end('PENDING', { settlement: { givesAttemptBack: true } }), { act: 'retry', inMs: 50 }],
    [end('PENDING', { settlement: { givesAttemptBack: true, outcome: throttled } }), { act: 'bounce' }],
    [
      { kind: 'done', label: 'stale' },
      { act: 'complete', label: 'stale' },
    ],
    [end('PROCESSING', { landed: 'refused' }), { act: 'complete', label: 'superseded' }],
  ])('follows from the settlement and what it became (%#)', (given, expected) => {
    expect(jobEndOf(given)).toEqual(expected)
  })
})
