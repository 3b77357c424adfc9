import type { ClaimRequest, ClaimVerdict } from '@sms/core'
import { createGroupCommit, type GroupCommit, ItemFailure, writeHalves } from './group-commit.ts'
import { failureOf } from './database-error.ts'
import type { GroupEvents } from './settler.ts'
import type { SmsQueueRepository } from './sms-queue-repository.ts'

/** Small, so that a claim is never far behind its pacing slot. */
const GROUP_SIZE = 200
const GROUP_WAIT_MS = 2

const RETRY_MS = 100

/**
 * Claims in groups. When the connection is lost nobody knows whether the claim was committed, so it is repeated with the same
 * claim ids, which gives back what is already held; the caller checks what is left of its lease before it sends.
 * A group that fails for its data is halved until the bad row stands alone: only that one rejects. All reject when `isStopping` says
 * that nobody waits any more.
 */
export const createClaimer = (
  sms: Pick<SmsQueueRepository, 'claim'>,
  options: { worker: string; leaseMs: number; isStopping: () => boolean } & GroupEvents,
): GroupCommit<ClaimRequest, ClaimVerdict> => {
  const write = async (group: ClaimRequest[]): Promise<(ClaimVerdict | ItemFailure)[]> => {
    for (;;) {
      try {
        return await sms.claim(group, options.worker, options.leaseMs)
      } catch (error) {
        if (options.isStopping()) throw error
        if (failureOf(error) === 'data') return group.length === 1 ? [new ItemFailure(error)] : writeHalves(group, write)
        options.onRetry?.(error, group.length)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  return createGroupCommit({
    maxSize: GROUP_SIZE,
    maxWaitMs: GROUP_WAIT_MS,
    write,
    ...(options.onGroup && { onGroup: options.onGroup }),
  })
}
