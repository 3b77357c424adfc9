import { accountStateOf, moneyAtStake } from '@sms/core'
import {
  createOperatorStatistics,
  createQueueGauges,
  createSenderAccountRepository,
  createSenderAccountStore,
  createSmsQueries,
  type Database,
  openDatabase,
  readPeriodStatistics,
  RESERVED_ADMIN_ID,
} from '@sms/db'
import { parkedKey } from '@sms/queue'
import { apiConfigSchema, databaseConfigSchema, redisConfigSchema, toJson } from '@sms/runtime'
import type { z } from 'zod'
import { lookAtRedis } from '../look-at-redis.ts'
import type { StatsArguments } from './arguments.ts'
import { type Stats, tellStats } from './tell-stats.ts'

const { SMS_UNIT_PRICE, SMS_PRICE_CURRENCY } = apiConfigSchema.shape
export const statsConfigSchema = databaseConfigSchema.extend({ ...redisConfigSchema.shape, SMS_UNIT_PRICE, SMS_PRICE_CURRENCY })
type Config = z.output<typeof statsConfigSchema>

/** One look at the whole table is allowed to take its time. */
const STATEMENT_MS = 120_000

export const runStats = async (config: Config, given: StatsArguments): Promise<{ output: string }> => {
  const { db, release } = openDatabase({
    url: config.DATABASE_URL,
    poolSize: 2,
    statementTimeoutMs: STATEMENT_MS,
    applicationName: 'sms-stats',
  })
  try {
    const stats = await readStats(db, config, given.hours)
    return { output: given.asJson ? toJson(stats) : tellStats(stats) }
  } finally {
    await release()
  }
}

const readStats = async (db: Database, config: Config, hours: number): Promise<Stats> => {
  const statistics = createOperatorStatistics(db)
  const to = new Date()
  const from = new Date(to.getTime() - hours * 3_600_000)
  const period = await readPeriodStatistics(db, { from, to, userId: null }, { limitMs: STATEMENT_MS })
  const { waiting, unknown } = await statistics.readAtStake()
  const price = { unitPrice: config.SMS_UNIT_PRICE, currency: config.SMS_PRICE_CURRENCY }
  const { oldestSeconds, windowCount } = await createQueueGauges(db).readWaiting()
  const workload = new Map((await createSenderAccountRepository(db).readWorkload()).map((row) => [row.accountId, row]))
  const records = await createSenderAccountStore(db).findRecords()
  const redis = await readRedis(
    config.REDIS_URL,
    records.map(({ id }) => id),
  )
  return {
    byStatus: await createSmsQueries(db).countByStatus({ userId: RESERVED_ADMIN_ID, isAdmin: true }),
    hours,
    period,
    oldestWaitingSeconds: Math.round(oldestSeconds),
    window: windowCount,
    parked: redis?.parked ?? null,
    accounts: records.map((record) => ({
      id: record.id,
      state: accountStateOf(record, Date.now()),
      reason: record.pausedReason,
      backlog: workload.get(record.id)?.backlog ?? 0,
      window: workload.get(record.id)?.window ?? 0,
      jobs: redis?.jobs.get(record.id) ?? null,
      unitsLeft: record.unitsLeft,
    })),
    waiting: moneyAtStake(price, waiting),
    unknown: moneyAtStake(price, unknown),
  }
}

/** Null: Redis does not answer. */
const readRedis = (url: string, accountIds: readonly number[]) =>
  lookAtRedis(url, async (window, redis) => {
    const jobs = new Map<number, Record<string, number>>()
    for (const id of accountIds) jobs.set(id, await window.counts(id))
    return { parked: await redis.hlen(parkedKey()), jobs }
  })
