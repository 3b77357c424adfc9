import { analyzeMessage, type SendWarning, type UnitsOutlook, warningsOf } from '@sms/core'
import type { PresentedBatch } from './present.ts'
import type { PresentedSmsResult } from './present-sends.ts'
import type { GraphqlService } from './service.ts'

export type PresentedWarning = SendWarning & { message: string }

const LARGEST_INT = 2_147_483_647
export const inInt = (count: number): number => Math.min(LARGEST_INT, Math.ceil(count))

export const presentWarning = ({ code, unitsNeeded, unitsMissing }: SendWarning): PresentedWarning => ({
  code,
  unitsNeeded: inInt(unitsNeeded),
  unitsMissing: inInt(unitsMissing),
  message: `Unités insuffisantes : il en manque ${inInt(unitsMissing)} sur les ${inInt(unitsNeeded)} nécessaires. Le reste attendra que le compte Orange soit rechargé.`,
})

/** What was accepted is accepted: without an outlook there is no warning. One look for each set of accounts. */
const createOutlooks = ({ units }: Pick<GraphqlService, 'units'>) => {
  const looks = new Map<string, Promise<UnitsOutlook | null>>()
  return (accountIds: readonly number[]): Promise<UnitsOutlook | null> => {
    const key = accountIds.toSorted((left, right) => left - right).join()
    const look = looks.get(key) ?? units.readOutlook(accountIds).catch(() => null)
    looks.set(key, look)
    return look
  }
}

/** The outlook counts the send itself: it is taken out. */
const without = (outlook: UnitsOutlook | null, units: number): UnitsOutlook | null =>
  outlook && { ...outlook, unitsWaiting: outlook.unitsWaiting - units }

/** Of batches that are not over, in the order given; none of a batch that is not there. */
export const batchWarnings = async (
  service: Pick<GraphqlService, 'units'>,
  batches: readonly (PresentedBatch | null)[],
): Promise<PresentedWarning[][]> => {
  const outlookOf = createOutlooks(service)
  return Promise.all(
    batches.map(async (batch) => {
      const isOver = batch === null || batch.status === 'COMPLETED' || batch.status === 'CANCELLED'
      if (isOver) return []
      const { pending, processing, total } = batch.counts
      const unitsNeeded = batch.parts * (pending + processing + Math.max(0, batch.announced - total))
      const outlook = await outlookOf([batch.accountId, ...batch.otherAccountIds])
      return warningsOf(without(outlook, unitsNeeded), unitsNeeded).map(presentWarning)
    }),
  )
}

export const smsWarnings = async (
  service: Pick<GraphqlService, 'units'>,
  sms: PresentedSmsResult,
): Promise<PresentedWarning[]> => {
  if (sms.accountId === null || sms.status !== 'PENDING') return []
  const { parts } = analyzeMessage(sms.message)
  const outlook = await createOutlooks(service)([sms.accountId])
  return warningsOf(without(outlook, parts), parts).map(presentWarning)
}

/** Before anything is sent: a text of so many parts to so many recipients. */
export const plannedWarnings = async (
  service: Pick<GraphqlService, 'units'>,
  plan: { accountIds: readonly number[]; unitsNeeded: number },
): Promise<PresentedWarning[]> => warningsOf(await createOutlooks(service)(plan.accountIds), plan.unitsNeeded).map(presentWarning)
