import { isUnavailable } from '@sms/db'
import { exitOnBadConfig, runCommand, workerConfigSchema } from '@sms/runtime'
import { DRAIN_HELP, readDrainArguments } from '../src/drain-command/arguments.ts'
import { runDrain } from '../src/drain-command/run-drain.ts'

// A worker for cron: sends until nothing is left or its time is up.
const exit = await runCommand({
  name: 'worker:drain',
  help: DRAIN_HELP,
  read: readDrainArguments,
  run: (given) => runDrain(exitOnBadConfig(workerConfigSchema, process.env), given, process),
  isDatabaseAway: isUnavailable,
})
process.exit(exit)
