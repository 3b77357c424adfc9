import { eventually, type Postgres } from '@sms/devstack'
import { openScene, rest, type Scene, type Seen } from './scene.ts'
import { paceOf } from './starts.ts'

export type MomentFigure = {
  moment: 'after an idle pause' | 'after a 429' | 'after a worker was killed and another started'
  ratePerSecond: number
  workers: number
  /** Most starts in a sliding second, from the last second before the moment on. */
  peak: number
  starts: number
  /** Refused by the limit; those of a fault that was asked for are not among them. */
  refused: number
}

const LASTS_MS = 6_000
const SETTLING_MS = 5_000

/** What happens to workers that send, one after the other in the same run: none of it may let more through. */
export const measureMoments = async (
  postgres: Postgres,
  { ratePerSecond, workers }: Pick<MomentFigure, 'ratePerSecond' | 'workers'>,
): Promise<MomentFigure[]> => {
  const scene = await openScene(postgres, { SIMULATOR_TPS: String(ratePerSecond) })
  const figures: MomentFigure[] = []
  /** Looks at all that was sent from a second before `act` to some seconds after it. */
  const look = async (moment: MomentFigure['moment'], act: () => Promise<unknown>): Promise<void> => {
    const before = (await scene.sends()).at(-1)?.atMs ?? 0
    await act()
    await rest(LASTS_MS)
    const seen = (await scene.sends()).filter(({ atMs }) => atMs >= before - 1_000)
    const { peak, starts } = paceOf(
      seen.map(({ atMs }) => atMs),
      ratePerSecond,
    )
    figures.push({ moment, ratePerSecond, workers, peak, starts, refused: seen.filter(isOverTheLimit).length })
  }
  try {
    const first = await scene.givenBatch({ size: ratePerSecond * 2 })
    const [worker] = await scene.startWorkers(workers, { ORANGE_TPS: String(ratePerSecond) })
    await eventually(async () => (await scene.db.smsBatch.findUniqueOrThrow({ where: { id: first } })).status === 'COMPLETED', {
      timeoutMs: 30_000,
      everyMs: 100,
    })
    await rest(SETTLING_MS)
    await look('after an idle pause', () => scene.givenBatch({ size: ratePerSecond * 120, firstNumber: 1_000_000 }))
    await look('after a 429', () => refuseOnce(scene))
    await look('after a worker was killed and another started', async () => {
      worker?.kill('SIGKILL')
      await scene.startWorkers(1, { ORANGE_TPS: String(ratePerSecond) })
    })
    return figures
  } finally {
    await scene.releases.release()
  }
}

const isOverTheLimit = ({ outcome }: Seen): boolean => outcome === 'rate-limited'

const refuseOnce = async (scene: Scene): Promise<void> => {
  const isRefused = async (): Promise<boolean> => (await scene.sends()).some(({ outcome }) => outcome === '429')
  await scene.control('faults', { random: [{ probability: 1, fault: '429', retryAfterS: 1 }] })
  await eventually(isRefused, { timeoutMs: 10_000, everyMs: 20 })
  await scene.control('faults', {})
}
