import { isUnavailable } from '@sms/db'
import { exitOnBadConfig, runCommand } from '@sms/runtime'
import { INSPECT_HELP, readInspectArguments } from '../src/inspect-command/arguments.ts'
import { inspectConfigSchema, runInspect } from '../src/inspect-command/run-inspect.ts'

// Everything about one SMS or batch.
process.exitCode = await runCommand({
  name: 'sms:inspect',
  help: INSPECT_HELP,
  read: readInspectArguments,
  run: (given) => runInspect(exitOnBadConfig(inspectConfigSchema, process.env), given),
  isDatabaseAway: isUnavailable,
})
