import { moneyAtStake, type MoneyAtStake, replayFailed, type ReplayReport } from '@sms/core'
import { createReplayRepository, openDatabase, RESERVED_ADMIN_ID } from '@sms/db'
import { apiConfigSchema, databaseConfigSchema } from '@sms/runtime'
import type { z } from 'zod'
import type { ReplayArguments } from './arguments.ts'

const { SMS_MAX_ATTEMPTS, SMS_UNIT_PRICE, SMS_PRICE_CURRENCY } = apiConfigSchema.shape
export const replayConfigSchema = databaseConfigSchema.extend({ SMS_MAX_ATTEMPTS, SMS_UNIT_PRICE, SMS_PRICE_CURRENCY })

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
    const price = { unitPrice: config.SMS_UNIT_PRICE, currency: config.SMS_PRICE_CURRENCY }
    const { replayedUnknown: smsCount, replayedUnknownParts: parts } = report
    const atStake = smsCount === 0 ? null : moneyAtStake(price, { smsCount, parts })
    return given.asJson ? JSON.stringify({ dryRun, ...report, atStake }) : tell(report, atStake, dryRun)
  } finally {
    await release()
  }
}

const tell = ({ matched, replayed, refused }: ReplayReport, atStake: MoneyAtStake | null, dryRun: boolean): string => {
  const unknown = atStake === null ? '' : `, ${atStake.smsCount} of them UNKNOWN`
  const lines = [`${matched} SMS found`, `${replayed} ${dryRun ? 'would go' : 'went'} back to PENDING${unknown}`]
  return [
    ...lines,
    ...(atStake === null ? [] : [riskOf(atStake)]),
    ...refused.map(({ code, count }) => `${count} left as they are: ${code}`),
  ].join('\n')
}

const riskOf = ({ parts, unitPrice, amount, currency }: MoneyAtStake): string =>
  `Where Orange accepted one of those after all, its recipient gets it twice and it is paid twice: up to ${amount} ${currency} ` +
  `(${parts} parts at ${unitPrice})`
