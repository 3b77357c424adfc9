import { describe, expect, it } from 'vitest'
import { createWatchdog } from './watchdog.ts'
import { createRuns, isWorthRestart, watchConsumer, watchLoop } from './watchdog-parts.ts'

const createWorld = () => {
  const world = { now: 0, isStalled: false, isServiceThere: true, isWorthRestart: true, asked: 0, said: [] as string[] }
  const watchdog = createWatchdog({
    watched: [
      { part: 'settles', isStalled: () => world.isStalled },
      { part: 'silent', isStalled: () => Promise.reject(new Error('redis away')) },
    ],
    services: [
      () => {
        world.asked += 1
        return world.isServiceThere ? Promise.resolve() : Promise.reject(new Error('away'))
      },
    ],
    isWorthRestart: () => world.isWorthRestart,
    everyMs: 5_000,
    exitAfterMs: 60_000,
    now: () => world.now,
    onStalled: (part) => world.said.push(`${part} stalled`),
    onGoesOn: (part, forMs) => world.said.push(`${part} goes on after ${forMs}`),
    onStoodStill: () => world.said.push('stood still'),
    onGiveUp: (parts) => world.said.push(`gives up for ${parts}`),
  })
  const lookFor = async (ms: number): Promise<void> => {
    for (const end = world.now + ms; world.now < end; world.now += 5_000) await watchdog.look()
  }
  return { world, watchdog, lookFor }
}

describe('the watchdog', () => {
  it('says once that a part stands still, and that it goes on', async () => {
    const { world, watchdog, lookFor } = createWorld()
    await lookFor(10_000)
    expect([world.asked, watchdog.stalled()]).toEqual([0, []])
    world.isStalled = true
    await lookFor(10_000)
    expect(watchdog.stalled()).toEqual(['settles'])
    world.isStalled = false
    await lookFor(5_000)
    expect(world.said).toEqual(['settles stalled', 'settles goes on after 10000'])
    expect(watchdog.stalled()).toEqual([])
  })

  it('gives the process up, once, when a part stands still for a minute with every service there', async () => {
    const { world, lookFor } = createWorld()
    world.isStalled = true
    await lookFor(60_000)
    expect(world.said).toEqual(['settles stalled'])
    await lookFor(20_000)
    expect(world.said).toEqual(['settles stalled', 'gives up for settles'])
  })

  it('says that it stalls, and stays, where a new process would do no better', async () => {
    const { world, lookFor } = createWorld()
    Object.assign(world, { isStalled: true, isWorthRestart: false })
    await lookFor(600_000)
    expect(world.said).toEqual(['settles stalled'])
  })

  it('waits for a service that is away, for however long, and counts anew when it is back', async () => {
    const { world, lookFor } = createWorld()
    world.isStalled = true
    world.isServiceThere = false
    await lookFor(3_600_000)
    world.isServiceThere = true
    await lookFor(60_000)
    expect(world.said).toEqual(['settles stalled'])
    await lookFor(5_000)
    expect(world.said.at(-1)).toBe('gives up for settles')
  })
})

it('judges nobody when it comes late itself, for then everything is old', async () => {
  const said: string[] = []
  const at = { now: 0 }
  const watchdog = createWatchdog({
    watched: [{ part: 'settles', isStalled: () => true }],
    services: [],
    isWorthRestart: () => true,
    everyMs: 10,
    exitAfterMs: 1_000,
    now: () => at.now,
    onStalled: (part) => said.push(`${part} stalled`),
    onGoesOn: () => undefined,
    onStoodStill: (forMs) => said.push(`stood still ${forMs}`),
    onGiveUp: () => undefined,
  })
  watchdog.start()
  at.now = 5_010
  await expect.poll(() => said).toEqual(['stood still 5000', 'settles stalled'])
  watchdog.stop()
})

describe('what it watches', () => {
  it('is worth a restart unless it is one loop whose rounds end, each with a failure', () => {
    const loops = ['dispatch', 'recover'].map((name) => ({ name, roundForMs: () => 0 }))
    expect(isWorthRestart(['recover-loop'], loops, 30_000)).toBe(false)
    expect(isWorthRestart(['recover-loop', 'dispatch-loop'], loops, 30_000)).toBe(true)
    expect(isWorthRestart(['recover-loop', 'settles'], loops, 30_000)).toBe(true)
    expect(isWorthRestart(['consumer'], loops, 30_000)).toBe(true)
    expect(isWorthRestart(['recover-loop'], [...loops.slice(0, 1), { name: 'recover', roundForMs: () => 31_000 }], 30_000)).toBe(
      true,
    )
  })

  it('calls a loop stalled that has had no good round for too long', () => {
    const at = performance.now()
    const watched = (agoMs: number) => watchLoop({ name: 'recover', everyMs: 5_000, lastRoundAt: () => at - agoMs }, 30_000)
    expect(watched(0).part).toBe('recover-loop')
    expect(watched(36_000).isStalled()).toBe(true)
    expect(watched(34_000).isStalled()).toBe(false)
  })

  it('knows the age of the oldest run', async () => {
    const runs = createRuns()
    const first = Promise.withResolvers<string>()
    const run = runs.track(() => first.promise)
    await expect(runs.track(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect([runs.takenCount(), runs.underWayCount()]).toEqual([2, 1])
    expect(runs.oldestMs()).toBeGreaterThan(0)
    first.resolve('done')
    expect(await run).toBe('done')
    expect([runs.underWayCount(), runs.oldestMs()]).toEqual([0, 0])
  })

  /** A consumer looked at every 5 s. */
  const createConsumer = () => {
    const world = { now: 0, ready: 5, taken: 0, underWay: 0 }
    const isStalled = watchConsumer({
      runs: { takenCount: () => world.taken, underWayCount: () => world.underWay },
      concurrency: () => 2,
      countReady: () => Promise.resolve(world.ready),
      stallMs: 60_000,
      now: () => world.now,
    })
    const wasEverStalled = async (looks: number, before: (look: number) => void = () => {}): Promise<boolean> => {
      let was = false
      for (let look = 0; look < looks; look += 1) {
        before(look)
        was = (await isStalled()) || was
        world.now += 5_000
      }
      return was
    }
    return { world, wasEverStalled }
  }

  it('calls a consumer stalled that sits beside ready jobs with free hands for a minute', async () => {
    const { wasEverStalled } = createConsumer()
    expect(await wasEverStalled(12)).toBe(false)
    expect(await wasEverStalled(1)).toBe(true)
  })

  it.each<[string, (world: ReturnType<typeof createConsumer>['world'], look: number) => void]>([
    ['an idle queue', (world) => (world.ready = 0)],
    ['a hold or a low rate: no look in ten finds a job ready', (world, look) => (world.ready = look % 10 === 9 ? 0 : 5)],
    ['a job now and then', (world, look) => (world.taken += look % 11 === 0 ? 1 : 0)],
    ['hands that are all full', (world) => (world.underWay = 2)],
  ])('does not take %s for a stall', async (_what, before) => {
    const { world, wasEverStalled } = createConsumer()
    expect(await wasEverStalled(200, (look) => before(world, look))).toBe(false)
  })
})
