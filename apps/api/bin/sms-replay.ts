import type { ReplayOperation } from '@sms/core'
import { isUnavailable } from '@sms/db'
import { exitOnBadConfig, runCommand } from '@sms/runtime'
import { readReplayArguments, REPLAY_HELP } from '../src/replay-command/arguments.ts'
import { replayConfigSchema, runReplay } from '../src/replay-command/run-replay.ts'

const tellProgress = ({ id, done, total, replayed }: ReplayOperation): void =>
  console.error(`replay ${id}: ${done} of ${total} looked at, ${replayed} back to PENDING`)

// Puts FAILED SMS back to PENDING from the command line, as the administrator; the workers send them.
process.exitCode = await runCommand({
  name: 'sms:replay',
  help: REPLAY_HELP,
  read: readReplayArguments,
  run: async (given) => ({ output: await runReplay(exitOnBadConfig(replayConfigSchema, process.env), given, tellProgress) }),
  isDatabaseAway: isUnavailable,
})
