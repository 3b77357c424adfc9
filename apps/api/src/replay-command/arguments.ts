import { parseArgs } from 'node:util'
import type { ReplayFilter } from '@sms/core'
import { bigIdOf, intIdOf } from '../graphql/ids.ts'

export type ReplayArguments = {
  kind: 'replay'
  filter: ReplayFilter
  dryRun: boolean
  includeUnknown: boolean
  reason: string | null
  asJson: boolean
}

export const REPLAY_HELP = `pnpm sms:replay [--batch ID] [--code CODE] [--since T] [--until T] [--segment ID] [--user ID] [--dry-run]
  [--include-unknown] [--reason "…"] [--json]
node apps/api/bin/sms-replay.ts …   where there is no pnpm

Puts FAILED SMS back to PENDING, on the same rows, and gives them SMS_MAX_ATTEMPTS more attempts. At least one of:
  --batch ID         of this batch
  --code CODE        that failed with this code
  --since T          that failed since then: 2026-11-22, 2026-11-22T14:00:00Z
  --segment ID       sent to this segment
  --user ID          of this user
  --until T          that failed before then; beside one of the others

  --dry-run          counts, by code, with parts and price, and changes nothing
  --include-unknown  not only FAILED: UNKNOWN too, which Orange may have accepted. They are sent again, so a recipient
                     may get the same SMS twice, and both are paid. Only those whose last attempt began ten minutes
                     ago or earlier. Needs --reason
  --reason "…"       why; kept with every SMS
  --json             the report as JSON
  --help

The set is chosen at the start: what fails later is not in it. It is a tracked operation (the query replays): ended half-way, the workers go on
with it; the mutation cancelReplay ends it for good. Progress goes to the standard error. SMS of cancelled batches, and those whose validUntil
has passed, stay as they are. To assume that UNKNOWN were sent, or not, there is the mutation resolveUnknown. Reads DATABASE_URL,
SMS_MAX_ATTEMPTS, SMS_UNIT_PRICE and SMS_PRICE_CURRENCY.
Exit: 0 done, 1 failed, 64 wrong arguments, 78 wrong configuration.`

const OPTIONS = {
  batch: { type: 'string' },
  code: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  segment: { type: 'string' },
  user: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  'include-unknown': { type: 'boolean', default: false },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

export const readReplayArguments = (
  args: readonly string[],
): ReplayArguments | { kind: 'help' } | { kind: 'wrong'; problem: string } => {
  const wrong = (problem: string) => ({ kind: 'wrong' as const, problem })
  let values
  try {
    // pnpm hands a "--" of its caller on.
    ;({ values } = parseArgs({ args: args[0] === '--' ? args.slice(1) : [...args], options: OPTIONS }))
  } catch (error) {
    return wrong(error instanceof Error ? error.message : 'Wrong arguments')
  }
  if (values.help) return { kind: 'help' }
  const batchId = values.batch === undefined ? null : bigIdOf(values.batch)
  if (values.batch !== undefined && batchId === null) return wrong('--batch is not the id of a batch')
  const [since, until] = [momentOf(values.since), momentOf(values.until)]
  if (since === undefined) return wrong('--since is not a moment such as 2026-11-22T14:00:00Z')
  if (until === undefined) return wrong('--until is not a moment such as 2026-11-22T14:00:00Z')
  const segmentId = values.segment === undefined ? null : intIdOf(values.segment)
  if (values.segment !== undefined && segmentId === null) return wrong('--segment is not the id of a segment')
  const userId = values.user === undefined ? null : intIdOf(values.user)
  if (values.user !== undefined && userId === null) return wrong('--user is not the id of a user')
  const filter = { batchId, errorCode: values.code ?? null, since, until, segmentId, userId }
  if ([batchId, filter.errorCode, since, segmentId, userId].every((given) => given === null))
    return wrong('One of --batch, --code, --since, --segment and --user is needed')
  const reason = values.reason?.trim() || null
  if (values['include-unknown'] && reason === null) return wrong('--include-unknown needs --reason')
  return {
    kind: 'replay',
    filter,
    dryRun: values['dry-run'],
    includeUnknown: values['include-unknown'],
    reason,
    asJson: values.json,
  }
}

/** Null: not given; undefined: no moment. */
const momentOf = (text: string | undefined): Date | null | undefined => {
  if (text === undefined) return null
  const moment = new Date(text)
  return Number.isNaN(moment.getTime()) ? undefined : moment
}
