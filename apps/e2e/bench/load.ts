import { createReleases, openPostgres, openRedis, type Releases, spawnChild } from '@sms/devstack'
import { fileURLToPath } from 'node:url'

/** What a column is given: servers and a simulator of its own, empty. */
export type Load = {
  sms: number
  concurrency: number
  databaseUrl: string
  redisUrl: string
  simulatorUrl: string
  releases: Releases
}

export type Column = {
  name: string
  /** Everything up to the moment at which work may begin; returns what begins it. */
  prepare: (load: Load) => Promise<() => Promise<void>>
}

type Summary = { accepted: number; duplicates: number }
type Acceptances = { entries: { kind: string; atMs: number }[] }

export const CLIENT = { id: 'bench-client', secret: 'bench-secret' }

const RUN_LIMIT_MS = 180_000

export const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/**
 * One run of one column: SMS per second at the simulator's own clock, from a fifth of them on to the last but a tenth. A process compiles
 * what it runs in its first second or two, and at the end not all of its hands are full: in a short run that would be most of it.
 */
export const measure = async (column: Column, size: { sms: number; concurrency: number }): Promise<number> => {
  const releases = createReleases()
  try {
    const postgres = await openPostgres({ durable: true })
    releases.push(() => postgres.release())
    const redis = await openRedis()
    releases.push(() => redis.release())
    const databaseUrl = await postgres.createDatabase('bench')
    const { code } = await spawnChild({ main: file('packages/db/bin/migrate.ts'), env: { DATABASE_URL: databaseUrl } }).exited
    if (code !== 0) throw new Error('the migrations failed')
    const simulator = spawnChild({
      main: file('apps/orange-simulator/src/main.ts'),
      env: { PORT: '0', SIMULATOR_CLIENT_ID: CLIENT.id, SIMULATOR_CLIENT_SECRET: CLIENT.secret, SIMULATOR_TPS: '0' },
    })
    releases.push(() => simulator.release())
    const { listening: simulatorUrl } = JSON.parse(await simulator.waitForLine(/"listening"/)) as { listening: string }
    const begin = await column.prepare({ ...size, databaseUrl, redisUrl: redis.url, simulatorUrl, releases })
    await begin()
    return await rateOf(simulatorUrl, size.sms)
  } finally {
    await releases.release()
  }
}

const rateOf = async (simulatorUrl: string, sms: number): Promise<number> => {
  const deadline = performance.now() + RUN_LIMIT_MS
  for (;;) {
    const summary = (await (await fetch(`${simulatorUrl}/_simulator/summary`)).json()) as Summary
    if (summary.accepted >= sms) {
      if (summary.duplicates > 0) throw new Error(`${summary.duplicates} SMS were accepted twice`)
      return await steadyRateOf(simulatorUrl)
    }
    if (performance.now() > deadline) throw new Error(`only ${summary.accepted} of ${sms} were accepted`)
    // Rarely: the question costs the simulator time too.
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

const steadyRateOf = async (simulatorUrl: string): Promise<number> => {
  const response = await fetch(`${simulatorUrl}/_simulator/ledger?acceptedOnly=true&limit=1000000`)
  const { entries } = (await response.json()) as Acceptances
  const sends = entries.filter(({ kind }) => kind === 'send')
  const [from, to] = [Math.floor(sends.length / 5), Math.floor((sends.length * 9) / 10)]
  return (to - from) / (((sends[to]?.atMs ?? 0) - (sends[from]?.atMs ?? 0)) / 1_000)
}

/** The environment of a worker of ours, and of those that stand beside it. */
export const workerEnv = (load: Load): Record<string, string> => ({
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  HOST: '127.0.0.1',
  WORKER_PORT: '0',
  DATABASE_URL: load.databaseUrl,
  REDIS_URL: load.redisUrl,
  ORANGE_API_URL: load.simulatorUrl,
  ORANGE_API_CLIENT_ID: CLIENT.id,
  ORANGE_API_CLIENT_SECRET: CLIENT.secret,
  ORANGE_TPS: '1000000',
  ORANGE_RECEIPT_TOKEN: 'receipt-token',
  ADMIN_API_KEY: 'administrator-key-of-the-bench',
  APP_SECRET: 'a secret of the bench that is long enough to be one',
  WORKER_CONCURRENCY: String(load.concurrency),
})
