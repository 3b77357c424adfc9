import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSmsQueueRepository, type Database, openDatabase } from '../../src/index.ts'
import { type Change, duringCommit } from '../during-commit.ts'
import { openQueueFixture, type QueueFixture, requestFor } from '../queue-fixture.ts'
import { type Guard, withoutGuard } from './guards.ts'

/**
 * A lock closes a hole that only another transaction's commit at the right moment opens. Random sequences meet that moment by chance, so here
 * it is made: the other one has written and not committed when the claim begins.
 */
let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

/** What a claim on `db` says that began while `change` was written and not committed. */
const claimDuring = async (db: Database, change: Change): Promise<string> => {
  const requests = (await fixture.sms.findNextBatch(1, 10)).map(requestFor)
  const [verdict] = await duringCommit(fixture.db, { change, statement: 'claim' }, () =>
    createSmsQueueRepository(db).claim(requests, 'worker-1', 60_000),
  )
  return verdict?.kind ?? 'nothing'
}

const claimWhilePaused = async (db: Database): Promise<string> => {
  const batchId = await fixture.givenBatch(1)
  return claimDuring(db, (tx) => tx.$executeRaw`UPDATE "SmsBatch" SET status = 'PAUSED' WHERE id = ${batchId}`)
}
const claimWhileClaimed = async (db: Database): Promise<string> => {
  const id = await fixture.givenSingle()
  return claimDuring(
    db,
    (
      tx,
    ) => tx.$executeRaw`UPDATE "SmsQueue" SET status = 'PROCESSING', attempts = 1, "claimId" = gen_random_uuid(), "claimedBy" = 'worker-2',
      "leaseUntil" = now() + interval '1 minute', "lastAttemptAt" = now() WHERE id = ${id}`,
  )
}

const LOCKS: { guard: Guard; race: (db: Database) => Promise<string>; what: string; verdict: string }[] = [
  {
    guard: {
      name: 'the lock of the batch at the claim',
      statement: 'claim',
      cut: [{ fragment: 'ORDER BY b.id FOR NO KEY UPDATE', leaving: 'ORDER BY b.id' }],
      breaks: /^claimed$/,
    },
    race: claimWhilePaused,
    what: 'of a batch that is being paused',
    verdict: 'deferred',
  },
  {
    guard: {
      name: 'the lock of the SMS at the claim',
      statement: 'claim',
      cut: [{ fragment: 'FOR NO KEY UPDATE OF s' }],
      breaks: /^claimed$/,
    },
    race: claimWhileClaimed,
    what: 'that another worker is claiming',
    verdict: 'stale',
  },
]

describe.each(LOCKS)('$guard.name', ({ guard, race, what, verdict }) => {
  it(`keeps from sending an SMS ${what}`, async () => {
    expect(await race(fixture.db)).toBe(verdict)
  })

  it('is what does it: without it the SMS is claimed', async () => {
    const { db, release } = openDatabase({ url: fixture.url })
    const mutant = withoutGuard(db, guard)
    try {
      expect(await race(mutant.db)).toMatch(guard.breaks)
      expect(mutant.cutCount()).toBe(1)
    } finally {
      await release()
    }
  })
})
