import { describe, expect, it } from 'vitest'
import { readStatsArguments } from './arguments.ts'
import { sumBy, tellStats } from './tell-stats.ts'

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

it('adds up by hour and by code', () => {
  const rows = [
    { code: null, status: 'SENT', count: 5 },
    { code: 'A', status: 'FAILED', count: 2 },
    { code: 'A', status: 'UNKNOWN', count: 1 },
    { code: 'A', status: 'FAILED', count: 3 },
  ] as const
  expect(sumBy(rows, ({ code }) => String(code))).toEqual({
    null: { SENT: 5, FAILED: 0, CANCELLED: 0, UNKNOWN: 0 },
    A: { SENT: 0, FAILED: 5, CANCELLED: 0, UNKNOWN: 1 },
  })
})

it('prints the figures for people', () => {
  const money = { unitPrice: 30, currency: 'XOF', smsCount: 2, parts: 3, amount: 90 }
  const text = tellStats({
    byStatus: { pending: 1, processing: 0, sent: 5, failed: 0, cancelled: 0, unknown: 2 },
    hours: 24,
    byHour: {},
    byCode: { REPLY_LOST: { SENT: 0, FAILED: 0, CANCELLED: 0, UNKNOWN: 2 } },
    oldestWaitingSeconds: 7,
    window: 1,
    parked: null,
    accounts: [{ id: 1, state: 'BLOCKED', reason: 'NO_UNITS', backlog: 1, window: 1, jobs: null, unitsLeft: 0 }],
    waiting: money,
    unknown: money,
  })
  expect(text).toContain('By status: 1 pending, 5 sent, 2 unknown')
  expect(text).toContain('by hour (UTC)\n  none')
  expect(text).toContain('REPLY_LOST  2 UNKNOWN')
  expect(text).toContain('Account 1: BLOCKED (NO_UNITS), 1 to do, 1 in the window, jobs in Redis: Redis does not answer')
  expect(text).toContain('UNKNOWN, perhaps paid: 2 SMS, 3 parts, 90 XOF')
})
