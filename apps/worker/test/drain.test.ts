import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Child, eventually } from '@sms/devstack'
import { createDrainLock, openRedis } from '@sms/queue'
import { environmentOf, runToEnd, startCommand } from './command-fixture.ts'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

// Each command is a process of its own, which takes seconds to start where all tests run at once.
vi.setConfig({ testTimeout: 90_000 })

let fixture: WorkerFixture
const started: Child[] = []
beforeEach(async () => {
  fixture = await openWorkerFixture()
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.release()))
  await fixture.release()
})

const drain = (...args: string[]) => runToEnd('worker-drain', args, environmentOf(fixture))
const start = (...args: string[]): Child => {
  const child = startCommand('worker-drain', args, environmentOf(fixture))
  started.push(child)
  return child
}
const report = (lines: readonly string[]): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>

it('sends all there is, of every kind of work, and exits 0', async () => {
  const batchId = await fixture.givenBatch(120)
  await fixture.db.$executeRaw`
    INSERT INTO "SmsQueue" ("userId", "accountId", "phoneNumber", message, "maxAttempts") VALUES (1, 1, '+2250799999999', 'Bonjour', 5)`
  const planned = await drain('--dry-run', '--json')
  expect(report(planned.lines)).toEqual({
    dryRun: true,
    work: ['due'],
    accounts: [{ accountId: 1, window: 0, backlog: 121 }],
  })
  expect(await fixture.summary()).toMatchObject({ accepted: 0 })

  const { code, lines } = await drain('--batch-size', '50', '--max-runtime', '60', '--delay', '1', '--json')
  expect(code).toBe(0)
  expect(report(lines)).toMatchObject({ ended: 'empty', SENT: 121, FAILED: 0, UNKNOWN: 0 })
  expect(await fixture.counts(batchId)).toMatchObject({ status: 'COMPLETED', sent: 120 })
  expect(await fixture.summary()).toMatchObject({ accepted: 121, duplicates: 0 })

  const again = await drain()
  expect(again.code).toBe(0)
  expect(again.lines.join()).toMatch(/^empty after .* 0 SENT/)
})

it('leaves what a person paused, what is scheduled and what rests for a later run', async () => {
  const ids = [await fixture.givenBatch(5), await fixture.givenBatch(5, 100), await fixture.givenBatch(5, 200)] as const
  const later = new Date(Date.now() + 3_600_000)
  await fixture.db.smsBatch.update({ where: { id: ids[0] }, data: { status: 'PAUSED' } })
  await fixture.db.smsBatch.update({ where: { id: ids[1] }, data: { status: 'SCHEDULED', scheduledAt: later } })
  await fixture.db.smsQueue.updateMany({ where: { batchId: ids[2] }, data: { nextAttemptAt: later } })
  const { code, lines } = await drain('--max-runtime', '60', '--json')
  expect([code, report(lines)['ended']]).toEqual([0, 'empty'])
  expect(await fixture.summary()).toMatchObject({ accepted: 0 })
})

it('ends when its time is up, with everything settled that it had on the wire', async () => {
  await fixture.control('config', { latencyMs: 300 })
  const batchId = await fixture.givenBatch(400)
  const { code, lines } = await drain('--batch-size', '10', '--max-runtime', '3', '--json')
  expect(code).toBe(0)
  const { ended, SENT } = report(lines)
  expect(ended).toBe('time is up')
  const counts = await fixture.counts(batchId)
  expect(counts).toMatchObject({ processing: 0, failed: 0, unknown: 0, sent: SENT })
  expect(counts.sent).toBeGreaterThan(0)
  expect(counts.sent).toBeLessThan(400)
  expect(await fixture.summary()).toMatchObject({ accepted: counts.sent, duplicates: 0 })
})

it('ends gracefully at SIGTERM, and still says what it did', async () => {
  await fixture.control('config', { latencyMs: 400 })
  const batchId = await fixture.givenBatch(3_000)
  const child = start('--batch-size', '10', '--json')
  await eventually(async () => (await fixture.counts(batchId)).sent >= 10, { timeoutMs: 40_000 })
  expect(await child.stop()).toEqual({ code: 0, signal: null })
  const counts = await fixture.counts(batchId)
  expect(counts).toMatchObject({ processing: 0, unknown: 0 })
  expect(report(child.lines)).toMatchObject({ ended: 'stopped', SENT: counts.sent })
})

it('refuses a second instance when it is to be alone, and gives its lock back', async () => {
  await fixture.control('config', { latencyMs: 300 })
  await fixture.givenBatch(3_000)
  const { redis, release } = openRedis({ url: fixture.redisUrl, role: 'producer', onError: () => {} })
  const lock = createDrainLock({ redis }, { owner: 'looker-on', lifeMs: 1_000 })
  try {
    const first = start('--exclusive', '--batch-size', '5')
    const owner = await eventually(async () => (await lock.holder())?.owner ?? false, { timeoutMs: 40_000 })
    const second = await drain('--exclusive', '--json')
    expect(second.code).toBe(75)
    expect(report(second.lines)).toMatchObject({ ended: 'not alone', holder: { owner } })
    expect(first.isRunning()).toBe(true)
    expect((await first.stop()).code).toBe(0)
    expect(await lock.holder()).toBeNull()
  } finally {
    await release()
  }
})

it('fails with 1 when PostgreSQL is away, and with 78 on a wrong configuration', async () => {
  const away = { ...environmentOf(fixture), DATABASE_URL: 'postgresql://nobody:secret-word@127.0.0.1:1/none' }
  const failed = await runToEnd('worker-drain', ['--max-runtime', '2'], away)
  expect(failed.code).toBe(1)
  expect(failed.lines.join()).not.toContain('secret-word')
  expect(await runToEnd('worker-drain', [], {})).toMatchObject({ code: 78 })
  expect(await runToEnd('worker-drain', ['--forever'], {})).toMatchObject({ code: 64 })
})
