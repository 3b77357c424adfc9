import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { migrateDatabase, type MigrationReport } from '../src/migrate.ts'

const HELP = `Applies prisma/migrations to the database of DATABASE_URL. Does nothing when all are applied.

  pnpm db:migrate [--json] [--help]

  --json   one line of JSON: {"applied": [names], "known": count}
Exit: 0 done, 1 failed, 64 wrong arguments, 78 DATABASE_URL is missing or bad.`

const fail = (code: number, message: string): never => {
  console.error(message)
  process.exit(code)
}

const readOptions = (): { json: boolean; help: boolean } => {
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
    return { json: values.json ?? false, help: values.help ?? false }
  } catch (error) {
    return fail(64, `${(error as Error).message}\n\n${HELP}`)
  }
}

const databaseUrl = (): string => {
  const url = process.env['DATABASE_URL']
  if (url === undefined || url === '') return fail(78, 'DATABASE_URL is not set: postgresql://user:password@host:5432/database')
  if (!URL.canParse(url) || !['postgresql:', 'postgres:'].includes(new URL(url).protocol)) {
    return fail(78, 'DATABASE_URL is not of the form postgresql://user:password@host:5432/database')
  }
  return url
}

/** Every sentence of an error and of what caused it; a failed connection keeps its reason in the latter. */
const reason = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message} (${reason(error.cause)})`
}

const print = ({ applied, knownCount }: MigrationReport, json: boolean): void => {
  if (json) console.log(JSON.stringify({ applied, known: knownCount }))
  else if (applied.length === 0) console.log(`Up to date: ${knownCount} of ${knownCount} migrations were applied before.`)
  else for (const name of applied) console.log(`Applied ${name}`)
}

const options = readOptions()
if (options.help) {
  console.log(HELP)
} else {
  const url = databaseUrl()
  try {
    print(
      await migrateDatabase({ url, folder: fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)) }),
      options.json,
    )
  } catch (error) {
    fail(1, `The migration failed: ${reason(error)}`)
  }
  // The engine leaves a timer of ten seconds behind that nobody can clear.
  process.exit(0)
}
