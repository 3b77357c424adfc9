import { leaseLeftMs } from '@sms/core'

export type Clocks = { monotonic: () => number; wall: () => number }

const CLOCKS: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() }

/**
 * Begins a lease that is asked for now, which is a little before PostgreSQL begins it; what is given tells what is left of it.
 *
 * Two clocks count and the later one decides. The monotonic one runs while the process is stopped, but stands while the machine sleeps;
 * the clock of day is put right when the machine wakes, but may also be set back. Set forward it ends a lease early, which only
 * gives an SMS back that was not sent.
 */
export const beginLease = (leaseMs: number, clocks: Clocks = CLOCKS): (() => number) => {
  const began = { monotonic: clocks.monotonic(), wall: clocks.wall() }
  return () =>
    Math.min(
      leaseLeftMs({ claimedAt: began.monotonic, leaseMs, now: clocks.monotonic }),
      leaseLeftMs({ claimedAt: began.wall, leaseMs, now: clocks.wall }),
    )
}
