import { readArguments, type Help, wholeArgument, type Wrong } from '@sms/runtime'

export type StatsArguments = { kind: 'stats'; hours: number; asJson: boolean }

export const STATS_HELP = `pnpm sms:stats [--hours 24] [--json]
node apps/api/bin/sms-stats.ts …   where there is no pnpm

The queue in figures, over all users: SMS by status; what smsStatistics answers for the last hours (by status, hour in UTC and error code, with
latencies and deliveries); backlog and window of each account, beside what Redis has; outcomes that are parked; what is UNKNOWN; and the money that waits and that is at stake.

  --hours N   1 to 720 (default 24). Some seconds a million SMS of that time
  --json      the figures as JSON
  --help

Changes nothing, shows no number and no text. Reads DATABASE_URL, REDIS_URL, SMS_UNIT_PRICE and SMS_PRICE_CURRENCY. Without Redis all else is shown.
Exit: 0 done, 1 failed, 64 wrong arguments, 78 wrong configuration.`

const OPTIONS = {
  hours: { type: 'string', default: '24' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

export const readStatsArguments = (args: readonly string[]): StatsArguments | Help | Wrong => {
  const read = readArguments(args, OPTIONS)
  if (read.kind === 'wrong') return read
  if (read.values.help) return { kind: 'help' }
  const hours = wholeArgument('hours', read.values.hours, { min: 1, max: 720 })
  return typeof hours === 'number' ? { kind: 'stats', hours, asJson: read.values.json } : hours
}
