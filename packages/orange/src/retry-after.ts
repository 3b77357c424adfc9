/** A wrong clock or a joke must not put an account to sleep for days. */
const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * `Retry-After` in milliseconds: a number of seconds or an HTTP date. Null when it is missing, unreadable or not in the
 * future: a wait of nothing would send the next request at once.
 */
export const readRetryAfter = (header: string | undefined, nowMs: number): number | null => {
  const text = header?.trim() ?? ''
  const delayMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return delayMs > 0 ? Math.min(Math.ceil(delayMs), MAX_RETRY_AFTER_MS) : null
}
