import { isUnavailable } from '@sms/db'
import { databaseConfigSchema, exitOnBadConfig, runCommand } from '@sms/runtime'
import { CLEANUP_HELP, readCleanupArguments } from '../src/cleanup-command/arguments.ts'
import { runCleanup } from '../src/cleanup-command/run-cleanup.ts'

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

// Erases the texts of old SMS and batches; a signal ends it after the chunk under way.
process.exitCode = await runCommand({
  name: 'sms:cleanup',
  help: CLEANUP_HELP,
  read: readCleanupArguments,
  run: (given) => runCleanup(exitOnBadConfig(databaseConfigSchema, process.env), given, stop.signal),
  isDatabaseAway: isUnavailable,
})
