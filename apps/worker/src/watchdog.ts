/** A part of the worker that can come to a stop while there is something to do. */
export type Watched = {
  /** One of few words: it is the label of a metric. */
  part: string
  /** A rejection says nothing about it. */
  isStalled(): boolean | Promise<boolean>
}

export type Watchdog = {
  start(): void
  stop(): void
  /** Parts that stood still when it last looked. */
  stalled(): string[]
  look(): Promise<void>
}

export type WatchdogOptions = {
  watched: readonly Watched[]
  /** PostgreSQL and Redis; each resolves when it answers somebody who asks anew. */
  services: readonly (() => Promise<void>)[]
  /** Whether a new process may do better with these parts. */
  isWorthRestart: (parts: string[]) => boolean
  everyMs: number
  /** It is given up after so long of standing still with every service there. */
  exitAfterMs: number
  now: () => number
  onStalled: (part: string) => void
  onGoesOn: (part: string, stalledMs: number) => void
  /** This process itself stood still, or its event loop did. */
  onStoodStill: (forMs: number) => void
  onGiveUp: (parts: string[]) => void
}

/**
 * Notices that something stands still, and gives the process up when nothing outside explains it. While a service is away, a restart
 * would help nobody and cost what this process keeps: it waits, not ready, and its connections give up on a silent server by
 * themselves. With every service answering, what still stands still is broken in here, and the supervisor starts it anew.
 */
export const createWatchdog = (options: WatchdogOptions): Watchdog => {
  const stalledSince = new Map<string, number>()
  let unexplainedSince: number | null = null
  let isGivenUp = false
  let dueAt = 0
  let timer: NodeJS.Timeout | undefined

  const judge = (part: string, isStalled: boolean): void => {
    const since = stalledSince.get(part)
    if (isStalled && since === undefined) {
      stalledSince.set(part, options.now())
      options.onStalled(part)
    } else if (!isStalled && since !== undefined) {
      stalledSince.delete(part)
      options.onGoesOn(part, options.now() - since)
    }
  }

  const areServicesThere = async (): Promise<boolean> => {
    const answers = await Promise.allSettled(options.services.map((ask) => ask()))
    return answers.every(({ status }) => status === 'fulfilled')
  }

  const look = async (): Promise<void> => {
    await Promise.all(
      options.watched.map(async ({ part, isStalled }) => {
        const verdict = await within(options.everyMs, isStalled)
        if (verdict !== null) judge(part, verdict)
      }),
    )
    const parts = [...stalledSince.keys()]
    if (parts.length === 0 || !options.isWorthRestart(parts) || !(await areServicesThere())) {
      unexplainedSince = null
      return
    }
    unexplainedSince ??= options.now()
    if (isGivenUp || options.now() - unexplainedSince < options.exitAfterMs) return
    isGivenUp = true
    options.onGiveUp(parts)
  }

  const run = async (): Promise<void> => {
    const lateMs = options.now() - dueAt
    // Whoever was frozen finds everything old: the others get one turn's time to go on before they are judged.
    if (lateMs > options.everyMs) {
      unexplainedSince = null
      options.onStoodStill(lateMs)
    } else {
      await look()
    }
    if (timer !== undefined) schedule()
  }

  const schedule = (): void => {
    dueAt = options.now() + options.everyMs
    timer = setTimeout(() => void run(), options.everyMs)
  }

  return {
    look,
    stalled: () => [...stalledSince.keys()],
    start: schedule,
    stop: () => {
      // A process that ends already is not given up as well.
      isGivenUp = true
      clearTimeout(timer)
      timer = undefined
    },
  }
}

/** Null: it failed, or did not say in time. */
const within = async (limitMs: number, ask: () => boolean | Promise<boolean>): Promise<boolean | null> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs)
  })
  try {
    return await Promise.race([Promise.try(ask), limit])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
