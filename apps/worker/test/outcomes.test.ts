import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeAll(async () => {
  fixture = await openWorkerFixture()
})
afterAll(() => fixture.release())

/** By the recipient's place in the list: what goes wrong at the provider, what the row must say, and whether Orange billed it. */
const CASES: [fault: string | { fault: string; times?: number }, status: string, attempts: number, isAccepted: boolean][] = [
  ['accept-then-reset', 'UNKNOWN', 1, true],
  ['accept-then-500', 'UNKNOWN', 1, true],
  ['accept-then-502', 'UNKNOWN', 1, true],
  ['accept-then-504', 'UNKNOWN', 1, true],
  ['accept-then-hang', 'UNKNOWN', 1, true],
  ['accept-then-half-body', 'SENT', 1, true],
  ['accept-unreadable-201', 'SENT', 1, true],
  ['accept-empty-201', 'SENT', 1, true],
  ['accept-without-body-id', 'SENT', 1, true],
  ['slow', 'UNKNOWN', 1, true],
  ['reset-before-accept', 'UNKNOWN', 1, false],
  ['hang-before-accept', 'UNKNOWN', 1, false],
  ['500', 'UNKNOWN', 1, false],
  ['502', 'UNKNOWN', 1, false],
  ['503', 'UNKNOWN', 1, false],
  [{ fault: '503-code-5', times: 2 }, 'SENT', 3, true],
  ['503-code-5', 'FAILED', 5, false],
  [{ fault: '400-svc0001', times: 1 }, 'SENT', 2, true],
  ['400-svc0004-address', 'FAILED', 1, false],
  ['403-pol0002', 'FAILED', 1, false],
  [{ fault: '401-42', times: 1 }, 'SENT', 1, true],
]

it('writes what was proved of each SMS, keeps the batch in balance with the provider and sends nobody twice', async () => {
  await fixture.control('faults', {
    recipients: Object.fromEntries(CASES.map(([fault], i) => [String(i + 1).padStart(8, '0'), fault])),
  })
  const batchId = await fixture.givenBatch(100)
  const worker = await fixture.startWorker({ ORANGE_TIMEOUT_MS: '1500', SMS_BACKOFF_MS: '20' })
  await fixture.completed(batchId)

  const rows = await fixture.rows(batchId)
  expect(rows.slice(0, CASES.length).map(({ status, attempts }, i) => [CASES[i]?.[0], status, attempts])).toEqual(
    CASES.map(([fault, status, attempts]) => [fault, status, attempts]),
  )
  expect(rows.slice(CASES.length).every(({ status, attempts }) => status === 'SENT' && attempts === 1)).toBe(true)

  const accepts = await fixture.accepts()
  const acceptedButUnknown = CASES.filter(([, status, , isAccepted]) => isAccepted && status === 'UNKNOWN').length
  const sent = rows.filter(({ status }) => status === 'SENT').length
  expect(rows.map(({ phoneNumber }) => accepts.get(phoneNumber) ?? 0)).toEqual(
    rows.map((_, i) => ((CASES[i]?.[3] ?? true) ? 1 : 0)),
  )
  expect(await fixture.summary()).toMatchObject({ accepted: sent + acceptedButUnknown, duplicates: 0 })
  expect(await fixture.counts(batchId)).toMatchObject({
    status: 'COMPLETED',
    sent,
    failed: 3,
    unknown: 100 - sent - 3,
    pending: 0,
    processing: 0,
  })

  const events = await fixture.db.smsEvent.groupBy({ by: ['kind'], _count: true, orderBy: { kind: 'asc' } })
  expect(events.map(({ kind, _count }) => [kind, _count])).toEqual([
    ['rejected', 2],
    ['unavailable', 2 + 5 + 1],
    ['unknown', 11],
  ])
  expect(await worker.stop()).toMatchObject({ code: 0 })
})
