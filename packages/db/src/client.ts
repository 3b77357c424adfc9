import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/client.ts'

export type Database = PrismaClient

export type DatabaseOptions = {
  url: string
  /** Connections of this process at most. */
  poolSize?: number
  /** No statement of this process may run longer. */
  statementTimeoutMs?: number
  /** Shown in pg_stat_activity. */
  applicationName?: string
}

/**
 * Statements that begin with this comment are prepared once a connection under its name: planning the claim took PostgreSQL
 * longer than claiming a small group. All others stay unnamed.
 */
const PREPARED = /^\s*\/\* prepared: (\w+) \*\//

/** Opens the one Prisma client of a process. It connects on first use; `release` closes the pool. */
export const openDatabase = (options: DatabaseOptions): { db: Database; release: () => Promise<void> } => {
  const adapter = new PrismaPg(
    {
      connectionString: options.url,
      max: options.poolSize ?? 10,
      connectionTimeoutMillis: 10_000,
      // A dead peer must not hold a claim or a settle for ever.
      keepAlive: true,
      statement_timeout: options.statementTimeoutMs ?? 60_000,
      application_name: options.applicationName ?? 'sms',
    },
    { statementNameGenerator: ({ sql }) => PREPARED.exec(sql)?.[1] ?? '' },
  )
  const db = new PrismaClient({ adapter, errorFormat: 'minimal' })
  return { db, release: () => db.$disconnect() }
}
