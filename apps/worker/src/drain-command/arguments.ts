import { readArguments, type Help, wholeArgument, type Wrong } from '@sms/runtime'

export type DrainArguments = {
  kind: 'drain'
  /** SMS in hand at once, over all accounts. */
  batchSize: number
  maxRuntimeMs: number
  /** Between two looks at what is left. */
  delayMs: number
  isExclusive: boolean
  dryRun: boolean
  asJson: boolean
}

export const DRAIN_HELP = `pnpm worker:drain [--batch-size 50] [--max-runtime 300] [--delay 1] [--exclusive] [--dry-run] [--json]
node apps/worker/bin/worker-drain.ts …   where there is no pnpm

A worker for cron: sends for all accounts until nothing is left to do or the time is up, settles what is on the wire, and exits 0.

  --batch-size N    SMS in hand at once, 1 to 10000 (default 50); the pace is ORANGE_TPS all the same
  --max-runtime S   seconds, 1 to 86400 (default 300). What is on the wire then is settled first: up to ORANGE_TIMEOUT_MS and 10 s more
  --delay S         seconds between two looks at what is left, 1 to 60 (default 1)
  --exclusive       exits 75 at once when another worker:drain --exclusive is at work, on any machine
  --dry-run         says what there is to do, and does nothing
  --json            the report as JSON
  --help

Left for a later run: what is paused by a person, what is scheduled, and SMS that rest for more than a minute after a failed attempt. Any
number may run at once, beside workers too: nothing is sent twice. SIGTERM stops it as it stops a worker. Logs go to stderr, the report to
stdout. Reads the worker's environment.
Exit: 0 done, 1 failed, 64 wrong arguments, 75 --exclusive and not alone, 78 wrong configuration.`

const OPTIONS = {
  'batch-size': { type: 'string', default: '50' },
  'max-runtime': { type: 'string', default: '300' },
  delay: { type: 'string', default: '1' },
  exclusive: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

export const readDrainArguments = (args: readonly string[]): DrainArguments | Help | Wrong => {
  const read = readArguments(args, OPTIONS)
  if (read.kind === 'wrong') return read
  const { values } = read
  if (values.help) return { kind: 'help' }
  const batchSize = wholeArgument('batch-size', values['batch-size'], { min: 1, max: 10_000 })
  const maxRuntime = wholeArgument('max-runtime', values['max-runtime'], { min: 1, max: 86_400 })
  const delay = wholeArgument('delay', values.delay, { min: 1, max: 60 })
  if (typeof batchSize !== 'number') return batchSize
  if (typeof maxRuntime !== 'number') return maxRuntime
  if (typeof delay !== 'number') return delay
  return {
    kind: 'drain',
    batchSize,
    maxRuntimeMs: maxRuntime * 1_000,
    delayMs: delay * 1_000,
    isExclusive: values.exclusive,
    dryRun: values['dry-run'],
    asJson: values.json,
  }
}
