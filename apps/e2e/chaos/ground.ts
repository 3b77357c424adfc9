import { type Child, createReleases, openProxy, openStack, type Proxy, spawnChild, type Stack } from '@sms/devstack'
import { mkdirSync, createWriteStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Accept } from './evidence.ts'
import type { Wires } from './steps.ts'

/** One process of the system under test, and its ways to the world. */
export type Running = { name: string; child: Child; wires: Wires }

export type LedgerEntry = {
  sequence: number
  atMs: number
  kind: 'send' | 'token' | 'contracts'
  accepted: boolean
  outcome: string
  address: string | null
  messageId: string | null
}

export type Simulator = {
  url: string
  control: (action: string, body?: unknown) => Promise<void>
  summary: () => Promise<{ nowMs: number; accepted: number; tokenCalls: number; receipts: { delivered: number } }>
  ledger: () => Promise<LedgerEntry[]>
}

/** What both columns stand on: a Redis and a PostgreSQL of their own, a simulator, and doors that no fault closes. */
export type Ground = Pick<Stack, 'redis' | 'postgres' | 'push' | 'release'> & {
  databaseUrl: string
  simulator: Simulator
  /** Straight to PostgreSQL, past every proxy. */
  sql: pg.Pool
  /** Straight to Redis, past every proxy. */
  redisAdmin: Redis
  openWires: () => Promise<Wires>
  /** All that were opened. */
  wires: readonly Wires[]
  spawn: (name: string, main: string, env: Record<string, string>) => Child
}

export const CLIENT = { id: 'chaos-client', secret: 'chaos-secret' }

export const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

const simulatorVerbs = (url: string): Simulator => {
  const read = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}/_simulator/${path}`, { signal: AbortSignal.timeout(5_000) })
    if (!response.ok) throw new Error(`the simulator answers ${response.status}`)
    return (await response.json()) as T
  }
  return {
    url,
    control: async (action, body = {}) => {
      const response = await fetch(`${url}/_simulator/${action}`, { method: 'POST', body: JSON.stringify(body) })
      if (!response.ok) throw new Error(`the simulator refused ${action}: ${await response.text()}`)
    },
    summary: () => read('summary'),
    ledger: async () => (await read<{ entries: LedgerEntry[] }>('ledger?limit=1000000')).entries,
  }
}

export const acceptsOf = (entries: LedgerEntry[]): Accept[] =>
  entries
    .filter(({ kind, accepted, address }) => kind === 'send' && accepted && address !== null)
    .map(({ address, messageId, atMs, outcome }) => ({
      phoneNumber: String(address).replace('tel:', ''),
      messageId,
      atMs,
      outcome,
    }))

const migrate = async (databaseUrl: string): Promise<void> => {
  const child = spawnChild({ main: file('packages/db/bin/migrate.ts'), env: { DATABASE_URL: databaseUrl } })
  const { code } = await child.exited
  if (code !== 0) throw new Error(`the migrations failed:\n${child.lines.join('\n')}`)
}

export type GroundOptions = { seed: number; latencyMs: number; simulatorEnv: Record<string, string>; logFolder: string | null }

export const openGround = async (options: GroundOptions): Promise<Ground> => {
  const releases = createReleases()
  try {
    // As in production: a commit must survive the crash of its server, else the run would show the test bench's losses.
    const stack = await openStack({ durable: true })
    releases.push(stack.release)
    const databaseUrl = await stack.postgres.createDatabase('sms')
    await migrate(databaseUrl)

    const spawn: Ground['spawn'] = (name, main, env) => {
      if (options.logFolder) mkdirSync(options.logFolder, { recursive: true })
      const log = options.logFolder === null ? null : createWriteStream(`${options.logFolder}/${name}.log`, { flags: 'a' })
      const onLine = (line: string): void => void log?.write(`${line}\n`)
      const child = spawnChild({ name, main: file(main), env, keepLineCount: 400, onLine })
      releases.push(child.release)
      return child
    }
    const simulatorChild = spawn('simulator', 'apps/orange-simulator/src/main.ts', {
      PORT: '0',
      SIMULATOR_CLIENT_ID: CLIENT.id,
      SIMULATOR_CLIENT_SECRET: CLIENT.secret,
      // The pace is not the subject: only the faults of the run may go wrong, in both columns.
      SIMULATOR_TPS: '0',
      SIMULATOR_LATENCY_MS: String(options.latencyMs),
      SIMULATOR_SEED: String(options.seed),
      ...options.simulatorEnv,
    })
    const { listening } = JSON.parse(await simulatorChild.waitForLine(/"listening"/)) as { listening: string }

    const sql = new pg.Pool({ connectionString: databaseUrl, max: 3, statement_timeout: 5_000, connectionTimeoutMillis: 2_000 })
    sql.on('error', () => {})
    releases.push(() => sql.end())
    const redisAdmin = new Redis(stack.redis.url, { maxRetriesPerRequest: 0, retryStrategy: () => 100 })
    redisAdmin.on('error', () => {})
    releases.push(() => redisAdmin.disconnect())

    const wires: Wires[] = []
    const openWires = async (): Promise<Wires> => {
      const open = async (url: string): Promise<Proxy> => {
        const proxy = await openProxy(url)
        releases.push(proxy.release)
        return proxy
      }
      const opened = { redis: await open(stack.redis.url), postgres: await open(databaseUrl), provider: await open(listening) }
      wires.push(opened)
      return opened
    }

    const { redis, postgres } = stack
    return {
      redis,
      postgres,
      databaseUrl,
      simulator: simulatorVerbs(listening),
      sql,
      redisAdmin,
      openWires,
      wires,
      spawn,
      push: releases.push,
      release: releases.release,
    }
  } catch (error) {
    await releases.release()
    throw error
  }
}
