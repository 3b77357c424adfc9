import type { Metrics } from '@sms/runtime'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

export const createWorkerMetrics = (metrics: Metrics) => ({
  outcomes: metrics.counter({
    name: 'sms_outcomes_total',
    help: 'Attempts at the provider by what was proved',
    labelNames: ['outcome'],
  }),
  notClaimed: metrics.counter({
    name: 'sms_not_claimed_total',
    help: 'Jobs that ended without a claim, by reason',
    labelNames: ['verdict'],
  }),
  sendDuration: metrics.histogram({
    name: 'sms_attempt_seconds',
    help: 'From the claim to the settled outcome',
    labelNames: ['outcome'],
    buckets: SECONDS,
  }),
  throttles: metrics.counter({ name: 'sms_throttles_total', help: 'Times Orange asked for less' }),
  groupSize: metrics.histogram({
    name: 'sms_group_rows',
    help: 'Rows written by one statement',
    labelNames: ['write'],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200],
  }),
  groupDuration: metrics.histogram({
    name: 'sms_group_seconds',
    help: 'Time of one group statement',
    labelNames: ['write'],
    buckets: SECONDS,
  }),
  writeRetries: metrics.counter({
    name: 'sms_write_retries_total',
    help: 'Group statements the database did not take at once',
    labelNames: ['write'],
  }),
  dispatched: metrics.counter({ name: 'sms_dispatched_total', help: 'SMS moved into the window' }),
  expanded: metrics.counter({ name: 'sms_expanded_total', help: 'Rows made of segments and of all contacts' }),
  expired: metrics.counter({
    name: 'sms_leases_expired_total',
    help: 'SMS that became UNKNOWN because their worker did not report back',
  }),
  requeued: metrics.counter({
    name: 'sms_requeued_total',
    help: 'SMS dispatched anew because their job was lost',
    labelNames: ['reason'],
  }),
  loopDuration: metrics.histogram({
    name: 'sms_loop_seconds',
    help: 'One round of a loop',
    labelNames: ['loop'],
    buckets: SECONDS,
  }),
  loopFailures: metrics.counter({ name: 'sms_loop_failures_total', help: 'Rounds of a loop that failed', labelNames: ['loop'] }),
})
