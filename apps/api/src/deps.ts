import { randomUUID } from 'node:crypto'
import { setImmediate as yieldNow } from 'node:timers/promises'
import { type AcceptDeps, type ManageAccountDeps, parseQuietHours, replayJob, SmsError } from '@sms/core'
import {
  type BatchQueries,
  createAcceptRepository,
  createAccountContracts,
  createAddressBook,
  createBatchQueries,
  createContactDirectory,
  createPlanRepository,
  createQueueGauges,
  createReceiptRepository,
  createReplayRepository,
  createSenderAccountRepository,
  createSenderAccountStore,
  createSmsHistory,
  createSmsQueries,
  createUnknownRepository,
  createUserRepository,
  DEFAULT_ACCOUNT_ID,
  type Database,
  openDatabase,
  readBatches,
  readBatchResults,
  readPeriodStatistics,
  type SenderAccountRepository,
  type UserRepository,
} from '@sms/db'
import { createWindow, openRedis, readinessKey, readPace } from '@sms/queue'
import {
  createCredentialsSealer,
  createMetrics,
  createReadiness,
  createSessionSigner,
  type Lifecycle,
  type Logger,
} from '@sms/runtime'
import type { AppDeps } from './app.ts'
import type { Config } from './config.ts'
import type { GraphqlService } from './graphql/service.ts'
import { createBatchWatcher } from './batch-watcher.ts'
import { controlOf } from './control-deps.ts'
import { createDispatchKick } from './dispatch-kick.ts'
import { openListReader } from './lists/list-reader.ts'
import { createLive } from './live/create-live.ts'
import { createObserver } from './observer.ts'
import { createOutcomeWatcher } from './outcome-watcher.ts'
import type { BullBoardDeps } from './plugins/bull-board.ts'
import { createAcceptedCounter } from './plugins/metrics.ts'
import { createAttemptLimit } from './sessions/attempt-limit.ts'
import { openPasswordReset } from './sessions/open-password-reset.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { createSessionCookie } from './sessions/transport.ts'
import { createStatisticsDesk } from './statistics-desk.ts'
import { uploadsOf } from './uploads/uploads-of.ts'

const MAX_RECIPIENTS = 100_000
const MAX_CONTACTS = 5_000
/** Lines of a results file that are in memory at once; some 300 KB. */
const RESULTS_A_PAGE = 2_000
const BODY_LIMIT_BYTES = 16 * 1024 * 1024
/** Numbers belong into variables; some 10,000 written into the document still pass, at a tenth of a second for everybody. */
const DOCUMENT_LIMIT = 256 * 1024
const QUERY_DEPTH_LIMIT = 10
const QUERY_COST_LIMIT = 20_000
const ALIAS_LIMIT = 30
const COST_PER_REQUEST = 200
/** A person mistypes some times; behind a proxy that is not in TRUSTED_PROXIES all people share the first. */
const LOGINS_PER_MINUTE = { byAddress: 20, byUsername: 10 }
/** Bull Board asks for none. */
const BOARD_REASON = 'Bull Board: retry'
/** Orange does not say how long it waits for an answer. */
const RECEIPT_LIMIT_MS = 5_000
const READINESS_LIMIT_MS = 2_000
const READINESS_KEY_MS = 60_000
/** Some seconds for a million SMS from a cold disk; two of the ten connections at most. */
const STATISTICS = { limitMs: 20_000, freshMs: 10_000, mostAtOnce: 2 }

/** Opens every adapter and pushes its release: the only place that constructs them. */
export const openDeps = (input: { config: Config; logger: Logger; lifecycle: Pick<Lifecycle, 'onClose'> }): AppDeps => {
  const { config, logger, lifecycle } = input
  const { db, release } = openDatabase({ url: config.DATABASE_URL, applicationName: 'sms-api' })
  lifecycle.onClose('database', release)
  const onRedisError = (err: Error): void => logger.warn({ err }, 'Redis connection failed')
  const { redis, release: releaseRedis } = openRedis({ url: config.REDIS_URL, role: 'producer', onError: onRedisError })
  lifecycle.onClose('redis', releaseRedis)
  const window = createWindow({ redis, onError: onRedisError })
  lifecycle.onClose('window', () => window.close())

  const { reader: lists, release: releaseLists } = openListReader()
  lifecycle.onClose('list thread', releaseLists)

  const sms = createSmsQueries(db)
  const contacts = createContactDirectory(db)
  const users = createUserRepository(db)
  const batches = createBatchQueries(db)
  const metrics = createMetrics({ withProcessMetrics: true })
  const outcomes = createOutcomeWatcher({
    findStatuses: (smsIds) => sms.findStatuses(smsIds),
    now: () => performance.now(),
    limitMs: config.SMS_SYNC_WAIT_MS,
  })
  const quietHours = parseQuietHours(config.SMS_QUIET_HOURS)
  const accounts = createSenderAccountRepository(db)
  const kick = createDispatchKick({ db, window, quietHours, rateOf: (accountId) => rateOf(accounts, accountId, config), logger })

  const sessions = createLoginSessions(users, config.APP_SECRET)
  const plans = createPlanRepository(db)
  const accept: AcceptDeps = {
    accepts: createAcceptRepository(db),
    contacts,
    users,
    accounts,
    plans,
    policy: { ...acceptPolicyOf(config), quietHours },
    now: () => Date.now(),
    kick,
  }

  const service: GraphqlService = {
    accept,
    plan: { ...accept, planReader: plans, newId: () => randomUUID() },
    replay: { replays: createReplayRepository(db), kick },
    resolve: {
      unknowns: createUnknownRepository(db),
      kick,
      price: { unitPrice: config.SMS_UNIT_PRICE, currency: config.SMS_PRICE_CURRENCY },
    },
    ...controlOf({ config, db, logger, lifecycle, kick, window }),
    imports: importsOf(config, contacts),
    stopWords: config.SMS_STOP_WORDS,
    batches,
    units: createAccountContracts(db),
    sms,
    contacts,
    book: createAddressBook(db),
    history: createSmsHistory(db),
    statistics: createStatisticsDesk({
      read: (period) => readPeriodStatistics(db, period, STATISTICS),
      now: () => Date.now(),
      ...STATISTICS,
    }),
    tokens: sessions,
    users,
    accounts,
    manage: manageAccountsOf(config, db, kick),
    defaultAccount: defaultAccountOf(config),
    readPace: (account) => readPace(redis, account),
    outcomes,
    ...waitsOf(config, batches),
    observe: createObserver(logger, createAcceptedCounter(metrics)),
  }
  const corsOrigin = config.CORS_ORIGIN ?? null
  const cookie = createSessionCookie({ isProduction: config.NODE_ENV === 'production', corsOrigin })
  return {
    logger,
    metrics,
    trustedProxies: config.TRUSTED_PROXIES ?? [],
    gauges: createQueueGauges(db),
    service,
    lists,
    auth: {
      users,
      adminApiKey: config.ADMIN_API_KEY,
      sessions,
      cookie,
      corsOrigin,
      requestsPerSecond: config.API_REQUESTS_PER_SECOND,
    },
    session: { sessions, cookie, corsOrigin },
    passwordReset: openPasswordReset(config, db, { logger, lifecycle }),
    board: {
      queues: [window.queueOf(DEFAULT_ACCOUNT_ID)],
      findQueues: async () => (await accounts.findAll()).map(({ id }) => window.queueOf(id)),
      replay: replayFromBoard(service, config.SMS_MAX_ATTEMPTS),
    },
    receipts: { receipts: createReceiptRepository(db), token: config.ORANGE_RECEIPT_TOKEN, limitMs: RECEIPT_LIMIT_MS },
    uploads: uploadsOf(db, accept),
    readResults: (batchId) => readBatchResults(db, batchId, RESULTS_A_PAGE),
    readiness: createReadiness({
      limitMs: READINESS_LIMIT_MS,
      checks: {
        postgresql: async () => void (await db.$queryRaw`SELECT 1`),
        redis: async () => void (await redis.set(readinessKey('api'), Date.now(), 'PX', READINESS_KEY_MS)),
      },
    }),
    graphql: graphqlOptionsOf(config),
    live: createLive({ service, readBatches: (ids) => readBatches(db, ids), logger }),
  }
}

const importsOf = (config: Config, contacts: GraphqlService['contacts']): GraphqlService['imports'] => ({
  contacts,
  maxContacts: MAX_CONTACTS,
  defaultCountry: config.DEFAULT_COUNTRY,
  now: () => performance.now(),
  yieldNow: () => yieldNow(),
})

const graphqlOptionsOf = ({ NODE_ENV, GRAPHQL_INTROSPECTION, API_REQUESTS_PER_SECOND }: Config): AppDeps['graphql'] => ({
  withGraphiql: NODE_ENV === 'development',
  withIntrospection: GRAPHQL_INTROSPECTION === undefined ? NODE_ENV !== 'production' : GRAPHQL_INTROSPECTION === 'on',
  bodyLimitBytes: BODY_LIMIT_BYTES,
  queryDepthLimit: QUERY_DEPTH_LIMIT,
  documentLimit: DOCUMENT_LIMIT,
  costLimit: QUERY_COST_LIMIT,
  aliasLimit: ALIAS_LIMIT,
  costPerRequest: COST_PER_REQUEST,
  requestsPerSecond: API_REQUESTS_PER_SECOND,
})

const acceptPolicyOf = (config: Config): Omit<AcceptDeps['policy'], 'quietHours'> => ({
  maxParts: config.SMS_MAX_PARTS,
  maxAttempts: config.SMS_MAX_ATTEMPTS,
  maxRecipients: MAX_RECIPIENTS,
  defaultCountry: config.DEFAULT_COUNTRY,
  accountId: DEFAULT_ACCOUNT_ID,
})

const waitsOf = (config: Config, batches: BatchQueries): Pick<GraphqlService, 'batchOutcomes' | 'sendModes'> => ({
  batchOutcomes: createBatchWatcher({
    find: ({ id, userId }) => batches.findById({ userId, isAdmin: false }, id),
    now: () => performance.now(),
    limitMs: config.SMS_SYNC_WAIT_MS,
  }),
  sendModes: {
    single: config.SEND_MODE_SINGLE,
    bulk: config.SEND_MODE_BULK,
    segment: config.SEND_MODE_SEGMENT,
    all: config.SEND_MODE_ALL,
  },
})

const defaultAccountOf = (config: Config): GraphqlService['defaultAccount'] => ({
  id: DEFAULT_ACCOUNT_ID,
  ratePerSecond: config.ORANGE_TPS,
  senderAddress: config.ORANGE_DEFAULT_SENDER_ADDRESS,
  senderName: config.ORANGE_DEFAULT_SENDER_NAME ?? null,
})

const manageAccountsOf = (config: Config, db: Database, kick: ManageAccountDeps['kick']): ManageAccountDeps => ({
  store: createSenderAccountStore(db),
  seal: createCredentialsSealer({ secret: config.APP_SECRET }).seal,
  defaultAccountId: DEFAULT_ACCOUNT_ID,
  allowsPlainHttp: config.NODE_ENV !== 'production',
  kick,
})

const rateOf = async (accounts: Pick<SenderAccountRepository, 'findAll'>, accountId: number, config: Config): Promise<number> => {
  // The default one is looked up nowhere: most services have no other.
  if (accountId === DEFAULT_ACCOUNT_ID) return config.ORANGE_TPS
  return (await accounts.findAll()).find(({ id }) => id === accountId)?.ratePerSecond ?? config.ORANGE_TPS
}

const createLoginSessions = (users: UserRepository, secret: string): Sessions => {
  const limitLogins = (max: number) => createAttemptLimit({ max, windowMs: 60_000, now: () => performance.now() })
  return createSessions({
    users,
    signer: createSessionSigner({ secret }),
    now: () => Date.now(),
    limits: { byAddress: limitLogins(LOGINS_PER_MINUTE.byAddress), byUsername: limitLogins(LOGINS_PER_MINUTE.byUsername) },
  })
}

/** The replay use case, as Bull Board's button asks for it. */
const replayFromBoard =
  (service: GraphqlService, moreAttempts: number): BullBoardDeps['replay'] =>
  async ({ caller }, job) => {
    if (caller === null) throw new SmsError('UNAUTHENTICATED', 'Nobody asks')
    const order = { caller, via: 'BULL_BOARD', reason: BOARD_REASON, includeUnknown: false, moreAttempts } as const
    const verdict = await replayJob(service.replay, { ...order, job })
    if (verdict.verdict === 'REPLAYED') {
      service.observe({ kind: 'sms-replayed', userId: caller.userId, via: 'BULL_BOARD', smsCount: 1 })
    }
    return verdict
  }
