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
  await eventually(async () => (await fixture.account()).pausedReason !== null, { timeoutMs: 10_000 })
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

it('pauses on refused credentials before anything is claimed', async () => {
  await fixture.control('faults', { token: [{ fault: 'invalid-client', times: 2 }] })
  const batchId = await fixture.givenBatch(20)
  await fixture.startWorker()
  const { pausedReason } = await eventually(async () => {
    const account = await fixture.account()
    return account.pausedReason !== null && account
  })
  expect(pausedReason).toBe('INVALID_CLIENT')
  expect(await fixture.db.smsEvent.count()).toBe(0)
  await fixture.completed(batchId, 25_000)
  await expectAllWell(batchId, 20)
})

it('fails nobody while Orange cannot be reached, and goes on by itself when it can', async () => {
  const proxy = await openProxy(fixture.simulatorUrl)
  await proxy.cut()
  const batchId = await fixture.givenBatch(40)
  const worker = await fixture.startWorker({ ORANGE_API_URL: proxy.url, SMS_MAX_ATTEMPTS: '1' })
  await eventually(async () => (await fixture.account()).pausedReason !== null, { timeoutMs: 15_000 })
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
