import type { Settlement, SettleResult } from '@sms/core'
import { createGroupCommit, type GroupCommit, ItemFailure, writeHalves } from './group-commit.ts'
import { failureOf } from './database-error.ts'
import type { SmsQueueRepository } from './sms-queue-repository.ts'

/** A group of this size or age is written; measured in docs/architecture.md. */
const GROUP_SIZE = 200
const GROUP_WAIT_MS = 2
/** The next one is with PostgreSQL already while the answer to the former is read. */
const GROUPS_IN_FLIGHT = 2

const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 1_000

export type GroupEvents = {
  onGroup?: (size: number, durationMs: number) => void
  /** The database did not take a group; it is written again. */
  onRetry?: (error: unknown, size: number) => void
}

/**
 * Writes outcomes until they land: the work was done once, only its bookkeeping is repeated. Also when the answer to the commit was
 * lost, for a settlement that landed before is `applied` again.
 * `add` rejects only for the one row that cannot be written at all; its lease then makes it UNKNOWN, which is the truth.
 * `Other`: what another writer answers that pending settlements are handed over to.
 */
export const createSettler = <Other = never>(
  sms: Pick<SmsQueueRepository, 'settle'>,
  events: GroupEvents = {},
): GroupCommit<Settlement, SettleResult | Other> =>
  createGroupCommit({
    maxSize: GROUP_SIZE,
    maxWaitMs: GROUP_WAIT_MS,
    maxInFlight: GROUPS_IN_FLIGHT,
    write: async (group: Settlement[]) => {
      for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
        try {
          return await settleOnce(sms, group)
        } catch (error) {
          events.onRetry?.(error, group.length)
          await new Promise((resolve) => setTimeout(resolve, waitMs))
        }
      }
    },
    ...(events.onGroup && { onGroup: events.onGroup }),
  })

/**
 * Writes a group, or throws when the database does not take it now; it may then be repeated as a whole. A group that fails for its
 * data is halved until the bad row stands alone; that one keeps its outcome and loses its text, or fails alone.
 */
export const settleOnce = async (
  sms: Pick<SmsQueueRepository, 'settle'>,
  group: Settlement[],
): Promise<(SettleResult | ItemFailure)[]> => {
  try {
    return await sms.settle(group)
  } catch (error) {
    if (failureOf(error) !== 'data') throw error
    const [alone, ...others] = group
    if (alone === undefined || others.length > 0) return writeHalves(group, (part) => settleOnce(sms, part))
    return isReduced(alone) ? [new ItemFailure(error)] : settleOnce(sms, [reduced(alone)])
  }
}

const REPLACED = '(text could not be stored)'

const isReduced = ({ outcome }: Settlement): boolean =>
  outcome.kind === 'accepted' ? outcome.messageId === null : outcome.text === REPLACED

/** What was proved stays; only what came from outside goes: the text, or the message id of an accepted SMS. */
const reduced = (settlement: Settlement): Settlement => {
  const { outcome } = settlement
  return {
    ...settlement,
    outcome: outcome.kind === 'accepted' ? { ...outcome, messageId: null } : { ...outcome, text: REPLACED },
  }
}
