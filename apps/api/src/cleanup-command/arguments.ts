import { readArguments, type Help, wrong, type Wrong } from '@sms/runtime'

export type CleanupArguments = {
  kind: 'cleanup'
  olderThanMs: number
  includeFailed: boolean
  dryRun: boolean
  asJson: boolean
}

export const CLEANUP_HELP = `pnpm sms:cleanup --older-than 30d [--include-failed] [--dry-run] [--json]
node apps/api/bin/sms-cleanup.ts …   where there is no pnpm

Erases the texts of old SMS and batches. Rows, numbers, outcomes, times and counts stay: the audit and the statistics are as before.

  --older-than AGE   ended before then: 30d or 8w, 1 day at least
  --include-failed   FAILED too. They can never be replayed then
  --dry-run          counts, and changes nothing
  --json             the report as JSON
  --help

Taken are SENT and CANCELLED, which are final; never what is PENDING, PROCESSING or UNKNOWN. A batch loses its text when all of its SMS are
over. In chunks of 2,000 rows, each committed by itself with its entry in OperatorAct: it may be stopped at any moment (SIGTERM ends it after
the chunk under way) and started again, and then goes on where it was. SMS that somebody holds at that moment are left for the next run.
Reads DATABASE_URL.
Exit: 0 done or stopped by a signal, 1 failed, 64 wrong arguments, 78 wrong configuration.`

const OPTIONS = {
  'older-than': { type: 'string' },
  'include-failed': { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const DAY_MS = 24 * 3_600_000
const UNITS_MS: Readonly<Record<string, number>> = { d: DAY_MS, w: 7 * DAY_MS }

export const readCleanupArguments = (args: readonly string[]): CleanupArguments | Help | Wrong => {
  const read = readArguments(args, OPTIONS)
  if (read.kind === 'wrong') return read
  const { values } = read
  if (values.help) return { kind: 'help' }
  const given = values['older-than']
  // Never by default: what is erased does not come back.
  if (given === undefined) return wrong('--older-than is needed')
  const [, count, unit = ''] = /^([1-9]\d{0,3})([dw])$/.exec(given) ?? []
  if (count === undefined) return wrong('--older-than is not an age such as 30d or 8w')
  return {
    kind: 'cleanup',
    olderThanMs: Number(count) * (UNITS_MS[unit] ?? DAY_MS),
    includeFailed: values['include-failed'],
    dryRun: values['dry-run'],
    asJson: values.json,
  }
}
