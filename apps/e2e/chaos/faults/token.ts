import { setTimeout as wait } from 'node:timers/promises'
import { type Act, injectAll } from '../inject.ts'
import type { Context, Scenario } from '../scenario.ts'
import { isWholeSend } from '../steps.ts'

const IN_FLIGHT = 50
/** Less than a request's own limit, or what waits would end as UNKNOWN. */
const GATHER_LIMIT_MS = 2_000
const GATHER_TURNS = 4
const BETWEEN_TURNS_MS = 1_500
const OUTAGE_MS = 5_000
const REFUSED = 'endpoint answers invalid_client for 5 s'

/** Holds the requests of all workers before the provider until so many wait there; resolves with how many do. */
const gather = async ({ system: { ground } }: Context): Promise<number> => {
  let waiting = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const { provider } of ground.wires) {
    provider.watch((chunk, direction) => {
      if (direction === 'to-server' && isWholeSend(chunk) && ++waiting >= IN_FLIGHT) resolve()
      return direction === 'to-server' ? 'hold' : 'pass'
    })
  }
  await Promise.race([promise, wait(GATHER_LIMIT_MS)])
  return waiting
}

const letGo = ({ system: { ground } }: Context): void => {
  for (const { provider } of ground.wires) {
    provider.watch(null)
    provider.resume()
  }
}

const revoke =
  (as: 'unknown' | 'expired'): Act =>
  async (context, fault) => {
    let waiting = await gather(context)
    for (let turn = 1; waiting < IN_FLIGHT && turn < GATHER_TURNS; turn += 1) {
      // The workers were still coming back from the fault before.
      letGo(context)
      await wait(BETWEEN_TURNS_MS)
      waiting = await gather(context)
    }
    // Not what was asked for: the run must not be counted as if it had been.
    if (waiting < IN_FLIGHT) fault.kind = `revoked (${as}) with ${waiting} requests in flight`
    await context.system.ground.simulator.control('tokens/revoke', { as })
    letGo(context)
  }

/** The endpoint fails from the moment at which the token in use is revoked. */
const endpoint =
  (...faults: string[]): Act =>
  async ({ system: { ground } }) => {
    const token = Array.from({ length: 200 }, (_, index) => ({ fault: faults[index % faults.length] }))
    await ground.simulator.control('faults', { token })
    await ground.simulator.control('tokens/revoke', {})
    await wait(OUTAGE_MS)
    await ground.simulator.control('faults', {})
  }

const ACTS: Record<string, Act> = {
  'revoked (unknown) with 50 requests in flight': revoke('unknown'),
  'revoked (expired) with 50 requests in flight': revoke('expired'),
  'endpoint answers 503 and 500 for 5 s': endpoint('503', '500'),
  'endpoint resets and hangs for 5 s': endpoint('reset', 'hang'),
  [REFUSED]: endpoint('invalid-client'),
  'expires_in of 2 s, for 5 s': async ({ system: { ground } }) => {
    await ground.simulator.control('config', { tokenLifetimeS: 2 })
    await ground.simulator.control('tokens/revoke', {})
    await wait(OUTAGE_MS)
    await ground.simulator.control('config', { tokenLifetimeS: 3_600 })
  },
}

export const token: Scenario = {
  id: 'F6',
  title: 'the access token',
  does:
    'Revoked while 50 requests wait before the provider, once as unknown (code 41) and once as expired (42); revoked while the token endpoint ' +
    'answers 503 and 500, resets and hangs, or answers invalid_client, each for 5 s; tokens that live for 2 s, for 5 s.',
  kinds: Object.keys(ACTS),
  leastFaults: 6,
  // Refused credentials are not tried again for so long: asking sooner would not make them better.
  restsMs: { [REFUSED]: 30_000 },
  run: (context) => injectAll(context, ACTS),
}
