import { describe, expect, it } from 'vitest'
import { judge, type Readings } from './judge.ts'
import { numbersOf } from './measure.ts'
import { ledgerFigures, type LedgerLine, type Reading, successOf } from './reading.ts'
import { linesOf } from './report.ts'

const reading = (more: Partial<Reading>): Reading => ({
  flow: 'ours',
  senders: 2,
  sms: 300,
  accepted: 300,
  duplicates: 0,
  reportedSent: 300,
  tokenCalls: 1,
  tokenErrors: 0,
  saidNoToken: 0,
  rateLimited: 0,
  answersMs: [80, 100],
  allSentMs: 15_000,
  rateUsed: 0.96,
  paceKept: 1,
  ...more,
})
const TRIPLE = { sms: 900, accepted: 900, reportedSent: 900 }

/** All met; each test makes one figure worse. */
const readings = (ours: Partial<Reading> = {}, oursTriple: Partial<Reading> = {}): Readings => {
  const old: Partial<Reading> = { flow: 'old', answersMs: [30_000, 40_000], tokenErrors: 100 }
  return {
    oldAlone: reading({ ...old, senders: 1 }),
    old: reading({ ...old, accepted: 200, reportedSent: 200 }),
    oldTriple: reading({ ...old, ...TRIPLE, accepted: 600, reportedSent: 600, answersMs: [90_000, 120_000], tokenErrors: 300 }),
    ours: reading(ours),
    oursTriple: reading({ ...TRIPLE, answersMs: [150, 250], ...oursTriple }),
  }
}
const metOf = (given: Readings): boolean[] => judge(given).map(({ isMet }) => isMet)

describe('the verdicts', () => {
  it('are met by figures that are good enough, to the very limit', () => {
    expect(metOf(readings())).toEqual([true, true, true, true])
    expect(metOf(readings({ tokenErrors: 20 }))[0]).toBe(true)
    expect(metOf(readings({ answersMs: [1, 15_000] }))[2]).toBe(true)
  })

  it.each<[string, number, Readings]>([
    ['one token error in twenty too many', 0, readings({ tokenErrors: 10 }, { tokenErrors: 11 })],
    ['99 % exactly', 1, readings({ reportedSent: 297 })],
    ['a success at three times the volume that is too low', 1, readings({}, { accepted: 890 })],
    ['SMS that came twice', 1, readings({ duplicates: 4 })],
    ['one person who waits longer than half the quickest of before', 2, readings({ answersMs: [1, 15_001] })],
    ['one who waits at three times the volume', 2, readings({}, { answersMs: [1, 45_001] })],
    ['a lower share of success at three times the volume', 3, readings({}, { reportedSent: 899 })],
    ['an answer more than three times as late', 3, readings({}, { answersMs: [301] })],
    ['a rate that is used less', 3, readings({}, { rateUsed: 0.93 })],
    ['a backlog that slows down', 3, readings({}, { paceKept: 0.94 })],
    ['an SMS that came twice at three times the volume', 3, readings({}, { duplicates: 1 })],
  ])('%s does not pass', (_name, criterion, given) => {
    expect(metOf(given)[criterion]).toBe(false)
    expect(linesOf(judge(given))).toContain('NOT MET')
  })

  it('do not take an answer for late that nobody has to wait for', () => {
    expect(metOf(readings({ answersMs: [20] }, { answersMs: [200] }))[3]).toBe(true)
  })

  it('say nothing of token errors when the old flow had next to none', () => {
    const given = readings()
    const [verdict] = judge({
      ...given,
      old: { ...given.old, tokenErrors: 9 },
      oldTriple: { ...given.oldTriple, tokenErrors: 10 },
    })
    expect(verdict).toMatchObject({ isMet: false, result: expect.stringContaining('too few') })
  })

  it('show a growth as one', () => {
    const [token, , answer] = judge(readings({ tokenErrors: 500, answersMs: [60_000] }))
    expect([token?.result, answer?.result]).toEqual(['+25.0 %', '+100.0 %'])
  })
})

describe('the figures of the ledger', () => {
  const line = (atMs: number, more: Partial<LedgerLine> = {}): LedgerLine => ({
    atMs,
    kind: 'send',
    accepted: true,
    outcome: 'accepted',
    address: `tel:${atMs}`,
    ...more,
  })

  it('count what was accepted, twice, refused and asked for', () => {
    const lines = [
      line(0, { kind: 'token', accepted: false, outcome: 'issued', address: null }),
      line(1, { kind: 'token', accepted: false, outcome: 'rate-limited-token', address: null }),
      line(2, { kind: 'token', accepted: false, outcome: '503', address: null }),
      line(100),
      line(200, { accepted: false, outcome: 'rate-limited', address: null }),
      line(300, { address: 'tel:100' }),
    ]
    expect(ledgerFigures(lines, 10)).toMatchObject({ accepted: 1, duplicates: 1, tokenCalls: 3, tokenErrors: 2, rateLimited: 1 })
  })

  it('tell how much of the rate was used, and whether it was kept to the end', () => {
    const steady = Array.from({ length: 31 }, (_, index) => line(index * 100))
    expect(ledgerFigures(steady, 20)).toMatchObject({ rateUsed: 0.5, paceKept: 1 })
    const slowing = Array.from({ length: 31 }, (_, index) => line(index <= 20 ? index * 100 : 2_000 + (index - 20) * 200))
    expect(ledgerFigures(slowing, 10).paceKept).toBeCloseTo(0.5)
    expect(ledgerFigures([], 10)).toMatchObject({ rateUsed: 0, paceKept: 0 })
  })

  it('are a success only where Orange and the account agree', () => {
    expect(successOf(reading({ accepted: 300, reportedSent: 270 }))).toBe(0.9)
    expect(successOf(reading({ accepted: 270, reportedSent: 300 }))).toBe(0.9)
    expect(successOf(reading({ accepted: 0, reportedSent: 0 }))).toBe(0)
  })
})

it('gives every number to exactly one sender', () => {
  const parts = [0, 1, 2].map((sender) => numbersOf({ sms: 100, senders: 3 }, sender))
  expect(new Set(parts.flat()).size).toBe(100)
  expect(parts.map(({ length }) => length)).toEqual([33, 33, 34])
})
