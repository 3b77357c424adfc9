import type { ExpandedChunk } from '@sms/db'

/** Makes rows of segment and all-contacts batches, chunk by chunk, and lets the waiting rows of cancelled batches follow. */
export const createExpandRound =
  (deps: {
    expandNextChunk: () => Promise<ExpandedChunk | null>
    sweepCancelled: () => Promise<number>
    onChunk: (chunk: ExpandedChunk) => void
  }): (() => Promise<boolean>) =>
  async () => {
    const chunk = await deps.expandNextChunk()
    if (chunk) deps.onChunk(chunk)
    const swept = await deps.sweepCancelled()
    return chunk !== null || swept > 0
  }
