import type { Metrics } from '@sms/runtime'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

/** Codes that somebody does something about. Orange may invent others: a label must stay bounded. */
const REASONS = new Set(
  [
    'SVC0001 SVC0002 SVC0003 SVC0004 SVC0005 SVC0280 SVC1000 POL0001 POL0002 POL1009 POL1010',
    '1 5 6 22 40 41 42 50 51 52 53 60 63 68 INVALID_CLIENT TOKEN_REFUSED TOKEN_UNAVAILABLE',
    'CONNECT_FAILED CONNECT_TIMEOUT DNS_FAILED TLS_FAILED NOT_WRITTEN REPLY_LOST REPLY_TIMEOUT REPLY_ABANDONED UNREADABLE',
    'LEASE_EXPIRED BATCH_CANCELLED EXPIRED OPTED_OUT NO_CONTRACT',
  ].flatMap((codes) => codes.split(' ')),
)

/** A label for any code: itself when it is known, its class for a bare HTTP status, else `other`. */
export const reasonOf = (code: string): string => {
  if (REASONS.has(code)) return code
  return /^HTTP_[2-5]\d\d$/.test(code) ? `HTTP_${code[5]}XX` : 'other'
}

/** One SMS on its way through this worker. */
const createSendMetrics = (metrics: Metrics) => ({
  states: metrics.counter({
    name: 'sms_states_total',
    help: 'SMS that entered a state after a claim, by that state and the code that led there (none for SENT)',
    labelNames: ['status', 'reason'],
  }),
  submitDuration: metrics.histogram({
    name: 'sms_submit_seconds',
    help: 'One call to the provider, repeats after a refused token included',
    labelNames: ['outcome'],
    buckets: SECONDS,
  }),
  slotWait: metrics.histogram({
    name: 'sms_slot_wait_seconds',
    help: 'How far away the pacing slot was when it was given',
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2],
  }),
  slots: metrics.counter({
    name: 'sms_slots_total',
    help: 'Pacing slots by sender account: given to this process, and given back by it unused',
    labelNames: ['account', 'event'],
  }),
  rate: metrics.gauge({
    name: 'sms_rate_per_second',
    help: 'SMS a second of a sender account over all workers: as configured, and now, less for a while after Orange asked for less',
    labelNames: ['account', 'rate'],
  }),
  slotsTooFar: metrics.counter({ name: 'sms_slots_too_far_total', help: 'Questions for a pacing slot when none was near' }),
  tokenRefreshes: metrics.counter({
    name: 'sms_token_refreshes_total',
    help: 'Calls of this process to the token endpoint, by sender account and by what came of them',
    labelNames: ['account', 'result'],
  }),
  outcomes: metrics.counter({
    name: 'sms_outcomes_total',
    help: 'Attempts at the provider by sender account and by what was proved',
    labelNames: ['account', 'outcome'],
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
  throttles: metrics.counter({
    name: 'sms_throttles_total',
    help: 'Times Orange asked for less, by sender account',
    labelNames: ['account'],
  }),
  accounts: metrics.gauge({
    name: 'sms_worker_accounts',
    help: 'Sender accounts that this process sends for, and those whose credentials it cannot open',
    labelNames: ['state'],
  }),
  blocked: metrics.gauge({
    name: 'sms_account_blocked',
    help: '1 while a sender account is paused because Orange refuses it or cannot be reached',
    labelNames: ['account'],
  }),
  units: metrics.gauge({
    name: 'sms_account_units',
    help: 'Units left in the contracts of a sender account when they were last read',
    labelNames: ['account'],
  }),
  contractEnd: metrics.gauge({
    name: 'sms_account_contract_ends_seconds',
    help: 'Until the first contract of a sender account ends that has units; negative: since the last one ended',
    labelNames: ['account'],
  }),
  contractReads: metrics.counter({
    name: 'sms_contract_reads_total',
    help: 'Calls of this process for the contracts of a sender account, by what came of them: read, or the code',
    labelNames: ['account', 'result'],
  }),
})

/** What keeps the queue going. */
const createUpkeepMetrics = (metrics: Metrics) => ({
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
  dispatched: metrics.counter({
    name: 'sms_dispatched_total',
    help: 'SMS moved into the window, by sender account',
    labelNames: ['account'],
  }),
  expanded: metrics.counter({ name: 'sms_expanded_total', help: 'Rows made of segments and of all contacts' }),
  duplicates: metrics.counter({
    name: 'sms_duplicates_total',
    help: 'SMS that Orange accepted although another attempt of theirs was accepted or may have been',
  }),
  lateOutcomes: metrics.counter({
    name: 'sms_late_outcomes_total',
    help: 'Outcomes of attempts about which a person had decided before they came, by what they mean',
    labelNames: ['meaning'],
  }),
  receipts: metrics.counter({
    name: 'sms_receipts_total',
    help: 'Delivery receipts by what they did to their SMS',
    labelNames: ['result'],
  }),
  resolved: metrics.counter({
    name: 'sms_unknown_resolved_total',
    help: 'SMS that were UNKNOWN and are SENT because a delivery receipt could be of no other',
  }),
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
  parked: metrics.counter({
    name: 'sms_parked_total',
    help: 'Outcomes that a stopping worker left in Redis because PostgreSQL was away',
  }),
  landed: metrics.counter({
    name: 'sms_landed_total',
    help: 'Parked outcomes that came to PostgreSQL, by whether their row took them',
    labelNames: ['landed'],
  }),
  stalled: metrics.gauge({
    name: 'sms_stalled',
    help: '1 while this part of the worker stands still although there is something to do',
    labelNames: ['part'],
  }),
  loopFailures: metrics.counter({ name: 'sms_loop_failures_total', help: 'Rounds of a loop that failed', labelNames: ['loop'] }),
})

export const createWorkerMetrics = (metrics: Metrics) => {
  const all = { ...createSendMetrics(metrics), ...createUpkeepMetrics(metrics) }
  // Somebody is woken for the first one: a series that appeared with it would show no increase.
  all.lateOutcomes.inc({ meaning: 'ACCEPTED_LATE' }, 0)
  return all
}
