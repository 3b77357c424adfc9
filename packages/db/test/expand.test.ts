import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, expandNextChunk, openDatabase } from '../src/index.ts'
import { countChunkSql, type ExpandingBatch, expandChunkSql, nextExpandingSql } from '../src/sql/expand.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const givenContacts = (count: number) => fixture.db.$executeRaw`
  INSERT INTO "Contact" ("userId", name, "phoneNumber")
  SELECT 1, 'c' || i, '+22505' || lpad(i::text, 8, '0') FROM generate_series(1, ${count}::int) i`

/** A segment of the contacts there are, in the order of their ids. */
const givenSegment = async (): Promise<number> => {
  const segment = await fixture.db.segment.create({ data: { userId: 1, name: 'members' } })
  await fixture.db
    .$executeRaw`INSERT INTO "SegmentMember" ("segmentId", "contactId") SELECT ${segment.id}, id FROM "Contact" ORDER BY id`
  return segment.id
}

const givenExpanding = async (
  segmentId: number | null,
  status: 'EXPANDING' | 'SCHEDULED' | 'PAUSED' = 'EXPANDING',
): Promise<bigint> => {
  const [{ bound }] =
    segmentId === null
      ? await fixture.db.$queryRaw<[{ bound: bigint }]>`SELECT max(id) AS bound FROM "Contact"`
      : await fixture.db.$queryRaw<[{ bound: bigint }]>`SELECT max(id) AS bound FROM "SegmentMember"`
  const batch = await fixture.db.smsBatch.create({
    data: {
      userId: 1,
      kind: segmentId === null ? 'ALL_CONTACTS' : 'SEGMENT',
      segmentId,
      status,
      message: 'Bonjour',
      parts: 1,
      maxAttempts: 5,
      accountId: 1,
      announced: 0,
      expansionBound: bound,
      ...(status === 'SCHEDULED' && { scheduledAt: new Date(Date.now() + 3_600_000) }),
    },
  })
  return batch.id
}

const rowCount = (batchId: bigint) => fixture.db.smsQueue.count({ where: { batchId } })

describe('expansion', () => {
  it('makes the rows of a segment in chunks, in order, and ends with ACTIVE', async () => {
    await givenContacts(25)
    const batchId = await givenExpanding(await givenSegment())
    expect(await expandNextChunk(fixture.db, 10)).toEqual({ batchId, accountId: 1, made: 10, isLast: false, completed: false })
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 10, status: 'EXPANDING' })
    expect(await expandNextChunk(fixture.db, 10)).toMatchObject({ made: 10, isLast: false })
    expect(await expandNextChunk(fixture.db, 10)).toMatchObject({ made: 5, isLast: true })
    expect(await expandNextChunk(fixture.db, 10)).toBeNull()
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 25, status: 'ACTIVE' })
    const rows = await fixture.db.smsQueue.findMany({ where: { batchId }, orderBy: { id: 'asc' } })
    expect(rows.map(({ phoneNumber }) => phoneNumber)).toEqual(rows.map(({ phoneNumber }) => phoneNumber).toSorted())
    expect(rows[0]).toMatchObject({ message: 'Bonjour', maxAttempts: 5, status: 'PENDING', segmentId: 1 })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('ends with the chunk after a full one, and completes a batch that nobody is left in', async () => {
    await givenContacts(10)
    const batchId = await givenExpanding(null)
    expect(await expandNextChunk(fixture.db, 10)).toMatchObject({ made: 10, isLast: false })
    expect(await expandNextChunk(fixture.db, 10)).toMatchObject({ made: 0, isLast: true, completed: false })
    const empty = await givenExpanding(null)
    await fixture.db.$executeRaw`INSERT INTO "Suppression" ("userId", "phoneNumber") SELECT 1, "phoneNumber" FROM "Contact"`
    expect(await expandNextChunk(fixture.db, 100)).toMatchObject({ batchId: empty, made: 0, isLast: true, completed: true })
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 10, status: 'ACTIVE' })
    expect(await fixture.counts(empty)).toMatchObject({ pending: 0, status: 'COMPLETED' })
  })

  it('leaves out who opted out, who joined later and who is in the batch already', async () => {
    await givenContacts(6)
    const batchId = await givenExpanding(null)
    await fixture.db.suppression.create({ data: { userId: 1, phoneNumber: '+2250500000002' } })
    await fixture.db.contact.create({ data: { userId: 1, name: 'late', phoneNumber: '+2250599999999' } })
    await fixture.db.$executeRaw`
      INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts") VALUES (1, ${batchId}, 1, '+2250500000003', 'Bonjour', 5)`
    await fixture.db.$executeRaw`UPDATE "SmsBatch" SET pending = 1 WHERE id = ${batchId}`
    expect(await expandNextChunk(fixture.db, 100)).toMatchObject({ made: 4, isLast: true })
    expect(await rowCount(batchId)).toBe(5)
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 5, status: 'ACTIVE' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it.each(['SCHEDULED', 'PAUSED'] as const)('makes the rows of a %s batch without starting it', async (status) => {
    await givenContacts(5)
    const batchId = await givenExpanding(null, status)
    await expandNextChunk(fixture.db, 100)
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 5, status })
    expect(await fixture.sms.findNextBatch(1, 50)).toEqual([])
  })

  it('repeats a chunk whose process died before the commit, without a trace of it', async () => {
    await givenContacts(20)
    const batchId = await givenExpanding(null)
    await expandNextChunk(fixture.db, 5)
    await expect(chunkOf(fixture.db, 5, () => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
    expect(await rowCount(batchId)).toBe(5)
    while (await expandNextChunk(fixture.db, 5));
    expect(await rowCount(batchId)).toBe(20)
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 20, status: 'ACTIVE' })
  })

  it('leaves nothing of a chunk behind when the batch is cancelled between its insert and its count', async () => {
    await givenContacts(20)
    const batchId = await givenExpanding(null)
    await expandNextChunk(fixture.db, 5)
    expect(await chunkOf(fixture.db, 5, () => fixture.cancel(batchId))).toBe('cancelled')
    expect(await rowCount(batchId)).toBe(5)
    expect(await fixture.counts(batchId)).toMatchObject({ status: 'CANCELLED', pending: 0, cancelled: 5 })
    expect(await expandNextChunk(fixture.db, 5)).toBeNull()
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is done by one process at a time, and a chunk is counted once whoever does it', async () => {
    await givenContacts(200)
    const batchId = await givenExpanding(null)
    const others = [1, 2, 3].map(() => openDatabase({ url: fixture.url, poolSize: 2 }))
    let made = 0
    await Promise.all(
      others.map(async ({ db, release }) => {
        while ((await fixture.counts(batchId))['status'] === 'EXPANDING') {
          const chunk = await expandNextChunk(db, 7)
          made += chunk?.made ?? 0
        }
        await release()
      }),
    )
    expect(made).toBe(200)
    expect(await rowCount(batchId)).toBe(200)
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 200, status: 'ACTIVE' })
  })

  it('sends while it still expands, with exact counters', async () => {
    await givenContacts(30)
    const batchId = await givenExpanding(null)
    await expandNextChunk(fixture.db, 10)
    await fixture.claimAll()
    await expandNextChunk(fixture.db, 10)
    expect(await fixture.counts(batchId)).toMatchObject({ status: 'EXPANDING', processing: 10, pending: 10 })
    expect(await fixture.imbalance()).toBe(0)
  })
})

/** A chunk of the expansion, by its own statements, with something happening between its insert and its count. */
const chunkOf = (db: Database, chunkSize: number, between: () => Promise<unknown>): Promise<'counted' | 'cancelled'> =>
  db.$transaction(async (tx) => {
    const [batch] = await tx.$queryRaw<ExpandingBatch[]>(nextExpandingSql())
    if (!batch) throw new Error('nothing to expand')
    const [chunk] = await tx.$queryRaw<{ cursor: bigint; made: number }[]>(expandChunkSql(batch, chunkSize))
    await between()
    const counted = await tx.$queryRaw<unknown[]>(
      countChunkSql(batch.id, { cursor: chunk?.cursor ?? 0n, made: chunk?.made ?? 0, isLast: false, accountIds: [] }),
    )
    if (counted.length === 0) {
      await tx.$executeRaw`DELETE FROM "SmsQueue" WHERE "batchId" = ${batch.id} AND id > (SELECT max(id) - ${chunk?.made ?? 0} FROM "SmsQueue")`
      return 'cancelled'
    }
    return 'counted'
  })
