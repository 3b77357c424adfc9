import { afterAll, it } from 'vitest'
import { type Child, createReleases, eventually, openProxy } from '@sms/devstack'
import { openWorkerFixture } from './worker-fixture.ts'

const releases = createReleases()
afterAll(() => releases.release())

/** As short as it may be: a stall is then one of 15 s. */
const WORKER = { ORANGE_TIMEOUT_MS: '1000', SMS_LEASE_MS: '10000', ORANGE_TPS: '200', WORKER_CONCURRENCY: '20' }

const open = async (worker: Child) => {
  const { listening } = JSON.parse(await worker.waitForLine(/"listening"/)) as { listening: string }
  const ask = (path: string) =>
    fetch(`${listening}${path}`, { headers: { authorization: 'Bearer administrator-key-of-the-tests' } })
  return {
    isReady: async () => (await ask('/readyz')).status === 200,
    stalled: async () =>
      [...(await (await ask('/metrics')).text()).matchAll(/^sms_stalled\{part="([^"]+)"\} 1$/gm)].map(([, part]) => part),
  }
}

it.concurrent.for(['PostgreSQL', 'Redis'] as const)(
  'says that it stalls when %s falls silent, and goes on by itself when it speaks again',
  { timeout: 120_000 },
  async (silent, { expect }) => {
    const fixture = await openWorkerFixture()
    releases.push(() => fixture.release())
    const isDatabase = silent === 'PostgreSQL'
    const proxy = await openProxy(isDatabase ? fixture.databaseUrl : fixture.redisUrl)
    releases.push(() => proxy.release())
    const batchId = await fixture.givenBatch(1_000)
    const worker = await fixture.startWorker({ ...WORKER, [isDatabase ? 'DATABASE_URL' : 'REDIS_URL']: proxy.url })
    const health = await open(worker)
    await eventually(async () => (await fixture.counts(batchId)).sent > 50, { timeoutMs: 10_000 })
    expect(await health.isReady()).toBe(true)

    proxy.hold()
    await eventually(async () => !(await health.isReady()), { timeoutMs: 5_000 })
    await worker.waitForLine(/"part":"recover-loop".*"worker stalled"/, 30_000)
    expect(await health.stalled()).toContain('recover-loop')
    proxy.resume()

    await eventually(async () => (await health.isReady()) && (await health.stalled()).length === 0, {
      timeoutMs: 30_000,
      everyMs: 250,
    })
    expect(worker.lines.some((line) => /worker goes on/.test(line))).toBe(true)
    await fixture.completed(batchId, 30_000)
    const { sent, unknown } = await fixture.counts(batchId)
    expect(sent + unknown).toBe(1_000)
    expect(unknown).toBeLessThanOrEqual(20)
    expect(await fixture.summary()).toMatchObject({ accepted: 1_000, duplicates: 0 })
    expect(await worker.stop()).toEqual({ code: 0, signal: null })
  },
)
