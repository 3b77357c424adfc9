import { describe, expect, it } from 'vitest'
import type { Accept, AuditRow, Evidence, Reading } from './evidence.ts'
import { duplicatesOf, forgottenOf, type InvariantName, violationsOf } from './invariants.ts'

const A = '+2250700000001'
const B = '+2250700000002'
const C = '+2250700000003'

const row = (phoneNumber: string, of: Partial<AuditRow> = {}): AuditRow => ({
  phoneNumber,
  batchId: '2',
  status: 'SENT',
  messageId: `id-${phoneNumber}`,
  deliveryStatus: null,
  errorCode: null,
  events: [],
  ...of,
})
const accept = (phoneNumber: string, of: Partial<Accept> = {}): Accept => ({
  phoneNumber,
  messageId: `id-${phoneNumber}`,
  atMs: 100,
  outcome: 'accepted',
  ...of,
})
const counts = (of: Partial<Reading['counts']> = {}): Reading['counts'] => ({
  pending: 0,
  processing: 0,
  sent: 0,
  failed: 0,
  cancelled: 0,
  unknown: 0,
  ...of,
})
const reading = (of: Partial<Reading> = {}): Reading => ({
  atMs: 1,
  source: 'sql',
  batchId: '1',
  announced: 2,
  isCancelled: false,
  counts: counts({ sent: 2 }),
  rows: counts({ sent: 2 }),
  ...of,
})
const fault = { kind: 'kill', count: 1, startedAtMs: 10, endedAtMs: 10, restMs: 0, onWire: [], recoveredAfterMs: 100 }

/** A run in which everything holds: two SMS sent and one stopped, of a list that was cancelled. */
const good = (of: Partial<Evidence> = {}): Evidence => ({
  recipients: [A, B, C],
  rows: [row(A), row(B), row(C, { status: 'CANCELLED', messageId: null, errorCode: 'BATCH_CANCELLED' })],
  accepts: [accept(A), accept(B)],
  readings: [reading(), reading({ source: 'api', rows: null })],
  faults: [fault],
  ambiguous: [],
  cancellation: { batchId: '2', afterMs: 500, inFlight: [] },
  leaseMs: 5_000,
  endedAfterMs: 1_000,
  standstillMs: 900,
  resolvable: null,
  deliveries: [],
  asked: { sms: 2, faults: 1, kinds: ['kill'] },
  ...of,
})

const broken = (of: Partial<Evidence>): InvariantName[] => violationsOf(good(of)).map(({ invariant }) => invariant)
const cancelledRow = (of: Partial<AuditRow> = {}): AuditRow =>
  row(C, { batchId: '2', status: 'CANCELLED', messageId: null, errorCode: 'BATCH_CANCELLED', ...of })

it('a run in which everything holds has no violation', () => {
  expect(violationsOf(good())).toEqual([])
})

describe('once', () => {
  it('is violated by a second acceptance, under whatever message id', () => {
    const accepts = [accept(A), accept(B), accept(B, { messageId: 'another' })]
    expect(broken({ accepts })).toEqual(['once'])
    expect(duplicatesOf({ accepts })).toBe(1)
    expect(violationsOf(good({ accepts }))[0]).toMatchObject({ count: 1, example: '…00002 was accepted 2 times' })
  })
})

describe('balance', () => {
  it.each([
    ['a total that is not what was announced', reading({ counts: counts({ sent: 1 }), rows: counts({ sent: 1 }) })],
    ['a total over what was announced', reading({ counts: counts({ sent: 3 }), rows: null, source: 'api' })],
    ['a negative count', reading({ counts: counts({ sent: 3, pending: -1 }), rows: null })],
    ['counters that are not the rows', reading({ counts: counts({ sent: 1, unknown: 1 }), rows: counts({ sent: 2 }) })],
    [
      'a cancel that lost one',
      reading({ isCancelled: true, counts: counts({ sent: 2 }), rows: counts({ sent: 1, pending: 1 }) }),
    ],
  ])('is violated by %s', (_, bad) => {
    expect(broken({ readings: [...good().readings, bad] })).toEqual(['balance'])
  })

  it('takes the waiting rows of a cancelled batch as cancelled', () => {
    const swept = reading({ isCancelled: true, counts: counts({ sent: 1, cancelled: 1 }), rows: counts({ sent: 1, pending: 1 }) })
    expect(broken({ readings: [...good().readings, swept] })).toEqual([])
  })
})

describe('evidence', () => {
  it.each<[string, AuditRow[], Accept[]]>([
    ['SENT without an acceptance', [row(A), row(B), cancelledRow()], [accept(A)]],
    ['SENT under an id of another SMS', [row(A), row(B, { messageId: `id-${A}` }), cancelledRow()], [accept(A), accept(B)]],
    ['FAILED although accepted', [row(A), row(B, { status: 'FAILED', messageId: null }), cancelledRow()], [accept(A), accept(B)]],
    ['CANCELLED although accepted', [row(A), row(B), cancelledRow()], [accept(A), accept(B), accept(C)]],
    ['UNKNOWN without an event', [row(A), row(B, { status: 'UNKNOWN', messageId: null }), cancelledRow()], [accept(A)]],
    ['two rows for one recipient', [row(A), row(B), row(B), cancelledRow()], [accept(A), accept(B)]],
    ['an acceptance that nobody asked for', [row(A), row(B), cancelledRow()], [accept(A), accept(B), accept('+2250799999999')]],
  ])('is violated by %s', (_, rows, accepts) => {
    expect(broken({ rows, accepts })).toContain('evidence')
  })

  it('accepts SENT without an id when the ledger has the SMS', () => {
    expect(broken({ rows: [row(A), row(B, { messageId: null }), cancelledRow()] })).toEqual([])
  })
})

describe('cancel', () => {
  const late = [accept(A), accept(B), accept(C, { atMs: 600 })]
  const rows = [row(A), row(B), row(C, { batchId: '2' }), cancelledRow({ phoneNumber: '+2250700000004' })]
  const recipients = [A, B, C, '+2250700000004']

  it('is violated by an acceptance after the cancel that was not in flight', () => {
    expect(broken({ rows, recipients, accepts: late })).toEqual(['cancel'])
  })

  it('allows what was in flight, and what was accepted before', () => {
    const inFlight = { batchId: '2', afterMs: 500, inFlight: [C] }
    expect(broken({ rows, recipients, accepts: late, cancellation: inFlight })).toEqual([])
    expect(broken({ rows, recipients, accepts: [accept(A), accept(B), accept(C, { atMs: 400 })] })).toEqual([])
  })
})

describe('unknown', () => {
  const unknown = row(B, { status: 'UNKNOWN', messageId: null, events: ['unknown'] })
  const rows = [row(A), unknown, cancelledRow()]

  it('is violated by an UNKNOWN that was on no wire at a fault, also when it was resolved since', () => {
    expect(broken({ rows })).toEqual(['unknown'])
    expect(broken({ rows: [row(A), row(B, { events: ['unknown'] }), cancelledRow()] })).toEqual(['unknown'])
  })

  it('allows what was on the wire of a fault, or was answered ambiguously', () => {
    expect(broken({ rows, faults: [{ ...fault, onWire: [B] }] })).toEqual([])
    expect(broken({ rows, ambiguous: [B] })).toEqual([])
  })
})

describe('ends', () => {
  it.each<[string, Partial<Evidence>, InvariantName[]]>([
    ['a row that waits', { rows: [row(A), row(B, { status: 'PENDING', messageId: null }), cancelledRow()] }, ['ends']],
    ['a row on the wire', { rows: [row(A), row(B, { status: 'PROCESSING', messageId: null }), cancelledRow()] }, ['ends']],
    ['a row that is missing', { rows: [row(A), cancelledRow()] }, ['ends']],
    ['an end that was never seen', { endedAfterMs: null }, ['ends']],
  ])('is violated by %s', (_, of, names) => {
    expect(broken(of)).toEqual(names)
  })

  it('names the forgotten', () => {
    expect(forgottenOf({ recipients: [A, B], rows: [row(A)] })).toEqual([B])
  })
})

describe('recovery', () => {
  it.each<[string, Partial<Evidence>]>([
    ['a fault that was never over', { faults: [{ ...fault, recoveredAfterMs: null }] }],
    ['a fault that took longer than two leases', { faults: [{ ...fault, recoveredAfterMs: 10_001 }] }],
    ['a fault that took longer than its rest and two leases', { faults: [{ ...fault, restMs: 500, recoveredAfterMs: 10_501 }] }],
    ['a standstill with no fault there', { standstillMs: 10_001 }],
  ])('is violated by %s', (_, of) => {
    expect(broken(of)).toEqual(['recovery'])
  })
})

describe('resolved', () => {
  it('is violated when more than a twentieth is left for a person, or when there was nothing to resolve', () => {
    const rows = [row(A), row(B, { status: 'UNKNOWN', messageId: null, events: ['unknown'] }), cancelledRow()]
    expect(broken({ rows, ambiguous: [B], resolvable: [B] })).toEqual(['resolved'])
    expect(broken({ resolvable: [] })).toEqual(['resolved'])
    expect(broken({ resolvable: [A, B] })).toEqual([])
  })
})

describe('delivery', () => {
  it('is violated by a delivery that went back, or that was never heard of', () => {
    const back = [row(A, { deliveryStatus: 'WAITING' }), row(B), cancelledRow()]
    expect(broken({ rows: back, deliveries: [{ phoneNumber: A, means: 'DELIVERED' }] })).toEqual(['delivery'])
    expect(broken({ deliveries: [{ phoneNumber: A, means: 'DELIVERED' }] })).toEqual(['delivery'])
    expect(broken({ rows: back, deliveries: [{ phoneNumber: A, means: null }] })).toEqual(['delivery'])
  })

  it('allows an SMS without an id to know nothing of its delivery', () => {
    const rows = [row(A, { messageId: null }), row(B), cancelledRow()]
    expect(broken({ rows, deliveries: [{ phoneNumber: A, means: 'DELIVERED' }] })).toEqual([])
  })
})

describe('hard', () => {
  it.each<[string, Partial<Evidence>]>([
    ['too few SMS', { asked: { sms: 4, faults: 1, kinds: [] } }],
    ['too few faults', { asked: { sms: 2, faults: 2, kinds: [] } }],
    ['a kind that did not happen', { asked: { sms: 2, faults: 1, kinds: ['kill', 'freeze'] } }],
    [
      'a kind that happened zero times',
      {
        faults: [
          { ...fault, count: 0 },
          { ...fault, kind: 'other' },
        ],
      },
    ],
    ['no reading by the API', { readings: [reading()] }],
    ['no reading at all', { readings: [] }],
    ['no cancel', { cancellation: null }],
    ['a cancel before any SMS', { rows: [row(A, { batchId: '1' }), row(B, { batchId: '1' }), cancelledRow()] }],
    ['a cancel that stopped nothing', { rows: [row(A), row(B), row(C)], accepts: [accept(A), accept(B), accept(C)] }],
  ])('is violated by %s', (_, of) => {
    expect(broken(of)).toEqual(['hard'])
  })
})
