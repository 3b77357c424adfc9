import type { Postgres } from '@sms/devstack'
import { openScene, rest, type Seen } from './scene.ts'
import { type Pace, paceOf } from './starts.ts'

export type PaceFigure = {
  name: 'this worker' | 'plain BullMQ limiter'
  ratePerSecond: number
  workers: number
  forMs: number
  /** All starts, from the first of the first worker on: none of these may exceed the limit. */
  all: Pace
  /** After all workers have started and settled: what is used of the rate. */
  steady: Pace
  /** Requests that the simulator refused for the limit. */
  refused: number
}

/** Left out at the beginning of the steady state: processes that have just started still compile what they run. */
const SETTLING_MS = 12_000

export const measurePace = async (
  postgres: Postgres,
  { name, ratePerSecond, workers, forMs }: Pick<PaceFigure, 'name' | 'ratePerSecond' | 'workers' | 'forMs'>,
): Promise<PaceFigure> => {
  const isOurs = name === 'this worker'
  // The plain limiter meets no limit, so that all its starts are seen.
  const scene = await openScene(postgres, { SIMULATOR_TPS: isOurs ? String(ratePerSecond) : '0' })
  try {
    const size = Math.ceil((ratePerSecond * (forMs + SETTLING_MS + 20_000)) / 1_000)
    await scene.givenBatch({ size })
    const env = { ORANGE_TPS: String(ratePerSecond), PLAIN_JOBS: String(size) }
    if (isOurs) await scene.startWorkers(workers, env)
    else
      for (let i = 0; i < workers; i += 1)
        await scene.startChild('apps/e2e/bench/plain-limiter-worker.ts', { ...env, PLAIN_FEEDS: i === 0 ? '1' : '0' })
    await rest(SETTLING_MS)
    const { accepted } = await scene.summary()
    await rest(forMs)
    const seen = await scene.sends()
    const times = (entries: Seen[]): number[] => entries.map(({ atMs }) => atMs)
    return {
      name,
      ratePerSecond,
      workers,
      forMs,
      all: paceOf(times(seen), ratePerSecond),
      steady: paceOf(times(seen.slice(accepted)), ratePerSecond),
      refused: seen.filter(({ outcome }) => outcome === 'rate-limited').length,
    }
  } finally {
    await scene.releases.release()
  }
}
