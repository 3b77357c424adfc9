import { hostname } from 'node:os'
import { createSenderAccountRepository, findOpenWork, openDatabase } from '@sms/db'
import { createDrainLock, type DrainLock, openRedis } from '@sms/queue'
import { type CommandExit, createLifecycle, createLogger, type ProcessPort, toJson, type WorkerConfig } from '@sms/runtime'
import { openDeps } from '../deps.ts'
import type { WorkerMetrics } from '../worker-metrics.ts'
import type { DrainArguments } from './arguments.ts'
import { drain, type DrainEnd } from './drain.ts'

/** A holder that died keeps the next run away for so long beyond the time in which it would have closed. */
const LOCK_MARGIN_MS = 30_000
const CLOSE_MARGIN_MS = 10_000

type Printed = { output: string; exit?: CommandExit }

export const runDrain = (config: WorkerConfig, given: DrainArguments, process: ProcessPort): Promise<Printed> =>
  given.dryRun ? tellWork(config, given) : runWorker(config, given, process)

const runWorker = async (config: WorkerConfig, given: DrainArguments, process: ProcessPort): Promise<Printed> => {
  const startedAt = performance.now()
  const graceMs = config.ORANGE_TIMEOUT_MS + CLOSE_MARGIN_MS
  const logger = createLogger({ name: 'sms-drain', level: config.LOG_LEVEL, destination: globalThis.process.stderr })
  const ended = Promise.withResolvers<number>()
  // A first signal closes, and the report comes after it; a second one ends at once.
  const port = { ...listenersOf(process), exit: (code: number) => (code > 128 ? process.exit(code) : ended.resolve(code)) }
  const lifecycle = createLifecycle({ logger, graceMs, process: port })
  const stop = new AbortController()
  try {
    const lock = given.isExclusive ? openLock(config, lifecycle, graceMs + LOCK_MARGIN_MS + 2 * given.delayMs) : null
    if (lock !== null && !(await lock.keep())) return refuse(given, await lock.holder())
    const { service, db, metrics } = openDeps({ ...config, WORKER_CONCURRENCY: given.batchSize }, logger, lifecycle)
    // Released first: the loop below must not take an answer of a closing system for an empty queue.
    lifecycle.onClose('drain', () => stop.abort())
    const end = await drain(
      {
        findWork: () => findOpenWork(db),
        start: service.start,
        keepLock: async () => (lock === null ? true : lock.keep()),
        now: () => performance.now(),
        rest: (ms) => restUntil(ms, stop.signal),
      },
      given,
      stop.signal,
    )
    const isClean = await lifecycle.close()
    const code = end === 'stopped' ? await ended.promise : isClean ? 0 : 1
    const exit = code !== 0 ? 1 : end === 'lock lost' ? 75 : 0
    return { output: await tellEnd(given, { end, metrics, seconds: (performance.now() - startedAt) / 1_000 }), exit }
  } finally {
    await lifecycle.close()
  }
}

const listenersOf = (process: ProcessPort): Pick<ProcessPort, 'on' | 'off'> => ({
  on: process.on.bind(process),
  off: process.off.bind(process),
})

const restUntil = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

/** On a connection of its own, which closes after the service has settled everything. */
const openLock = (config: WorkerConfig, lifecycle: ReturnType<typeof createLifecycle>, lifeMs: number): DrainLock => {
  const { redis, release } = openRedis({ url: config.REDIS_URL, role: 'producer', onError: () => undefined })
  lifecycle.onClose('redis-lock', release)
  const lock = createDrainLock({ redis }, { owner: `${hostname()}-${globalThis.process.pid}`, lifeMs })
  lifecycle.onClose('lock', () => lock.free())
  return lock
}

const refuse = (given: DrainArguments, holder: { owner: string; leftMs: number } | null): Printed => ({
  exit: 75,
  output: given.asJson
    ? toJson({ ended: 'not alone', holder })
    : `Another worker:drain --exclusive is at work${holder === null ? '' : `: ${holder.owner}, for ${Math.ceil(holder.leftMs / 1_000)} s without a word`}`,
})

const tellEnd = async (
  given: DrainArguments,
  run: { end: DrainEnd; metrics: WorkerMetrics; seconds: number },
): Promise<string> => {
  const moved: Record<string, number> = { SENT: 0, FAILED: 0, UNKNOWN: 0, CANCELLED: 0, PENDING: 0 }
  for (const { labels, value } of (await run.metrics.states.get()).values) {
    const status = String(labels.status)
    moved[status] = (moved[status] ?? 0) + value
  }
  const seconds = Math.round(run.seconds * 10) / 10
  // What went back to wait is counted once an attempt, not once an SMS.
  const { PENDING: attemptsPutOff, ...counts } = moved
  if (given.asJson) return toJson({ ended: run.end, seconds, ...counts, attemptsPutOff })
  const words = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
  return `${run.end} after ${seconds} s: ${words.join(', ')}; ${attemptsPutOff} attempts put off`
}

const tellWork = async (config: WorkerConfig, given: DrainArguments): Promise<Printed> => {
  const { db, release } = openDatabase({ url: config.DATABASE_URL, poolSize: 1, applicationName: 'sms-drain' })
  try {
    const work = await findOpenWork(db)
    const accounts = await createSenderAccountRepository(db).readWorkload()
    if (given.asJson) return { output: toJson({ dryRun: true, work, accounts }) }
    const lines = accounts.map(
      ({ accountId, window, backlog }) => `account ${accountId}: ${backlog} to do, ${window} in the window`,
    )
    return { output: [work.length === 0 ? 'Nothing to do now' : `To do: ${work.join(', ')}`, ...lines].join('\n') }
  } finally {
    await release()
  }
}
