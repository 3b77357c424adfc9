import { type Database, openDatabase } from '@sms/db'
import {
  type Child,
  createReleases,
  freePort,
  openPostgres,
  openRedis,
  type Postgres,
  type Releases,
  spawnChild,
} from '@sms/devstack'
import { CLIENT, file } from '../bench/load.ts'

/** One request as the simulator saw it. */
export type Seen = {
  sequence: number
  atMs: number
  kind: string
  accepted: boolean
  outcome: string
  address: string | null
  message: string | null
  tokenId: string | null
}

export type Summary = {
  accepted: number
  duplicates: number
  tokenCalls: number
  rateLimited: number
  peakRequestsPerSecond: number
}

export type WorkerProcess = Child & { url: string }

/** Servers, a simulator and workers of one measurement, all empty. */
export type Scene = {
  db: Database
  databaseUrl: string
  redisUrl: string
  simulatorUrl: string
  releases: Releases
  startWorkers(count: number, env?: Record<string, string>): Promise<WorkerProcess[]>
  startChild(main: string, env: Record<string, string>): Promise<Child>
  /** So many waiting SMS in a batch, made by one statement. Their numbers begin after `firstNumber`. */
  givenBatch(batch: { size: number; userId?: number; accountId?: number; firstNumber?: number; text?: string }): Promise<bigint>
  sends(): Promise<Seen[]>
  summary(): Promise<Summary>
  control(action: string, body: unknown): Promise<void>
}

const TEMPLATE = 'template_pacing'

const VACUUMED_FROM = 50_000

/** The server that all measurements share; each has a database of its own in it. */
export const openServer = async (): Promise<Postgres> => {
  const postgres = await openPostgres({ durable: true })
  const url = await postgres.createDatabase(TEMPLATE)
  const { code } = await spawnChild({ main: file('packages/db/bin/migrate.ts'), env: { DATABASE_URL: url } }).exited
  if (code !== 0) throw new Error('the migrations failed')
  return postgres
}

let sceneCount = 0

/** Where a scene has its database from. */
export type Databases = Pick<Postgres, 'createDatabase' | 'dropDatabase'>

export const openScene = async (postgres: Databases, simulatorEnv: Record<string, string>): Promise<Scene> => {
  const releases = createReleases()
  try {
    sceneCount += 1
    const name = `pacing_${sceneCount}`
    const databaseUrl = await postgres.createDatabase(name, { template: TEMPLATE })
    releases.push(() => postgres.dropDatabase(name))
    const redis = await openRedis()
    releases.push(() => redis.release())
    const { db, release } = openDatabase({ url: databaseUrl, poolSize: 4 })
    releases.push(release)
    const simulator = spawnChild({
      main: file('apps/orange-simulator/src/main.ts'),
      keepsTime: true,
      env: { PORT: '0', SIMULATOR_CLIENT_ID: CLIENT.id, SIMULATOR_CLIENT_SECRET: CLIENT.secret, ...simulatorEnv },
    })
    releases.push(() => simulator.release())
    const { listening } = JSON.parse(await simulator.waitForLine(/"listening"/)) as { listening: string }
    return {
      db,
      databaseUrl,
      redisUrl: redis.url,
      simulatorUrl: listening,
      releases,
      ...verbsOf(db, { databaseUrl, redisUrl: redis.url, simulatorUrl: listening, releases }),
    }
  } catch (error) {
    await releases.release()
    throw error
  }
}

type Urls = Pick<Scene, 'databaseUrl' | 'redisUrl' | 'simulatorUrl' | 'releases'>

const verbsOf = (db: Database, urls: Urls) => {
  const startChild = async (main: string, env: Record<string, string>): Promise<Child> => {
    const child = spawnChild({ main: file(main), env: { ...serviceEnv(urls), ...env } })
    urls.releases.push(async () => void (await child.stop()))
    await child.waitForLine(/started|listening/, 60_000)
    return child
  }
  /** Quiet, because at hundreds a second the reading of its log would be part of the measurement. */
  const startWorker = async (env: Record<string, string>): Promise<WorkerProcess> => {
    const port = await freePort()
    const child = spawnChild({
      main: file('apps/worker/src/main.ts'),
      env: { ...serviceEnv(urls), LOG_LEVEL: 'warn', WORKER_PORT: String(port), ...env },
    })
    urls.releases.push(async () => void (await child.stop()))
    const url = `http://127.0.0.1:${port}`
    await child.waitForUrl(`${url}/livez`, 60_000)
    return { ...child, url }
  }
  const read = async <T>(path: string): Promise<T> => (await (await fetch(`${urls.simulatorUrl}/_simulator/${path}`)).json()) as T

  return {
    startChild,
    startWorkers: (count: number, env: Record<string, string> = {}): Promise<WorkerProcess[]> =>
      Promise.all(Array.from({ length: count }, () => startWorker(env))),

    givenBatch: async (batch: { size: number; userId?: number; accountId?: number; firstNumber?: number; text?: string }) => {
      const { size, userId = 1, accountId = 1, firstNumber = 0, text = 'Bonjour' } = batch
      const { id } = await db.smsBatch.create({
        data: {
          userId,
          kind: 'LIST',
          status: 'ACTIVE',
          message: text,
          parts: 1,
          maxAttempts: 5,
          accountId,
          announced: size,
          pending: size,
          expandedAt: new Date(),
        },
      })
      await db.$executeRaw`
        INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts")
        SELECT ${userId}, ${id}, ${accountId}, '+22507' || lpad((i + ${firstNumber})::text, 8, '0'), ${text}, 5
        FROM generate_series(1, ${size}::int) i`
      // As after a while in production: a table that was filled a moment ago is vacuumed in the middle of the measurement.
      if (size >= VACUUMED_FROM) await db.$executeRawUnsafe('VACUUM (ANALYZE) "SmsQueue"')
      return id
    },

    sends: () => sendsOf(urls.simulatorUrl),
    summary: () => read<Summary>('summary'),
    control: async (action: string, body: unknown): Promise<void> => {
      const response = await fetch(`${urls.simulatorUrl}/_simulator/${action}`, { method: 'POST', body: JSON.stringify(body) })
      if (!response.ok) throw new Error(`the simulator refused ${action}: ${await response.text()}`)
    },
  }
}

/** Read in the end only: the question costs the simulator time. */
export const sendsOf = async (simulatorUrl: string): Promise<Seen[]> => {
  const seen: Seen[] = []
  for (let next = 0; ;) {
    const response = await fetch(`${simulatorUrl}/_simulator/ledger?since=${next}&limit=20000`)
    const page = (await response.json()) as { entries: Seen[]; next: number }
    if (page.entries.length === 0) return seen
    seen.push(...page.entries.filter(({ kind }) => kind === 'send'))
    next = page.next
  }
}

export const APP_SECRET = 'a secret of the bench that is long enough to be one'
export const ADMIN_API_KEY = 'administrator-key-of-the-bench'

const serviceEnv = (urls: Urls): Record<string, string> => ({
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  HOST: '127.0.0.1',
  DATABASE_URL: urls.databaseUrl,
  REDIS_URL: urls.redisUrl,
  ORANGE_API_URL: urls.simulatorUrl,
  ORANGE_API_CLIENT_ID: CLIENT.id,
  ORANGE_API_CLIENT_SECRET: CLIENT.secret,
  ORANGE_RECEIPT_TOKEN: 'receipt-token',
  ADMIN_API_KEY,
  APP_SECRET,
})

export const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
