import { afterAll, beforeAll, expect, it } from 'vitest'
import { median } from '../src/median.ts'
import { openSystemFixture, type SystemFixture } from './system-fixture.ts'

let system: SystemFixture
beforeAll(async () => {
  // No worker at first: what it does meanwhile is not part of the answer's time.
  system = await openSystemFixture({ workers: 0, ratePerSecond: 5 })
}, 60_000)
afterAll(() => system.release())

it('accepts a segment of 100,000 in the time of one of 10, and its rows appear by themselves', async () => {
  const [small, large] = [await system.givenSegment(10), await system.givenSegment(100_000)]
  // The first sends of a process also load code; they are not what is compared.
  for (const segment of [small, large, small, large]) await system.sendToSegment(segment, 'warm')
  const times = { small: [] as number[], large: [] as number[] }
  let batchId = ''
  for (let turn = 0; turn < 9; turn += 1) {
    times.small.push((await system.sendToSegment(small, `small ${turn}`)).tookMs)
    const sent = await system.sendToSegment(large, `large ${turn}`)
    times.large.push(sent.tookMs)
    batchId = sent.batchId
  }
  const [smallMs, largeMs] = [median(times.small), median(times.large)]
  console.log(
    `segment accepted: 10 members ${smallMs.toFixed(1)} ms, 100,000 members ${largeMs.toFixed(1)} ms (${(largeMs / smallMs).toFixed(2)}×)`,
  )
  expect(largeMs / smallMs).toBeLessThanOrEqual(2)

  // One of them is enough to watch.
  await system.sql.query(
    `UPDATE "SmsBatch" SET status = 'CANCELLED', "cancelledAt" = now(), cancelled = cancelled + pending, pending = 0 WHERE id <> $1`,
    [batchId],
  )
  expect((await system.batch(batchId)).counts.total).toBe(0)
  await system.startWorker()
  await expect
    .poll(() => system.batch(batchId), { timeout: 60_000, interval: 100 })
    .toMatchObject({ status: 'ACTIVE', announced: 100_000, counts: { total: 100_000 } })
})
