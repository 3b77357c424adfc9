import type { ReplayOperation } from '@sms/core'
import { exitOnBadConfig } from '@sms/runtime'
import { readReplayArguments, REPLAY_HELP } from '../src/replay-command/arguments.ts'
import { replayConfigSchema, runReplay } from '../src/replay-command/run-replay.ts'

const EX_USAGE = 64

// Puts FAILED SMS back to PENDING from the command line, as the administrator; the workers send them.
const given = readReplayArguments(process.argv.slice(2))
if (given.kind === 'help') console.log(REPLAY_HELP)
else if (given.kind === 'wrong') {
  console.error(`${given.problem}\n\n${REPLAY_HELP}`)
  process.exitCode = EX_USAGE
} else {
  const config = exitOnBadConfig(replayConfigSchema, process.env)
  try {
    const onProgress = ({ id, done, total, replayed }: ReplayOperation): void =>
      console.error(`replay ${id}: ${done} of ${total} looked at, ${replayed} back to PENDING`)
    console.log(await runReplay(config, given, onProgress))
  } catch (error) {
    // The message of a database error can quote the row at fault.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL'
    console.error(`sms:replay failed: ${code}`)
    process.exitCode = 1
  }
}
