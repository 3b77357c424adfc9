import { replayFailed, type ReplayReport } from '@sms/core'
import { createReplayRepository, openDatabase, RESERVED_ADMIN_ID } from '@sms/db'
import { apiConfigSchema, databaseConfigSchema } from '@sms/runtime'
import type { z } from 'zod'
import type { ReplayArguments } from './arguments.ts'

export const replayConfigSchema = databaseConfigSchema.extend({ SMS_MAX_ATTEMPTS: apiConfigSchema.shape.SMS_MAX_ATTEMPTS })

/** What is printed. The workers' own loop finds what is PENDING again. */
export const runReplay = async (config: z.output<typeof replayConfigSchema>, given: ReplayArguments): Promise<string> => {
  const { filter, dryRun, includeUnknown, reason } = given
  const { db, release } = openDatabase({ url: config.DATABASE_URL, poolSize: 1, applicationName: 'sms-replay' })
  try {
    const report = await replayFailed(
      { replays: createReplayRepository(db), kick: () => {} },
      {
        caller: { userId: RESERVED_ADMIN_ID, isAdmin: true },
        via: 'COMMAND',
        reason,
        includeUnknown,
        moreAttempts: config.SMS_MAX_ATTEMPTS,
        filter,
        dryRun,
      },
    )
    return given.asJson ? JSON.stringify({ dryRun, ...report }) : tell(report, dryRun)
  } finally {
    await release()
  }
}

const tell = ({ matched, replayed, replayedUnknown, refused }: ReplayReport, dryRun: boolean): string => {
  const unknown = replayedUnknown === 0 ? '' : `, ${replayedUnknown} of them UNKNOWN`
  const lines = [`${matched} SMS found`, `${replayed} ${dryRun ? 'would go' : 'went'} back to PENDING${unknown}`]
  return [...lines, ...refused.map(({ code, count }) => `${count} left as they are: ${code}`)].join('\n')
}
