import { randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import type { QueueGauges } from '@sms/db'
import type { Logger, Metrics, Readiness } from '@sms/runtime'
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { GraphqlService } from './graphql/service.ts'
import type { ListReader } from './lists/list-reader.ts'
import { addAdminPages } from './plugins/admin-pages.ts'
import { addAuth, type AuthDeps, createIdentify } from './plugins/auth.ts'
import { addBatchResults, type BatchResultsDeps } from './plugins/batch-results.ts'
import { presentUploadPlan } from './uploads/present-upload-plan.ts'
import { addBatchUploads, type BatchUploadsDeps } from './plugins/batch-uploads.ts'
import { addBullBoard, type BullBoardDeps } from './plugins/bull-board.ts'
import { addCors } from './plugins/cors.ts'
import { addErrorAnswers, answerError, reportError } from './plugins/error-answers.ts'
import { addGraphql, type GraphqlOptions } from './plugins/graphql.ts'
import { addHealth } from './plugins/health.ts'
import type { LiveDeps } from './plugins/live.ts'
import { addLongBodies } from './plugins/long-bodies.ts'
import { addMetrics } from './plugins/metrics.ts'
import { addReceipts, type ReceiptsDeps } from './plugins/receipts.ts'
import { addResetPages } from './plugins/reset-pages.ts'
import type { SessionDeps } from './sessions/log-in.ts'
import type { PasswordReset } from './sessions/password-reset.ts'

export type AppDeps = {
  logger: Logger
  metrics: Metrics
  gauges: QueueGauges
  service: GraphqlService
  lists: ListReader
  /** Addresses and networks; none: whoever connects has asked. */
  trustedProxies: readonly string[]
  auth: AuthDeps
  session: SessionDeps
  passwordReset: PasswordReset
  board: Omit<BullBoardDeps, 'report'>
  receipts: Omit<ReceiptsDeps, 'metrics'>
  readResults: BatchResultsDeps['readResults']
  uploads: Omit<BatchUploadsDeps, 'batches' | 'observe' | 'presentPlan'>
  readiness: () => Promise<Readiness>
  graphql: GraphqlOptions
  live: LiveDeps
}

/** The HTTP service from what it depends on: reads no environment, opens no socket. */
export const buildApp = async (deps: AppDeps): Promise<FastifyInstance> => {
  // Typed as what Fastify asks of a logger: pino's own type would make this another kind of instance.
  const loggerInstance: FastifyBaseLogger = deps.logger
  const app: FastifyInstance = fastify({
    loggerInstance,
    trustProxy: deps.trustedProxies.length > 0 && [...deps.trustedProxies],
    // Its lines hold the URL; plugins/metrics.ts logs the route pattern.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    // Other upgrades, such as the h2c that some clients offer with any request, are not taken up: the request is answered.
    http: { shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' },
    // A close waits for answers under way, not for clients that keep a connection open.
    forceCloseConnections: 'idle',
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  // GraphiQL's page is built of inline scripts.
  await app.register(helmet, deps.graphql.withGraphiql ? { contentSecurityPolicy: false } : {})
  addErrorAnswers(app)
  await addCors(app, { origin: deps.auth.corsOrigin })
  await addAuth(app, deps.auth)
  addMetrics(app, { metrics: deps.metrics, sms: deps.service.sms, gauges: deps.gauges, now: () => performance.now() })
  addHealth(app, { readiness: deps.readiness })
  await addReceipts(app, { ...deps.receipts, metrics: deps.metrics })
  addBatchResults(app, { batches: deps.service.batches, readResults: deps.readResults })
  await addBatchUploads(app, {
    ...deps.uploads,
    batches: deps.service.batches,
    presentPlan: (plan) => presentUploadPlan(deps.service, plan),
    observe: deps.service.observe,
  })
  addLongBodies(app, { reader: deps.lists })
  await addGraphql(app, {
    service: deps.service,
    lists: deps.lists,
    session: deps.session,
    passwordReset: deps.passwordReset,
    options: deps.graphql,
    live: deps.live,
    identify: createIdentify(deps.auth),
    metrics: deps.metrics,
    report: reportError,
    answerError,
  })
  await addResetPages(app, { passwordReset: deps.passwordReset })
  await addAdminPages(app, { ...deps.session, sms: deps.service.sms })
  await addBullBoard(app, { ...deps.board, report: reportError })
  return app
}
