/** Why it ended. */
export type DrainEnd = 'empty' | 'time is up' | 'lock lost' | 'stopped'

/**
 * Works until there is nothing left to do. A look that fails (PostgreSQL was away for a moment) tells nothing, and a lock that could not be
 * asked for is still ours for the rest of its life: both are asked again at the next look. Only the very first look throws.
 */
export const drain = async (
  deps: {
    /** Empty: there is nothing to do now. */
    findWork: () => Promise<readonly unknown[]>
    /** Called once, when there is something to do. */
    start: () => void
    /** False: somebody else has it. */
    keepLock: () => Promise<boolean>
    /** Milliseconds that only go forward. */
    now: () => number
    /** Resolves after so long, or when the signal comes. */
    rest: (ms: number) => Promise<void>
  },
  limits: { maxRuntimeMs: number; delayMs: number },
  signal: AbortSignal,
): Promise<DrainEnd> => {
  const endsAt = deps.now() + limits.maxRuntimeMs
  if ((await deps.findWork()).length === 0) return 'empty'
  deps.start()
  for (;;) {
    const leftMs = endsAt - deps.now()
    if (leftMs <= 0) return 'time is up'
    await deps.rest(Math.min(limits.delayMs, leftMs))
    if (signal.aborted) return 'stopped'
    if (!(await deps.keepLock().catch(() => true))) return 'lock lost'
    const work = await deps.findWork().catch(() => null)
    // What was asked while everything closed says nothing.
    if (signal.aborted) return 'stopped'
    if (work?.length === 0) return 'empty'
  }
}
