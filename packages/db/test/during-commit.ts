import { eventually } from '@sms/devstack'
import type { Database } from '../src/index.ts'

export type Change = (tx: Pick<Database, '$executeRaw'>) => Promise<unknown>

/**
 * The race that a lock is for, made instead of met by chance: `act` begins after `change` was written and waits for its lock; only then
 * the change is committed. `statement`: the name of the prepared one that waits.
 */
export const duringCommit = async <T>(
  db: Database,
  { change, statement }: { change: Change; statement: string },
  act: () => Promise<T>,
): Promise<T> => {
  const changed = Promise.withResolvers<void>()
  const mayCommit = Promise.withResolvers<void>()
  const other = db.$transaction(
    async (tx) => {
      await change(tx)
      changed.resolve()
      await mayCommit.promise
    },
    { timeout: 20_000 },
  )
  await Promise.race([changed.promise, other])
  const acting = act()
  await eventually(async () => {
    const waiting = await db.$queryRaw<unknown[]>`SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ${`%prepared: ${statement} %`}`
    return waiting.length === 1
  })
  mayCommit.resolve()
  await other
  return acting
}
