import { openTestDatabase } from '@sms/devstack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/index.ts'
import { claimSql } from '../../src/sql/claim.ts'
import { sequences } from './command.ts'
import { cutGuard, type Guard, GUARDS, type SequenceGuard, withoutGuard } from './guards.ts'
import { play } from './play.ts'
import { createPostgresSystem, createTenants } from './postgres-system.ts'

/** A sequence that this one makes fail is found long before. */
const MOST_SEQUENCES = 400

const playWithout = async (guard: SequenceGuard): Promise<{ failure: unknown; cutCount: number }> => {
  const database = await openTestDatabase()
  const { db, release } = openDatabase({ url: database.url, poolSize: 8 })
  try {
    const mutant = withoutGuard(db, guard)
    const nextTenant = createTenants(db)
    const details = await fc.check(
      fc.asyncProperty(sequences({ rounds: 8, atOnce: 5 }), async (sequence) => {
        const tenant = await nextTenant()
        await play(createPostgresSystem(mutant.db, tenant), sequence, tenant.accountId)
      }),
      // The first failure is enough; a seed of its own, so that what is found does not depend on the day.
      { numRuns: MOST_SEQUENCES, endOnFailure: true, seed: guard.seed },
    )
    return { failure: details.errorInstance, cutCount: mutant.cutCount() }
  } finally {
    await release()
    await database.release()
  }
}

describe('without one guard', () => {
  it.each(GUARDS)('of the $statement, $name, a promise is broken', { timeout: 120_000 }, async (guard) => {
    const { failure, cutCount } = await playWithout(guard)
    expect(cutCount).toBeGreaterThan(0)
    expect(String(failure)).toMatch(guard.breaks)
  })

  it('says so when the statement does not hold the guard any more', () => {
    const claim = claimSql({ smsIds: [], dispatches: [], claimIds: [] }, 'worker', 60_000)
    const guard: Guard = { name: 'gone', statement: 'claim', cut: [{ fragment: 'AND f.dispatch > 7' }], breaks: /./ }
    expect(() => cutGuard(claim, guard)).toThrow('holds "AND f.dispatch > 7" 0 times')
  })
})
