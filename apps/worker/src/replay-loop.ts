import type { ReplayOperations } from '@sms/core'

/** Goes on with replays that whoever started them has left. One chunk a round; the dispatch finds what is PENDING again. */
export const createReplayRound =
  (deps: {
    operations: Pick<ReplayOperations, 'work'>
    onDone: (operation: { replayId: string; total: number; replayed: number }) => void
    onStopped: (operation: { replayId: string; total: number; replayed: number; code: string }) => void
  }): (() => Promise<boolean>) =>
  async () => {
    const worked = await deps.operations.work(null)
    if (worked === null) return false
    const { id, status, code, total, replayed } = worked.operation
    if (status === 'DONE') deps.onDone({ replayId: String(id), total, replayed })
    if (code !== null) deps.onStopped({ replayId: String(id), total, replayed, code })
    return true
  }
