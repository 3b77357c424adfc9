import { fileURLToPath } from 'node:url'
import { createSmsQueueRepository, type Database, openDatabase } from '@sms/db'
import { createReleases, openTestDatabase, openTestRedis, type Releases, spawnChild } from '@sms/devstack'
import { createWindow, openRedis } from '@sms/queue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

// Each command is a process of its own, which takes seconds to start where all tests run at once.
vi.setConfig({ testTimeout: 90_000 })

const DAY_MS = 24 * 3_600_000
const NUMBER = '+2250707070701'
const TEXT = 'Votre code est 482913'

let releases: Releases
let db: Database
let urls: { DATABASE_URL: string; REDIS_URL: string }
beforeEach(async () => {
  releases = createReleases()
  const database = await openTestDatabase()
  releases.push(database.release)
  const redis = await openTestRedis()
  releases.push(redis.release)
  const opened = openDatabase({ url: database.url })
  releases.push(opened.release)
  db = opened.db
  urls = { DATABASE_URL: database.url, REDIS_URL: redis.url }
})
afterEach(() => releases.release())

const run = async (name: string, args: string[], env: Record<string, string> = {}) => {
  const main = fileURLToPath(new URL(`../bin/${name}.ts`, import.meta.url))
  const child = spawnChild({ main, args, env: { ...urls, ...env }, name })
  const { code } = await child.exited
  const text = child.lines.join('\n')
  return { code, text, json: () => JSON.parse(text) as Record<string, any> }
}

const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS)

type Status = 'PENDING' | 'SENT' | 'FAILED' | 'CANCELLED' | 'UNKNOWN'

/** A batch with one SMS of each of these, ended so long ago. */
const givenBatch = async (statuses: Status[], days: number, status: 'ACTIVE' | 'COMPLETED' = 'COMPLETED'): Promise<bigint> => {
  const count = (wanted: Status): number => statuses.filter((one) => one === wanted).length
  const batch = await db.smsBatch.create({
    data: {
      userId: 1,
      kind: 'LIST',
      status,
      message: TEXT,
      parts: 1,
      maxAttempts: 5,
      accountId: 1,
      announced: statuses.length,
      pending: count('PENDING'),
      sent: count('SENT'),
      failed: count('FAILED'),
      cancelled: count('CANCELLED'),
      unknown: count('UNKNOWN'),
      createdAt: daysAgo(days),
      expandedAt: daysAgo(days),
      completedAt: status === 'COMPLETED' ? daysAgo(days) : null,
    },
  })
  for (const [index, one] of statuses.entries()) {
    await db.smsQueue.create({
      data: {
        userId: 1,
        batchId: batch.id,
        accountId: 1,
        phoneNumber: `+225070707070${index + 1}`,
        message: TEXT,
        maxAttempts: 5,
        status: one,
        createdAt: daysAgo(days),
        sentAt: one === 'SENT' ? daysAgo(days) : null,
        failedAt: one === 'SENT' || one === 'PENDING' ? null : daysAgo(days),
        lastAttemptAt: daysAgo(days),
        errorCode: one === 'SENT' || one === 'PENDING' ? null : 'SVC0001',
      },
    })
  }
  return batch.id
}

describe('sms:inspect', () => {
  it('shows row, story, batch, account and job of an SMS, and neither its number nor its text', async () => {
    const batchId = await givenBatch(['PENDING', 'SENT'], 0, 'ACTIVE')
    const { redis, release } = openRedis({ url: urls.REDIS_URL, role: 'producer', onError: () => {} })
    releases.push(release)
    const window = createWindow({ redis, onError: () => {} })
    releases.push(window.close)
    const [job] = await createSmsQueueRepository(db).findNextBatch(1, 50)
    if (job === undefined) throw new Error('nothing was dispatched')
    await window.add(1, [job])
    await db.smsEvent.create({ data: { smsId: job.smsId, kind: 'unavailable', attempt: 1, code: 'HTTP_503', worker: 'w-1' } })

    const found = await run('sms-inspect', [String(job.smsId), '--json'])
    expect(found.code).toBe(0)
    const shown = found.json()
    expect(shown['sms']).toMatchObject({ id: String(job.smsId), status: 'PENDING', phoneNumber: '************01', parts: 1 })
    expect(shown).toMatchObject({
      waitsFor: expect.stringMatching('its job is there'),
      timeline: [{ kind: 'unavailable', code: 'HTTP_503', worker: 'w-1' }],
      batch: { id: String(batchId), isBalanced: true, pending: 1, sent: 1 },
      account: { id: 1, state: 'ACTIVE' },
      job: { id: `sms-${job.smsId}-1`, state: 'prioritized' },
      hasParkedOutcome: false,
    })
    const told = await run('sms-inspect', [String(job.smsId)])
    for (const { text } of [found, told]) {
      expect(text).not.toContain(NUMBER.slice(4))
      expect(text).not.toContain('482913')
    }
    const open = await run('sms-inspect', [String(job.smsId), '--show-numbers', '--show-texts'])
    expect(open.text).toContain(NUMBER)
    expect(open.text).toContain(TEXT)
  })

  it('shows a batch and whether its counters agree with its rows', async () => {
    const batchId = await givenBatch(['SENT', 'FAILED', 'UNKNOWN'], 1)
    const found = await run('sms-inspect', ['--batch', String(batchId), '--json'])
    expect(found.json()).toMatchObject({
      batch: { status: 'COMPLETED', sent: 1, failed: 1, unknown: 1, isBalanced: true },
      accounts: [{ id: 1 }],
    })
    expect(found.text).not.toContain('482913')
    await db.smsBatch.update({ where: { id: batchId }, data: { sent: 2 } })
    expect((await run('sms-inspect', ['--batch', String(batchId), '--json'])).json()).toMatchObject({
      batch: { isBalanced: false },
    })
  })

  it('exits 66 when there is none, and says so when Redis does not answer', async () => {
    expect(await run('sms-inspect', ['999'])).toMatchObject({ code: 66 })
    const batchId = await givenBatch(['SENT'], 1)
    const away = await run('sms-inspect', ['--batch', String(batchId)], { REDIS_URL: 'redis://127.0.0.1:1' })
    expect(away.code).toBe(0)
    expect(away.text).toContain('Redis does not answer')
  })
})

describe('each command', () => {
  it.each([
    ['sms-replay', ['--since', '2026-11-22', '--dry-run']],
    ['sms-inspect', ['1']],
    ['sms-stats', []],
    ['sms-cleanup', ['--older-than', '30d']],
  ])('%s tells its exit codes with --help, and in words that PostgreSQL does not answer', async (name, args) => {
    expect((await run(name, ['--help'])).text).toMatch(/^Exit: 0 .+, 1 failed, 64 wrong arguments, .*78 wrong configuration\.$/m)
    const away = await run(name, args, { DATABASE_URL: 'postgresql://nobody:secret-word@127.0.0.1:1/none' })
    expect(away.code).toBe(1)
    expect(away.text).toMatch(/failed: \w+: PostgreSQL does not answer \(DATABASE_URL\)/)
    expect(away.text).not.toContain('secret-word')
  })
})

describe('sms:stats', () => {
  it('tells the queue in figures that agree with the rows', async () => {
    await givenBatch(['SENT', 'SENT', 'FAILED', 'CANCELLED', 'UNKNOWN'], 0)
    await givenBatch(['PENDING', 'PENDING'], 0, 'ACTIVE')
    await givenBatch(['SENT'], 3)
    await db.smsQueue.create({
      data: {
        userId: 1,
        accountId: 1,
        phoneNumber: NUMBER,
        message: 'é'.repeat(200),
        maxAttempts: 5,
        status: 'UNKNOWN',
        errorCode: 'REPLY_LOST',
        failedAt: new Date(),
      },
    })
    const found = await run('sms-stats', ['--json'])
    expect(found.code).toBe(0)
    const stats = found.json()
    expect(stats['byStatus']).toEqual({ pending: 2, processing: 0, sent: 3, failed: 1, cancelled: 1, unknown: 2 })
    const { byHour, byErrorCode } = stats['period'] as { byHour: { sent: number }[]; byErrorCode: unknown }
    expect(byHour.length).toBeGreaterThanOrEqual(24)
    expect(byHour.reduce((sum, hour) => sum + hour.sent, 0)).toBe(2)
    expect(byErrorCode).toEqual([
      { code: 'SVC0001', count: 3, failed: 1, cancelled: 1, unknown: 1 },
      { code: 'REPLY_LOST', count: 1, failed: 0, cancelled: 0, unknown: 1 },
    ])
    expect(stats).toMatchObject({
      window: 0,
      parked: 0,
      accounts: [{ id: 1, state: 'ACTIVE', backlog: 2 }],
      waiting: { smsCount: 2, parts: 2, amount: 60, currency: 'XOF' },
      unknown: { smsCount: 2, parts: 3, amount: 90 },
    })
    expect(found.text).not.toContain(NUMBER.slice(4))
    const people = await run('sms-stats', ['--hours', '96'], { REDIS_URL: 'redis://127.0.0.1:1' })
    expect(people.text).toContain('3 sent')
    expect(people.text).toContain('Redis does not answer')
  })
})

describe('sms:cleanup', () => {
  const textsOf = async (batchId: bigint): Promise<Record<string, string>> => {
    const rows = await db.smsQueue.findMany({ where: { batchId }, select: { status: true, message: true } })
    return Object.fromEntries(rows.map(({ status, message }) => [status, message]))
  }

  it('erases what is final and old, keeps rows and counts, and writes down what it did', async () => {
    const old = await givenBatch(['SENT', 'CANCELLED'], 40)
    const mixed = await givenBatch(['SENT', 'FAILED', 'UNKNOWN'], 40)
    const waiting = await givenBatch(['PENDING', 'SENT'], 40, 'ACTIVE')
    const young = await givenBatch(['SENT'], 20)
    const before = await db.smsBatch.findMany({ omit: { message: true }, orderBy: { id: 'asc' } })

    const counted = await run('sms-cleanup', ['--older-than', '30d', '--dry-run', '--json'])
    expect(counted.json()).toEqual({ dryRun: true, sms: 4, batches: 1, isStopped: false })
    expect(await textsOf(old)).toEqual({ SENT: TEXT, CANCELLED: TEXT })

    const erased = await run('sms-cleanup', ['--older-than', '30d', '--json'])
    expect([erased.code, erased.json()]).toEqual([0, { dryRun: false, sms: 4, batches: 1, isStopped: false }])
    expect(await textsOf(old)).toEqual({ SENT: '', CANCELLED: '' })
    expect(await textsOf(mixed)).toEqual({ SENT: '', FAILED: TEXT, UNKNOWN: TEXT })
    expect(await textsOf(waiting)).toEqual({ PENDING: TEXT, SENT: '' })
    expect(await textsOf(young)).toEqual({ SENT: TEXT })
    expect(await db.smsBatch.findMany({ omit: { message: true }, orderBy: { id: 'asc' } })).toEqual(before)
    const texts = await db.smsBatch.findMany({ select: { id: true, message: true }, orderBy: { id: 'asc' } })
    expect(texts.filter(({ message }) => message === '')).toEqual([{ id: old, message: '' }])
    expect(await db.operatorAct.findMany({ select: { kind: true, via: true, smsCount: true } })).toEqual([
      { kind: 'ERASE_TEXTS', via: 'COMMAND', smsCount: 4 },
    ])
    // Again: there is nothing left to do, and nothing is written down.
    expect((await run('sms-cleanup', ['--older-than', '30d'])).text).toBe('Texts of 0 SMS and 0 batches erased')
    expect(await db.operatorAct.count()).toBe(1)
  })

  it('takes FAILED only when told to, and then no replay ever sends an SMS without its text', async () => {
    const batchId = await givenBatch(['FAILED'], 40)
    const erased = await run('sms-cleanup', ['--older-than', '30d', '--include-failed', '--json'])
    expect(erased.json()).toMatchObject({ sms: 1, batches: 1 })
    expect(await textsOf(batchId)).toEqual({ FAILED: '' })
    const replayed = await run('sms-replay', ['--batch', String(batchId), '--json'])
    expect(replayed.json()).toMatchObject({ replayed: 0, refused: [{ code: 'EXPIRED', count: 1 }] })
    expect(await textsOf(batchId)).toEqual({ FAILED: '' })
  })

  it('leaves an SMS that somebody holds for the next run', async () => {
    const batchId = await givenBatch(['SENT', 'CANCELLED'], 40)
    await db.$transaction(
      async (tx) => {
        await tx.$executeRaw`SELECT 1 FROM "SmsQueue" WHERE "batchId" = ${batchId} AND status = 'SENT' FOR UPDATE`
        expect((await run('sms-cleanup', ['--older-than', '30d', '--json'])).json()).toMatchObject({ sms: 1 })
      },
      { timeout: 20_000 },
    )
    expect((await run('sms-cleanup', ['--older-than', '30d', '--json'])).json()).toMatchObject({ sms: 1 })
    expect(await textsOf(batchId)).toEqual({ SENT: '', CANCELLED: '' })
  })

  it('needs an age, and exits 64, 78 and 1 as documented', async () => {
    expect(await run('sms-cleanup', [])).toMatchObject({ code: 64 })
    expect(await run('sms-cleanup', ['--older-than', '30d'], { DATABASE_URL: 'no' })).toMatchObject({ code: 78 })
    const away = await run('sms-cleanup', ['--older-than', '30d'], { DATABASE_URL: 'postgresql://u:secret-word@127.0.0.1:1/d' })
    expect(away.code).toBe(1)
    expect(away.text).not.toContain('secret-word')
  })
})
