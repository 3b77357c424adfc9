import type { ReplayOperations } from '@sms/core'

/**
 * Works off replays as soon as they are started. It waits for nobody and never throws: whatever it leaves, the workers' loop goes on with,
 * and two of them at once never take the same chunk.
 */
export const createReplayRunner = (deps: {
  work: () => ReturnType<ReplayOperations['work']>
  kick: (accountId: number) => void
  onError: (error: unknown) => void
}): { kick: () => void; stop: () => Promise<void> } => {
  let running: Promise<void> | null = null
  let isWanted = false
  let isStopping = false

  const run = async (): Promise<void> => {
    while (isWanted && !isStopping) {
      isWanted = false
      for (;;) {
        const worked = isStopping ? null : await deps.work()
        if (worked === null) break
        worked.accountIds.forEach(deps.kick)
      }
    }
  }

  return {
    kick: () => {
      isWanted = true
      if (isStopping) return
      running ??= run()
        .catch(deps.onError)
        .finally(() => {
          running = null
        })
    },
    stop: async () => {
      isStopping = true
      await running
    },
  }
}
