import type { QueueGauges, SmsQueries } from '@sms/db'
import type { Counter, Gauge, GaugeSpec, Metrics } from '@sms/runtime'
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

/** Old figures of some seconds are good enough for a scrape, however many ask; the imbalance reads more. */
const FRESH_MS = 5_000
const IMBALANCE_FRESH_MS = 60_000

export type MetricsDeps = { metrics: Metrics; sms: Pick<SmsQueries, 'countBacklog'>; gauges: QueueGauges; now: () => number }

/** The figures of the database, for all services: this one alone reads them, at a scrape. */
const addDatabaseGauges = ({ metrics, sms, gauges, now }: MetricsDeps): void => {
  const readWaiting = keepFresh(() => gauges.readWaiting(), FRESH_MS, now)
  const set = <Label extends string>(spec: GaugeSpec<Label>, collect: (gauge: Gauge<Label>) => Promise<void>): void => {
    metrics.gauge({
      ...spec,
      collect: async (gauge) => {
        // The other metrics are wanted most while the database is away; an old figure would be a lie.
        gauge.reset()
        // Without labels a reset leaves a 0, which would be one.
        if (spec.labelNames === undefined) gauge.remove()
        await collect(gauge).catch(() => undefined)
      },
    })
  }
  const readBacklog = keepFresh(() => sms.countBacklog(), FRESH_MS, now)
  set(
    { name: 'sms_backlog', help: 'SMS that are not over, over all users, by status', labelNames: ['status'] },
    async (gauge) => {
      for (const [status, count] of Object.entries(await readBacklog())) gauge.set({ status: status.toUpperCase() }, count)
    },
  )
  set({ name: 'sms_oldest_waiting_seconds', help: 'How long the SMS that is due for longest has waited' }, async (gauge) =>
    gauge.set((await readWaiting()).oldestSeconds),
  )
  set({ name: 'sms_window_sms', help: 'SMS in the window: dispatched and not claimed' }, async (gauge) =>
    gauge.set((await readWaiting()).windowCount),
  )
  set({ name: 'sms_sending_paused', help: '1 while a person has paused everything' }, async (gauge) =>
    gauge.set((await readWaiting()).isAllPaused ? 1 : 0),
  )
  const readImbalance = keepFresh(() => gauges.readImbalance(), IMBALANCE_FRESH_MS, now)
  set(
    { name: 'sms_imbalance_sms', help: 'SMS by which stored counters of recent batches differ from their rows; must be 0' },
    async (gauge) => gauge.set(await readImbalance()),
  )
}

/** One look for all who ask within `freshMs`; a look that failed is not kept. */
const keepFresh = <Value>(read: () => Promise<Value>, freshMs: number, now: () => number): (() => Promise<Value>) => {
  let kept: { at: number; value: Promise<Value> } | null = null
  return () => {
    if (kept !== null && now() - kept.at < freshMs) return kept.value
    const look = { at: now(), value: read() }
    kept = look
    look.value.catch(() => {
      if (kept === look) kept = null
    })
    return look.value
  }
}

/** Times every request by its route pattern and serves `/metrics` to administrators. */
export const addMetrics = (app: FastifyInstance, deps: MetricsDeps): void => {
  const { metrics } = deps
  const durations = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
  })
  addDatabaseGauges(deps)

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
