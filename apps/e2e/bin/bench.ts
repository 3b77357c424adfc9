import { runCancel } from '../bench/cancel.ts'
import { runUpload } from '../bench/upload-command.ts'
import { runWorker } from '../bench/worker-command.ts'
import { runCriteria } from '../criteria/command.ts'
import { runPacing } from '../pacing/command.ts'

const BENCHMARKS: Record<string, (args: readonly string[]) => Promise<number>> = {
  worker: runWorker,
  pacing: runPacing,
  criteria: runCriteria,
  cancel: runCancel,
  upload: runUpload,
}

const HELP = `pnpm bench NAME [--help]

  worker    SMS a second through one worker, beside itself without a database and beside the usual way
  pacing    starts in each sliding second at the simulator's clock, and who goes first
  criteria  the plan's four criteria of success, beside a copy of the old flow
  cancel    a batch of a million waiting SMS: until the last one on the wire, and whether the receipt is exact
  upload    a file of a million recipients: time, memory of the API, GraphQL beside it

Each on servers of its own, which go when it ends.
`

// pnpm hands a "--" of its caller on.
const [name = '', ...args] = process.argv.slice(process.argv[2] === '--' ? 3 : 2)
const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined
if (benchmark !== undefined) process.exit(await benchmark(args))
const isHelp = name === '--help' || name === '-h'
if (isHelp) process.stdout.write(HELP)
else process.stderr.write(`${name === '' ? 'Which benchmark?' : `There is no benchmark ${name}`}\n\n${HELP}`)
process.exit(isHelp ? 0 : 64)
