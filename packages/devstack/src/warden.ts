import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

let pipe: Socket | undefined

/**
 * One small shell process per process of ours, in a session of its own so that neither Ctrl-C nor a kill of our group
 * reaches it. It outlives us by moments, whatever ended us, and clears up: no exit handler survives kill -9.
 */
const tell = (line: string): void => {
  if (pipe === undefined) {
    const warden = spawn('/bin/sh', [fileURLToPath(new URL('./warden.sh', import.meta.url))], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    })
    pipe = warden.stdin as Socket
    // A warden that somebody killed must not take us with it.
    pipe.on('error', () => {})
    warden.on('error', () => {})
    warden.unref()
    pipe.unref()
  }
  pipe.write(`${line}\n`)
}

/** From now on the process ends with ours, by this signal. Returns what to call when it has ended by itself. */
export const guardProcess = (pid: number, signal: 'KILL' | 'QUIT' | 'TERM'): (() => void) => {
  tell(`process ${signal}:${pid}`)
  return () => {
    tell(`ended ${signal}:${pid}`)
  }
}

/** From now on the folder is removed when our process ends, after the guarded processes. */
export const guardFolder = (path: string): void => {
  tell(`folder ${path}`)
}
