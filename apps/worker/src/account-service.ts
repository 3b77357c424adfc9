import type { OrangeProvider } from '@sms/orange'
import type { Window } from '@sms/queue'
import type { Redis } from 'ioredis'
import { processSend, type SendDeps } from './process-send.ts'
import { createRuns, type Runs, watchConsumer } from './watchdog-parts.ts'
import { createSendWorker } from './worker.ts'

/** One sender account at work in this process: its queue, its token, its pace and its health are its own. */
export type AccountService = {
  readonly accountId: number
  readonly ratePerSecond: number
  /** For what is asked of Orange beside sending. */
  readonly provider: OrangeProvider
  readonly runs: Pick<Runs, 'oldestMs'>
  /** It takes no jobs although there are some. */
  isConsumerStalled(): Promise<boolean>
  start(): void
  /** So many SMS at once, from the next one on. */
  setConcurrency(concurrency: number): void
  /** Takes no new job, and resolves when what is on the wire is settled. */
  stop(): Promise<void>
}

/** Longer than BullMQ blocks (10 s). */
const CONSUMER_STALL_MS = 60_000

export const createAccountService = (
  deps: {
    blockingRedis: Redis
    window: Window
    provider: OrangeProvider
    send: SendDeps
    onError: (error: Error) => void
    onEnded: (error: unknown) => void
  },
  options: { ratePerSecond: number; concurrency: number },
): AccountService => {
  const { accountId, leaseMs } = deps.send
  const runs = createRuns()
  const worker = createSendWorker({
    accountId,
    connection: deps.blockingRedis,
    window: deps.window,
    concurrency: options.concurrency,
    ratePerSecond: options.ratePerSecond,
    leaseMs,
    onError: deps.onError,
    pacer: deps.send.pacer,
    health: deps.send.health,
    warmUp: () => deps.send.provider.prepare(),
    process: (job, taken) => runs.track(() => processSend(deps.send, job, taken)),
  })
  return {
    accountId,
    ratePerSecond: options.ratePerSecond,
    provider: deps.provider,
    runs,
    isConsumerStalled: watchConsumer({
      runs,
      concurrency: worker.concurrency,
      countReady: async () => (worker.isResting() ? 0 : deps.window.countTakeable(accountId)),
      stallMs: CONSUMER_STALL_MS,
      now: () => performance.now(),
    }),
    start: () => {
      // run() settles only when the worker is closed; errors of its rounds come through onError.
      worker.run().catch(deps.onEnded)
    },
    setConcurrency: (concurrency) => {
      if (worker.concurrency() !== concurrency) worker.setConcurrency(concurrency)
    },
    stop: async () => {
      // Waits for the jobs under way, which end when they are settled: only then does nothing need the connections any more.
      await worker.close()
      await deps.provider.close()
    },
  }
}
