/** Forgets what nobody may ask for any more. One slice a round. */
export const createForgetRound =
  (deps: {
    forgetOld: () => Promise<{ keys: number; plans: number }>
    onForgotten: (count: { keys: number; plans: number }) => void
  }): (() => Promise<void>) =>
  async () => {
    const count = await deps.forgetOld()
    if (count.keys + count.plans > 0) deps.onForgotten(count)
  }
