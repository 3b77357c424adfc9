import type { SendOutcome, SmsProvider } from '@sms/core'
import type { AccountHealth } from './account-health.ts'

/** One connection that could not be made says something about this worker; for so long, it says something about the account. */
const LASTS_MS = 3_000
const FIRST_REST_MS = 250

export type LastingTroubleDeps = {
  provider: Pick<SmsProvider, 'prepare'>
  health: Pick<AccountHealth, 'troubleLasted' | 'isInLastingTrouble'>
}

/**
 * Rests and tries again, while every other worker goes on. Null: it passed. Else what is the matter with the account: it lasted, or it is a
 * refusal, which no second try takes back.
 */
export const lastingTrouble = async (
  { provider, health }: LastingTroubleDeps,
  first: SendOutcome,
  time: { now: () => number; pause: (ms: number) => Promise<void> } = realTime,
): Promise<SendOutcome | null> => {
  const lastsAt = time.now() + LASTS_MS
  let trouble: SendOutcome | null = first
  for (let restMs = FIRST_REST_MS; trouble?.kind === 'unavailable'; restMs *= 2) {
    // At least one more try, however long the first one took; none where another job of this worker has made them lately.
    if (health.isInLastingTrouble() || (restMs > FIRST_REST_MS && time.now() >= lastsAt)) {
      health.troubleLasted()
      return trouble
    }
    await time.pause(restMs)
    trouble = await provider.prepare()
  }
  return trouble
}

const realTime = {
  now: () => performance.now(),
  pause: (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms)),
}
