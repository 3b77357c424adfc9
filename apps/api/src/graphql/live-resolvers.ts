import { type Caller, SmsError } from '@sms/core'
import type { LiveFeed } from '../live/live-feed.ts'
import { versionOf } from '../live/version.ts'
import { requireBigId } from './ids.ts'
import type { PresentedBatch } from './present.ts'
import type { QueueStats, SubscriptionResolvers } from './resolver-types.generated.ts'

/** What the resolvers of a subscription know: there is no answer to write headers to, and no list is sent. */
export type LiveContext = { caller: Caller }

/** Statistics of one user, or of all. */
export type StatsScope = number | 'all'
export type PresentedStats = Omit<QueueStats, 'accounts' | 'version'> & { accounts: readonly object[] }

export type LiveFeeds = {
  batches: LiveFeed<bigint, PresentedBatch>
  stats: LiveFeed<StatsScope, PresentedStats>
}

/** Everything that a batch shows of its own row. */
export const batchVersion = (batch: PresentedBatch): string => versionOf(batch)

/** Nobody is refused anything later than here: a caller who loses a right loses the socket. */
export const createLiveResolvers = ({ batches, stats }: LiveFeeds) => ({
  Subscription: {
    batchProgress: {
      subscribe: async (
        _parent: unknown,
        { batchId, since }: { batchId: string; since?: string | null },
        { caller }: LiveContext,
      ) => {
        const id = requireBigId(batchId, 'Batch')
        const batch = await batches.first(id)
        // Somebody else's does not exist.
        if (batch === null || !(caller.isAdmin || batch.userId === String(caller.userId))) {
          throw new SmsError('NOT_FOUND', 'Batch does not exist')
        }
        return batches.watch(id, since ?? null)
      },
      resolve: (batch: PresentedBatch) => batch,
    },
    queueStats: {
      subscribe: (_parent: unknown, { since }: { since?: string | null }, { caller }: LiveContext) =>
        stats.watch(caller.isAdmin ? 'all' : caller.userId, since ?? null),
      resolve: (value: PresentedStats) => value,
    },
  },
})

export const versionResolvers = {
  SmsBatch: { version: batchVersion },
  QueueStats: { version: (stats: PresentedStats): string => versionOf(stats) },
}

const byHttp = (): never => {
  throw new SmsError('INVALID_INPUT', 'Subscriptions are asked over a WebSocket')
}

/** For Mercurius, which answers HTTP. */
export const refusedSubscriptions = {
  batchProgress: byHttp,
  queueStats: byHttp,
} satisfies Record<keyof Required<SubscriptionResolvers>, () => never>
