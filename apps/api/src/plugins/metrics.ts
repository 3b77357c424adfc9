import type { SmsQueries } from '@sms/db'
import type { Counter, Metrics } from '@sms/runtime'
import type { FastifyInstance } from 'fastify'
import { requireAdmin } from './auth.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20] as const

export type AcceptedCounter = Counter<'kind'>

export const createAcceptedCounter = (metrics: Metrics): AcceptedCounter =>
  metrics.counter({
    name: 'sms_accepted_total',
    help: 'SMS accepted by calls of this process, by kind of send',
    labelNames: ['kind'],
  })

/** Times every request by its route pattern and serves `/metrics` to administrators. */
export const addMetrics = (app: FastifyInstance, deps: { metrics: Metrics; sms: Pick<SmsQueries, 'countBacklog'> }): void => {
  const { metrics, sms } = deps
  const durations = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
  })
  metrics.gauge({
    name: 'sms_backlog',
    help: 'SMS that are not over, over all users, by status',
    labelNames: ['status'],
    collect: async (gauge) => {
      try {
        for (const [status, count] of Object.entries(await sms.countBacklog())) gauge.set({ status: status.toUpperCase() }, count)
      } catch {
        // The other metrics are wanted most while the database is away; an old figure would be a lie.
        gauge.reset()
      }
    },
  })

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    durations.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000)
    request.log.debug(
      { method: request.method, route, statusCode: reply.statusCode, durationMs: Math.round(reply.elapsedTime) },
      'Request answered',
    )
  })

  app.get('/metrics', { onRequest: requireAdmin }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
