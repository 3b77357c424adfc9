import { quickest, type Reading, slowest, successOf } from './reading.ts'

/** Both flows under the volume and under three times as much; the old one also with a single sender. */
export type Readings = { oldAlone: Reading; old: Reading; oldTriple: Reading; ours: Reading; oursTriple: Reading }

export type Verdict = { criterion: string; asked: string; old: string; ours: string; result: string; isMet: boolean }

/** Fewer would not show 95 %: one left of twenty is the least that can be told from none. */
const FEWEST_TOKEN_ERRORS = 20
/** An answer within this is at once for whoever waits; below it a ratio of two answers says nothing. */
const AT_ONCE_MS = 200

export const LIMITS = {
  tokenReduction: 0.95,
  success: 0.99,
  answerReduction: 0.5,
  successLost: 0.001,
  answerGrowth: 3,
  rateLost: 0.02,
  paceKept: 0.95,
} as const

export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`
export const duration = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)

const change = (share: number): string => `${share > 0 ? '+' : '−'}${percent(Math.abs(share))}`

const both = (one: string, triple: string): string => (one === triple ? one : `${one}; ${triple}`)

const tokenVerdict = ({ old, oldTriple, ours, oursTriple }: Readings): Verdict => {
  const before = old.tokenErrors + oldTriple.tokenErrors
  const after = ours.tokenErrors + oursTriple.tokenErrors
  const reduction = before === 0 ? 0 : 1 - after / before
  const isTelling = before >= FEWEST_TOKEN_ERRORS
  return {
    criterion: 'errors "Unable to obtain access token"',
    asked: '−95 % or better',
    old: `${before} of ${old.sms + oldTriple.sms} SMS`,
    ours: `${after} of ${ours.sms + oursTriple.sms} SMS`,
    result: isTelling ? change(-reduction) : `too few to tell (fewer than ${FEWEST_TOKEN_ERRORS} before)`,
    isMet: isTelling && reduction >= LIMITS.tokenReduction,
  }
}

const successVerdict = ({ old, oldTriple, ours, oursTriple }: Readings): Verdict => {
  const least = Math.min(successOf(ours), successOf(oursTriple))
  return {
    criterion: 'success of bulk sends',
    asked: '> 99 %',
    old: both(percent(successOf(old)), percent(successOf(oldTriple))),
    ours: both(percent(successOf(ours)), percent(successOf(oursTriple))),
    result: percent(least),
    isMet: least > LIMITS.success,
  }
}

/** Our slowest answer against the quickest of the old flow, so that no average hides anybody. */
const answerVerdict = ({ old, oldTriple, ours, oursTriple }: Readings): Verdict => {
  const ratio = Math.max(slowest(ours) / quickest(old), slowest(oursTriple) / quickest(oldTriple))
  return {
    criterion: 'response time of a bulk send as the person feels it',
    asked: '−50 % or better',
    old: both(duration(quickest(old)), duration(quickest(oldTriple))),
    ours: both(duration(slowest(ours)), duration(slowest(oursTriple))),
    result: change(ratio - 1),
    isMet: 1 - ratio >= LIMITS.answerReduction,
  }
}

export type Degradation = { what: string; asked: string; single: string; triple: string; isMet: boolean }

/** What "without degradation" means: none of these may be worse at three times the volume. */
export const degradations = (single: Reading, triple: Reading): Degradation[] => {
  const [success, tripleSuccess] = [successOf(single), successOf(triple)]
  const [answer, tripleAnswer] = [slowest(single), slowest(triple)]
  const degradation = (what: string, asked: string, [one, three]: [string, string], isMet: boolean): Degradation => ({
    what,
    asked,
    single: one,
    triple: three,
    isMet,
  })
  return [
    degradation(
      'share of success',
      `at most ${percent(LIMITS.successLost)} less`,
      [percent(success), percent(tripleSuccess)],
      tripleSuccess >= success - LIMITS.successLost,
    ),
    degradation(
      'slowest answer',
      `for lists ${LIMITS.answerGrowth} × as long at most ${LIMITS.answerGrowth} × as late, or within ${AT_ONCE_MS} ms`,
      [duration(answer), duration(tripleAnswer)],
      tripleAnswer <= Math.max(AT_ONCE_MS, LIMITS.answerGrowth * answer),
    ),
    degradation(
      'share of the allowed rate used',
      `at most ${percent(LIMITS.rateLost, 0)} less`,
      [percent(single.rateUsed), percent(triple.rateUsed)],
      triple.rateUsed >= single.rateUsed - LIMITS.rateLost,
    ),
    degradation(
      'pace of the last third of the backlog, of that of the first',
      `at least ${percent(LIMITS.paceKept, 0)}, or as at a third of the volume`,
      [percent(single.paceKept), percent(triple.paceKept)],
      triple.paceKept >= Math.min(LIMITS.paceKept, single.paceKept),
    ),
    degradation('sent twice', 'none', [String(single.duplicates), String(triple.duplicates)], triple.duplicates === 0),
  ]
}

const volumeVerdict = ({ old, oldTriple, ours, oursTriple }: Readings): Verdict => {
  const worse = (single: Reading, triple: Reading): string[] =>
    degradations(single, triple).flatMap(({ what, isMet }) => (isMet ? [] : [what]))
  const ourWorse = worse(ours, oursTriple)
  const told = (what: string[]): string => (what.length === 0 ? 'none' : what.join(', '))
  return {
    criterion: '3 × the volume with no degradation',
    asked: 'none of five figures worse (below)',
    old: told(worse(old, oldTriple)),
    ours: told(ourWorse),
    result: `${ours.sms} → ${oursTriple.sms} SMS`,
    isMet: ourWorse.length === 0,
  }
}

export const judge = (readings: Readings): Verdict[] => [
  tokenVerdict(readings),
  successVerdict(readings),
  answerVerdict(readings),
  volumeVerdict(readings),
]
