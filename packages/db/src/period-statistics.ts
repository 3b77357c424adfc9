import type { SmsCounts } from '@sms/core'
import type { Database } from './client.ts'
import { Prisma } from './generated/client.ts'
import { type PeriodRow, periodSql, type StatisticsPeriod } from './sql/period-statistics.ts'

export type { StatisticsPeriod }

export type HourOfSms = {
  /** Its beginning, UTC. */
  hour: Date
  accepted: number
  sent: number
  failed: number
  cancelled: number
  unknown: number
  delivered: number
}

export type CodeOfSms = { code: string; count: number; failed: number; cancelled: number; unknown: number }

/** Milliseconds, by nearest rank; to three digits, rounded down, from a second on. Null: of none. */
export type Latencies = { count: number; p50: number | null; p95: number | null; p99: number | null; max: number | null }

export type PeriodStatistics = {
  from: Date
  to: Date
  /** What was accepted in the period, by its status now. */
  byStatus: SmsCounts
  /** What happened in each hour of the period; the first and the last may be parts of one. */
  byHour: HourOfSms[]
  /** What became FAILED, CANCELLED or UNKNOWN in the period and is so still; the most frequent first. */
  byErrorCode: CodeOfSms[]
  otherErrorCodes: { codes: number; count: number }
  /** Of what Orange accepted in the period: from when it was due. */
  acceptance: Latencies
  /** Of what was delivered in the period: from Orange's acceptance. */
  delivery: Latencies
  /** Of what Orange accepted in the period. */
  receipts: { sent: number; final: number; delivered: number }
}

/** More codes than a person reads. */
const MOST_CODES = 50
const MARGIN_MS = 2_000
const HOUR_MS = 3_600_000

/** What a period came to. Ended by the server when it takes longer than `limitMs`. */
export const readPeriodStatistics = async (
  db: Database,
  period: StatisticsPeriod,
  { limitMs }: { limitMs: number },
): Promise<PeriodStatistics> =>
  statisticsOf(
    period,
    await db.$transaction(
      async (tx) => {
        await tx.$queryRaw(Prisma.sql`SELECT set_config('statement_timeout', ${String(limitMs)}, true)`)
        return tx.$queryRaw<PeriodRow[]>(periodSql(period))
      },
      // The server's own limit comes first.
      { timeout: limitMs + MARGIN_MS, maxWait: MARGIN_MS },
    ),
  )

const statisticsOf = ({ from, to }: StatisticsPeriod, rows: readonly PeriodRow[]): PeriodStatistics => {
  const byStatus = { pending: 0, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 }
  const hours = emptyHours(from, to)
  const codes = new Map<string, CodeOfSms>()
  const receipts = { sent: 0, final: 0, delivered: 0 }
  for (const { part, hourMs, status, code, count } of rows) {
    // Latencies have no hour.
    if (hourMs === null) continue
    const hour = hours.get(hourMs)
    if (hour === undefined) throw new Error('A row lies outside its period')
    if (part === 'accepted') {
      byStatus[status.toLowerCase() as keyof typeof byStatus] += count
      hour.accepted += count
    } else if (part === 'delivered') hour.delivered += count
    else if (part === 'sent') {
      hour.sent += count
      receipts.sent += count
      if (status === 'DELIVERED') receipts.delivered += count
      if (status === 'DELIVERED' || status === 'UNDELIVERED') receipts.final += count
    } else {
      const ended = status.toLowerCase() as 'failed' | 'cancelled' | 'unknown'
      hour[ended] += count
      const sum = codes.get(code ?? '') ?? { code: code ?? '', count: 0, failed: 0, cancelled: 0, unknown: 0 }
      codes.set(sum.code, { ...sum, count: sum.count + count, [ended]: sum[ended] + count })
    }
  }
  const frequent = [...codes.values()].sort((left, right) => right.count - left.count || (left.code < right.code ? -1 : 1))
  const others = frequent.slice(MOST_CODES)
  return {
    from,
    to,
    byStatus,
    byHour: [...hours.values()],
    byErrorCode: frequent.slice(0, MOST_CODES),
    otherErrorCodes: { codes: others.length, count: others.reduce((sum, { count }) => sum + count, 0) },
    acceptance: latenciesOf(rows.filter(({ part }) => part === 'acceptance')),
    delivery: latenciesOf(rows.filter(({ part }) => part === 'delivery')),
    receipts,
  }
}

/** Every hour that has a part in the period. */
const emptyHours = (from: Date, to: Date): Map<number, HourOfSms> => {
  const hours = new Map<number, HourOfSms>()
  for (let at = Math.floor(from.getTime() / HOUR_MS) * HOUR_MS; at < to.getTime(); at += HOUR_MS) {
    hours.set(at, { hour: new Date(at), accepted: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0, delivered: 0 })
  }
  return hours
}

const latenciesOf = (rows: readonly PeriodRow[]): Latencies => {
  const known = rows
    .flatMap(({ latencyMs, count }) => (latencyMs === null ? [] : [{ latencyMs, count }]))
    .sort((left, right) => left.latencyMs - right.latencyMs)
  const total = known.reduce((sum, { count }) => sum + count, 0)
  const at = (share: number): number | null => {
    let seen = 0
    return known.find(({ count }) => (seen += count) >= total * share)?.latencyMs ?? null
  }
  return { count: total, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: known.at(-1)?.latencyMs ?? null }
}
