import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Prisma } from '../src/generated/client.ts'
import { openDatabase, readPeriodStatistics } from '../src/index.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let queue: QueueFixture
beforeAll(async () => {
  queue = await openQueueFixture()
})
afterAll(() => queue.release())
beforeEach(() => queue.clear())

/** A moment of a certain day; UTC. */
const at = (time: string): Date => new Date(`2026-11-20T${time}Z`)
const after = (start: Date, ms: number): Date => new Date(start.getTime() + ms)

let numbers = 0
type Row = Partial<Prisma.SmsQueueUncheckedCreateInput>
const given = async (row: Row): Promise<bigint> => {
  numbers += 1
  const base = { userId: 1, accountId: 1, phoneNumber: `+22507${String(numbers).padStart(8, '0')}`, message: 'a', maxAttempts: 5 }
  const due = row.createdAt === undefined ? {} : { nextAttemptAt: row.createdAt }
  return (await queue.db.smsQueue.create({ data: { ...base, ...due, ...row } })).id
}
const sent = (createdAt: Date, afterMs: number, row: Row = {}) =>
  given({ status: 'SENT', createdAt, sentAt: after(createdAt, afterMs), ...row })
const ended = (status: 'FAILED' | 'CANCELLED' | 'UNKNOWN', createdAt: Date, errorCode: string, row: Row = {}) =>
  given({ status, createdAt, failedAt: after(createdAt, 1_000), errorCode, ...row })

const read = (from: string, to: string, userId: number | null = null) =>
  readPeriodStatistics(queue.db, { from: at(from), to: at(to), userId }, { limitMs: 10_000 })

const NO_COUNTS = { accepted: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0, delivered: 0 }
const NO_LATENCY = { count: 0, p50: null, p95: null, p99: null, max: null }

describe('the statistics of a period', () => {
  it('have every hour that has a part in it, and nothing else, when nothing happened', async () => {
    expect(await read('10:30:00', '12:00:00')).toEqual({
      from: at('10:30:00'),
      to: at('12:00:00'),
      byStatus: { pending: 0, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 },
      byHour: [
        { hour: at('10:00:00'), ...NO_COUNTS },
        { hour: at('11:00:00'), ...NO_COUNTS },
      ],
      byErrorCode: [],
      otherErrorCodes: { codes: 0, count: 0 },
      acceptance: NO_LATENCY,
      delivery: NO_LATENCY,
      receipts: { sent: 0, final: 0, delivered: 0 },
    })
  })

  it('count each event under its own hour, the first instant of an hour included', async () => {
    await sent(at('09:59:59.999'), 1)
    await sent(at('10:59:59.000'), 2_000, { deliveryStatus: 'DELIVERED', deliveredAt: at('12:00:00') })
    await given({ createdAt: at('10:15:00') })
    await ended('FAILED', at('10:59:59.500'), 'SVC0001')
    await ended('UNKNOWN', at('11:10:00'), 'REPLY_LOST')
    await ended('CANCELLED', at('11:20:00'), 'EXPIRED')
    const { byHour, byStatus } = await read('10:00:00', '12:00:00')
    expect(byHour).toEqual([
      { hour: at('10:00:00'), ...NO_COUNTS, accepted: 3, sent: 1 },
      { hour: at('11:00:00'), ...NO_COUNTS, accepted: 2, sent: 1, failed: 1, cancelled: 1, unknown: 1 },
    ])
    expect(byStatus).toEqual({ pending: 1, processing: 0, sent: 1, failed: 1, cancelled: 1, unknown: 1 })
    expect((await read('12:00:00', '12:00:00.001')).byHour).toEqual([{ hour: at('12:00:00'), ...NO_COUNTS, delivered: 1 }])
  })

  it('keep to the hours of UTC whatever the zone of the database', async () => {
    await sent(at('10:10:00'), 1_000)
    const [row] = await queue.db.$queryRaw<{ name: string }[]>`SELECT current_database() AS name`
    await queue.db.$executeRawUnsafe(`ALTER DATABASE "${row?.name}" SET timezone = 'Asia/Kolkata'`)
    const other = openDatabase({ url: queue.url })
    const { byHour } = await readPeriodStatistics(
      other.db,
      { from: at('10:00:00'), to: at('11:00:00'), userId: null },
      { limitMs: 10_000 },
    )
    await other.release()
    await queue.db.$executeRawUnsafe(`ALTER DATABASE "${row?.name}" RESET timezone`)
    expect(byHour).toEqual([{ hour: at('10:00:00'), ...NO_COUNTS, accepted: 1, sent: 1 }])
  })

  it('are those of one user, or of all', async () => {
    await sent(at('10:00:00'), 500, { userId: 1, deliveryStatus: 'DELIVERED', deliveredAt: at('10:01:00') })
    await ended('FAILED', at('10:00:00'), 'MINE', { userId: 1 })
    await sent(at('10:00:00'), 900, { userId: 2 })
    await ended('FAILED', at('10:00:00'), 'THEIRS', { userId: 2 })
    const own = await read('10:00:00', '11:00:00', 1)
    expect(own.byHour).toEqual([{ hour: at('10:00:00'), ...NO_COUNTS, accepted: 2, sent: 1, failed: 1, delivered: 1 }])
    expect(own.byErrorCode).toEqual([{ code: 'MINE', count: 1, failed: 1, cancelled: 0, unknown: 0 }])
    expect(own.acceptance).toEqual({ count: 1, p50: 500, p95: 500, p99: 500, max: 500 })
    expect(own.delivery.count).toBe(1)
    expect(own.receipts).toEqual({ sent: 1, final: 1, delivered: 1 })
    expect((await read('10:00:00', '11:00:00')).byHour[0]).toMatchObject({ accepted: 4, sent: 2, failed: 2 })
    expect((await read('10:00:00', '11:00:00', 3)).byHour).toEqual([{ hour: at('10:00:00'), ...NO_COUNTS }])
  })

  it('have the waiting SMS of a cancelled batch as cancelled', async () => {
    await queue.givenBatch(2)
    await queue.cancel(await queue.givenBatch(3, { firstNumber: 500 }))
    const to = new Date(Date.now() + 60_000)
    const from = new Date(Date.now() - 3_600_000)
    const { byStatus } = await readPeriodStatistics(queue.db, { from, to, userId: null }, { limitMs: 10_000 })
    expect(byStatus).toMatchObject({ pending: 2, cancelled: 3 })
  })

  it('name the fifty most frequent codes and count the others', async () => {
    for (let code = 0; code < 53; code += 1) await ended('FAILED', at('10:00:00'), `E${String(code).padStart(2, '0')}`)
    await ended('UNKNOWN', at('10:00:00'), 'E52')
    const { byErrorCode, otherErrorCodes } = await read('10:00:00', '11:00:00')
    expect(byErrorCode).toHaveLength(50)
    expect(byErrorCode[0]).toEqual({ code: 'E52', count: 2, failed: 1, cancelled: 0, unknown: 1 })
    expect(byErrorCode[1]?.code).toBe('E00')
    expect(otherErrorCodes).toEqual({ codes: 3, count: 3 })
  })

  it('count as final only what was delivered or will not be', async () => {
    const receipts = ['DELIVERED', 'DELIVERED', 'UNDELIVERED', 'UNCERTAIN', 'ON_NETWORK', 'WAITING', null] as const
    for (const deliveryStatus of receipts) await sent(at('10:00:00'), 100, { deliveryStatus })
    expect((await read('10:00:00', '11:00:00')).receipts).toEqual({ sent: 7, final: 3, delivered: 2 })
  })
})

describe('the latencies', () => {
  it('are those of the nearest rank', async () => {
    for (let n = 1; n <= 100; n += 1) {
      await sent(at('10:00:00'), n * 9, { deliveryStatus: 'DELIVERED', deliveredAt: after(at('10:00:00'), n * 9 + n) })
    }
    const { acceptance, delivery } = await read('10:00:00', '11:00:00')
    expect(acceptance).toEqual({ count: 100, p50: 450, p95: 855, p99: 891, max: 900 })
    expect(delivery).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 })
  })

  it.each([
    [999, 999],
    [1_000, 1_000],
    [9_999, 9_990],
    [10_000, 10_000],
    [123_456, 123_000],
    [7_654_321, 7_650_000],
  ])('are told to three digits: %i as %i', async (ms, told) => {
    await sent(at('10:00:00'), ms)
    expect((await read('10:00:00', '14:00:00')).acceptance.max).toBe(told)
  })

  it('begin with the batch that was scheduled', async () => {
    const batchId = await queue.givenBatch(1)
    await queue.db.smsBatch.update({ where: { id: batchId }, data: { scheduledAt: at('12:00:00') } })
    await sent(at('08:00:00'), 4 * 3_600_000 + 700, { batchId })
    expect((await read('12:00:00', '13:00:00')).acceptance.max).toBe(700)
  })

  it('begin with the end of the quiet hours, and with the schedule of a single SMS', async () => {
    const batchId = await queue.givenBatch(1)
    await sent(at('02:00:00'), 6 * 3_600_000 + 300, { batchId, isPromotional: true, nextAttemptAt: at('08:00:00') })
    expect((await read('08:00:00', '09:00:00')).acceptance.max).toBe(300)
    await sent(at('02:00:00'), 7 * 3_600_000 + 400, { nextAttemptAt: at('09:00:00') })
    expect((await read('09:00:00', '10:00:00')).acceptance.max).toBe(400)
  })

  it('hold the time that attempts took which failed', async () => {
    const batchId = await queue.givenBatch(1)
    await sent(at('10:00:00'), 60_000, { batchId, nextAttemptAt: at('10:00:59') })
    const single = await sent(at('10:00:00'), 50_000, { nextAttemptAt: at('10:00:49') })
    await queue.db.smsEvent.create({ data: { smsId: single, kind: 'throttled', attempt: 1 } })
    expect((await read('10:00:00', '11:00:00')).acceptance).toMatchObject({ p50: 50_000, max: 60_000 })
  })

  it('are never negative', async () => {
    await sent(at('10:00:00'), 5_000, { deliveryStatus: 'DELIVERED', deliveredAt: at('10:00:04') })
    expect((await read('10:00:00', '11:00:00')).delivery.max).toBe(0)
  })
})

it('ends by itself when it takes too long', async () => {
  await expect(
    queue.db.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE "SmsQueue" IN ACCESS EXCLUSIVE MODE`
      await readPeriodStatistics(queue.db, { from: at('10:00:00'), to: at('11:00:00'), userId: null }, { limitMs: 50 })
    }),
  ).rejects.toThrow('statement timeout')
})
