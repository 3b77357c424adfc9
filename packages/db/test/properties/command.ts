import { UNKNOWN_DECISIONS, type UnknownDecision } from '@sms/core'
import fc from 'fast-check'

/** What the provider does with a request, and what its worker learns of it. */
const ANSWERS = [
  'accepted',
  'accepted',
  'accepted, unreadable',
  'accepted, reply lost',
  'accepted, reply lost',
  'lost before it was accepted',
  'rejected',
  'unavailable',
  'unavailable',
  'unavailable during an outage',
  'throttled',
  'blocked',
] as const
export type Answer = (typeof ANSWERS)[number]

type PlainCommand = {
  do: 'block' | 'unblock' | 'probe' | 'dispatch' | 'emptyRedis' | 'sweep' | 'recover' | 'passTime' | 'matchReceipts'
}

/**
 * What anybody can do. Numbers choose among what there is at that moment (jobs and holds from the newest back), so that a shorter
 * sequence still means something.
 */
export type Command =
  | { do: 'acceptList'; numbers: number[] }
  | { do: 'acceptSingle' | 'optOut'; number: number }
  | { do: 'cancel' | 'pause' | 'resume'; batch: number }
  | PlainCommand
  | { do: 'loseJobs'; jobs: number[] }
  /** `heard`: false when the worker dies or loses its connection before it hears the answer. */
  | { do: 'claim'; jobs: number[]; heard: boolean }
  /** The connection was lost at COMMIT: the same claim id again. */
  | { do: 'repeatClaim'; hold: number }
  /** The request is on the wire from now on. */
  | { do: 'write'; hold: number }
  | { do: 'send'; hold: number; answer: Answer; jitter: number }
  /** Also what was settled before. */
  | { do: 'settle'; holds: number[] }
  /** An ordinary worker: claim, send and settle in one go. */
  | { do: 'work'; jobs: number[]; answer: Answer; jitter: number }
  /** The provider reports on an SMS that it accepted. */
  | { do: 'report'; hold: number; word: string }
  | { do: 'endLease'; hold: number }
  | { do: 'expire'; sms: number }
  | { do: 'replay'; includeUnknown: boolean }
  | { do: 'replayJob'; job: number }
  | { do: 'resolveUnknown'; decision: UnknownDecision }

/** Each inner array is issued at once. A worker that is never asked to settle has crashed; a report may never come. */
export type Sequence = { rounds: Command[][]; workersSurvive: boolean; reportsArrive: boolean }

const place = fc.nat({ max: 5 })
const number = fc.nat({ max: 2 })
const places = fc.array(place, { minLength: 1, maxLength: 3 })
const answer = fc.constantFrom(...ANSWERS)
const word = fc.constantFrom('DeliveredToTerminal', 'DeliveryImpossible', 'Unheard')
/** At once; carried by the job; carried by the row. */
const jitter = fc.constantFrom(0, 0.4, 0.99)

const plain = (...names: PlainCommand['do'][]): fc.Arbitrary<Command> => fc.constantFrom(...names).map((name) => ({ do: name }))

/** The usual and the dangerous more often than the rare. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: plain('dispatch') },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('claim'), jobs: places, heard: fc.boolean() }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('work'), jobs: places, answer, jitter }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('send'), hold: place, answer, jitter }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('settle'), holds: places }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('repeatClaim', 'write'), hold: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('endLease'), hold: place }) },
  { weight: 3, arbitrary: plain('recover') },
  { weight: 3, arbitrary: plain('passTime') },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('report'), hold: place, word }) },
  { weight: 3, arbitrary: plain('matchReceipts') },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('replay'), includeUnknown: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('loseJobs'), jobs: places }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cancel', 'cancel', 'pause', 'pause', 'resume'), batch: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replayJob'), job: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resolveUnknown'), decision: fc.constantFrom(...UNKNOWN_DECISIONS) }) },
  { weight: 2, arbitrary: plain('emptyRedis', 'sweep', 'block', 'unblock', 'probe') },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('acceptSingle', 'acceptSingle', 'optOut'), number }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('acceptList'), numbers: fc.uniqueArray(number, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire'), sms: place }) },
)

/** Nothing happens to a system without SMS: each sequence begins with jobs in the window, two of them to one number. */
const beginning: Command[][] = [
  [
    { do: 'acceptList', numbers: [0, 1] },
    { do: 'acceptSingle', number: 0 },
  ],
  [{ do: 'dispatch' }],
]

export const sequences = (size: { rounds: number; atOnce: number }): fc.Arbitrary<Sequence> =>
  fc.record({
    rounds: fc
      .array(fc.array(command, { minLength: 1, maxLength: size.atOnce, size: 'max' }), {
        minLength: 1,
        maxLength: size.rounds,
        size: 'max',
      })
      .map((rounds) => [...beginning, ...rounds]),
    workersSurvive: fc.boolean(),
    reportsArrive: fc.boolean(),
  })

const crashed = (rounds: Command[]): Sequence => ({
  rounds: rounds.map((one) => [one]),
  workersSurvive: false,
  reportsArrive: false,
})
const LEASE_IS_OVER: Command[] = [{ do: 'endLease', hold: 0 }, { do: 'recover' }]
const nextToTheNumber = (how: 'acceptSingle' | 'acceptList'): Command[] => [
  how === 'acceptList' ? { do: how, numbers: [0] } : { do: how, number: 0 },
  { do: 'dispatch' },
]

const acceptedTwice = (reports: readonly number[], settles: readonly number[]): Sequence =>
  crashed([
    ...nextToTheNumber('acceptSingle'),
    { do: 'claim', jobs: [0], heard: true },
    { do: 'send', hold: 0, answer: 'accepted', jitter: 0 },
    ...LEASE_IS_OVER,
    { do: 'passTime' },
    { do: 'resolveUnknown', decision: 'SEND_AGAIN' },
    { do: 'dispatch' },
    { do: 'claim', jobs: [0], heard: true },
    { do: 'send', hold: 0, answer: 'accepted', jitter: 0 },
    ...LEASE_IS_OVER,
    ...reports.map((hold): Command => ({ do: 'report', hold, word: 'DeliveredToTerminal' })),
    { do: 'matchReceipts' },
    ...settles.map((hold): Command => ({ do: 'settle', holds: [hold] })),
  ])

/** Sequences that chance finds seldom: an id that nobody knows, of an attempt that was given up, and another SMS to its number. */
export const KNOWN_SEQUENCES: readonly Sequence[] = [
  // Its late acceptance proves that it was accepted, and not under which id.
  crashed([
    ...nextToTheNumber('acceptSingle'),
    { do: 'claim', jobs: [0], heard: true },
    { do: 'send', hold: 0, answer: 'accepted, unreadable', jitter: 0 },
    ...LEASE_IS_OVER,
    { do: 'resolveUnknown', decision: 'ASSUME_NOT_SENT' },
    ...nextToTheNumber('acceptList'),
    { do: 'claim', jobs: [0], heard: false },
    ...LEASE_IS_OVER,
    { do: 'settle', holds: [1] },
    { do: 'report', hold: 0, word: 'DeliveredToTerminal' },
    { do: 'matchReceipts' },
  ]),
  // The proof about the second attempt that was given up says nothing of the first.
  crashed([
    ...nextToTheNumber('acceptSingle'),
    { do: 'work', jobs: [0], answer: 'accepted, reply lost', jitter: 0 },
    { do: 'passTime' },
    { do: 'resolveUnknown', decision: 'SEND_AGAIN' },
    { do: 'dispatch' },
    { do: 'claim', jobs: [0], heard: true },
    { do: 'send', hold: 0, answer: 'rejected', jitter: 0 },
    ...LEASE_IS_OVER,
    { do: 'passTime' },
    { do: 'resolveUnknown', decision: 'SEND_AGAIN' },
    { do: 'settle', holds: [0] },
    { do: 'dispatch' },
    { do: 'work', jobs: [0], answer: 'rejected', jitter: 0 },
    ...nextToTheNumber('acceptList'),
    { do: 'work', jobs: [0], answer: 'lost before it was accepted', jitter: 0 },
    { do: 'report', hold: 0, word: 'DeliveredToTerminal' },
    { do: 'matchReceipts' },
  ]),
  // Receipts in the order that is not that of the attempts give each of two SMS the id of the other; then their workers speak.
  crashed([
    ...(['acceptSingle', 'acceptList'] as const).flatMap((how): Command[] => [
      ...nextToTheNumber(how),
      { do: 'claim', jobs: [0], heard: true },
      { do: 'send', hold: 0, answer: 'accepted', jitter: 0 },
      ...LEASE_IS_OVER,
    ]),
    { do: 'report', hold: 0, word: 'DeliveredToTerminal' },
    { do: 'report', hold: 1, word: 'DeliveryImpossible' },
    { do: 'matchReceipts' },
    { do: 'settle', holds: [1] },
    { do: 'settle', holds: [0] },
  ]),
  // Both attempts of one SMS were accepted and their receipts come in either order; then their workers speak, in either order.
  ...[[0, 1] as const, [1, 0] as const].flatMap((reports) => [
    acceptedTwice(reports, []),
    acceptedTwice(reports, [0, 1]),
    acceptedTwice(reports, [1, 0]),
  ]),
  // Of three attempts the two that were given up own the two ids: that says nothing of the last one.
  crashed([
    ...nextToTheNumber('acceptSingle'),
    ...[0, 1].flatMap((): Command[] => [
      { do: 'work', jobs: [0], answer: 'accepted, reply lost', jitter: 0 },
      { do: 'passTime' },
      { do: 'resolveUnknown', decision: 'SEND_AGAIN' },
      { do: 'dispatch' },
    ]),
    { do: 'work', jobs: [0], answer: 'lost before it was accepted', jitter: 0 },
    { do: 'report', hold: 0, word: 'DeliveredToTerminal' },
    { do: 'report', hold: 1, word: 'DeliveredToTerminal' },
    { do: 'matchReceipts' },
  ]),
]
