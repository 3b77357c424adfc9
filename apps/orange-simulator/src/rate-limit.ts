/** Lets at most `limit` through in any sliding second. Constant time: only the last `limit` passages are kept. */
export const createRateLimit = (initialLimit: number) => {
  let limit = initialLimit
  let passedAt: Float64Array<ArrayBuffer> = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY)
  let oldest = 0

  return {
    /** True when a request at `atMs` (never before the last one) may pass; it then counts. */
    pass(atMs: number): boolean {
      if (limit === 0) return true
      if (atMs - (passedAt[oldest] ?? 0) < 1000) return false
      passedAt[oldest] = atMs
      oldest = (oldest + 1) % limit
      return true
    },
    setLimit(next: number) {
      if (next === limit) return
      const inOrder = [...passedAt.subarray(oldest), ...passedAt.subarray(0, oldest)]
      // The latest passages go on counting, or a change of the limit would open the door for a moment.
      const kept = inOrder.slice(Math.max(0, inOrder.length - next))
      limit = next
      passedAt = new Float64Array(next).fill(Number.NEGATIVE_INFINITY)
      passedAt.set(kept, next - kept.length)
      oldest = 0
    },
    clear() {
      passedAt.fill(Number.NEGATIVE_INFINITY)
      oldest = 0
    },
  }
}
export type RateLimit = ReturnType<typeof createRateLimit>
