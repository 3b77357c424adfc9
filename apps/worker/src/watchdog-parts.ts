import type { GroupCommit } from '@sms/db'
import type { Loop } from './loop.ts'
import type { Watched } from './watchdog.ts'

/** The runs of jobs that are under way in this process. */
export type Runs = {
  track<T>(run: () => Promise<T>): Promise<T>
  /** Begun since the start. */
  takenCount(): number
  underWayCount(): number
  /** Age of the oldest, in milliseconds; 0: there is none. */
  oldestMs(): number
}

export const createRuns = (): Runs => {
  // In the order of their beginning.
  const underWay = new Set<{ since: number }>()
  let taken = 0
  return {
    track: async (run) => {
      const entry = { since: performance.now() }
      taken += 1
      underWay.add(entry)
      try {
        return await run()
      } finally {
        underWay.delete(entry)
      }
    },
    takenCount: () => taken,
    underWayCount: () => underWay.size,
    oldestMs: () => {
      const [oldest] = underWay
      return oldest ? performance.now() - oldest.since : 0
    },
  }
}

const loopPart = (loop: Pick<Loop, 'name'>): string => `${loop.name}-loop`

/** A loop without a good round: what it needs is away, or hangs. */
export const watchLoop = (loop: Pick<Loop, 'name' | 'everyMs' | 'lastRoundAt'>, stallMs: number): Watched => ({
  part: loopPart(loop),
  isStalled: () => performance.now() - loop.lastRoundAt() > stallMs + loop.everyMs,
})

/**
 * Whether a new process may do better. One loop whose rounds fail, each for a reason of its own, would fail there as well, and the
 * restarts would cost what goes on beside it: that is said, and left to a person. Loops that all fail have lost what they share.
 */
export const isWorthRestart = (
  parts: readonly string[],
  loops: readonly Pick<Loop, 'name' | 'roundForMs'>[],
  stallMs: number,
): boolean => {
  const failing = loops.filter((loop) => parts.includes(loopPart(loop)))
  return failing.length < parts.length || failing.length === loops.length || failing.some((loop) => loop.roundForMs() > stallMs)
}

/** A statement that hangs, a pool without a free connection, a database that is away. */
export const watchWrites = (
  part: 'claims' | 'settles',
  writes: Pick<GroupCommit<never, never>, 'pendingForMs'>,
  stallMs: number,
): Watched => ({ part, isStalled: () => writes.pendingForMs() > stallMs })

/** A run that outlived every limit it has. One that waits for PostgreSQL is old too, and `settles` says why. */
export const watchRuns = (runs: Pick<Runs, 'oldestMs'>, stallMs: number): Watched => ({
  part: 'runs',
  isStalled: () => runs.oldestMs() > stallMs,
})

/**
 * The consumer sits beside ready jobs: at every look for `stallMs` there were jobs to take, no hold was in force, this worker had
 * free hands, and it took none. An idle queue, a paused or blocked account, a hold and a low rate all break that chain: with
 * one of them there is nothing ready, or a hold in force at one look or the other.
 */
export const watchConsumer = (deps: {
  runs: Pick<Runs, 'takenCount' | 'underWayCount'>
  concurrency: () => number
  /** Jobs that could be taken now; 0 while a hold is in force. */
  countReady: () => Promise<number>
  stallMs: number
  now: () => number
}): (() => Promise<boolean>) => {
  let idleSince: number | null = null
  let takenBefore = 0
  return async () => {
    const taken = deps.runs.takenCount()
    const isIdle = taken === takenBefore && deps.runs.underWayCount() < deps.concurrency()
    takenBefore = taken
    if (!isIdle || (await deps.countReady()) === 0) idleSince = null
    else idleSince ??= deps.now()
    return idleSince !== null && deps.now() - idleSince >= deps.stallMs
  }
}
