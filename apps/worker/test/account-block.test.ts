import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { openProxy } from './proxy.ts'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeEach(async () => {
  fixture = await openWorkerFixture()
})
afterEach(() => fixture.release())

/** Everybody was sent to, at the first attempt that counts, and the account sends again. */
const expectAllWell = async (batchId: bigint, size: number): Promise<void> => {
  const rows = await fixture.rows(batchId)
  expect(rows.map(({ status, attempts }) => [status, attempts])).toEqual(Array.from({ length: size }, () => ['SENT', 1]))
  expect(await fixture.account()).toMatchObject({ pausedReason: null, probeAt: null, probeSmsId: null })
  expect(await fixture.summary()).toMatchObject({ accepted: size, duplicates: 0 })
}

it('pauses with the reason in SQL while the contract has ended, and goes on by itself when it is renewed', async () => {
  await fixture.control('config', { contractExpired: true })
  const batchId = await fixture.givenBatch(60)
  await Promise.all([fixture.startWorker(), fixture.startWorker()])
  await eventually(async () => (await fixture.account()).pausedReason === 'CONTRACT_EXPIRED', { timeoutMs: 10_000 })
  // At least one probe meets the same refusal, and asks again later.
  await eventually(async () => (await fixture.db.senderAccount.findUniqueOrThrow({ where: { id: 1 } })).probeDelayMs >= 4_000, {
    timeoutMs: 10_000,
  })
  await eventually(async () =>
    (await fixture.rows(batchId)).every(({ status, attempts }) => status === 'PENDING' && attempts === 0),
  )

  await fixture.control('config', { contractExpired: false })
  await fixture.completed(batchId, 25_000)
  await expectAllWell(batchId, 60)
})

it('pauses on refused credentials before anything is claimed, and goes on at once with others', async () => {
  const batchId = await fixture.givenBatch(20)
  const worker = await fixture.startWorker({ ORANGE_API_CLIENT_SECRET: 'mistyped' })
  const { pausedReason } = await eventually(
    async () => {
      const account = await fixture.account()
      return account.pausedReason !== null && account
    },
    { timeoutMs: 10_000 },
  )
  expect(pausedReason).toBe('INVALID_CLIENT')
  // The probes that follow do not ask Orange again.
  await eventually(async () => (await fixture.db.senderAccount.findUniqueOrThrow({ where: { id: 1 } })).probeDelayMs >= 4_000, {
    timeoutMs: 10_000,
  })
  expect((await fixture.summary()).tokenCalls).toBe(1)
  expect(await fixture.db.smsEvent.count()).toBe(0)
  await worker.stop()

  const correctedAt = performance.now()
  await fixture.startWorker()
  await fixture.completed(batchId, 25_000)
  expect(performance.now() - correctedAt).toBeLessThan(15_000)
  expect((await fixture.summary()).tokenCalls).toBe(2)
  await expectAllWell(batchId, 20)
})

it.each([
  ['403-50', 'ACCESS_DENIED'],
  ['400-svc0004-sender', 'WRONG_SENDER'],
  ['403-no-units', 'NO_UNITS'],
] as const)('pauses with a reason of its own when every SMS is answered %s', async (fault, reason) => {
  await fixture.control('faults', { random: [{ probability: 1, fault }] })
  const batchId = await fixture.givenBatch(10)
  await fixture.startWorker()
  await eventually(async () => (await fixture.account()).pausedReason === reason, { timeoutMs: 10_000 })
  await eventually(async () =>
    (await fixture.rows(batchId)).every(({ status, attempts }) => status === 'PENDING' && attempts === 0),
  )
  await fixture.control('faults', {})
  await fixture.completed(batchId, 25_000)
  await expectAllWell(batchId, 10)
})

it('says that no units are left before an SMS finds out, and goes on when some are bought', async () => {
  await fixture.control('config', { units: 0 })
  const worker = await fixture.startWorker()
  await eventually(async () => (await fixture.account()).pausedReason === 'NO_UNITS', { timeoutMs: 10_000 })
  expect(await fixture.db.senderAccount.findUniqueOrThrow({ where: { id: 1 } })).toMatchObject({ unitsLeft: 0 })
  await worker.waitForLine(/contracts read/)
  const batchId = await fixture.givenBatch(10)
  await fixture.control('config', { units: 100 })
  await fixture.completed(batchId, 25_000)
  await expectAllWell(batchId, 10)
  // Nothing was refused on the way.
  expect((await fixture.summary())['statuses']).not.toHaveProperty('403')
})

it('goes on with an account whose contracts cannot be read', async () => {
  await fixture.control('faults', { contracts: [{ fault: 'hang', times: 1_000 }] })
  const batchId = await fixture.givenBatch(60)
  await fixture.startWorker()
  await fixture.completed(batchId)
  await expectAllWell(batchId, 60)
})

it('rests one worker that cannot connect for a moment, and nobody else', async () => {
  const proxy = await openProxy(fixture.simulatorUrl)
  const batchId = await fixture.givenBatch(200)
  const paced = { ORANGE_TPS: '40', WORKER_CONCURRENCY: '5' }
  const workers = await Promise.all([fixture.startWorker(paced), fixture.startWorker({ ...paced, ORANGE_API_URL: proxy.url })])
  await eventually(async () => (await fixture.counts(batchId)).sent > 40)
  await proxy.cut()
  const before = await fixture.counts(batchId)
  // The other worker alone sends meanwhile.
  await eventually(async () => (await fixture.counts(batchId)).sent > before.sent + 30, { timeoutMs: 5_000 })
  await proxy.restore()
  await fixture.completed(batchId, 25_000)
  expect(await fixture.counts(batchId)).toMatchObject({ failed: 0, pending: 0, processing: 0 })
  expect(workers.some(({ lines }) => lines.some((line) => line.includes('account blocked')))).toBe(false)
  await Promise.all(workers.map((worker) => worker.stop()))
  await proxy.release()
})

it('fails nobody while Orange cannot be reached, and goes on by itself when it can', async () => {
  const proxy = await openProxy(fixture.simulatorUrl)
  await proxy.cut()
  const batchId = await fixture.givenBatch(40)
  const worker = await fixture.startWorker({ ORANGE_API_URL: proxy.url, SMS_MAX_ATTEMPTS: '1' })
  await eventually(async () => (await fixture.account()).pausedReason !== null, { timeoutMs: 15_000 })
  expect(['UNREACHABLE', 'TOKEN_UNAVAILABLE']).toContain((await fixture.account()).pausedReason)
  await proxy.restore()
  await fixture.completed(batchId, 25_000)
  await expectAllWell(batchId, 40)
  await worker.stop()
  await proxy.release()
})

it('asks for one new token when fifty requests in flight are refused at once', async () => {
  await fixture.control('config', { latencyMs: 100 })
  const batchId = await fixture.givenBatch(600)
  await Promise.all([fixture.startWorker({ WORKER_CONCURRENCY: '25' }), fixture.startWorker({ WORKER_CONCURRENCY: '25' })])
  await eventually(async () => (await fixture.counts(batchId)).sent > 50)
  const { tokenCalls } = await fixture.summary()
  await fixture.control('tokens/revoke', {})
  await fixture.completed(batchId)
  const summary = await fixture.summary()
  expect(summary['statuses']).toHaveProperty('401')
  expect(summary.tokenCalls).toBe(tokenCalls + 1)
  await expectAllWell(batchId, 600)
})
