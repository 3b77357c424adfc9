export type ManualClock = {
  /** Milliseconds of the epoch. */
  now: () => number
  advance: (ms: number) => void
  set: (atMs: number) => void
}

/** A clock that moves only when told to. */
export const createManualClock = (startMs: number = Date.UTC(2026, 0, 1)): ManualClock => {
  let nowMs = startMs
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms
    },
    set: (atMs) => {
      nowMs = atMs
    },
  }
}
