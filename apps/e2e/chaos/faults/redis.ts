import { setTimeout as wait } from 'node:timers/promises'
import { type Act, injectAll } from '../inject.ts'
import type { Scenario } from '../scenario.ts'

const ACTS: Record<string, Act> = {
  'kill -9, restarted after 1 s': async ({ system: { ground } }) => {
    await ground.redis.kill()
    await wait(1_000)
    await ground.redis.restart()
  },
  FLUSHALL: async ({ system: { ground } }) => {
    await ground.redisAdmin.flushall()
  },
  'maxmemory reached for 5 s': async ({ system: { ground } }) => {
    await ground.redisAdmin.config('SET', 'maxmemory', '1')
    await wait(5_000)
    await ground.redisAdmin.config('SET', 'maxmemory', '0')
  },
  'connections cut for 20 s': async ({ system: { ground } }) => {
    await Promise.all(ground.wires.map(({ redis }) => redis.cut()))
    await wait(20_000)
    await Promise.all(ground.wires.map(({ redis }) => redis.restore()))
  },
  'connections silent for 5 s': async ({ system: { ground } }) => {
    for (const { redis } of ground.wires) redis.hold()
    await wait(5_000)
    for (const { redis } of ground.wires) redis.resume()
  },
}

export const redis: Scenario = {
  id: 'F4',
  title: 'Redis',
  does:
    'Killed with SIGKILL and restarted on its append-only file a second later, twice; FLUSHALL, twice; memory full for 5 s; every connection ' +
    'cut and refused for 20 s; every connection silent for 5 s.',
  kinds: Object.keys(ACTS),
  leastFaults: 7,
  run: (context) => injectAll(context, ACTS, { 'kill -9, restarted after 1 s': 2, FLUSHALL: 2 }),
}
