import { describe, expect, it } from 'vitest'
import { readStatsArguments } from './arguments.ts'
import { tellStats } from './tell-stats.ts'

describe('the arguments of sms:stats', () => {
  it('are few', () => {
    expect(readStatsArguments([])).toEqual({ kind: 'stats', hours: 24, asJson: false })
    expect(readStatsArguments(['--hours', '48', '--json'])).toEqual({ kind: 'stats', hours: 48, asJson: true })
    expect(readStatsArguments(['--help'])).toEqual({ kind: 'help' })
  })

  it.each([[['--hours', '0']], [['--hours', '721']], [['--hours', 'all']], [['48']]])('are wrong: %j', (args) => {
    expect(readStatsArguments(args)).toMatchObject({ kind: 'wrong' })
  })
})

it('prints the figures for people', () => {
  const money = { unitPrice: 30, currency: 'XOF', smsCount: 2, parts: 3, amount: 90 }
  const text = tellStats({
    byStatus: { pending: 1, processing: 0, sent: 5, failed: 0, cancelled: 0, unknown: 2 },
    hours: 24,
    period: {
      from: new Date('2026-11-22T12:30:00Z'),
      to: new Date('2026-11-22T14:30:00Z'),
      byStatus: { pending: 0, processing: 0, sent: 5, failed: 0, cancelled: 0, unknown: 2 },
      byHour: [
        { hour: new Date('2026-11-22T12:00:00Z'), accepted: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0, delivered: 0 },
        { hour: new Date('2026-11-22T13:00:00Z'), accepted: 7, sent: 5, failed: 0, cancelled: 0, unknown: 2, delivered: 4 },
      ],
      byErrorCode: [{ code: 'REPLY_LOST', count: 2, failed: 0, cancelled: 0, unknown: 2 }],
      otherErrorCodes: { codes: 3, count: 4 },
      acceptance: { count: 5, p50: 340, p95: 1_200, p99: 12_300, max: 12_300 },
      delivery: { count: 0, p50: null, p95: null, p99: null, max: null },
      receipts: { sent: 5, final: 4, delivered: 3 },
    },
    oldestWaitingSeconds: 7,
    window: 1,
    parked: null,
    accounts: [{ id: 1, state: 'BLOCKED', reason: 'NO_UNITS', backlog: 1, window: 1, jobs: null, unitsLeft: 0 }],
    waiting: money,
    unknown: money,
  })
  expect(text).toContain('By status: 1 pending, 5 sent, 2 unknown')
  expect(text).toContain('by hour (UTC)\n  2026-11-22T13:00:00.000Z  7 accepted, 5 sent, 2 unknown, 4 delivered\n...')
  expect(text).toContain('REPLY_LOST  2 unknown\n  3 other codes  4')
  expect(text).toContain('by Orange: p50 0.3 s, p95 1.2 s, p99 12 s, max 12 s (5 SMS)')
  expect(text).toContain('delivered: p50 -, p95 -, p99 -, max - (0 SMS)')
  expect(text).toContain('3 of 4 with a final receipt, of 5 sent')
  expect(text).toContain('Account 1: BLOCKED (NO_UNITS), 1 to do, 1 in the window, jobs in Redis: Redis does not answer')
  expect(text).toContain('UNKNOWN, perhaps paid: 2 SMS, 3 parts, 90 XOF')
})
