import { eventually, type Postgres } from '@sms/devstack'
import { openScene, rest } from './scene.ts'

export type FairnessFigure = {
  backlog: number
  ratePerSecond: number
  small: number
  /** From the batch's creation to the acceptance of its last SMS. */
  tookMs: number
  /** What two users who share the rate equally would take. */
  fairMs: number
}

/** A small batch of one user is started behind a huge one of another. */
export const measureFairness = async (
  postgres: Postgres,
  of: Pick<FairnessFigure, 'backlog' | 'small' | 'ratePerSecond'>,
): Promise<FairnessFigure> => {
  const scene = await openScene(postgres, { SIMULATOR_TPS: String(of.ratePerSecond) })
  try {
    const other = await scene.db.user.create({ data: { username: 'second' } })
    await scene.givenBatch({ size: of.backlog })
    await scene.startWorkers(2, { ORANGE_TPS: String(of.ratePerSecond) })
    // The window is full of the first one by now.
    await rest(5_000)
    const startedAt = performance.now()
    const batchId = await scene.givenBatch({ size: of.small, userId: other.id, firstNumber: 50_000_000 })
    const fairMs = (of.small / (of.ratePerSecond / 2)) * 1_000
    await eventually(async () => (await scene.db.smsBatch.findUniqueOrThrow({ where: { id: batchId } })).status === 'COMPLETED', {
      timeoutMs: 4 * fairMs + 20_000,
      everyMs: 100,
    })
    return { ...of, tookMs: performance.now() - startedAt, fairMs }
  } finally {
    await scene.releases.release()
  }
}
