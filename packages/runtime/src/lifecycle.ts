import type { EventEmitter } from 'node:events'
import type { Logger } from './logger.ts'

/** `limitMs`: what it may take; afterwards nobody waits for it. */
export type Release = (limitMs: number) => Promise<void> | void

/** What a lifecycle needs of the process; `process` itself fits. */
export type ProcessPort = Pick<EventEmitter, 'on' | 'off'> & { exit(code: number): unknown }

export type LifecycleSettings = {
  logger: Logger
  /** For the whole of closing: what is left then is abandoned. */
  graceMs: number
  process: ProcessPort
}

export type Lifecycle = {
  /** Something was opened. It is released on closing, the last opened first; `limitMs` bounds it within the grace. */
  onClose(name: string, release: Release, limitMs?: number): void
  /** Releases everything once; further calls wait for the first. True: all of it went well and in time. */
  close(): Promise<boolean>
  /** Closes as a signal would, and exits 1: what asked for it cannot be mended from inside. */
  fail(): void
  /** Runs the start of the process. Where it throws, what was opened so far is released and the process exits 1. */
  run(start: () => Promise<void>): Promise<void>
}

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const
type StopSignal = keyof typeof SIGNAL_NUMBERS

type Opened = { name: string; release: Release; limitMs: number }

const releaseInTime = async ({ name, release }: Opened, limitMs: number, logger: Logger): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs)
  })
  try {
    const outcome = await Promise.race([Promise.try(release, limitMs), limit])
    if (outcome === 'late') logger.error({ resource: name, limitMs: Math.round(limitMs) }, 'Resource not released in time')
    return outcome !== 'late'
  } catch (err) {
    logger.error({ resource: name, err }, 'Resource not released')
    return false
  } finally {
    clearTimeout(timer)
  }
}

/**
 * From the first resource to the exit code. SIGTERM or SIGINT closes gracefully and exits 0, or 1 when something did not
 * close; a second signal exits at once; an error nobody caught is logged, then closes and exits 1.
 */
export const createLifecycle = ({ logger, graceMs, process }: LifecycleSettings): Lifecycle => {
  const opened: Opened[] = []
  let closing: Promise<boolean> | null = null
  let isEnding = false
  let hasFailed = false

  const releaseAll = async (): Promise<boolean> => {
    const deadline = performance.now() + graceMs
    let isClean = true
    // Looks again each time: a start still under way may open something more.
    for (let next = opened.pop(); next !== undefined; next = opened.pop()) {
      const leftMs = Math.max(0, deadline - performance.now())
      isClean = (await releaseInTime(next, Math.min(next.limitMs, leftMs), logger)) && isClean
    }
    return isClean
  }

  const close = (): Promise<boolean> => (closing ??= releaseAll())

  const end = async (): Promise<void> => {
    isEnding = true
    const isClean = await close()
    stopListening()
    process.exit(isClean && !hasFailed ? 0 : 1)
  }

  const fail = (): void => {
    // While closing, the close goes on: abandoning it would cost what is on the wire.
    hasFailed = true
    if (!isEnding) void end()
  }

  const onSignal = (signal: StopSignal): void => {
    if (isEnding) {
      logger.warn({ signal }, 'Stopped at once')
      process.exit(128 + SIGNAL_NUMBERS[signal])
      return
    }
    logger.info({ signal, graceMs }, 'Stopping')
    void end()
  }
  const onSigterm = (): void => onSignal('SIGTERM')
  const onSigint = (): void => onSignal('SIGINT')
  const onFatal = (err: unknown): void => {
    logger.fatal({ err: err instanceof Error ? err : new Error('Something else than an error was thrown') }, 'Unexpected error')
    fail()
  }

  const listeners = [
    ['SIGTERM', onSigterm],
    ['SIGINT', onSigint],
    ['uncaughtException', onFatal],
    ['unhandledRejection', onFatal],
  ] as const
  const stopListening = (): void => {
    for (const [event, listener] of listeners) process.off(event, listener)
  }
  for (const [event, listener] of listeners) process.on(event, listener)

  return {
    close,
    fail,
    onClose: (name, release, limitMs = graceMs) => {
      opened.push({ name, release, limitMs })
      // Opened after closing had ended: nobody else would release it.
      if (closing !== null) closing = closing.then(async (isClean) => (await releaseAll()) && isClean)
    },
    run: async (start) => {
      try {
        await start()
      } catch (err) {
        if (isEnding) return
        logger.fatal({ err }, 'Start failed')
        hasFailed = true
        await end()
      }
    },
  }
}
