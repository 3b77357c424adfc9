import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import type { Releasable } from './releases.ts'
import { serverReady, spawnServer, type ServerProcess } from './server-process.ts'
import { guardFolder } from './warden.ts'

export type RedisOptions = {
  /** Where its own folder goes; default: a temporary folder. */
  folder?: string
  /** True: an append-only file, as in production. Default false: nothing is kept. */
  durable?: boolean
}

export type Redis = Releasable & {
  url: string
  port: number
  /** kill -9: what is not in its append-only file is lost. Resolves when it has ended. */
  kill: () => Promise<void>
  /** After `kill`: the same server again, on its port, with its password and what its folder holds. */
  restart: () => Promise<void>
}

const find = (): string | undefined =>
  ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)

const MISSING = `No redis-server or valkey-server on the PATH. Install one, then try again:
  Debian, Ubuntu   sudo apt-get update && sudo apt-get install -y redis-server
  macOS            brew install redis
  with Docker      docker run --rm -it -v "$PWD":/app -w /app node:24 npx -y -p pnpm@11 pnpm demo`

/** The name of a Redis server on the PATH. On Debian and Ubuntu, as root, a missing one is installed. */
export const redisServer = async (): Promise<string> => {
  const found = find()
  if (found !== undefined) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.error('No Redis on this machine: apt-get update && apt-get install -y redis-server')
    // RUNLEVEL=1 keeps the package from starting a service of its own: only the program is wanted.
    const options = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }
    await promisify(execFile)('apt-get', ['update'], options)
    await promisify(execFile)('apt-get', ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', 'redis-server'], options)
    const installed = find()
    if (installed !== undefined) return installed
  }
  throw new Error(MISSING)
}

/** Passes when a server answers on the port; that it asks for its password is an answer too. */
const ping = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', () => {
      socket.destroy()
      resolve()
    })
  })

const configuration = (input: { port: number; folder: string; password: string; durable: boolean }): string =>
  [
    `port ${input.port}`,
    'bind 127.0.0.1',
    `dir "${input.folder.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    `requirepass ${input.password}`,
    // A queue must never lose keys to make room.
    'maxmemory-policy noeviction',
    // Jobs stay compact. The older name is understood by Redis 6.2 to 8 and by Valkey.
    'hash-max-ziplist-value 1024',
    'save ""',
    `appendonly ${input.durable ? 'yes' : 'no'}`,
    'appendfsync everysec',
  ].join('\n')

type Place = { command: string; folder: string; durable: boolean; password: string }

const spawnOn = (place: Place, port: number): ServerProcess =>
  spawnServer({
    command: place.command,
    // The configuration comes on stdin, so that the password is in no file and no process list.
    args: ['-'],
    input: configuration({ ...place, port }),
    folder: place.folder,
    logFile: join(place.folder, 'redis.log'),
    user: null,
    signals: { stop: 'SIGTERM', abandoned: 'KILL' },
  })

const startOn = async (place: Place, port: number): Promise<ServerProcess> => {
  const server = spawnOn(place, port)
  try {
    await serverReady(server, 'Redis', () => ping(port))
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

const startAnywhere = async (place: Place): Promise<{ server: ServerProcess; port: number }> => {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { server: await startOn(place, port), port }
    } catch (error) {
      // Somebody took the port between our look and its bind.
      if (attempt === 5 || !/address already in use/i.test(String(error))) throw error
    }
  }
}

/** A Redis (or Valkey) server of one's own on a free port of 127.0.0.1. It ends with this process, however that ends. */
export const openRedis = async (options: RedisOptions = {}): Promise<Redis> => {
  const command = await redisServer()
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'sms-redis-'))
  guardFolder(folder)
  const password = randomBytes(18).toString('base64url')
  const place = { command, folder, durable: options.durable ?? false, password }
  const started = await startAnywhere(place)
  const { port } = started
  let server = started.server
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    port,
    kill: async () => {
      server.kill('SIGKILL')
      await server.exited
    },
    restart: async () => {
      server = await startOn(place, port)
    },
    release: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
