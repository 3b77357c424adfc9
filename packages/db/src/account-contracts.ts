import type { Database } from './client.ts'
import { findContractStatesSql, probeSoonSql, recordContractsSql, unitsOutlookSql } from './sql/contracts.ts'

/** An account as the look at its contracts needs it. Ages by PostgreSQL's clock; null: never. */
export type ContractState = {
  id: number
  name: string
  pausedReason: string | null
  pausedByOperator: boolean
  pausedAgeMs: number | null
  unitsLeft: number | null
  unitsExpireInMs: number | null
  unitsCheckedAgeMs: number | null
}

/** What Orange said of an account's contracts, kept for everybody who shows or weighs it. */
export type AccountContracts = {
  /** Those that are not disabled. */
  findStates(): Promise<ContractState[]>
  /**
   * Null when as new a reading is there already. Else the units of the reading before (null: there was none), so that one process
   * alone sees a change.
   */
  record(
    accountId: number,
    reading: { unitsLeft: number; expiresAt: Date | null; ageMs: number },
  ): Promise<{ unitsBefore: number | null } | null>
  /** Units left as they were last read, and units that what is accepted still needs. Null: never read, of one of them. */
  readOutlook(accountIds: readonly number[]): Promise<{ unitsLeft: number; unitsWaiting: number } | null>
  /** Lets the next probe of a blocked account go at once; a person's pause is left alone. */
  probeSoon(accountId: number): Promise<void>
}

const LARGEST_INT = 2_147_483_647

export const createAccountContracts = (db: Database): AccountContracts => ({
  findStates: () => db.$queryRaw<ContractState[]>(findContractStatesSql()),

  record: async (accountId, { unitsLeft, expiresAt, ageMs }) => {
    // A bundle may be without bounds; the column is not.
    const units = Math.max(0, Math.min(LARGEST_INT, Math.floor(unitsLeft)))
    const [before] = await db.$queryRaw<{ unitsBefore: number | null }[]>(
      recordContractsSql(accountId, { unitsLeft: units, expiresAt, ageMs: Math.round(ageMs) }),
    )
    return before ?? null
  },

  readOutlook: async (accountIds) =>
    (await db.$queryRaw<{ unitsLeft: number; unitsWaiting: number }[]>(unitsOutlookSql(accountIds)))[0] ?? null,

  probeSoon: async (accountId) => {
    await db.$executeRaw(probeSoonSql(accountId))
  },
})
