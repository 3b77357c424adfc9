import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { basename, dirname } from 'node:path'
import { getCompileCacheDir } from 'node:module'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import type { Releasable } from './releases.ts'
import { guardProcess } from './warden.ts'

export type ChildOptions = {
  /** The TypeScript file that `node` runs. */
  main: string
  args?: string[]
  /** The whole environment: nothing of ours is inherited but where Node keeps compiled sources, if it does. */
  env: Record<string, string>
  /** For messages; default: the app's folder name. */
  name?: string
  /** Called for every line of its output as it comes. */
  onLine?: (line: string) => void
  /** How many of the last lines `lines` holds; default: all. */
  keepLineCount?: number
  /** It measures when something arrives: it goes before the others where the system lets it. */
  keepsTime?: boolean
}

export type ChildExit = { code: number | null; signal: NodeJS.Signals | null }

export type Child = Releasable & {
  name: string
  pid: number
  /** What it wrote so far, to stdout or stderr. */
  lines: readonly string[]
  isRunning: () => boolean
  exited: Promise<ChildExit>
  /** Resolves with the first line, past or to come, that matches. Fails when it ends or time is up before. */
  waitForLine: (pattern: RegExp, timeoutMs?: number) => Promise<string>
  /** Resolves when the URL answers 200. Fails when it ends or time is up before. */
  waitForUrl: (url: string, timeoutMs?: number) => Promise<void>
  /** Sends the signal and returns at once; `exited` tells the rest. */
  kill: (signal: NodeJS.Signals) => void
  /** SIGTERM, then SIGKILL after `withinMs` (default 15,000); resolves when it has ended. */
  stop: (withinMs?: number) => Promise<ChildExit>
}

const answers = async (url: string): Promise<void> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}`)
}

/** What other processes do on the same cores must not make its clock late. Only root may ask for it; for others it is as it is. */
const goFirst = (pid: number): void => {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST)
    // Where Linux shares the processors between sessions first, that is the priority within its own, where it is alone.
    writeFileSync(`/proc/${pid}/autogroup`, String(constants.priority.PRIORITY_HIGHEST))
  } catch {
    // Not allowed: the measurement is less exact.
  }
}

/** Where this process keeps compiled sources, if it does: hundreds of starts of the same program are then half as long. */
const compileCache = (): Record<string, string> => {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}

/** Runs one of our services as a process of its own. It ends with this process, however that ends. */
export const spawnChild = (options: ChildOptions): Child => {
  const name = options.name ?? basename(dirname(dirname(options.main)))
  const child = spawn(process.execPath, [options.main, ...(options.args ?? [])], {
    env: { ...compileCache(), ...options.env },
    // A session of its own: Ctrl-C reaches us, and we end our services in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid === undefined) throw new Error(`cannot start ${name}`)
  if (options.keepsTime) goFirst(child.pid)
  const ended = guardProcess(child.pid, 'KILL')
  const { keepLineCount = Infinity } = options
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > keepLineCount) lines.shift()
      options.onLine?.(line)
    })
  }
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', ended)
    // `close` comes after the last line was read.
    child.once('close', (code, signal) => {
      resolve({ code, signal })
    })
  })
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const until = async <T>(what: string, timeoutMs: number, look: () => Promise<T> | T): Promise<Exclude<T, false>> => {
    const found = await eventually(
      async () => {
        const value = await look()
        if (value !== false) return { value: value as Exclude<T, false> }
        return isRunning() ? false : { value: undefined }
      },
      { timeoutMs },
    ).catch((error: unknown) => {
      throw new Error(`${name}: ${what} not within ${timeoutMs} ms; it wrote:\n${lines.slice(-20).join('\n')}`, { cause: error })
    })
    if (found.value === undefined) {
      throw new Error(
        `${name} ended (${child.signalCode ?? child.exitCode}) before ${what}; it wrote:\n${lines.slice(-20).join('\n')}`,
      )
    }
    return found.value
  }
  const stop = async (withinMs = 15_000): Promise<ChildExit> => {
    if (isRunning()) child.kill('SIGTERM')
    const done = new AbortController()
    const late = wait(withinMs, undefined, { signal: done.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    )
    const exit = await exited
    done.abort()
    await late
    return exit
  }
  return {
    name,
    pid: child.pid,
    lines,
    isRunning,
    exited,
    waitForLine: (pattern, timeoutMs = 15_000) =>
      until(`a line like ${pattern}`, timeoutMs, () => lines.find((line) => pattern.test(line)) ?? false),
    waitForUrl: async (url, timeoutMs = 15_000) => {
      await until(`an answer of ${url}`, timeoutMs, () =>
        answers(url).then(
          () => true as const,
          () => false as const,
        ),
      )
    },
    kill: (signal) => {
      child.kill(signal)
    },
    stop,
    release: async () => {
      await stop()
    },
  }
}
