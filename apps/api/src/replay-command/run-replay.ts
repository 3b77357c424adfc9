import { setTimeout as rest } from 'node:timers/promises'
import {
  moneyAtStake,
  type MoneyAtStake,
  planReplay,
  type ReplayOperation,
  type ReplayOperations,
  type ReplayPlan,
  type ReplayReport,
  startReplay,
} from '@sms/core'
import { createReplayOperations, openDatabase, RESERVED_ADMIN_ID } from '@sms/db'
import { apiConfigSchema, databaseConfigSchema } from '@sms/runtime'
import type { z } from 'zod'
import type { ReplayArguments } from './arguments.ts'

const { SMS_MAX_ATTEMPTS, SMS_UNIT_PRICE, SMS_PRICE_CURRENCY } = apiConfigSchema.shape
export const replayConfigSchema = databaseConfigSchema.extend({ SMS_MAX_ATTEMPTS, SMS_UNIT_PRICE, SMS_PRICE_CURRENCY })

const CALLER = { userId: RESERVED_ADMIN_ID, isAdmin: true }
/** While a worker is at the same operation. */
const LOOK_AGAIN_MS = 200

/** What is printed; `onProgress` hears of it where it takes more than a chunk. The workers' own loop finds what is PENDING again. */
export const runReplay = async (
  config: z.output<typeof replayConfigSchema>,
  given: ReplayArguments,
  onProgress: (operation: ReplayOperation) => void,
): Promise<string> => {
  const { filter, dryRun, includeUnknown, reason } = given
  const { db, release } = openDatabase({ url: config.DATABASE_URL, poolSize: 1, applicationName: 'sms-replay' })
  const price = { unitPrice: config.SMS_UNIT_PRICE, currency: config.SMS_PRICE_CURRENCY }
  const operations = createReplayOperations(db)
  const asked = { caller: CALLER, via: 'COMMAND' as const, reason, includeUnknown, moreAttempts: config.SMS_MAX_ATTEMPTS, filter }
  try {
    if (dryRun) {
      const { byCode, parts, price: cost, ...report } = await planReplay({ operations, price }, asked)
      const atStake = atStakeOf(report, price)
      if (given.asJson) return JSON.stringify({ dryRun, ...report, atStake, parts, price: cost, byCode })
      return [tell(report, atStake, dryRun), ...tellPlan({ byCode, parts, price: cost })].join('\n')
    }
    const operation = await finish(operations, await startReplay({ operations, price }, asked), onProgress)
    const report = reportOf(operation)
    const atStake = atStakeOf(report, price)
    if (given.asJson) return JSON.stringify({ dryRun, ...report, atStake })
    const { status, total, done } = operation
    const end = status === 'DONE' ? [] : [`${status.toLowerCase()}: ${total - done} were not looked at`]
    return [tell(report, atStake, dryRun), ...end].join('\n')
  } finally {
    await release()
  }
}

/** Works it off here, unless somebody else is quicker. */
const finish = async (
  operations: ReplayOperations,
  started: ReplayOperation,
  onProgress: (operation: ReplayOperation) => void,
): Promise<ReplayOperation> => {
  let operation = started
  while (operation.status === 'RUNNING') {
    const worked = await operations.work(operation.id)
    if (worked === null) await rest(LOOK_AGAIN_MS)
    operation = worked?.operation ?? (await operations.find(CALLER, operation.id)) ?? operation
    if (operation.status === 'RUNNING') onProgress(operation)
  }
  return operation
}

const reportOf = ({ total, replayed, replayedUnknown, replayedUnknownParts, refused }: ReplayOperation): ReplayReport => ({
  matched: total,
  replayed,
  replayedUnknown,
  replayedUnknownParts,
  refused,
})

const atStakeOf = (
  { replayedUnknown: smsCount, replayedUnknownParts: parts }: ReplayReport,
  price: { unitPrice: number; currency: string },
): MoneyAtStake | null => (smsCount === 0 ? null : moneyAtStake(price, { smsCount, parts }))

const tell = ({ matched, replayed, refused }: ReplayReport, atStake: MoneyAtStake | null, dryRun: boolean): string => {
  const unknown = atStake === null ? '' : `, ${atStake.smsCount} of them UNKNOWN`
  const lines = [`${matched} SMS found`, `${replayed} ${dryRun ? 'would go' : 'went'} back to PENDING${unknown}`]
  return [
    ...lines,
    ...(atStake === null ? [] : [riskOf(atStake)]),
    ...refused.map(({ code, count }) => `${count} left as they are: ${code}`),
  ].join('\n')
}

const tellPlan = ({ byCode, parts, price }: Pick<ReplayPlan, 'byCode' | 'parts' | 'price'>): string[] => [
  `${parts} parts, ${price.amount} ${price.currency} if all are accepted`,
  ...byCode.map(({ code, count }) => `${count} failed with ${code ?? 'no code'}`),
]

const riskOf = ({ parts, unitPrice, amount, currency }: MoneyAtStake): string =>
  `Where Orange accepted one of those after all, its recipient gets it twice and it is paid twice: up to ${amount} ${currency} ` +
  `(${parts} parts at ${unitPrice})`
