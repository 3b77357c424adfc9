import { Writable } from 'node:stream'
import { createSmsQueueRepository, type Database, openDatabase } from '@sms/db'
import { openTestDatabase, openTestRedis } from '@sms/devstack'
import { createWindow, openRedis } from '@sms/queue'
import { createLogger, parseConfig } from '@sms/runtime'
import { buildApp } from '../src/app.ts'
import { configSchema } from '../src/config.ts'
import { openDeps } from '../src/deps.ts'
import type { UploadLimits } from '../src/uploads/file-text.ts'

export const ADMIN_KEY = 'the-key-of-the-first-administrator'

export type Answer<Data = Record<string, any>> = {
  status: number
  data: Data
  errors: { message: string; path?: unknown[]; extensions: { code: string; [detail: string]: unknown } }[]
  headers: Record<string, unknown>
}

export type Tenant = {
  userId: string
  key: string
  ask: (query: string, variables?: Record<string, unknown>) => Promise<Answer>
}

/** The variables of the contract, complete. */
export const environment = (urls: { databaseUrl: string; redisUrl: string }): Record<string, string> => ({
  DATABASE_URL: urls.databaseUrl,
  REDIS_URL: urls.redisUrl,
  ORANGE_API_CLIENT_ID: 'client',
  ORANGE_API_CLIENT_SECRET: 'secret-of-the-client',
  ORANGE_RECEIPT_TOKEN: 'token-of-the-receipts',
  ADMIN_API_KEY: ADMIN_KEY,
  APP_SECRET: 'a secret of thirty-two characters or more',
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
})

/** As a worker that runs beside the API has done: without it nothing is dispatched. */
const learnEpoch = async (db: Database, redisUrl: string): Promise<void> => {
  const { redis, release } = openRedis({ url: redisUrl, role: 'producer', onError: () => undefined })
  const window = createWindow({ redis, onError: () => undefined })
  await createSmsQueueRepository(db).adoptEpoch(await window.epoch())
  await window.close()
  await release()
}

/** The API as `main.ts` wires it, on a database and a Redis of this file's own, without a socket. */
export const openApi = async (variables: Record<string, string> = {}, uploadLimits: Partial<UploadLimits> = {}) => {
  const releases: (() => Promise<void> | void)[] = []
  const database = await openTestDatabase()
  releases.push(database.release)
  const redis = await openTestRedis()
  releases.push(redis.release)
  const { db, release } = openDatabase({ url: database.url })
  releases.push(release)
  await learnEpoch(db, redis.url)

  const lines: string[] = []
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString())
      done()
    },
  })
  const env = environment({ databaseUrl: database.url, redisUrl: redis.url })
  const config = parseConfig(configSchema, { ...env, LOG_LEVEL: 'debug', SMS_SYNC_WAIT_MS: '0', ...variables })
  const logger = createLogger({ name: 'api', level: config.LOG_LEVEL, destination })
  const deps = openDeps({ config, logger, lifecycle: { onClose: (_name, close) => void releases.push(() => close(5_000)) } })
  const uploads = { ...deps.uploads, limits: { ...deps.uploads.limits, ...uploadLimits } }
  const app = await buildApp({ ...deps, uploads })
  releases.push(async () => {
    deps.service.outcomes.close()
    deps.service.batchOutcomes.close()
    await app.close()
  })

  const askAs =
    (key: string | null): Tenant['ask'] =>
    async (query, given = {}) => {
      const response = await app.inject({
        method: 'POST',
        url: '/graphql',
        headers: key === null ? {} : { authorization: `Bearer ${key}` },
        payload: { query, variables: given },
      })
      const body = response.json<{ data: Record<string, any>; errors?: Answer['errors'] }>()
      return { status: response.statusCode, data: body.data, errors: body.errors ?? [], headers: response.headers }
    }

  const admin: Tenant = { userId: '1', key: ADMIN_KEY, ask: askAs(ADMIN_KEY) }

  const createTenant = async (username: string): Promise<Tenant> => {
    const user = await admin.ask(
      'mutation($u: String!) { createUser(username: $u, password: "a long password", smsCredit: 10000000) { id } }',
      {
        u: username,
      },
    )
    const userId: string = user.data['createUser'].id
    const made = await admin.ask('mutation($u: ID!) { createApiKey(userId: $u, name: "test") { key } }', { u: userId })
    const key: string = made.data['createApiKey'].key
    return { userId, key, ask: askAs(key) }
  }

  return {
    app,
    deps,
    db,
    lines,
    urls: { database: database.url, redis: redis.url },
    admin,
    anonymous: askAs(null),
    createTenant,
    release: async () => {
      for (const close of releases.toReversed()) await close()
    },
  }
}

export type Api = Awaited<ReturnType<typeof openApi>>

/** Valid mobile numbers of Côte d'Ivoire, all different. */
export const numbers = (count: number, start = 0): string[] =>
  Array.from({ length: count }, (_, index) => `+22507${String(start + index).padStart(8, '0')}`)

/** Contacts made in PostgreSQL, as many as wanted, members of a new segment; with the counts that imports maintain. */
export const fillSegment = async (
  api: Api,
  input: { userId: string; name: string; count: number; start?: number },
): Promise<string> => {
  const userId = Number(input.userId)
  const start = input.start ?? 0
  const segment = await api.db.segment.create({ data: { userId, name: input.name, memberCount: input.count } })
  await api.db.$executeRaw`
    WITH made AS (
      INSERT INTO "Contact" ("userId", name, "phoneNumber")
      SELECT ${userId}::int, 'contact ' || n, '+22507' || lpad(n::text, 8, '0') FROM generate_series(${start}::int, ${start + input.count - 1}::int) n
      RETURNING id)
    INSERT INTO "SegmentMember" ("segmentId", "contactId") SELECT ${segment.id}::int, id FROM made`
  await api.db.user.update({ where: { id: userId }, data: { contactCount: { increment: input.count } } })
  return String(segment.id)
}

/** Rows of every table that a send writes. */
export const rowCounts = async ({ db }: Api) => ({
  batches: await db.smsBatch.count(),
  sms: await db.smsQueue.count(),
  keys: await db.idempotencyKey.count(),
})

/**
 * No sends, no plans, no contacts; users and their keys stay. What is dispatched goes row by row: a dispatch that a call has kicked may
 * still be under way, and would meet a TRUNCATE in a circle.
 */
export const clearSends = async ({ db }: Api): Promise<void> => {
  await db.idempotencyKey.deleteMany()
  await db.smsQueue.deleteMany()
  await db.smsBatch.deleteMany()
  await db.$executeRaw`TRUNCATE "SegmentMember", "Contact", "Suppression", "SendPlan"`
  await db.segment.deleteMany()
  await db.user.updateMany({ data: { contactCount: 0 } })
}
