import type { DatabaseFacts, MigrationFacts } from '@sms/db'
import { broken, doubtful, type Finding, ok } from './findings.ts'

const LEAST_VERSION = 14

export const judgeDatabase = (facts: DatabaseFacts, poolSize: number): Finding[] => [
  facts.versionNumber >= LEAST_VERSION * 10_000
    ? ok('database version', `PostgreSQL ${Math.floor(facts.versionNumber / 10_000)}`)
    : broken('database version', `PostgreSQL ${facts.versionNumber / 10_000}`, `move to PostgreSQL ${LEAST_VERSION} or newer`),
  facts.isReadOnly
    ? broken('database writes', 'it takes none', 'point DATABASE_URL at the primary, and a role that may write')
    : ok('database writes', 'taken'),
  judgeDurability(facts),
  facts.settings.autovacuum === 'off'
    ? broken(
        'database autovacuum',
        'off: every SMS is updated a few times and the table only grows',
        'SET autovacuum = on in postgresql.conf',
      )
    : ok('database autovacuum', 'on'),
  judgeConnections(facts, poolSize),
]

/** The promise that nobody gets an SMS twice rests on a claim that is on the disk before the first byte of a request. */
const judgeDurability = ({ settings }: DatabaseFacts): Finding => {
  const off = (['fsync', 'synchronous_commit', 'full_page_writes'] as const).filter((name) => settings[name] === 'off')
  if (off.length === 0) return ok('database durability', `synchronous_commit ${settings.synchronous_commit}`)
  const says = `${off.join(', ')} off: a claim that was committed can be lost in a crash, and its SMS sent again`
  return broken('database durability', says, `set ${off.join(', ')} to on in postgresql.conf (and for the role and the database)`)
}

const judgeConnections = ({ maxConnections, usedConnections }: DatabaseFacts, poolSize: number): Finding => {
  const says = `${usedConnections} of ${maxConnections} used; a worker takes up to ${poolSize}`
  return usedConnections + poolSize > maxConnections
    ? doubtful('database connections', says, 'raise max_connections, or run fewer processes')
    : ok('database connections', says)
}

export const judgeMigrations = (facts: MigrationFacts): Finding[] => {
  const { known, missing, failed, foreign, edited } = facts
  const check = 'database migrations'
  const problems = [
    ...(failed.length === 0
      ? []
      : [broken(check, `begun and not finished: ${failed.join(', ')}`, 'read its error, mend the data, then pnpm db:migrate')]),
    ...(missing.length === 0
      ? []
      : [broken(check, `not applied: ${missing.join(', ')}`, 'pnpm db:migrate (in containers: the service migrate)')]),
    ...(edited.length === 0
      ? []
      : [broken(check, `not what was applied: ${edited.join(', ')}`, 'deploy the release whose migrations these are')]),
    ...(foreign.length === 0
      ? []
      : [doubtful(check, `unknown to this program: ${foreign.join(', ')}`, 'deploy the release that brought them')]),
  ]
  return problems.length > 0 ? problems : [ok(check, `${known.length} of ${known.length} applied`)]
}
