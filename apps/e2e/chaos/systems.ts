import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '@sms/devstack'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { createGraphqlClient } from '../src/graphql-client.ts'
import { CLIENT, type Ground, type Running } from './ground.ts'
import { type Dialect, ourDialect, plainDialect } from './steps.ts'

/** What both columns are run with. */
export const SETTINGS = {
  workerCount: 3,
  concurrency: 50,
  latencyMs: 300,
  leaseMs: 5_000,
  requestTimeoutMs: 3_000,
  backoffMs: 500,
}

/** What a supervisor waits before it starts a process again. */
const RESTART_AFTER_MS = 500

const ADMIN_KEY = 'administrator-key-of-this-run'
const RECEIPT_TOKEN = 'receipt-token-of-this-run'
const TEXT = 'Bonjour, votre commande est prete.'

export type Counts = Record<'pending' | 'processing' | 'sent' | 'failed' | 'cancelled' | 'unknown', number>
export type BatchView = { id: string; announced: number; status: string; counts: Counts }

/** A system under test, as the faults see it. */
export type System = {
  ground: Ground
  workers: Running[]
  dialect: Dialect
  /** In the place of a worker that has ended. */
  replaceWorker: (index: number) => Promise<void>
  send: (phoneNumbers: string[]) => Promise<string | null>
  /** How many workers ended by themselves and were started again. */
  restartCount: () => number
  /** Null: this system has none. */
  api: Api | null
  /** True when no job is left that could change anything. */
  isDead: () => Promise<boolean>
}

export type Api = {
  process: () => Running
  replace: () => Promise<void>
  /** Repeating the same key gives the same batch. */
  sendWithKey: (phoneNumbers: string[], idempotencyKey: string) => Promise<string>
  cancel: (batchId: string) => Promise<void>
  read: (batchId: string) => Promise<BatchView>
  receiptsUrl: string
}

const contract = ({ wires }: Pick<Running, 'wires'>, ratePerSecond: number): Record<string, string> => ({
  NODE_ENV: 'production',
  DATABASE_URL: wires.postgres.url,
  REDIS_URL: wires.redis.url,
  ORANGE_API_URL: wires.provider.url,
  ORANGE_API_CLIENT_ID: CLIENT.id,
  ORANGE_API_CLIENT_SECRET: CLIENT.secret,
  ORANGE_TPS: String(ratePerSecond),
  ORANGE_TIMEOUT_MS: String(SETTINGS.requestTimeoutMs),
  ORANGE_RECEIPT_TOKEN: RECEIPT_TOKEN,
  SMS_LEASE_MS: String(SETTINGS.leaseMs),
  SMS_BACKOFF_MS: String(SETTINGS.backoffMs),
  WORKER_CONCURRENCY: String(SETTINGS.concurrency),
  ADMIN_API_KEY: ADMIN_KEY,
  APP_SECRET: 'a secret of this run that is long enough to be one',
  HOST: '127.0.0.1',
  PORT: '0',
  WORKER_PORT: '0',
  LOG_LEVEL: 'info',
})

/** Starts workers of one kind, each behind proxies of its own, which outlive it, and again when one ends by itself, as a supervisor does. */
const openWorkers = async (
  ground: Ground,
  main: string,
  ratePerSecond: number,
): Promise<Pick<System, 'workers' | 'replaceWorker' | 'restartCount'>> => {
  const workers: Running[] = []
  let restartCount = 0
  let isClosing = false
  const start = async (index: number, wires: Running['wires']): Promise<void> => {
    const name = `worker-${index + 1}`
    const child = ground.spawn(name, main, contract({ wires }, ratePerSecond))
    workers[index] = { name, child, wires }
    void child.exited.then(async ({ signal }) => {
      // By a signal: that was a fault of ours, and its own act replaces it.
      if (signal !== null || isClosing) return
      restartCount += 1
      await wait(RESTART_AFTER_MS)
      if (!isClosing) await start(index, wires).catch(() => undefined)
    })
    await child.waitForLine(/worker started/, 30_000)
  }
  for (let index = 0; index < SETTINGS.workerCount; index += 1) await start(index, await ground.openWires())
  ground.push(() => {
    isClosing = true
  })
  return {
    workers,
    replaceWorker: (index) => start(index, (workers[index] as Running).wires),
    restartCount: () => restartCount,
  }
}

const BATCH =
  'query ($id: ID!) { batch(id: $id) { id announced status counts { pending processing sent failed cancelled unknown } } }'
const SEND = `mutation ($to: [String!]!, $message: String!, $key: String) {
  sendBulkSms(phoneNumbers: $to, message: $message, idempotencyKey: $key) { status message batchId } }`

const openApi = async (ground: Ground, ratePerSecond: number): Promise<Api> => {
  const wires = await ground.openWires()
  // The same port after a restart: the simulator posts its receipts there.
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let running: Running
  const start = async (): Promise<void> => {
    const child = ground.spawn('api', 'apps/api/src/main.ts', { ...contract({ wires }, ratePerSecond), PORT: String(port) })
    running = { name: 'api', child, wires }
    await child.waitForLine(/API listening/, 30_000)
  }
  await start()
  const graphql = createGraphqlClient({ url, apiKey: ADMIN_KEY })
  return {
    process: () => running,
    replace: start,
    sendWithKey: async (to, key) => {
      const { sendBulkSms } = await graphql<{ sendBulkSms: { status: string; message: string; batchId: string } }>(SEND, {
        to,
        message: TEXT,
        key,
      })
      if (sendBulkSms.status !== 'QUEUED') throw new Error(`the API did not take the list: ${sendBulkSms.message}`)
      return sendBulkSms.batchId
    },
    cancel: async (id) => {
      const { cancelBatch } = await graphql<{ cancelBatch: { status: string } }>(
        'mutation ($id: ID!) { cancelBatch(id: $id, reason: "chaos") { status } }',
        { id },
      )
      if (cancelBatch.status !== 'CANCELLED') throw new Error(`the batch is ${cancelBatch.status} after its cancel`)
    },
    read: async (id) => (await graphql<{ batch: BatchView }>(BATCH, { id })).batch,
    receiptsUrl: `${url}/webhooks/orange/receipts/${RECEIPT_TOKEN}`,
  }
}

/** The product: API and workers. */
export const openProduct = async (ground: Ground, ratePerSecond: number): Promise<System> => {
  const api = await openApi(ground, ratePerSecond)
  await ground.simulator.control('config', { receiptsUrl: api.receiptsUrl })
  const workers = await openWorkers(ground, 'apps/worker/src/main.ts', ratePerSecond)
  let listCount = 0
  return {
    ground,
    dialect: ourDialect,
    ...workers,
    api,
    send: (phoneNumbers) => api.sendWithKey(phoneNumbers, `list-${++listCount}`),
    // Whatever Redis holds, the table says what is to be done.
    isDead: () => Promise.resolve(false),
  }
}

/**
 * The usual way: rows written, jobs added as BullMQ's documentation shows, plain workers. Its producer has connections of its
 * own that no fault touches, which is kinder than what the product's API is given.
 */
export const openBaseline = async (ground: Ground, ratePerSecond: number): Promise<System> => {
  const redis = new Redis(ground.redis.url, { maxRetriesPerRequest: null })
  redis.on('error', () => {})
  ground.push(() => redis.disconnect())
  const queue = new Queue('usual', { connection: redis })
  queue.on('error', () => {})
  const workers = await openWorkers(ground, 'apps/e2e/chaos/baseline-worker.ts', ratePerSecond)
  return {
    ground,
    dialect: plainDialect,
    ...workers,
    api: null,
    isDead: async () => {
      const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized')
      return Object.values(counts).every((count) => count === 0)
    },
    send: async (phoneNumbers) => {
      const { rows } = await ground.sql.query<{ id: string }>(
        `INSERT INTO "SmsQueue" ("userId", "accountId", "phoneNumber", message, "maxAttempts")
         SELECT 1, 1, p, $2, 1000 FROM unnest($1::text[]) p RETURNING id::text AS id`,
        [phoneNumbers, TEXT],
      )
      await queue.addBulk(
        rows.map(({ id }) => ({
          name: 'send',
          data: { smsId: Number(id) },
          opts: { attempts: 3, backoff: { type: 'exponential', delay: 1_000 }, jobId: `sms-${id}` },
        })),
      )
      return null
    },
  }
}
