import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ClaimRequest } from '@sms/core'
import { createSettler } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, refused, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
  // Stands for whatever PostgreSQL may one day refuse in a text or an id.
  await fixture.db.$executeRawUnsafe(`CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW."errorMessage" LIKE '%poison%' OR NEW."errorCode" = 'POISON' OR NEW."messageId" = 'poison' THEN
      RAISE EXCEPTION 'refused' USING ERRCODE = '22000'; END IF; RETURN NEW; END $$`)
  await fixture.db.$executeRawUnsafe(
    `CREATE TRIGGER poison BEFORE UPDATE ON "SmsQueue" FOR EACH ROW EXECUTE FUNCTION refuse_poison()`,
  )
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const rows = () => fixture.db.smsQueue.findMany({ orderBy: { id: 'asc' } })

it('writes many outcomes in few statements', async () => {
  await fixture.givenBatch(300)
  const { requests } = await fixture.claimAll()
  const sizes: number[] = []
  const settler = createSettler(fixture.sms, { onGroup: (size) => sizes.push(size) })
  await Promise.all(requests.map((request) => settler.add(settlementFor(request, 'SENT', accepted()))))
  expect(sizes).toEqual([200, 100])
  expect(await fixture.imbalance()).toBe(0)
})

it('keeps the outcome of a row whose text is refused, without its text, and writes the others as they are', async () => {
  const batchId = await fixture.givenBatch(9)
  const { requests } = await fixture.claimAll()
  const settler = createSettler(fixture.sms)
  const results = await Promise.all(
    requests.map((request, i) =>
      settler.add(settlementFor(request, 'FAILED', refused('rejected', i === 4 ? 'poison' : 'number refused'))),
    ),
  )
  expect(results.every(({ landed, status }) => landed === 'applied' && status === 'FAILED')).toBe(true)
  expect((await rows()).map(({ errorMessage }) => errorMessage)).toEqual(
    requests.map((_, i) => (i === 4 ? '(text could not be stored)' : 'number refused')),
  )
  expect(await fixture.counts(batchId)).toMatchObject({ failed: 9, status: 'COMPLETED' })
  expect(await fixture.imbalance()).toBe(0)
})

it("loses nobody else's outcome to a row that cannot be written at all, wherever it stands in the group", async () => {
  await fixture.givenBatch(8)
  const { requests } = await fixture.claimAll()
  const settler = createSettler(fixture.sms)
  const results = await Promise.allSettled(
    requests.map((request, i) =>
      settler.add(settlementFor(request, 'FAILED', { ...refused('rejected'), code: i === 0 ? 'POISON' : 'SVC0002' } as never)),
    ),
  )
  expect(results.map(({ status }) => status)).toEqual(['rejected', ...Array.from({ length: 7 }, () => 'fulfilled')])
  expect((await rows()).map(({ status }) => status)).toEqual(['PROCESSING', ...Array.from({ length: 7 }, () => 'FAILED')])
  expect(await fixture.imbalance()).toBe(0)
})

it('writes an accepted SMS as SENT even when its message id cannot be stored', async () => {
  await fixture.givenBatch(1)
  const { requests } = await fixture.claimAll()
  const settler = createSettler(fixture.sms)
  const [request] = requests as [ClaimRequest]
  expect(await settler.add(settlementFor(request, 'SENT', accepted('poison')))).toMatchObject({ status: 'SENT' })
  expect((await rows())[0]).toMatchObject({ status: 'SENT', messageId: null })
})

it('writes again until it lands while the database is away, and only once', async () => {
  const batchId = await fixture.givenBatch(20)
  const { requests } = await fixture.claimAll()
  let retries = 0
  const retried = Promise.withResolvers<void>()
  const settler = createSettler(fixture.sms, {
    onRetry: () => {
      retries += 1
      if (retries === 3) retried.resolve()
    },
  })
  const away = await fixture.takeDatabaseAway()
  const results = Promise.all(requests.map((request) => settler.add(settlementFor(request, 'SENT', accepted()))))
  await retried.promise
  await away.back()
  expect((await results).every(({ status }) => status === 'SENT')).toBe(true)
  expect(await fixture.counts(batchId)).toMatchObject({ sent: 20, processing: 0, status: 'COMPLETED' })
  expect(await fixture.imbalance()).toBe(0)
})

it('waits for a table that is being migrated instead of giving outcomes up', async () => {
  await fixture.givenBatch(2)
  const { requests } = await fixture.claimAll()
  const retried = Promise.withResolvers<void>()
  const settler = createSettler(fixture.sms, { onRetry: () => retried.resolve() })
  await fixture.db.$executeRaw`ALTER TABLE "SmsEvent" RENAME TO "SmsEventBefore"`
  const results = Promise.all(requests.map((request) => settler.add(settlementFor(request, 'FAILED', refused('rejected')))))
  await retried.promise
  await fixture.db.$executeRaw`ALTER TABLE "SmsEventBefore" RENAME TO "SmsEvent"`
  expect((await results).map(({ status }) => status)).toEqual(['FAILED', 'FAILED'])
})
