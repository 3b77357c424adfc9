import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { accountStateOf } from '@sms/core'
import {
  createSenderAccountRepository,
  createSenderAccountStore,
  type Database,
  DEFAULT_ACCOUNT_ID,
  hasDrifted,
  openDatabase,
  readDatabaseFacts,
  readMigrationFacts,
} from '@sms/db'
import type { OrangeProvider } from '@sms/orange'
import { openRedis, readRedisFacts } from '@sms/queue'
import { type CommandExit, createMetrics, toJson, type WorkerConfig } from '@sms/runtime'
import { DATABASE_CONNECTIONS, providersOf } from '../deps.ts'
import { createWorkerMetrics } from '../worker-metrics.ts'
import type { DoctorArguments } from './arguments.ts'
import { broken, doubtful, type Finding, ok, tellFindings } from './findings.ts'
import { judgeContracts, judgeState, judgeToken, unreadable } from './judge-account.ts'
import { judgeClock } from './judge-clocks.ts'
import { judgeDatabase, judgeMigrations } from './judge-database.ts'
import { judgeProcess, readOpenFiles } from './judge-process.ts'
import { judgeRedis } from './judge-redis.ts'

const PRISMA = '../../../../prisma/'
const pathOf = (path: string): string => fileURLToPath(new URL(`${PRISMA}${path}`, import.meta.url))

const STATEMENT_MS = 10_000

type Printed = { output: string; exit: CommandExit }

const printed = (given: DoctorArguments, findings: Finding[], exit: CommandExit): Printed => ({
  exit,
  output: given.asJson ? toJson({ findings }) : tellFindings(findings),
})

/** What is wrong with the configuration, as findings: nothing else can be looked at then. */
export const tellBadConfig = (given: DoctorArguments, lines: readonly string[]): Printed =>
  printed(
    given,
    lines.map((line) => broken('configuration', line, 'see .env.example; every process reads it from its environment')),
    78,
  )

export const runDoctor = async (config: WorkerConfig, given: DoctorArguments): Promise<Printed> => {
  const { db, release } = openDatabase({
    url: config.DATABASE_URL,
    poolSize: 2,
    statementTimeoutMs: STATEMENT_MS,
    applicationName: 'sms-doctor',
  })
  const redis = openRedis({ url: config.REDIS_URL, role: 'producer', onError: () => undefined })
  try {
    const found: Finding[] = [
      ...(await lookAt('redis', 'REDIS_URL', () => lookAtRedis(redis.redis))),
      ...(await lookAt('database', 'DATABASE_URL', () => lookAtDatabase(db))),
      ...(await lookAt('database schema', 'DATABASE_URL', () => lookAtSchema(db, config))),
      ...(await lookAt('accounts', 'DATABASE_URL', () => lookAtAccounts({ db, redis: redis.redis }, config, given))),
      ...(await lookAtProcess(db, config)),
    ]
    return printed(given, found, found.some(({ level }) => level === 'wrong') ? 2 : 0)
  } finally {
    await redis.release()
    await release()
  }
}

/** A part that does not answer is a finding, and the others are looked at all the same. */
const lookAt = async (check: string, variable: string, look: () => Promise<Finding[]>): Promise<Finding[]> => {
  try {
    return await look()
  } catch (error) {
    // Not its message, which may hold a host, a user or a row.
    const code = error instanceof Error && 'code' in error ? `: ${String(error.code)}` : ''
    return [broken(check, `no answer${code}`, `see that it runs and that ${variable} points at it, with its user and password`)]
  }
}

const lookAtRedis = async (redis: ReturnType<typeof openRedis>['redis']): Promise<Finding[]> => {
  const facts = await readRedisFacts(redis, Date.now)
  return [...judgeRedis(facts), judgeClock('redis', facts)]
}

const lookAtDatabase = async (db: Database): Promise<Finding[]> => {
  // Connected before the clock is read, or the reading would be as vague as the connection is slow.
  await readDatabaseFacts(db)
  const askedAtMs = Date.now()
  const facts = await readDatabaseFacts(db)
  const reading = { nowMs: facts.now.getTime(), askedAtMs, answeredAtMs: Date.now() }
  return [...judgeDatabase(facts, DATABASE_CONNECTIONS), judgeClock('database', reading)]
}

const lookAtSchema = async (db: Database, config: WorkerConfig): Promise<Finding[]> => {
  const migrations = judgeMigrations(await readMigrationFacts(db, pathOf('migrations')))
  if (migrations.some(({ level }) => level === 'wrong')) return migrations
  const drifted = await hasDrifted({ url: config.DATABASE_URL, schemaPath: pathOf('schema.prisma') })
  const drift = drifted
    ? doubtful(
        'database drift',
        'its tables are not those of this release',
        'undo what was changed by hand, or deploy its release',
      )
    : ok('database drift', 'none')
  return [...migrations, drift]
}

const lookAtAccounts = async (
  { db, redis }: { db: Database; redis: ReturnType<typeof openRedis>['redis'] },
  config: WorkerConfig,
  given: DoctorArguments,
): Promise<Finding[]> => {
  const records = await createSenderAccountStore(db).findRecords()
  const states = records.map((record) =>
    judgeState({
      id: record.id,
      state: accountStateOf(record, Date.now()),
      pausedReason: record.pausedReason,
      isPausedWithAll: record.isPausedWithAll,
    }),
  )
  if (given.withoutOrange) return states
  const { provider, openProvider } = providersOf(config, redis, createWorkerMetrics(createMetrics()))
  const asked = [await askOrange(DEFAULT_ACCOUNT_ID, provider)]
  for (const account of await createSenderAccountRepository(db).findConfigured()) {
    const opened = openProvider(account)
    asked.push(opened === null ? [unreadable(`account ${account.id} token`)] : await askOrange(account.id, opened))
  }
  return [...states, ...asked.flat()]
}

const askOrange = async (id: number, provider: OrangeProvider): Promise<Finding[]> => {
  try {
    const token = judgeToken(id, await provider.prepare())
    return token.level === 'ok' ? [token, judgeContracts(id, await provider.readContracts(), Date.now())] : [token]
  } finally {
    await provider.close()
  }
}

const lookAtProcess = async (db: Database, config: WorkerConfig): Promise<Finding[]> => {
  const accountCount = await createSenderAccountRepository(db)
    .findConfigured()
    .then((accounts) => accounts.length + 1)
    .catch(() => 1)
  // Linux alone has it; elsewhere the finding says so.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  return judgeProcess({ nodeVersion: process.versions.node, openFiles: readOpenFiles(limits), accountCount }, config)
}
