import { fileURLToPath } from 'node:url'
import { openStack, spawnChild } from '../src/index.ts'

/** A process with a whole stack and a service of its own, which waits to be ended in some way. Reports both in a line. */
const stack = await openStack()
const child = spawnChild({ main: fileURLToPath(new URL('./fixture-service.ts', import.meta.url)), env: {}, name: 'service' })
await child.waitForLine(/ready/)
const { pid } = child
const { folder, redis, postgres } = stack
console.log(JSON.stringify({ folder, pid, ports: [redis.port, postgres.port] }))

const endings: Record<string, () => Promise<void> | void> = {
  wait: () => {},
  release: async () => {
    await child.release()
    await stack.release()
  },
  exit: () => process.exit(3),
  crash: () => {
    throw new Error('crashed on purpose')
  },
}
await endings[process.argv[2] ?? 'wait']?.()
