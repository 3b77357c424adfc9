import { dispatchDue, quietFloors, type QuietHours, windowSizeFor } from '@sms/core'
import { createSmsQueueRepository, type Database } from '@sms/db'
import type { Window } from '@sms/queue'
import type { Logger } from '@sms/runtime'
import { createKick } from './kick.ts'

/** By then the dispatcher that was at it has committed. */
const DISPATCH_AGAIN_MS = 60

/** A dispatch of an account right after its send was accepted; the workers' own rounds make up for one that fails. */
export const createDispatchKick = (deps: {
  db: Database
  window: Window
  quietHours: QuietHours | null
  rateOf: (accountId: number) => Promise<number>
  logger: Logger
}): ((accountId: number) => void) => {
  const quietNow = () => quietFloors(Date.now(), deps.quietHours)
  const ports = { sms: createSmsQueueRepository(deps.db, { quietNow }), window: deps.window }
  return createKick({
    dispatch: async (accountId) => {
      const dispatch = async (): Promise<number> =>
        dispatchDue(ports, { accountId, windowSize: windowSizeFor(await deps.rateOf(accountId)) })
      const count = await dispatch()
      // A worker may have been at it, too early to see these rows: a single SMS should not wait for its next round.
      if (count === 0) setTimeout(() => void dispatch().catch(() => undefined), DISPATCH_AGAIN_MS).unref()
      return count
    },
    onError: (err, accountId) =>
      deps.logger.warn({ err, accountId }, 'Dispatch after an accepted send failed; the workers do it'),
  })
}
