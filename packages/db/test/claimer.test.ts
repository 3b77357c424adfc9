import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ClaimRequest, ClaimVerdict } from '@sms/core'
import { eventually } from '@sms/devstack'
import { createClaimer } from '../src/index.ts'
import { openQueueFixture, type QueueFixture, requestFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const options = { worker: 'worker-1', leaseMs: 60_000, isStopping: () => false }

const given = async (size: number): Promise<ClaimRequest[]> => {
  await fixture.givenBatch(size)
  return (await fixture.sms.findNextBatch(1, 1_000)).map(requestFor)
}

it('claims many jobs in few statements and gives each its own verdict', async () => {
  const requests = await given(250)
  const sizes: number[] = []
  const claimer = createClaimer(fixture.sms, { ...options, onGroup: (size) => sizes.push(size) })
  const verdicts = await Promise.all([...requests, requestFor({ smsId: 1n, dispatch: 9 })].map((request) => claimer.add(request)))
  expect(verdicts.slice(0, 250).every(({ kind }, i) => kind === 'claimed' && verdicts[i]?.smsId === requests[i]?.smsId)).toBe(
    true,
  )
  expect(verdicts[250]).toMatchObject({ kind: 'stale' })
  expect(sizes).toEqual([200, 51])
  expect(await fixture.imbalance()).toBe(0)
})

it('gets what it holds when the answer to the commit was lost, with no second attempt counted', async () => {
  const requests = await given(5)
  let isLost = false
  const claimer = createClaimer(
    {
      claim: async (...input) => {
        const verdicts = await fixture.sms.claim(...input)
        if (isLost) return verdicts
        isLost = true
        throw new Error('Connection terminated unexpectedly')
      },
    },
    options,
  )
  const verdicts = await Promise.all(requests.map((request) => claimer.add(request)))
  expect(verdicts.every((verdict) => verdict.kind === 'claimed' && verdict.attempt === 1)).toBe(true)
  expect(await fixture.db.smsQueue.count({ where: { status: 'PROCESSING', attempts: 1 } })).toBe(5)
  expect(await fixture.imbalance()).toBe(0)
})

it('counts the attempt right when the lost claim is still being committed while it is repeated', async () => {
  const requests = await given(1)
  const verdicts = await fixture.db
    .$transaction(async (tx) => {
      await tx.$executeRaw`SELECT id FROM "SmsBatch" FOR UPDATE`
      const both = [fixture.sms.claim(requests, 'worker-1', 60_000), fixture.sms.claim(requests, 'worker-1', 60_000)]
      await eventually(async () => {
        const [waiting] = await fixture.db.$queryRaw<[{ n: number }]>`
        SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
        return waiting.n === 2
      })
      return both
    })
    .then((both) => Promise.all(both))
  const both = verdicts.flat() as Extract<ClaimVerdict, { kind: 'claimed' }>[]
  expect(both.map(({ kind, attempt, claimId }) => [kind, attempt, claimId])).toEqual(
    [1, 2].map(() => ['claimed', 1, requests[0]?.claimId]),
  )
  expect(await fixture.imbalance()).toBe(0)
})

it('claims again until the database is back', async () => {
  const requests = await given(10)
  const retried = Promise.withResolvers<void>()
  const claimer = createClaimer(fixture.sms, { ...options, onRetry: () => retried.resolve() })
  const away = await fixture.takeDatabaseAway()
  const verdicts = Promise.all(requests.map((request) => claimer.add(request)))
  await retried.promise
  await away.back()
  expect((await verdicts).every((verdict) => verdict.kind === 'claimed' && verdict.attempt === 1)).toBe(true)
})

it('gives up on a database that is away when the worker stops', async () => {
  const requests = await given(1)
  let isStopping = false
  const claimer = createClaimer(fixture.sms, { ...options, isStopping: () => isStopping, onRetry: () => (isStopping = true) })
  const away = await fixture.takeDatabaseAway()
  const claim = claimer.add(requests[0] as ClaimRequest).then(
    () => 'claimed',
    () => 'given up',
  )
  expect(await claim).toBe('given up')
  await away.back()
  expect(await fixture.db.smsQueue.count({ where: { status: 'PROCESSING' } })).toBe(0)
})

it('lets a row that can never be claimed stop nobody else', async () => {
  const requests = await given(7)
  // Its attempts are used up although it waits: the claim would break a constraint.
  await fixture.db.$executeRaw`UPDATE "SmsQueue" SET attempts = "maxAttempts" WHERE id = 3`
  const claimer = createClaimer(fixture.sms, options)
  const results = await Promise.allSettled(requests.map((request) => claimer.add(request)))
  expect(results.map(({ status }, i) => [requests[i]?.smsId, status]).filter(([, status]) => status === 'rejected')).toEqual([
    [3n, 'rejected'],
  ])
  expect(await fixture.db.smsQueue.count({ where: { status: 'PROCESSING' } })).toBe(6)
  expect(await fixture.imbalance()).toBe(0)
})
