import { isUnavailable } from '@sms/db'
import { exitOnBadConfig, runCommand } from '@sms/runtime'
import { readStatsArguments, STATS_HELP } from '../src/stats-command/arguments.ts'
import { runStats, statsConfigSchema } from '../src/stats-command/run-stats.ts'

// The queue in figures.
process.exitCode = await runCommand({
  name: 'sms:stats',
  help: STATS_HELP,
  read: readStatsArguments,
  run: (given) => runStats(exitOnBadConfig(statsConfigSchema, process.env), given),
  isDatabaseAway: isUnavailable,
})
