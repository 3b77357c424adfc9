import { openDatabase, type Database } from '@sms/db'
import {
  type Child,
  createReleases,
  eventually,
  openProxy,
  openTestDatabase,
  openTestRedis,
  type Proxy,
  type Releases,
  spawnChild,
} from '@sms/devstack'

export type Summary = { accepted: number; duplicates: number; tokenCalls: number; peakRequestsPerSecond: number } & Record<
  string,
  unknown
>

export type SmsRow = { phoneNumber: string; status: string; attempts: number; errorCode: string | null; messageId: string | null }

export type WorkerFixture = {
  db: Database
  databaseUrl: string
  redisUrl: string
  simulatorUrl: string
  startWorker(env?: Record<string, string>): Promise<Child>
  /** Before one of the servers above; goes with the fixture. */
  openProxyTo(url: string): Promise<Proxy>
  onRelease: Releases['push']
  /** A list batch with so many waiting SMS. */
  givenBatch(size: number, firstNumber?: number): Promise<bigint>
  summary(): Promise<Summary>
  /** Everything a batch's rows say, oldest first. */
  rows(batchId: bigint): Promise<SmsRow[]>
  /** Recipients whose SMS the provider accepted, with how often. */
  accepts(): Promise<Map<string, number>>
  account(): Promise<{ pausedReason: string | null; probeAt: Date | null }>
  /** When the simulator accepted each SMS, by its clock. */
  acceptedAtMs(): Promise<number[]>
  control(action: string, body: unknown): Promise<void>
  counts(
    batchId: bigint,
  ): Promise<{ status: string; pending: number; processing: number; sent: number; failed: number; unknown: number }>
  completed(batchId: bigint, timeoutMs?: number): Promise<void>
  release(): Promise<void>
}

const CREDENTIALS = { id: 'simulator-id', secret: 'simulator-secret' }

export const openWorkerFixture = async (simulatorEnv: Record<string, string> = {}): Promise<WorkerFixture> => {
  const releases = createReleases()
  const database = await openTestDatabase()
  releases.push(() => database.release())
  const redis = await openTestRedis()
  releases.push(() => redis.release())
  const { db, release } = openDatabase({ url: database.url })
  releases.push(release)
  const simulator = spawnChild({
    main: 'apps/orange-simulator/src/main.ts',
    keepsTime: true,
    env: {
      PORT: '0',
      SIMULATOR_CLIENT_ID: CREDENTIALS.id,
      SIMULATOR_CLIENT_SECRET: CREDENTIALS.secret,
      SIMULATOR_TPS: '1000000',
      ...simulatorEnv,
    },
  })
  releases.push(() => simulator.release())
  const { listening: simulatorUrl } = JSON.parse(await simulator.waitForLine(/"listening"/)) as { listening: string }

  const startWorker = async (env: Record<string, string> = {}): Promise<Child> => {
    const worker = spawnChild({
      main: 'apps/worker/src/main.ts',
      env: {
        NODE_ENV: 'production',
        LOG_LEVEL: 'debug',
        HOST: '127.0.0.1',
        WORKER_PORT: '0',
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        ORANGE_API_URL: simulatorUrl,
        ORANGE_API_CLIENT_ID: CREDENTIALS.id,
        ORANGE_API_CLIENT_SECRET: CREDENTIALS.secret,
        ORANGE_DEFAULT_SENDER_ADDRESS: 'tel:+2250000',
        ORANGE_TPS: '1000000',
        ORANGE_RECEIPT_TOKEN: 'receipt-token',
        ADMIN_API_KEY: 'administrator-key-of-the-tests',
        APP_SECRET: 'a secret of the tests, 32 characters or more',
        ...env,
      },
    })
    releases.push(() => worker.release())
    await worker.waitForLine(/worker started/)
    return worker
  }

  const counts: WorkerFixture['counts'] = (batchId) =>
    db.smsBatch.findUniqueOrThrow({
      where: { id: batchId },
      select: { status: true, pending: true, processing: true, sent: true, failed: true, unknown: true },
    })

  return {
    db,
    databaseUrl: database.url,
    redisUrl: redis.url,
    simulatorUrl,
    startWorker,
    openProxyTo: async (url) => {
      const proxy = await openProxy(url)
      releases.push(() => proxy.release())
      return proxy
    },
    onRelease: releases.push,
    counts,
    givenBatch: async (size, firstNumber = 0) => {
      const batch = await db.smsBatch.create({
        data: {
          userId: 1,
          kind: 'LIST',
          status: 'ACTIVE',
          message: 'Bonjour',
          parts: 1,
          maxAttempts: 5,
          accountId: 1,
          announced: size,
          pending: size,
          expandedAt: new Date(),
        },
      })
      await db.$executeRaw`
        INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts")
        SELECT 1, ${batch.id}, 1, '+22507' || lpad((i + ${firstNumber})::text, 8, '0'), 'Bonjour', 5 FROM generate_series(1, ${size}::int) i`
      return batch.id
    },
    summary: async () => (await (await fetch(`${simulatorUrl}/_simulator/summary`)).json()) as Summary,
    acceptedAtMs: async () => {
      const ledger = (await (await fetch(`${simulatorUrl}/_simulator/ledger?acceptedOnly=true`)).json()) as {
        entries: { atMs: number }[]
      }
      return ledger.entries.map(({ atMs }) => atMs)
    },
    rows: (batchId) =>
      db.smsQueue.findMany({
        where: { batchId },
        orderBy: { id: 'asc' },
        select: { phoneNumber: true, status: true, attempts: true, errorCode: true, messageId: true },
      }),
    accepts: async () => {
      const response = await fetch(`${simulatorUrl}/_simulator/ledger?acceptedOnly=true`)
      const { entries } = (await response.json()) as { entries: { address: string }[] }
      const counts = new Map<string, number>()
      for (const { address } of entries) counts.set(address.slice(4), (counts.get(address.slice(4)) ?? 0) + 1)
      return counts
    },
    account: () => db.senderAccount.findUniqueOrThrow({ where: { id: 1 } }),
    control: async (action, body) => {
      const response = await fetch(`${simulatorUrl}/_simulator/${action}`, { method: 'POST', body: JSON.stringify(body) })
      if (!response.ok) throw new Error(`simulator refused ${action}: ${await response.text()}`)
    },
    completed: async (batchId, timeoutMs = 20_000) => {
      await eventually(async () => (await counts(batchId)).status === 'COMPLETED', { timeoutMs, everyMs: 50 })
    },
    release: () => releases.release(),
  }
}
