import type { AccountState, MoneyAtStake, SmsCounts } from '@sms/core'

type Ended = { status: 'SENT' | 'FAILED' | 'CANCELLED' | 'UNKNOWN'; count: number }
export type EndedSums = Record<Ended['status'], number>

export type Stats = {
  byStatus: SmsCounts
  hours: number
  /** By the beginning of the hour, ISO 8601, UTC. */
  byHour: Record<string, EndedSums>
  byCode: Record<string, EndedSums>
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

export const sumBy = <Row extends Ended>(rows: readonly Row[], keyOf: (row: Row) => string): Record<string, EndedSums> => {
  const sums: Record<string, EndedSums> = {}
  for (const row of rows) {
    const sum = (sums[keyOf(row)] ??= { SENT: 0, FAILED: 0, CANCELLED: 0, UNKNOWN: 0 })
    sum[row.status] += row.count
  }
  return sums
}

const wordsOf = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none'

const moneyOf = ({ smsCount, parts, amount, currency }: MoneyAtStake): string =>
  `${smsCount} SMS, ${parts} parts, ${amount} ${currency}`

export const tellStats = (stats: Stats): string => {
  const section = (title: string, sums: Record<string, EndedSums>): string[] => [
    title,
    ...Object.entries(sums).map(([name, sum]) => `  ${name}  ${wordsOf(sum)}`),
    ...(Object.keys(sums).length === 0 ? ['  none'] : []),
  ]
  return [
    `By status: ${wordsOf(stats.byStatus)}`,
    ...section(`Ended in the last ${stats.hours} hours, by hour (UTC)`, stats.byHour),
    ...section('... by code', stats.byCode),
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
}
