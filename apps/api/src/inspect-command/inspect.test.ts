import { describe, expect, it } from 'vitest'
import { readInspectArguments } from './arguments.ts'
import { tellFields } from './tell-fields.ts'
import { waitsFor } from './waits-for.ts'

describe('the arguments of sms:inspect', () => {
  it('are all read', () => {
    const plain = { kind: 'inspect', id: 12n, isBatch: false, showNumbers: false, showTexts: false, asJson: false }
    expect(readInspectArguments(['12'])).toEqual(plain)
    expect(readInspectArguments(['--', '12'])).toEqual(plain)
    expect(readInspectArguments(['7', '--batch', '--show-numbers', '--show-texts', '--json'])).toEqual({
      kind: 'inspect',
      id: 7n,
      isBatch: true,
      showNumbers: true,
      showTexts: true,
      asJson: true,
    })
    expect(readInspectArguments(['--help'])).toEqual({ kind: 'help' })
  })

  it.each([[[]], [['twelve']], [['1', '2']], [['0x1']], [['12', '--everything']]])('are wrong: %j', (args) => {
    expect(readInspectArguments(args)).toMatchObject({ kind: 'wrong' })
  })
})

describe('what an SMS waits for', () => {
  const now = new Date('2026-11-22T12:00:00Z')
  const earlier = new Date(now.getTime() - 60_000)
  const later = new Date(now.getTime() + 60_000)
  const pending = {
    status: 'PENDING',
    nextAttemptAt: earlier,
    dispatchedAt: earlier,
    leaseUntil: null,
    validUntil: null,
  } as const
  const around = { batch: null, account: { pausedReason: null, pausedByOperator: false }, job: { state: 'prioritized' }, now }

  it.each([
    [pending, {}, /its job is there/],
    [pending, { job: null }, /job is missing/],
    [pending, { job: undefined }, /Redis does not answer/],
    [{ ...pending, dispatchedAt: null }, {}, /put into the window/],
    [{ ...pending, nextAttemptAt: later, dispatchedAt: null }, {}, /its time: 2026-11-22T12:01/],
    [{ ...pending, validUntil: earlier }, {}, /validUntil/],
    [pending, { batch: { status: 'PAUSED' as const } }, /resumeBatch/],
    [pending, { batch: { status: 'SCHEDULED' as const } }, /scheduled/],
    [pending, { batch: { status: 'CANCELLED' as const } }, /cancelled/],
    [pending, { account: { pausedReason: 'x', pausedByOperator: true } }, /resumeSending/],
    [pending, { account: { pausedReason: 'NO_UNITS', pausedByOperator: false } }, /blocked: NO_UNITS/],
    [{ ...pending, status: 'PROCESSING' as const, leaseUntil: later }, {}, /on the wire/],
    [{ ...pending, status: 'PROCESSING' as const, leaseUntil: earlier }, {}, /recovery/],
    [{ ...pending, status: 'UNKNOWN' as const }, {}, /decision/],
  ])('%j %j: %s', (sms, change, expected) => {
    expect(waitsFor(sms, { ...around, ...change })).toMatch(expected)
  })

  it.each(['SENT', 'FAILED', 'CANCELLED'] as const)('is nothing when it is %s', (status) => {
    expect(waitsFor({ ...pending, status }, around)).toBeNull()
  })
})

it('prints a line a field, groups below their name, and leaves out what is not there', () => {
  const at = new Date('2026-11-22T12:00:00Z')
  expect(
    tellFields({ sms: { id: 7n, sentAt: null, at }, events: [{ kind: 'a', n: 1 }, { kind: 'b' }], ids: [1, 2], none: [] }),
  ).toBe(
    [
      'sms:',
      '  id: 7',
      '  at: 2026-11-22T12:00:00.000Z',
      'events:',
      '  - kind: a; n: 1',
      '  - kind: b',
      'ids: 1, 2',
      'none: none',
    ].join('\n'),
  )
})
