import { accountStateOf, analyzeMessage, type SenderAccountRecord } from '@sms/core'
import {
  createInspection,
  createSenderAccountStore,
  createSmsQueries,
  type Database,
  type InspectedBatch,
  openDatabase,
} from '@sms/db'
import { createParking, findJob } from '@sms/queue'
import { type CommandExit, databaseConfigSchema, maskText, redisConfigSchema, toJson } from '@sms/runtime'
import type { z } from 'zod'
import { lookAtRedis } from '../look-at-redis.ts'
import type { InspectArguments } from './arguments.ts'
import { tellFields } from './tell-fields.ts'
import { waitsFor } from './waits-for.ts'

export const inspectConfigSchema = databaseConfigSchema.extend(redisConfigSchema.shape)
type Config = z.output<typeof inspectConfigSchema>
type Shown = Record<string, unknown>

export const runInspect = async (config: Config, given: InspectArguments): Promise<{ output: string; exit?: CommandExit }> => {
  const { db, release } = openDatabase({ url: config.DATABASE_URL, poolSize: 2, applicationName: 'sms-inspect' })
  try {
    const found = given.isBatch ? await inspectBatch(db, config, given) : await inspectSms(db, config, given)
    if (found !== null) return { output: given.asJson ? toJson(found) : tellFields(found) }
    const what = given.isBatch ? 'batch' : 'SMS'
    const other = given.isBatch ? '' : '; a batch is asked for with --batch'
    return { output: given.asJson ? toJson({ found: false }) : `There is no ${what} ${given.id}${other}`, exit: 66 }
  } finally {
    await release()
  }
}

/** The last two digits tell two recipients apart without telling who they are. */
const shownNumber = (number: string, { showNumbers }: InspectArguments): string =>
  showNumbers ? number : `${'*'.repeat(number.length - 2)}${number.slice(-2)}`

const shownText = (text: string, { showTexts }: InspectArguments): Shown => {
  if (text === '') return { text: 'erased' }
  const { encoding, parts } = analyzeMessage(text)
  return { ...(showTexts ? { text } : {}), characters: text.length, encoding, parts }
}

/** What people or Orange wrote may quote a number. */
const shownWords = (words: string | null, { showNumbers }: InspectArguments): string | null =>
  words === null || showNumbers ? words : maskText(words)

const inspectSms = async (db: Database, config: Config, given: InspectArguments): Promise<Shown | null> => {
  const inspection = createInspection(db)
  const row = await inspection.findSms(given.id)
  if (row === null) return null
  const { message, phoneNumber, errorMessage, ...rest } = row
  const batch = row.batchId === null ? null : await inspection.findBatch(row.batchId)
  const account = await findAccount(db, row.accountId)
  const redis = await askQueue(config.REDIS_URL, row)
  const events = await createSmsQueries(db).findEvents([given.id])
  const now = await inspection.readNow()
  return {
    sms: {
      ...rest,
      phoneNumber: shownNumber(phoneNumber, given),
      ...shownText(message, given),
      errorMessage: shownWords(errorMessage, given),
    },
    waitsFor: waitsFor(row, { batch, account, job: redis?.job, now }),
    timeline: events.map(({ smsId: _same, text, ...event }) => ({ ...event, text: shownWords(text, given) })),
    batch: batch && batchShown(batch, given),
    account: account && accountShown(account),
    job: redis === null ? 'Redis does not answer' : redis.job,
    hasParkedOutcome: redis?.hasParkedOutcome ?? null,
  }
}

const inspectBatch = async (db: Database, config: Config, given: InspectArguments): Promise<Shown | null> => {
  const batch = await createInspection(db).findBatch(given.id)
  if (batch === null) return null
  const accounts: Shown[] = []
  for (const id of [batch.accountId, ...batch.otherAccountIds]) {
    const account = await findAccount(db, id)
    if (account !== null) accounts.push(accountShown(account))
  }
  const jobs = await lookAtRedis(config.REDIS_URL, async (window) => {
    const counts: Shown = {}
    for (const id of [batch.accountId, ...batch.otherAccountIds]) counts[String(id)] = await window.counts(id)
    return counts
  })
  return { batch: batchShown(batch, given), accounts, jobsByAccount: jobs ?? 'Redis does not answer' }
}

const batchShown = ({ message, rows, cancelReason, ...batch }: InspectedBatch, given: InspectArguments): Shown => ({
  ...batch,
  ...shownText(message, given),
  cancelReason: shownWords(cancelReason, given),
  rows,
  isBalanced: isBalanced({ ...batch, rows }),
})

/** Waiting rows of a cancelled batch are counted as cancelled before the sweep makes them so. */
const isBalanced = (batch: Omit<InspectedBatch, 'message' | 'cancelReason'>): boolean => {
  const found = (status: string): number => batch.rows.reduce((sum, row) => sum + (row.status === status ? row.count : 0), 0)
  const waiting = batch.status === 'CANCELLED' ? 0 : found('PENDING')
  return (
    batch.pending === waiting &&
    batch.processing === found('PROCESSING') &&
    batch.sent === found('SENT') &&
    batch.failed === found('FAILED') &&
    batch.unknown === found('UNKNOWN') &&
    batch.cancelled === found('CANCELLED') + found('PENDING') - waiting
  )
}

const findAccount = async (db: Database, id: number): Promise<SenderAccountRecord | null> =>
  (await createSenderAccountStore(db).findRecords()).find((record) => record.id === id) ?? null

const accountShown = (account: SenderAccountRecord): Shown => {
  const { id, name, pausedReason, pausedAt, probeAt, ratePerSecond, unitsLeft, unitsExpireAt } = account
  return {
    id,
    name,
    state: accountStateOf(account, Date.now()),
    pausedReason,
    pausedAt,
    probeAt,
    ratePerSecond,
    unitsLeft,
    unitsExpireAt,
  }
}

const askQueue = (url: string, row: { id: bigint; accountId: number; dispatch: number; claimId: string | null }) =>
  lookAtRedis(url, async (window, redis) => ({
    job: row.dispatch === 0 ? null : await findJob(window, row.accountId, { smsId: row.id, dispatch: row.dispatch }),
    hasParkedOutcome: row.claimId !== null && (await createParking({ redis }).findParked([row.claimId])).size > 0,
  }))
