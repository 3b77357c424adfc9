import type { GroupCommit } from '@sms/db'
import type { Logger } from '@sms/runtime'
import type { AccountService } from './account-service.ts'
import type { Loop } from './loop.ts'
import { createWatchdog, type Watchdog } from './watchdog.ts'
import { isWorthRestart, watchLoop, watchRuns, watchWrites } from './watchdog-parts.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

const LOOK_EVERY_MS = 5_000

/** Half a lease, within these bounds: longer than a silent connection takes to be given up. */
const SHORTEST_STALL_MS = 15_000
const LONGEST_STALL_MS = 30_000

/** Beyond its lease, which bounds the request: for a provider that takes its whole time to be found away, some times over. */
const RUN_MARGIN_MS = 180_000

const EXIT_AFTER_MS = 60_000

/** What this worker watches of itself, and what it says of it. */
export const createWorkerWatchdog = (
  deps: {
    loops: readonly Loop[]
    claims: Pick<GroupCommit<never, never>, 'pendingForMs'>
    settles: Pick<GroupCommit<never, never>, 'pendingForMs'>
    /** Those that take jobs now. */
    accounts: () => readonly AccountService[]
    services: readonly (() => Promise<void>)[]
    logger: Logger
    metrics: Pick<WorkerMetrics, 'stalled'>
    /** Ends the process as a failure. */
    giveUp: () => void
  },
  options: { leaseMs: number },
): Watchdog => {
  const { logger, metrics } = deps
  const stallMs = Math.min(LONGEST_STALL_MS, Math.max(SHORTEST_STALL_MS, options.leaseMs / 2))
  return createWatchdog({
    watched: [
      ...deps.loops.map((loop) => watchLoop(loop, stallMs)),
      watchWrites('claims', deps.claims, stallMs),
      watchWrites('settles', deps.settles, stallMs),
      watchRuns(
        { oldestMs: () => Math.max(0, ...deps.accounts().map(({ runs }) => runs.oldestMs())) },
        options.leaseMs + RUN_MARGIN_MS,
      ),
      {
        part: 'consumer',
        isStalled: async () =>
          (await Promise.all(deps.accounts().map(({ isConsumerStalled }) => isConsumerStalled()))).includes(true),
      },
    ],
    services: deps.services,
    isWorthRestart: (parts) => isWorthRestart(parts, deps.loops, stallMs),
    everyMs: LOOK_EVERY_MS,
    exitAfterMs: EXIT_AFTER_MS,
    now: () => performance.now(),
    onStalled: (part) => {
      metrics.stalled.set({ part }, 1)
      logger.error({ part }, 'worker stalled')
    },
    onGoesOn: (part, stalledMs) => {
      metrics.stalled.set({ part }, 0)
      logger.info({ part, durationMs: Math.round(stalledMs) }, 'worker goes on')
    },
    onStoodStill: (forMs) => logger.warn({ durationMs: Math.round(forMs) }, 'worker stood still'),
    onGiveUp: (parts) => {
      logger.fatal({ parts }, 'worker gives up')
      deps.giveUp()
    },
  })
}
