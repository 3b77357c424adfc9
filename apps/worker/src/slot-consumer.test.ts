import { describe, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import type { Slot } from '@sms/queue'
import { createSlotConsumer, type SlotConsumerDeps } from './slot-consumer.ts'

const nothing = (): void => undefined

/** Slots that come `inMs` from now, jobs by number, and everything that was done, in order. */
const createWorld = (given: { jobs: number; slotInMs?: number; slots?: number; inMs?: number }) => {
  let jobs = given.jobs
  let slotsLeft = given.slots ?? Infinity
  const did: string[] = []
  const ends: (() => void)[] = []
  let arrive = nothing
  let holdsNow = false
  const deps: SlotConsumerDeps<number> = {
    take: (count) => {
      const slotCount = Math.min(count, slotsLeft)
      slotsLeft -= slotCount
      did.push(`take ${slotCount}/${count}`)
      const at = performance.now() + (given.slotInMs ?? 0)
      const slots = Array.from({ length: slotCount }, (): Slot => ({ kind: 'slot', at, latestAt: at + 1_000 }))
      return Promise.resolve({ slots, inMs: given.inMs ?? 60_000 })
    },
    giveBack: () => void did.push('give back'),
    fetch: () => {
      did.push('fetch')
      return Promise.resolve(jobs > 0 ? jobs-- : undefined)
    },
    hasJobs: () => Promise.resolve(jobs > 0),
    waitForJob: () => {
      did.push('wait')
      return new Promise((resolve) => {
        arrive = resolve
      })
    },
    work: (job) => {
      did.push(`work ${job}`)
      return new Promise((resolve) => ends.push(() => resolve(undefined)))
    },
    warmUp: () => Promise.resolve(),
    isHeldSince: () => holdsNow,
    claimLeadMs: () => 0,
    onError: (error) => void did.push(error.message),
  }
  return {
    deps,
    did,
    endOne: () => ends.shift()?.(),
    bring: (count: number) => {
      jobs += count
      arrive()
    },
    hold: () => {
      holdsNow = true
    },
  }
}

const paced = { concurrency: 2, ratePerSecond: 5, isUnpaced: false }

/** Runs until `isSo`, then stops; resolves when all is over. */
const runUntil = async (world: ReturnType<typeof createWorld>, options: typeof paced, isSo: () => boolean): Promise<void> => {
  const consumer = createSlotConsumer(world.deps, options)
  const running = consumer.run()
  await eventually(isSo, { everyMs: 2 })
  consumer.stop()
  world.endOne()
  world.endOne()
  await running
}

describe('a consumer that takes slots first', () => {
  it('takes a slot, then a job, and no more of them than it has hands', async () => {
    const world = createWorld({ jobs: 5 })
    await runUntil(world, paced, () => world.did.filter((what) => what.startsWith('work')).length === 2)
    expect(world.did.filter((what) => what === 'fetch')).toHaveLength(2)
    expect(world.did.indexOf('take 1/1')).toBeLessThan(world.did.indexOf('fetch'))
  })

  it('fetches nothing and asks no more while no slot is near', async () => {
    const world = createWorld({ jobs: 5, slots: 0 })
    const consumer = createSlotConsumer(world.deps, paced)
    const running = consumer.run()
    await eventually(() => consumer.restsUntil() > performance.now() + 50_000, { everyMs: 2 })
    expect(world.did).toEqual(['take 0/1'])
    consumer.stop()
    await running
  })

  it('looks again within a minute where the next slot seems farther away than a timer can count', async () => {
    const world = createWorld({ jobs: 5, slots: 0, inMs: 2 ** 40 })
    const consumer = createSlotConsumer(world.deps, paced)
    const running = consumer.run()
    await eventually(() => consumer.restsUntil() > performance.now() + 50_000, { everyMs: 2 })
    expect(consumer.restsUntil()).toBeLessThanOrEqual(performance.now() + 60_000)
    expect(world.did).toEqual(['take 0/1'])
    consumer.stop()
    await running
  })

  it('takes no slot without a job, and gives the one back for which none was left', async () => {
    const world = createWorld({ jobs: 1 })
    await runUntil(world, paced, () => world.did.includes('wait'))
    expect(world.did).toEqual(['take 1/1', 'fetch', 'work 1', 'take 1/1', 'fetch', 'give back', 'wait'])
  })

  it('goes on as soon as a job arrives', async () => {
    const world = createWorld({ jobs: 0, slots: 1 })
    const consumer = createSlotConsumer(world.deps, paced)
    const running = consumer.run()
    await eventually(() => world.did.includes('wait'), { everyMs: 2 })
    world.bring(1)
    await eventually(() => world.did.includes('work 1'), { everyMs: 2 })
    consumer.stop()
    world.endOne()
    await running
    expect(world.did.slice(0, 4)).toEqual(['wait', 'take 1/1', 'fetch', 'work 1'])
  })

  it('takes a free hand at once', async () => {
    const world = createWorld({ jobs: 3 })
    const working = (): number => world.did.filter((what) => what.startsWith('work')).length
    const consumer = createSlotConsumer(world.deps, { ...paced, concurrency: 1 })
    const running = consumer.run()
    await eventually(() => working() === 1, { everyMs: 2 })
    world.endOne()
    await eventually(() => working() === 2, { everyMs: 2 })
    consumer.stop()
    world.endOne()
    await running
    expect(working()).toBe(2)
  })

  it('gives its slots back when it stops or is held before they come', async () => {
    for (const end of ['stop', 'hold'] as const) {
      const world = createWorld({ jobs: 5, slotInMs: 50, slots: 2 })
      const consumer = createSlotConsumer(world.deps, paced)
      const running = consumer.run()
      await eventually(() => world.did.length >= 2, { everyMs: 1 })
      if (end === 'hold') world.hold()
      else consumer.stop()
      await eventually(() => world.did.filter((what) => what === 'give back').length === 2, { everyMs: 2 })
      consumer.stop()
      await running
      expect(world.did).not.toContain('fetch')
    }
  })

  it('goes on after a failed fetch, whose slot is given back', async () => {
    const world = createWorld({ jobs: 5, slots: 2 })
    let failures = 0
    const { fetch } = world.deps
    world.deps.fetch = () => (failures++ === 0 ? Promise.reject(new Error('redis away')) : fetch())
    await runUntil(world, paced, () => world.did.includes('work 5'))
    expect(world.did.filter((what) => what === 'redis away' || what === 'give back')).toEqual(['redis away', 'give back'])
  })
})
