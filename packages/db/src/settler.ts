import type { Settlement, SettleResult } from '@sms/core'
import { createGroupCommit, type GroupCommit, ItemFailure, writeHalves } from './group-commit.ts'
import { failureOf } from './database-error.ts'
import type { SmsQueueRepository } from './sms-queue-repository.ts'

/** A group of this size or age is written; measured in docs/architecture.md. */
const GROUP_SIZE = 200
const GROUP_WAIT_MS = 2

const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 1_000

export type GroupEvents = {
  onGroup?: (size: number, durationMs: number) => void
  /** The database did not take a group; it is written again. */
  onRetry?: (error: unknown, size: number) => void
}

/**
 * Writes outcomes until they land: the work was done once, only its bookkeeping is repeated. A group that fails for its data is
 * halved until the bad row stands alone; that one keeps its outcome and loses its text.
 * `add` rejects only for the one row that cannot be written at all; its lease then makes it UNKNOWN, which is the truth.
 */
export const createSettler = (
  sms: Pick<SmsQueueRepository, 'settle'>,
  events: GroupEvents = {},
): GroupCommit<Settlement, SettleResult> => {
  const write = async (group: Settlement[]): Promise<(SettleResult | ItemFailure)[]> => {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      try {
        return await sms.settle(group)
      } catch (error) {
        if (failureOf(error) === 'data')
          return group.length === 1 ? writeAlone(group[0] as Settlement, error) : writeHalves(group, write)
        events.onRetry?.(error, group.length)
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
  }

  const writeAlone = async (bad: Settlement, cause: unknown): Promise<(SettleResult | ItemFailure)[]> =>
    isReduced(bad) ? [new ItemFailure(cause)] : write([reduced(bad)])

  return createGroupCommit({
    maxSize: GROUP_SIZE,
    maxWaitMs: GROUP_WAIT_MS,
    write,
    ...(events.onGroup && { onGroup: events.onGroup }),
  })
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
