import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { type Act, injectAll } from '../inject.ts'
import type { Scenario } from '../scenario.ts'

const restart =
  (mode: 'fast' | 'immediate'): Act =>
  async ({ system: { ground } }) => {
    await ground.postgres.shutDown(mode)
    await wait(1_000)
    await ground.postgres.restart()
  }

const SLOW_MS = 5_000

const ACTS: Record<string, Act> = {
  'restarted in good order': restart('fast'),
  'crashed and restarted': restart('immediate'),
  'every connection terminated': async ({ system: { ground } }) => {
    await ground.sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
  },
  'statements of 5 s': async ({ system: { ground } }) => {
    // Whatever writes an SMS waits for this lock; what reads goes on.
    const client = new pg.Client({ connectionString: ground.databaseUrl })
    await client.connect()
    await client.query('BEGIN')
    await client.query('LOCK TABLE "SmsQueue" IN EXCLUSIVE MODE')
    await wait(SLOW_MS)
    await client.query('ROLLBACK')
    await client.end()
  },
  'answers 5 s late': async ({ system: { ground } }) => {
    for (const { postgres } of ground.wires) postgres.delay(SLOW_MS)
    await wait(SLOW_MS + 3_000)
    for (const { postgres } of ground.wires) postgres.resume()
  },
  'pool exhausted for 6 s': async ({ system: { ground } }) => {
    // Every connection of every pool waits for an answer that does not come.
    for (const { postgres } of ground.wires) postgres.hold()
    await wait(6_000)
    for (const { postgres } of ground.wires) postgres.resume()
  },
}

export const postgres: Scenario = {
  id: 'F5',
  title: 'PostgreSQL',
  does:
    'Shut down and restarted; crashed (immediate shutdown) and restarted, which recovers from its log; every connection terminated, twice; every ' +
    'write blocked for 5 s by a lock; every answer 5 s late, for 8 s; every connection silent for 6 s, so that each pool is exhausted.',
  kinds: Object.keys(ACTS),
  leastFaults: 7,
  run: (context) => injectAll(context, ACTS, { 'every connection terminated': 2 }),
}
