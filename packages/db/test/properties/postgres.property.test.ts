import fc from 'fast-check'
import { openTestDatabase } from '@sms/devstack'
import { describe, it } from 'vitest'
import { openDatabase } from '../../src/index.ts'
import { seedParameters } from '../fixture-seed.ts'
import { KNOWN_SEQUENCES, type Sequence, sequences } from './command.ts'
import { play } from './play.ts'
import { createPostgresSystem, createTenants } from './postgres-system.ts'

const SEQUENCES = 500
/** Sequences that are played at the same time, each lane in a database of its own: most of a sequence is waiting for an answer. */
const LANES = 4

const inDatabase = async (act: (playHere: (sequence: Sequence) => Promise<void>) => Promise<void>): Promise<void> => {
  const database = await openTestDatabase()
  const { db, release } = openDatabase({ url: database.url, poolSize: 6 })
  const nextTenant = createTenants(db)
  try {
    await act(async (sequence) => {
      const tenant = await nextTenant()
      await play(createPostgresSystem(db, tenant), sequence, tenant.accountId)
    })
  } finally {
    await release()
    await database.release()
  }
}

describe('the statements on PostgreSQL', () => {
  it('keep every promise in sequences that once broke one', () =>
    inDatabase(async (playHere) => {
      for (const sequence of KNOWN_SEQUENCES) await playHere(sequence)
    }))

  it(`keep every promise in ${SEQUENCES} random sequences of concurrent commands`, { timeout: 300_000 }, async () => {
    const given = seedParameters()
    const seeds = given.seed === undefined ? Array.from({ length: LANES }, () => ({})) : [given]
    const lanes = seeds.map((seed) =>
      inDatabase((playHere) =>
        fc.assert(fc.asyncProperty(sequences({ rounds: 6, atOnce: 5 }), playHere), {
          numRuns: SEQUENCES / seeds.length,
          ...seed,
        }),
      ),
    )
    // All have come to an end before a failure is told: nothing is under way behind it.
    for (const end of await Promise.allSettled(lanes)) if (end.status === 'rejected') throw end.reason
  })
})
