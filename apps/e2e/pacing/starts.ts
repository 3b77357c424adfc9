/** What the times of the requests, in milliseconds of one clock, say about the pace. */
export type Pace = {
  starts: number
  /** Most starts in any 1,000 ms. */
  peak: number
  /** Share of the allowed rate that was used between the first start and the last. */
  used: number
  /** How many starts each of the sliding seconds held that begin at a start, as [starts, how often]. */
  histogram: [number, number][]
  shortestGapMs: number
  longestGapMs: number
}

export const paceOf = (unordered: readonly number[], ratePerSecond: number): Pace => {
  const times = unordered.toSorted((a, b) => a - b)
  const counts = secondsOf(times)
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at))
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const histogram = new Map<number, number>()
  // A second that reaches beyond the last start was not looked at to its end.
  times.forEach((at, index) => {
    const count = counts[index] ?? 0
    if (at + 1_000 <= last) histogram.set(count, (histogram.get(count) ?? 0) + 1)
  })
  return {
    starts: times.length,
    peak: counts.reduce((most, count) => Math.max(most, count), 0),
    used: last > first ? (times.length - 1) / ((last - first) / 1_000) / ratePerSecond : 0,
    histogram: [...histogram].toSorted(([a], [b]) => a - b),
    shortestGapMs: gaps.reduce((least, gap) => Math.min(least, gap), Infinity),
    longestGapMs: gaps.reduce((most, gap) => Math.max(most, gap), 0),
  }
}

/** For each start, how many there are within 1,000 ms from it, itself included: the fullest of them is the peak. */
const secondsOf = (times: readonly number[]): number[] => {
  let end = 0
  return times.map((at, index) => {
    while (end < times.length && (times[end] ?? at) - at < 1_000) end += 1
    return end - index
  })
}

export const quantile = (values: readonly number[], share: number): number => {
  const ordered = values.toSorted((a, b) => a - b)
  return ordered[Math.min(ordered.length - 1, Math.floor(share * ordered.length))] ?? Number.NaN
}
