import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './client.ts'

export type DatabaseFacts = {
  versionNumber: number
  isReadOnly: boolean
  /** What a commit means here. */
  settings: Record<'fsync' | 'synchronous_commit' | 'full_page_writes' | 'autovacuum', string>
  maxConnections: number
  usedConnections: number
  now: Date
}

export type MigrationFacts = {
  known: string[]
  /** In the folder and not in the database. */
  missing: string[]
  /** Begun and never finished. */
  failed: string[]
  /** In the database and not in the folder: the database is newer than this program. */
  foreign: string[]
  /** Not what was applied under that name. */
  edited: string[]
}

export const readDatabaseFacts = async (db: Database): Promise<DatabaseFacts> => {
  const [row] = await db.$queryRaw<
    {
      versionNumber: number
      isReadOnly: boolean
      fsync: string
      synchronousCommit: string
      fullPageWrites: string
      autovacuum: string
      maxConnections: number
      usedConnections: number
      now: Date
    }[]
  >`
    SELECT current_setting('server_version_num')::int AS "versionNumber",
      pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "isReadOnly",
      current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS "synchronousCommit",
      current_setting('full_page_writes') AS "fullPageWrites", current_setting('autovacuum') AS autovacuum,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS "maxConnections",
      (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS "usedConnections",
      clock_timestamp() AS now`
  if (row === undefined) throw new Error('PostgreSQL did not answer')
  const { fsync, synchronousCommit, fullPageWrites, autovacuum, ...facts } = row
  return {
    ...facts,
    settings: { fsync, synchronous_commit: synchronousCommit, full_page_writes: fullPageWrites, autovacuum },
  }
}

type Applied = { name: string; checksum: string; isFinished: boolean }

const readApplied = async (db: Database): Promise<Applied[]> => {
  const [table] = await db.$queryRaw<{ isThere: boolean }[]>`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "isThere"`
  if (table?.isThere !== true) return []
  return db.$queryRaw<Applied[]>`
    SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished" FROM _prisma_migrations
    WHERE rolled_back_at IS NULL ORDER BY migration_name`
}

/** What of the migrations in `folder` the database has. */
export const readMigrationFacts = async (db: Database, folder: string): Promise<MigrationFacts> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const known = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
  const applied = await readApplied(db)
  const finished = new Map(applied.filter(({ isFinished }) => isFinished).map(({ name, checksum }) => [name, checksum]))
  const edited: string[] = []
  for (const name of known.filter((name) => finished.has(name))) {
    const sql = await readFile(join(folder, name, 'migration.sql'))
    if (createHash('sha256').update(sql).digest('hex') !== finished.get(name)) edited.push(name)
  }
  return {
    known,
    missing: known.filter((name) => !finished.has(name)),
    failed: applied.filter(({ isFinished }) => !isFinished).map(({ name }) => name),
    foreign: [...finished.keys()].filter((name) => !known.includes(name)),
    edited,
  }
}

/** Whether the tables are those of the schema file. Prisma's engine is loaded for this question alone. */
export const hasDrifted = async (input: { url: string; schemaPath: string }): Promise<boolean> => {
  const { schemaDrift } = await import('./migrate.ts')
  return (await schemaDrift(input)) !== null
}
