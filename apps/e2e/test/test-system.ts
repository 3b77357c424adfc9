import { type Child, spawnChild } from '@sms/devstack'

/** The whole product as processes of its own, looked at through its public interfaces only. */
export type TestSystem = {
  apiUrl: string
  simulatorUrl: string
  workers: Child[]
  api: Child
  /** Another one, on a port of its own; its URL. */
  startApi(): Promise<string>
  /** Of their health and metrics. */
  workerUrls(): string[]
  startWorker(env?: Record<string, string>): Promise<Child>
  /** Runs an operation; throws with the codes when it has errors. */
  graphql<T>(query: string, variables?: Record<string, unknown>, key?: string): Promise<T>
  /** The answer as it is, errors and all. */
  post(query: string, variables?: Record<string, unknown>, key?: string): Promise<GraphqlAnswer>
  summary(): Promise<SimulatorSummary>
  /** What the simulator accepted, oldest first. */
  accepts(): Promise<{ address: string; messageId: string | null }[]>
  control(action: string, body?: unknown): Promise<void>
  /** Every line that any process has written. */
  logLines(): string[]
  release(): Promise<void>
}

export type GraphqlAnswer = {
  status: number
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions?: { code?: string } }[]
}

export type SimulatorSummary = Record<
  'accepted' | 'duplicates' | 'distinct' | 'tokenCalls' | 'peakRequestsPerSecond' | 'rateLimited',
  number
>

export type TestSystemOptions = {
  databaseUrl: string
  redisUrl: string
  workers: number
  ratePerSecond: number
  /** Over the contract's variables, for the API and the workers. */
  env?: Record<string, string>
  simulatorEnv?: Record<string, string>
}

export const ADMIN_KEY = 'administrator-key-of-this-run'
const CLIENT = { id: 'simulator-client', secret: 'simulator-secret' }

const STOP_WITHIN_MS = 30_000

/** Starts simulator, API and workers on free ports. Everything ends with `release`, and with this process however it ends. */
export const openTestSystem = async (options: TestSystemOptions): Promise<TestSystem> => {
  const children: Child[] = []
  const workers: Child[] = []
  const spawn = (name: string, main: string, env: Record<string, string>): Child => {
    // The simulator sees when requests arrive.
    const child = spawnChild({ name, main, env, keepsTime: name === 'simulator' })
    children.push(child)
    return child
  }
  // Workers stop first, so that what they hold is settled while everything they need is there.
  const release = async (): Promise<void> => {
    await Promise.all(workers.filter((worker) => worker.isRunning()).map((worker) => worker.stop(STOP_WITHIN_MS)))
    for (const child of children.toReversed()) await child.release()
  }

  try {
    const simulator = spawn('simulator', 'apps/orange-simulator/src/main.ts', {
      PORT: '0',
      SIMULATOR_CLIENT_ID: CLIENT.id,
      SIMULATOR_CLIENT_SECRET: CLIENT.secret,
      SIMULATOR_TPS: String(Math.ceil(options.ratePerSecond)),
      ...options.simulatorEnv,
    })
    const simulatorUrl = listeningUrl(await simulator.waitForLine(/"listening"/))
    const env = { ...contractEnv(options, simulatorUrl), ...options.env }
    const startApi = async (): Promise<{ api: Child; url: string }> => {
      const api = spawn('api', 'apps/api/src/main.ts', env)
      return { api, url: listeningUrl(await api.waitForLine(/API listening/)) }
    }
    const startWorker = async (more: Record<string, string> = {}): Promise<Child> => {
      const worker = spawn(`worker-${workers.length + 1}`, 'apps/worker/src/main.ts', { ...env, ...more })
      workers.push(worker)
      await worker.waitForLine(/"listening"/)
      return worker
    }
    const { api, url: apiUrl } = await startApi()
    await Promise.all(Array.from({ length: options.workers }, () => startWorker()))
    return {
      apiUrl,
      simulatorUrl,
      workers,
      api,
      startApi: async () => (await startApi()).url,
      workerUrls: () => workers.map(({ lines }) => listeningUrl(lines.find((line) => line.includes('"listening"')) ?? '{}')),
      startWorker,
      ...graphqlVerbs(apiUrl),
      ...simulatorVerbs(simulatorUrl),
      logLines: () => children.flatMap((child) => child.lines),
      release,
    }
  } catch (error) {
    await release()
    throw error
  }
}

const graphqlVerbs = (apiUrl: string): Pick<TestSystem, 'post' | 'graphql'> => {
  const post: TestSystem['post'] = async (query, variables = {}, key = ADMIN_KEY) => {
    const response = await fetch(`${apiUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
    })
    return { status: response.status, ...((await response.json()) as Omit<GraphqlAnswer, 'status'>) }
  }
  return {
    post,
    graphql: async <T>(query: string, variables?: Record<string, unknown>, key?: string): Promise<T> => {
      const answer = await post(query, variables, key)
      if (answer.errors)
        throw new Error(answer.errors.map(({ message, extensions }) => `${extensions?.code}: ${message}`).join('; '))
      return answer.data as T
    },
  }
}

const simulatorVerbs = (url: string): Pick<TestSystem, 'summary' | 'accepts' | 'control'> => {
  const read = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}/_simulator/${path}`)
    if (!response.ok) throw new Error(`the simulator answers ${response.status}`)
    return (await response.json()) as T
  }
  return {
    summary: () => read('summary'),
    accepts: async () =>
      (await read<{ entries: { address: string; messageId: string | null }[] }>('ledger?acceptedOnly=true&limit=1000000'))
        .entries,
    control: async (action, body = {}) => {
      const response = await fetch(`${url}/_simulator/${action}`, { method: 'POST', body: JSON.stringify(body) })
      if (!response.ok) throw new Error(`the simulator refused ${action}: ${await response.text()}`)
    },
  }
}

/** Exactly the variables of the contract, and nothing else. */
const contractEnv = (options: TestSystemOptions, simulatorUrl: string): Record<string, string> => ({
  NODE_ENV: 'production',
  DATABASE_URL: options.databaseUrl,
  REDIS_URL: options.redisUrl,
  ORANGE_API_URL: simulatorUrl,
  ORANGE_API_CLIENT_ID: CLIENT.id,
  ORANGE_API_CLIENT_SECRET: CLIENT.secret,
  ORANGE_DEFAULT_SENDER_ADDRESS: 'tel:+2250000',
  ORANGE_TPS: String(options.ratePerSecond),
  ORANGE_RECEIPT_TOKEN: 'receipt-token-of-this-run',
  ADMIN_API_KEY: ADMIN_KEY,
  APP_SECRET: 'a secret of this run that is long enough to be one',
  HOST: '127.0.0.1',
  PORT: '0',
  WORKER_PORT: '0',
  LOG_LEVEL: 'debug',
})

/** Of the line by which a service says that it listens. */
const listeningUrl = (line: string): string => {
  const { listening, port } = JSON.parse(line) as { listening?: string; port?: number }
  return listening ?? `http://127.0.0.1:${port}`
}
