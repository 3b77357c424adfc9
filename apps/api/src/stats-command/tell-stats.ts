import type { AccountState, MoneyAtStake, SmsCounts } from '@sms/core'
import type { Latencies, PeriodStatistics } from '@sms/db'

export type Stats = {
  byStatus: SmsCounts
  hours: number
  /** What `smsStatistics` answers, over all users. */
  period: PeriodStatistics
  oldestWaitingSeconds: number
  window: number
  /** Outcomes that wait in Redis for PostgreSQL; null: Redis does not answer. */
  parked: number | null
  accounts: {
    id: number
    state: AccountState
    reason: string | null
    backlog: number
    window: number
    /** By BullMQ's states; null: Redis does not answer. */
    jobs: Record<string, number> | null
    unitsLeft: number | null
  }[]
  /** Will be paid when it is sent. */
  waiting: MoneyAtStake
  /** May have been paid, and would be again if it were sent again. */
  unknown: MoneyAtStake
}

const wordsOf = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none'

const moneyOf = ({ smsCount, parts, amount, currency }: MoneyAtStake): string =>
  `${smsCount} SMS, ${parts} parts, ${amount} ${currency}`

const secondsOf = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`)

const latencyOf = ({ count, p50, p95, p99, max }: Latencies): string =>
  `p50 ${secondsOf(p50)}, p95 ${secondsOf(p95)}, p99 ${secondsOf(p99)}, max ${secondsOf(max)} (${count} SMS)`

const tellPeriod = (hours: number, period: PeriodStatistics): string[] => {
  const { byStatus, byHour, byErrorCode, otherErrorCodes, acceptance, delivery, receipts } = period
  const section = (title: string, lines: string[]): string[] => [
    title,
    ...(lines.length === 0 ? ['none'] : lines).map((line) => `  ${line}`),
  ]
  const busyHours = byHour.flatMap(({ hour, ...counts }) =>
    Object.values(counts).some((count) => count > 0) ? [`${hour.toISOString()}  ${wordsOf(counts)}`] : [],
  )
  return [
    `Accepted in the last ${hours} hours, by status now: ${wordsOf(byStatus)}`,
    ...section('... what happened by hour (UTC)', busyHours),
    ...section('... by code', [
      ...byErrorCode.map(({ code, count: _count, ...counts }) => `${code}  ${wordsOf(counts)}`),
      ...(otherErrorCodes.codes === 0 ? [] : [`${otherErrorCodes.codes} other codes  ${otherErrorCodes.count}`]),
    ]),
    `... from due to accepted by Orange: ${latencyOf(acceptance)}`,
    `... from there to delivered: ${latencyOf(delivery)}`,
    `... delivered: ${receipts.delivered} of ${receipts.final} with a final receipt, of ${receipts.sent} sent`,
  ]
}

export const tellStats = (stats: Stats): string =>
  [
    `By status: ${wordsOf(stats.byStatus)}`,
    ...tellPeriod(stats.hours, stats.period),
    `In the window: ${stats.window}; the oldest that is due has waited ${stats.oldestWaitingSeconds} s`,
    ...stats.accounts.map(
      ({ id, state, reason, backlog, window, jobs }) =>
        `Account ${id}: ${state}${reason === null ? '' : ` (${reason})`}, ${backlog} to do, ${window} in the window, ` +
        `jobs in Redis: ${jobs === null ? 'Redis does not answer' : wordsOf(jobs)}`,
    ),
    `Parked outcomes: ${stats.parked ?? 'Redis does not answer'}`,
    `Waiting: ${moneyOf(stats.waiting)}`,
    `UNKNOWN, perhaps paid: ${moneyOf(stats.unknown)}`,
  ].join('\n')
