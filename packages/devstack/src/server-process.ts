import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import { guardProcess } from './warden.ts'

/** The account a server runs under; null: ours. */
export type ServerUser = { uid: number; gid: number } | null

export type ServerOptions = {
  command: string
  args: string[]
  folder: string
  /** Its output goes to a file, never to a pipe: a full pipe would stop the server while we are busy. */
  logFile: string
  user: ServerUser
  input?: string
  /** Ends it in good order, and what ends it when we are gone. */
  signals: { stop: 'SIGINT' | 'SIGTERM'; abandoned: 'QUIT' | 'KILL' }
}

export type ServerProcess = {
  pid: number
  /** Tail of the log, for messages. */
  log: () => string
  isRunning: () => boolean
  exited: Promise<number | null>
  /** Sends the signal and returns at once; `exited` tells the rest. */
  kill: (signal: NodeJS.Signals) => void
  stop: (withinMs?: number) => Promise<void>
}

const tail = (path: string): string => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n')

/** Starts a program in a session of its own: Ctrl-C reaches us, not it, and we end it in order. */
export const spawnServer = (options: ServerOptions): ServerProcess => {
  const log = openSync(options.logFile, 'a')
  const child = spawn(options.command, options.args, {
    cwd: options.folder,
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', log, log],
    // Nothing of our environment: PG* variables, for one, would change what the server and its tools do.
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    ...options.user,
  })
  closeSync(log)
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => {
      resolve(null)
    })
    child.once('exit', resolve)
  })
  if (child.pid === undefined) throw new Error(`cannot start ${options.command}`)
  const ended = guardProcess(child.pid, options.signals.abandoned)
  child.once('exit', ended)
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid,
    log: () => tail(options.logFile),
    isRunning,
    exited,
    kill: (signal) => {
      child.kill(signal)
    },
    stop: async (withinMs = 10_000) => {
      if (isRunning()) child.kill(options.signals.stop)
      const done = new AbortController()
      const late = wait(withinMs, undefined, { signal: done.signal }).then(
        () => child.kill('SIGKILL'),
        () => {},
      )
      await exited
      done.abort()
      await late
    },
  }
}

/** Waits until `probe` passes; a server that ended meanwhile fails at once, with the end of its log. */
export const serverReady = async (server: ServerProcess, name: string, probe: () => Promise<void>): Promise<void> => {
  const ended = (): Error => new Error(`${name} did not start:\n${server.log()}`)
  const outcome = await eventually(
    async () => {
      if (!server.isRunning()) return 'ended'
      await probe()
      return 'ready'
    },
    { timeoutMs: 30_000 },
  ).catch((error: unknown) => {
    throw new Error(`${name} does not answer:\n${server.log()}`, { cause: error })
  })
  if (outcome === 'ended') throw ended()
}
