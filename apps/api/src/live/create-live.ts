import { type BatchId, type BatchRecord, SmsError } from '@sms/core'
import type { Logger } from '@sms/runtime'
import { presentBatch } from '../graphql/present.ts'
import { readQueueStats } from '../graphql/queue-resolvers.ts'
import type { GraphqlService } from '../graphql/service.ts'
import type { LiveDeps } from '../plugins/live.ts'
import { createLiveFeed } from './live-feed.ts'
import { versionOf } from './version.ts'

/** Two updates a second. */
const LIVE_BATCH_MS = 500
const LIVE_STATS_MS = 1_000
const LIVE_FIRST_MS = 15_000
const LIVE_RECHECK_MS = 3_000
const LIVE_HEARTBEAT_MS = 15_000
const SOCKET_LIMITS = { sockets: 2_000, socketsPerKey: 50, subscriptionsPerKey: 200 }

/** What subscriptions read, how often, and for how many. */
export const createLive = ({
  service,
  readBatches,
  logger,
}: {
  service: GraphqlService
  /** Whoever they belong to. */
  readBatches: (ids: readonly BatchId[]) => Promise<Map<BatchId, BatchRecord>>
  logger: Logger
}): LiveDeps => {
  const common = {
    firstLimitMs: LIVE_FIRST_MS,
    whenLate: () => new SmsError('UNAVAILABLE', 'The database did not answer in time'),
    onError: (err: unknown) => logger.warn({ err }, 'Reading for subscriptions failed; it is tried again'),
    now: () => performance.now(),
  }
  return {
    feeds: {
      batches: createLiveFeed({
        ...common,
        intervalMs: LIVE_BATCH_MS,
        read: async (ids) => new Map([...(await readBatches(ids))].map(([id, batch]) => [id, presentBatch(batch)])),
        versionOf,
        // What is on the wire of a cancelled one is still counted when it ends.
        isOver: ({ status, counts }) => status === 'COMPLETED' || (status === 'CANCELLED' && counts.processing === 0),
      }),
      stats: createLiveFeed({
        ...common,
        intervalMs: LIVE_STATS_MS,
        read: async (scopes) => {
          const callerOf = (scope: number | 'all') => ({ userId: scope === 'all' ? 0 : scope, isAdmin: scope === 'all' })
          return new Map(
            await Promise.all(scopes.map(async (scope) => [scope, await readQueueStats(service, callerOf(scope))] as const)),
          )
        },
        versionOf,
        isOver: () => false,
      }),
    },
    sockets: SOCKET_LIMITS,
    recheckMs: LIVE_RECHECK_MS,
    heartbeatMs: LIVE_HEARTBEAT_MS,
  }
}
