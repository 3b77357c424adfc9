import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { freePort, spawnChild, type Child, type Stack } from '@sms/devstack'
import { createGraphqlClient, type GraphqlClient } from './graphql-client.ts'

export type DemoSystemOptions = {
  stack: Stack
  workerCount: number
  /** Allowed by the simulator and kept by the workers, SMS a second. */
  tps: number
  /** Tried first, so that URLs look familiar; any free port when one is taken. */
  preferredPorts: { api: number; worker: number; simulator: number }
  /** Every line that any of the processes writes. */
  onLine: (name: string, line: string) => void
}

/** The whole product as processes: simulator, API, workers. Released with the stack it was opened on. */
export type DemoSystem = {
  apiUrl: string
  simulatorUrl: string
  apiKey: string
  graphql: GraphqlClient
  /** Rejects when a process that nobody stopped has ended; never resolves. */
  broken: Promise<never>
}

const SIMULATOR_CREDENTIALS = { id: 'demo-client', secret: 'demo-secret' }

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

const migrate = async (databaseUrl: string): Promise<void> => {
  const child = spawnChild({ name: 'db:migrate', main: file('packages/db/bin/migrate.ts'), env: { DATABASE_URL: databaseUrl } })
  const { code } = await child.exited
  if (code !== 0) throw new Error(`db:migrate failed (${code}):\n${child.lines.join('\n')}`)
}

const contract = (input: {
  stack: Stack
  databaseUrl: string
  simulatorUrl: string
  tps: number
  apiKey: string
}): Record<string, string> => ({
  // For GraphiQL; a service that is told nothing takes production.
  NODE_ENV: 'development',
  HOST: '127.0.0.1',
  DATABASE_URL: input.databaseUrl,
  REDIS_URL: input.stack.redis.url,
  ORANGE_API_URL: input.simulatorUrl,
  ORANGE_API_CLIENT_ID: SIMULATOR_CREDENTIALS.id,
  ORANGE_API_CLIENT_SECRET: SIMULATOR_CREDENTIALS.secret,
  ORANGE_DEFAULT_SENDER_ADDRESS: 'tel:+2250000',
  ORANGE_RECEIPT_TOKEN: randomBytes(16).toString('hex'),
  ORANGE_TPS: String(input.tps),
  ADMIN_API_KEY: input.apiKey,
  APP_SECRET: randomBytes(32).toString('hex'),
})

/** Opens a migrated database on the stack and the processes on it; everything is ready when it resolves. */
export const openDemoSystem = async (options: DemoSystemOptions): Promise<DemoSystem> => {
  const { stack, preferredPorts } = options
  const children: Child[] = []
  const start = (name: string, main: string, env: Record<string, string>): Child => {
    const child = spawnChild({ name, main: file(main), env, onLine: (line) => options.onLine(name, line), keepLineCount: 200 })
    children.push(child)
    stack.push(child.release)
    return child
  }

  const simulatorPort = await freePort(preferredPorts.simulator)
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}`
  const simulator = start('simulator', 'apps/orange-simulator/src/main.ts', {
    HOST: '127.0.0.1',
    PORT: String(simulatorPort),
    SIMULATOR_CLIENT_ID: SIMULATOR_CREDENTIALS.id,
    SIMULATOR_CLIENT_SECRET: SIMULATOR_CREDENTIALS.secret,
    SIMULATOR_TPS: String(options.tps),
  })
  const databaseUrl = await stack.postgres.createDatabase('sms')
  await Promise.all([simulator.waitForUrl(`${simulatorUrl}/_simulator/summary`), migrate(databaseUrl)])

  const apiKey = randomBytes(16).toString('hex')
  const env = contract({ stack, databaseUrl, simulatorUrl, tps: options.tps, apiKey })
  const apiPort = await freePort(preferredPorts.api)
  const apiUrl = `http://127.0.0.1:${apiPort}`
  const api = start('api', 'apps/api/src/main.ts', { ...env, PORT: String(apiPort) })
  await api.waitForUrl(`${apiUrl}/readyz`, 30_000)
  // One after the other: two that look for a free port at once would find the same.
  for (let number = 1; number <= options.workerCount; number++) {
    const port = await freePort(preferredPorts.worker)
    const worker = start(`worker-${number}`, 'apps/worker/src/main.ts', { ...env, WORKER_PORT: String(port) })
    await worker.waitForUrl(`http://127.0.0.1:${port}/readyz`, 30_000)
  }

  const broken = Promise.race(
    children.map(async (child) => {
      const { code, signal } = await child.exited
      throw new Error(`${child.name} ended (${signal ?? code}); it wrote last:\n${child.lines.slice(-10).join('\n')}`)
    }),
  )
  // Whoever does not wait for it must not be ended by it.
  broken.catch(() => {})
  return { apiUrl, simulatorUrl, apiKey, graphql: createGraphqlClient({ url: apiUrl, apiKey }), broken }
}
