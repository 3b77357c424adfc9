/** A task that repeats: never twice at once, never stopped by one failure, ended by `stop` after the round under way. */
export type Loop = {
  name: string
  everyMs: number
  start(): void
  stop(): Promise<void>
  /** When the last good round ended, on the clock of performance.now(). */
  lastRoundAt(): number
  /** Age of the round under way; 0: there is none. */
  roundForMs(): number
}

export const createLoop = (options: {
  name: string
  everyMs: number
  /** True: there is more to do at once. */
  round: () => Promise<boolean | void>
  onRound?: (name: string, durationMs: number) => void
  onError: (name: string, error: unknown) => void
}): Loop => {
  let isStopping = false
  let wake: (() => void) | undefined
  let running: Promise<void> | undefined
  let lastRoundAt = performance.now()
  let failuresInARow = 0
  let roundSince: number | null = null

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const runRound = async (): Promise<boolean> => {
    const startedAt = performance.now()
    roundSince = startedAt
    try {
      const more = await options.round()
      failuresInARow = 0
      lastRoundAt = performance.now()
      options.onRound?.(options.name, performance.now() - startedAt)
      return more === true
    } catch (error) {
      failuresInARow += 1
      options.onError(options.name, error)
      return false
    } finally {
      roundSince = null
    }
  }

  const run = async (): Promise<void> => {
    while (!isStopping) {
      // Stopped during the round: there is no rest to wake it from.
      if ((await runRound()) || isStopping) continue
      // The service it needs is away: ask less often, but notice within seconds when it is back.
      const backoff = Math.min(2 ** failuresInARow, 10)
      // Workers started together should not all ask in the same moment.
      await rest(Math.min(options.everyMs * backoff, 5_000 + options.everyMs) * (0.9 + Math.random() * 0.2))
    }
  }

  return {
    name: options.name,
    everyMs: options.everyMs,
    start: () => {
      running ??= run()
    },
    stop: async () => {
      isStopping = true
      wake?.()
      await running
    },
    lastRoundAt: () => lastRoundAt,
    roundForMs: () => (roundSince === null ? 0 : performance.now() - roundSince),
  }
}
