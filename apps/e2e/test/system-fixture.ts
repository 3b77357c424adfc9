import { createReleases, eventually, openTestDatabase, openTestRedis } from '@sms/devstack'
import { Redis } from 'ioredis'
import pg from 'pg'
import { expect } from 'vitest'
import { openTestSystem, type TestSystem, type TestSystemOptions } from './test-system.ts'

export type Counts = Record<'total' | 'pending' | 'processing' | 'sent' | 'failed' | 'cancelled' | 'unknown', number>
export type Batch = { id: string; status: string; counts: Counts; announced: number }

export type SystemFixture = TestSystem & {
  sql: pg.Pool
  redis: Redis
  batch(id: string): Promise<Batch>
  /** Reads the batch until it is COMPLETED, and checks at every reading that the counts sum to the total. */
  completed(id: string, timeoutMs?: number): Promise<Batch>
  sendList(phoneNumbers: string[], message?: string): Promise<string>
  sendToSegment(segmentId: string, message?: string): Promise<{ batchId: string; tookMs: number }>
  /** A segment of so many contacts, made in SQL because a hundred thousand take long through the import. */
  givenSegment(size: number): Promise<string>
  /** What must hold at every end: the simulator's ledger against the table. */
  expectBalance(): Promise<{ accepted: number; sent: number; unknown: number }>
}

export const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `+22507${String(from + i + 1).padStart(8, '0')}`)

const BATCH_FIELDS = 'id status announced counts { total pending processing sent failed cancelled unknown }'

export const openSystemFixture = async (options: Omit<TestSystemOptions, 'databaseUrl' | 'redisUrl'>): Promise<SystemFixture> => {
  const releases = createReleases()
  try {
    const database = await openTestDatabase()
    releases.push(() => database.release())
    const server = await openTestRedis()
    releases.push(() => server.release())
    const sql = new pg.Pool({ connectionString: database.url, max: 4 })
    releases.push(() => sql.end())
    const redis = new Redis(server.url)
    releases.push(() => redis.disconnect())
    const system = await openTestSystem({ ...options, databaseUrl: database.url, redisUrl: server.url })
    releases.push(() => system.release())
    return { ...system, sql, redis, ...verbsOf(system, sql), release: () => releases.release() }
  } catch (error) {
    await releases.release()
    throw error
  }
}

const verbsOf = (system: TestSystem, sql: pg.Pool) => {
  const batch = async (id: string): Promise<Batch> => {
    const data = await system.graphql<{ batch: Batch }>(`query ($id: ID!) { batch(id: $id) { ${BATCH_FIELDS} } }`, { id })
    const { total, ...states } = data.batch.counts
    expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(total)
    return data.batch
  }

  return {
    batch,
    completed: async (id: string, timeoutMs = 60_000): Promise<Batch> => {
      await eventually(async () => (await batch(id)).status === 'COMPLETED', { timeoutMs, everyMs: 50 })
      return batch(id)
    },

    sendList: async (phoneNumbers: string[], message = 'Bonjour'): Promise<string> => {
      const query =
        'mutation ($to: [String!]!, $message: String!) { sendBulkSms(phoneNumbers: $to, message: $message) { status batchId message } }'
      const data = await system.graphql<{ sendBulkSms: { status: string; batchId: string } }>(query, {
        to: phoneNumbers,
        message,
      })
      expect(data.sendBulkSms.status).toBe('QUEUED')
      return data.sendBulkSms.batchId
    },

    sendToSegment: async (segmentId: string, message = 'Bonjour'): Promise<{ batchId: string; tookMs: number }> => {
      const query =
        'mutation ($to: ID!, $message: String!) { sendSmsToSegment(segmentId: $to, message: $message) { status batchId } }'
      const startedAt = performance.now()
      const data = await system.graphql<{ sendSmsToSegment: { batchId: string } }>(query, { to: segmentId, message })
      return { batchId: data.sendSmsToSegment.batchId, tookMs: performance.now() - startedAt }
    },

    givenSegment: async (size: number): Promise<string> => {
      const { rows } = await sql.query<{ id: number }>(
        `INSERT INTO "Segment" ("userId", name, "memberCount") VALUES (1, 'segment of ' || $1::int || ' ' || gen_random_uuid(), $1::int) RETURNING id`,
        [size],
      )
      const segmentId = rows[0]?.id
      await sql.query(
        `WITH made AS (
           INSERT INTO "Contact" ("userId", name, "phoneNumber")
           SELECT 1, 'Contact ' || i, '+22505' || lpad(i::text, 8, '0') FROM generate_series(1, $1::int) i
           ON CONFLICT ("userId", "phoneNumber") DO UPDATE SET name = excluded.name RETURNING id)
         INSERT INTO "SegmentMember" ("segmentId", "contactId") SELECT $2::int, id FROM made ORDER BY id`,
        [size, segmentId],
      )
      // As a database that has lived for a while would be; else the autovacuum starts in the middle of what is measured.
      await sql.query('ANALYZE "Contact", "SegmentMember", "Segment"')
      return String(segmentId)
    },

    expectBalance: async (): Promise<{ accepted: number; sent: number; unknown: number }> => {
      const { accepted, duplicates } = await system.summary()
      expect(duplicates).toBe(0)
      const { rows } = await sql.query<{ sent: number; unknown: number; open: number }>(`
        SELECT count(*) FILTER (WHERE status = 'SENT')::int AS sent, count(*) FILTER (WHERE status = 'UNKNOWN')::int AS unknown,
          count(*) FILTER (WHERE status IN ('PENDING', 'PROCESSING'))::int AS open FROM "SmsQueue"`)
      const { sent, unknown, open } = rows[0] as { sent: number; unknown: number; open: number }
      expect(open).toBe(0)
      // Every SENT was accepted; what else was accepted is among the UNKNOWN.
      expect(accepted).toBeGreaterThanOrEqual(sent)
      expect(accepted).toBeLessThanOrEqual(sent + unknown)
      const accepts = new Set((await system.accepts()).map(({ address }) => address.replace('tel:', '')))
      const { rows: claimed } = await sql.query<{ phoneNumber: string }>(
        `SELECT "phoneNumber" FROM "SmsQueue" WHERE status = 'SENT'`,
      )
      expect(claimed.filter(({ phoneNumber }) => !accepts.has(phoneNumber))).toEqual([])
      return { accepted, sent, unknown }
    },
  }
}
