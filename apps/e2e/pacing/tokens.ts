import type { Postgres } from '@sms/devstack'
import { eventually } from '@sms/devstack'
import { openScene, rest, type Scene } from './scene.ts'

export type TokenFigure = {
  case: 'cold' | 'expired' | 'storm'
  workers: number
  calls: number
  accepted: number
  inFlight: number
}

const RATE = 100

/** How often the token endpoint is asked when many processes need a new token in the same moment: at first, and later again. */
export const measureTokens = async (
  postgres: Postgres,
  of: { case: 'expired' | 'storm'; workers: number },
): Promise<TokenFigure[]> => {
  // Slow enough that dozens of requests are on the wire at once.
  const latencyMs = of.case === 'storm' ? 1_000 : 20
  const scene = await openScene(postgres, { SIMULATOR_TPS: '0', SIMULATOR_LATENCY_MS: String(latencyMs) })
  try {
    await scene.givenBatch({ size: 2_000 })
    await scene.startWorkers(of.workers, { ORANGE_TPS: String(RATE) })
    await accepts(scene, 100)
    const first = await scene.summary()
    const cold: TokenFigure = { ...of, case: 'cold', calls: first.tokenCalls, accepted: first.accepted, inFlight: 0 }
    await scene.control('tokens/revoke', { as: of.case === 'storm' ? 'unknown' : 'expired' })
    const { accepted } = await scene.summary()
    await accepts(scene, accepted + 200)
    await rest(500)
    const summary = await scene.summary()
    const refused = (await scene.sends()).filter(({ outcome }) => outcome === '41' || outcome === '42').length
    const again: TokenFigure = {
      ...of,
      calls: summary.tokenCalls - first.tokenCalls,
      accepted: summary.accepted,
      inFlight: refused,
    }
    // Both cases begin cold; one row of it is enough.
    return of.case === 'expired' ? [cold, again] : [again]
  } finally {
    await scene.releases.release()
  }
}

const accepts = (scene: Scene, count: number): Promise<unknown> =>
  eventually(async () => (await scene.summary()).accepted >= count, { timeoutMs: 60_000, everyMs: 100 })
