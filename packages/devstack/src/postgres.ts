import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import type { Releasable } from './releases.ts'
import { serverReady, spawnServer, type ServerProcess, type ServerUser } from './server-process.ts'
import { temporaryRoot, unprivilegedUser } from './server-user.ts'
import { guardFolder } from './warden.ts'

export type PostgresOptions = {
  /** Where its own folder goes, which the server's account must be able to reach; default: a temporary folder. */
  folder?: string
  /** True: commits survive a crash, as in production. Default false: tests need speed, not durability. */
  durable?: boolean
}

export type Postgres = Releasable & {
  /** Of the database `postgres`, as superuser. */
  url: string
  port: number
  databaseUrl: (name: string) => string
  createDatabase: (name: string, options?: { template?: string }) => Promise<string>
  dropDatabase: (name: string) => Promise<void>
  /** Ends it, `fast` in good order or `immediate` as a crash would: its sessions are cut. Resolves when it has ended. */
  shutDown: (mode: 'fast' | 'immediate') => Promise<void>
  /** After `shutDown`: the same server again, on its port, recovered. */
  restart: () => Promise<void>
}

const SUPERUSER = 'sms'
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

const withUrl = (url: string, name: string): string => {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(name)}`
  return other.href
}

/** One statement on a connection of its own. */
const run = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The databases of a running server that is reached by `url`, ours or not. */
export const databasesOf = (url: string): Pick<Postgres, 'databaseUrl' | 'createDatabase' | 'dropDatabase'> => ({
  databaseUrl: (name) => withUrl(url, name),
  createDatabase: async (name, options = {}) => {
    const template = options.template === undefined ? '' : ` TEMPLATE ${identifier(options.template)}`
    await run(url, `CREATE DATABASE ${identifier(name)}${template}`)
    return withUrl(url, name)
  },
  dropDatabase: (name) => run(url, `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`),
})

type Cluster = { binaries: string; folder: string; dataDir: string; user: ServerUser; password: string }

const initialise = async (input: Cluster): Promise<void> => {
  const passwordFile = join(input.folder, 'password')
  await writeFile(passwordFile, input.password, { mode: 0o600 })
  if (input.user !== null) await chown(passwordFile, input.user.uid, input.user.gid)
  const args = [
    '--pgdata',
    input.dataDir,
    '--username',
    SUPERUSER,
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--no-sync',
  ]
  // PostgreSQL's own locale: the same order and the same case rules on every machine, installed locales or not.
  args.push('--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8')
  const initdb = spawnServer({
    command: join(input.binaries, 'bin', 'initdb'),
    args,
    folder: input.folder,
    logFile: join(input.folder, 'initdb.log'),
    user: input.user,
    signals: { stop: 'SIGTERM', abandoned: 'KILL' },
  })
  const code = await initdb.exited
  await rm(passwordFile, { force: true })
  if (code !== 0) throw new Error(`initdb failed:\n${initdb.log()}`)
}

const urlOf = (password: string, port: number): string => `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`

type Place = Cluster & { durable: boolean }

const startOn = async (place: Place, port: number): Promise<ServerProcess> => {
  const settings = { ...SETTINGS, port: String(port), ...(place.durable ? {} : FAST) }
  const server = spawnServer({
    command: join(place.binaries, 'bin', 'postgres'),
    args: ['-D', place.dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    folder: place.folder,
    logFile: join(place.folder, 'postgres.log'),
    user: place.user,
    // SIGINT: a fast shutdown, sessions are ended. SIGQUIT: at once; SIGKILL would leave its shared memory behind.
    signals: { stop: 'SIGINT', abandoned: 'QUIT' },
  })
  try {
    await serverReady(server, 'PostgreSQL', () => run(urlOf(place.password, port), 'SELECT 1'))
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
      if (attempt === 5 || !String(error).includes('Address already in use')) throw error
    }
  }
}

/** A PostgreSQL server of one's own on a free port of 127.0.0.1. It ends with this process, however that ends. */
export const openPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const user = unprivilegedUser()
  const binaries = await postgresBinaries(user)
  const folder = await mkdtemp(join(options.folder ?? temporaryRoot(user), 'sms-postgres-'))
  guardFolder(folder)
  const dataDir = join(folder, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  if (user !== null) {
    await chown(dataDir, user.uid, user.gid)
    await chown(folder, user.uid, user.gid)
  }
  const password = randomBytes(18).toString('base64url')
  const cluster = { binaries, folder, dataDir, user, password }
  await initialise(cluster)
  const place = { ...cluster, durable: options.durable ?? false }
  const started = await startAnywhere(place)
  const { port } = started
  let server = started.server
  const url = urlOf(password, port)
  return {
    url,
    port,
    ...databasesOf(url),
    shutDown: async (mode) => {
      server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
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
