import type { AcceptDeps } from '@sms/core'
import { createBatchControl, createOperatorActs, createReplayOperations, type Database, readSendingPause } from '@sms/db'
import type { Window } from '@sms/queue'
import type { Lifecycle, Logger } from '@sms/runtime'
import type { Config } from './config.ts'
import type { GraphqlService } from './graphql/service.ts'
import { createReplayRunner } from './replay-runner.ts'

/** The part of `deps.ts` that is about control: pauses, cancels, priorities, replays and their audit. */
export const controlOf = (given: {
  config: Config
  db: Database
  logger: Logger
  lifecycle: Pick<Lifecycle, 'onClose'>
  kick: AcceptDeps['kick']
  window: Pick<Window, 'remove'>
}): Pick<GraphqlService, 'control' | 'replays' | 'kickReplays' | 'acts' | 'readPause'> => {
  const { config, db, logger, lifecycle, kick, window } = given
  const operations = createReplayOperations(db)
  const runner = createReplayRunner({
    work: () => operations.work(null),
    kick,
    onError: (err) => logger.warn({ err }, 'Replay stopped; the workers go on with it'),
  })
  lifecycle.onClose('replays', runner.stop)
  return {
    control: {
      control: createBatchControl(db, {
        onLeftWindow: (accountId, jobs) => {
          // There is room for others in the window now.
          kick(accountId)
          window.remove(accountId, jobs).catch((err: unknown) => logger.warn({ err, accountId }, 'Stale jobs stay in Redis'))
        },
      }),
      kick,
    },
    replays: { operations, price: { unitPrice: config.SMS_UNIT_PRICE, currency: config.SMS_PRICE_CURRENCY } },
    kickReplays: runner.kick,
    acts: createOperatorActs(db),
    readPause: () => readSendingPause(db),
  }
}
