import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { openSchemaEngine, type SchemaEngine } from './schema-engine.ts'

export type MigrationReport = {
  /** Names of the migrations that this run applied, in order. */
  applied: string[]
  /** How many there are in the folder. */
  knownCount: number
}

type MigrationList = Parameters<SchemaEngine['applyMigrations']>[0]['migrationsList']

const NO_FILTERS = { externalTables: [], externalEnums: [] }
/** Any number that nothing else locks. */
const MIGRATION_LOCK = 7_277_000_001n

const readMigrations = async (folder: string): Promise<MigrationList> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const migrationDirectories = await Promise.all(
    names.toSorted().map(async (name) => {
      const value = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
    }),
  )
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' }
  return { baseDir: folder, lockfile, shadowDbInitScript: '', migrationDirectories }
}

/** Holds a lock of the database's own while `work` runs: two deployments at once migrate one after the other. */
const withMigrationLock = async <T>(url: string, work: () => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'sms-migrate' })
  // A connection that breaks meanwhile frees the lock; the engine has a lock of its own as well.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK.toString()])
    return await work()
  } finally {
    // The end of the session frees the lock, also after an error inside a transaction.
    await client.end()
  }
}

/**
 * Applies to the database what it lacks of the migrations in `folder`, as `prisma migrate deploy` does. Idempotent.
 * The engine leaves a timer behind that keeps a process alive for up to ten seconds: scripts end with `process.exit`.
 */
export const migrateDatabase = async (input: { url: string; folder: string }): Promise<MigrationReport> => {
  const migrationsList = await readMigrations(input.folder)
  return withMigrationLock(input.url, async () => {
    const { engine, release } = await openSchemaEngine(input.url)
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS })
      return { applied: appliedMigrationNames, knownCount: migrationsList.migrationDirectories.length }
    } finally {
      await release()
    }
  })
}

/** What separates the tables of a database from a Prisma schema, as SQL; null when nothing does. */
export const schemaDrift = async (input: { url: string; schemaPath: string }): Promise<string | null> => {
  const files = [{ path: input.schemaPath, content: await readFile(input.schemaPath, 'utf8') }]
  const { engine, release } = await openSchemaEngine(input.url)
  try {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: join(input.schemaPath, '..') },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: NO_FILTERS,
    })
    return exitCode === 0 ? null : (stdout ?? '')
  } finally {
    await release()
  }
}
