import { afterEach, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
afterEach(() => fixture.release())

it.each([
  { rateLimitAnswer: '429', rateLimitRetryAfterS: 1 },
  { rateLimitAnswer: '403-53', rateLimitRetryAfterS: null },
])('burns no attempt when Orange asks for less than the worker was told: %o', async (answer) => {
  fixture = await openWorkerFixture({ SIMULATOR_TPS: '10' })
  await fixture.control('config', answer)
  const batchId = await fixture.givenBatch(40)
  const workers = await Promise.all([fixture.startWorker({ ORANGE_TPS: '60' }), fixture.startWorker({ ORANGE_TPS: '60' })])
  await fixture.completed(batchId, 25_000)
  expect((await fixture.rows(batchId)).every(({ status, attempts }) => status === 'SENT' && attempts === 1)).toBe(true)
  const summary = await fixture.summary()
  expect(summary).toMatchObject({ accepted: 40, duplicates: 0 })
  expect(summary['rateLimited']).toBeGreaterThan(0)
  // They all wait: what is refused stays few.
  expect(summary['rateLimited']).toBeLessThan(40)
  for (const worker of workers) expect(await worker.stop()).toMatchObject({ code: 0 })
})

it('lets nobody send for as long as Orange asked, whichever worker was told', async () => {
  fixture = await openWorkerFixture({ SIMULATOR_TPS: '0' })
  await fixture.givenBatch(400)
  await Promise.all([1, 2, 3].map(() => fixture.startWorker({ ORANGE_TPS: '40' })))
  await eventually(async () => (await fixture.summary()).accepted >= 60, { timeoutMs: 15_000 })
  await fixture.control('faults', { random: [{ probability: 1, fault: '429', retryAfterS: 2 }] })
  await eventually(async () => (await fixture.summary())['rateLimited'] !== 0 || (await refusals()).length > 0, { everyMs: 5 })
  await fixture.control('faults', {})
  await eventually(async () => (await fixture.summary()).accepted >= 120, { timeoutMs: 20_000 })
  const seen = await sends()
  const refused = await refusals()
  const first = refused[0]?.atMs ?? 0
  // What was on the wire when the first answer came could not be stopped; then there is silence.
  expect(refused.length).toBeLessThan(8)
  const during = seen.filter(({ atMs }) => atMs > first + 300 && atMs < first + 1_950)
  expect(during).toEqual([])
})

type Seen = { atMs: number; kind: string; accepted: boolean; status: number | null }
const sends = async (): Promise<Seen[]> => {
  const ledger = (await (await fetch(`${fixture.simulatorUrl}/_simulator/ledger`)).json()) as { entries: Seen[] }
  return ledger.entries.filter(({ kind }) => kind === 'send')
}
const refusals = async (): Promise<Seen[]> => (await sends()).filter(({ status }) => status === 429)
