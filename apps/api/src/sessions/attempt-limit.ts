/** Counts in windows of fixed length, in this process. */
export type AttemptLimit = {
  /** Spends `points`; true when the window has them left, or nothing of it is spent yet. */
  take(key: string, points?: number): boolean
}

/** Beyond so many keys the oldest are forgotten: memory is not the attacker's to fill. */
const MAX_KEYS = 20_000

export const createAttemptLimit = (options: { max: number; windowMs: number; now: () => number }): AttemptLimit => {
  const windows = new Map<string, { endsAt: number; spent: number }>()

  return {
    take: (key, points = 1) => {
      const found = windows.get(key)
      const window =
        found !== undefined && found.endsAt > options.now() ? found : { endsAt: options.now() + options.windowMs, spent: 0 }
      // What alone is dearer than a window must still be possible at times.
      if (window.spent > 0 && window.spent + points > options.max) return false
      window.spent += points
      windows.delete(key)
      windows.set(key, window)
      const [oldest] = windows.keys()
      if (windows.size > MAX_KEYS && oldest !== undefined) windows.delete(oldest)
      return true
    },
  }
}
