/**
 * Makes `dispatch` something that can be asked for at any time: asked while it runs, it runs once more after. Never waits and
 * never throws; a round that failed is made up for by the workers' own loop.
 */
export const createKick = (deps: {
  dispatch: (accountId: number) => Promise<unknown>
  onError: (error: unknown, accountId: number) => void
}): ((accountId: number) => void) => {
  const running = new Set<number>()
  const wanted = new Set<number>()

  const run = async (accountId: number): Promise<void> => {
    running.add(accountId)
    while (wanted.delete(accountId)) {
      try {
        await deps.dispatch(accountId)
      } catch (error) {
        deps.onError(error, accountId)
      }
    }
    running.delete(accountId)
  }

  return (accountId) => {
    wanted.add(accountId)
    if (!running.has(accountId)) void run(accountId)
  }
}
