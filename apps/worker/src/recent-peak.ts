/** How long something took at most lately: follows what is slower at once, and forgets it by half in each `halfLifeMs`. */
export type RecentPeak = {
  took(durationMs: number): void
  ms(): number
}

/**
 * By time and not by the number of looks: ten SMS that are claimed in one statement say the same thing ten times.
 * `now`: milliseconds of a clock that never goes back.
 */
export const createRecentPeak = (
  options: { firstMs: number; halfLifeMs: number },
  now: () => number = () => performance.now(),
): RecentPeak => {
  let peakMs = options.firstMs
  let lastMs = 0
  let at = now()
  // Sinks towards what was seen last.
  const ms = (): number => lastMs + (peakMs - lastMs) * 0.5 ** ((now() - at) / options.halfLifeMs)
  return {
    took: (durationMs) => {
      peakMs = Math.max(durationMs, ms())
      lastMs = durationMs
      at = now()
    },
    ms,
  }
}
