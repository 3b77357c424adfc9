import { quietFloors } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSmsQueueRepository, expandNextChunk } from '../src/index.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const NIGHT = { fromMinute: 21 * 60, toMinute: 7 * 60 }
/** Half past nine in the evening in Madagascar, half past six in Côte d'Ivoire. */
const evening = quietFloors(Date.parse('2099-11-22T18:30:00Z'), NIGHT)
const MORNING = new Date('2099-11-23T04:00:00Z')

const givenPromotional = async (numbers: string[]): Promise<bigint> => {
  const batchId = await fixture.givenBatch(numbers.length)
  const rows = await fixture.db.smsQueue.findMany({ where: { batchId } })
  for (const [place, { id }] of rows.entries()) {
    await fixture.db.smsQueue.update({ where: { id }, data: { phoneNumber: numbers[place] ?? '', isPromotional: true } })
  }
  return batchId
}
const row = (phoneNumber: string) => fixture.db.smsQueue.findFirstOrThrow({ where: { phoneNumber } })

describe('a dispatch in quiet hours', () => {
  it('leaves promotional SMS to those who have them until the morning, and takes the others', async () => {
    const sms = createSmsQueueRepository(fixture.db, { quietNow: () => evening })
    const batchId = await givenPromotional(['+261321234567', '+2250707070707'])
    const jobs = await sms.findNextBatch(1, 100)
    const [waiting, going] = [await row('+261321234567'), await row('+2250707070707')]
    expect(jobs.map(({ smsId }) => smsId)).toEqual([going.id])
    expect(waiting).toMatchObject({ status: 'PENDING', dispatchedAt: null, nextAttemptAt: MORNING })
    expect(await sms.findNextBatch(1, 100)).toEqual([])
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 2, status: 'ACTIVE' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('takes transactional SMS at any hour', async () => {
    const sms = createSmsQueueRepository(fixture.db, { quietNow: () => evening })
    const smsId = await fixture.givenSingle({ number: '+261321234567' })
    expect((await sms.findNextBatch(1, 100)).map((job) => job.smsId)).toEqual([smsId])
  })

  it('takes everything where there are none', async () => {
    await givenPromotional(['+261321234567'])
    expect(await fixture.sms.findNextBatch(1, 100)).toHaveLength(1)
  })
})

describe('an expansion in quiet hours', () => {
  const givenExpanding = async (isPromotional: boolean) => {
    const now = new Date()
    // Quiet everywhere but for the minute that begins in twelve hours.
    const minute = (now.getUTCHours() * 60 + now.getUTCMinutes() + 720) % 1_440
    const contact = await fixture.db.contact.create({ data: { userId: 1, name: 'c', phoneNumber: '+2250707070707' } })
    const { id } = await fixture.db.smsBatch.create({
      data: {
        userId: 1,
        kind: 'ALL_CONTACTS',
        status: 'EXPANDING',
        message: 'Soldes',
        parts: 1,
        maxAttempts: 5,
        accountId: 1,
        announced: 1,
        expansionBound: contact.id,
        isPromotional,
      },
    })
    await expandNextChunk(fixture.db, 10, { fromMinute: (minute + 1) % 1_440, toMinute: minute })
    return fixture.db.smsQueue.findFirstOrThrow({ where: { batchId: id } })
  }

  it('makes rows of a promotional batch that are due when it is over', async () => {
    const made = await givenExpanding(true)
    expect(made.isPromotional).toBe(true)
    expect(made.nextAttemptAt.getTime() - Date.now()).toBeGreaterThan(11 * 3_600_000)
  })

  it('makes rows of any other batch that are due at once', async () => {
    const made = await givenExpanding(false)
    expect(made).toMatchObject({ isPromotional: false, nextAttemptAt: made.createdAt })
  })
})
