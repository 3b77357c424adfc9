import { PrismaPg } from '@prisma/adapter-pg'
import { Client, Pool } from 'pg'
import { type Prisma, PrismaClient } from './generated/client.ts'
import { createFlushConnection } from './flush-connection.ts'
import { createPipeline } from './pipeline.ts'
import type { SharedFlush } from './shared-flush.ts'
import { flushSql } from './sql/commit-soon.ts'

export type Database = PrismaClient & {
  /**
   * Runs a statement that begins with its name in a comment (`/* prepared: claim *\/`) on a connection of Prisma's own pool, or on the one
   * of `isPipelined`. Prepared once a connection: planning the claim took PostgreSQL longer than claiming a small group, and Prisma's way
   * to it cost a worker 20 µs an SMS.
   */
  queryPrepared<Row>(sql: Prisma.Sql): Promise<Row[]>
  /** Asked before a statement that commits soon: the flush that takes it to the disk. It rejects where the server crashed in between. */
  openFlush(): Promise<SharedFlush>
}

export type DatabaseOptions = {
  url: string
  /** Connections of this process at most. */
  poolSize?: number
  /** Prepared statements have one more connection, where they go one behind the other; when one there takes long, the next take the pool. */
  isPipelined?: boolean
  /** No statement of this process may run longer: the server ends it. */
  statementTimeoutMs?: number
  /** Shown in pg_stat_activity. */
  applicationName?: string
}

const PREPARED = /^\s*\/\* prepared: (\w+) \*\//

/** Beyond the server's own limit: who has not answered by then is not there, or its answer was lost. */
const ANSWER_MARGIN_MS = 2_000

/** The first question to a connection that is quiet; without an answer the system gives it up about 10 s later. */
const KEEP_ALIVE_MS = 10_000

/** A pool waits for statements under way, and those of a server that went silent end late. */
const RELEASE_LIMIT_MS = 3_000

/** Many groups; a statement that takes longer waits for somebody else. */
const PIPELINE_PATIENCE_MS = 100
/** As the pool closes its own. */
const PIPELINE_IDLE_MS = 10_000

/** Opens the one Prisma client of a process. It connects on first use; `release` closes the pool. */
export const openDatabase = (options: DatabaseOptions): { db: Database; release: () => Promise<void> } => {
  const statementTimeoutMs = options.statementTimeoutMs ?? 60_000
  const connection = {
    connectionString: options.url,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    statement_timeout: statementTimeoutMs,
    // A server that died without a word sends no error, and TCP waits for it for a quarter of an hour. Longer than the server's limit,
    // so that a statement given up here is not still running there.
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    application_name: options.applicationName ?? 'sms',
  }
  const pool = new Pool({ ...connection, max: options.poolSize ?? 10 })
  // A connection that breaks in the pool is replaced; unheard, its error would end the process.
  pool.on('error', () => undefined)
  const pipeline = options.isPipelined
    ? createPipeline(connection, { patienceMs: PIPELINE_PATIENCE_MS, idleMs: PIPELINE_IDLE_MS })
    : null
  const flushes = createFlushConnection(connection, flushSql.text)
  const adapter = new PrismaPg(pool, { statementNameGenerator: () => '' })
  const db = Object.assign(new PrismaClient({ adapter, errorFormat: 'minimal' }), {
    queryPrepared: async <Row>(sql: Prisma.Sql): Promise<Row[]> => {
      // Read once: it is put together from its parts each time.
      const { text } = sql
      const name = PREPARED.exec(text)?.[1]
      if (!name) throw new Error('A prepared statement begins with its name')
      const statement = { name, text, values: sql.values }
      return (await pipeline?.query<Row>(statement)) ?? (await pool.query<Row & object>(statement)).rows
    },
    openFlush: flushes.open,
  })
  return {
    db,
    release: () =>
      within(Promise.all([pipeline?.release(), flushes.release(), db.$disconnect().then(() => pool.end())]), RELEASE_LIMIT_MS),
  }
}

/**
 * Asks the server over a connection made for the question: whether *it* is there, and would let us write, whatever our own connections
 * do. A table that a migration has locked would not.
 */
export const askDatabase = async (options: { url: string; limitMs: number }): Promise<void> => {
  const client = new Client({
    connectionString: options.url,
    connectionTimeoutMillis: options.limitMs,
    query_timeout: options.limitMs,
    statement_timeout: options.limitMs,
    application_name: 'sms-question',
  })
  // A connection that breaks while nobody waits for it must not end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('BEGIN; LOCK TABLE "SmsBatch", "SmsQueue", "SmsEvent" IN ROW EXCLUSIVE MODE; ROLLBACK')
  } finally {
    void client.end().catch(() => undefined)
  }
}

const within = async (work: Promise<unknown>, limitMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
