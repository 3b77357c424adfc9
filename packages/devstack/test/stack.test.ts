import { existsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, openStack, spawnChild, type Child } from '../src/index.ts'

type Report = { folder: string; pid: number; ports: number[] }

const open = async (ending: string): Promise<{ child: Child; report: Report }> => {
  const main = fileURLToPath(new URL('./fixture-stack.ts', import.meta.url))
  const child = spawnChild({ main, args: [ending], env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, name: 'stack' })
  onTestFinished(child.release)
  const report = JSON.parse(await child.waitForLine(/^\{/, 25_000)) as Report
  return { child, report }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const nothingIsLeft = (report: Report): Promise<unknown> =>
  eventually(
    async () => {
      expect(await Promise.all(report.ports.map(isOpen))).toEqual([false, false])
      expect(existsSync(report.folder)).toBe(false)
      expect(runs(report.pid)).toBe(false)
    },
    { timeoutMs: 15_000 },
  )

test('everything ends with kill -9 of the process that opened it', async () => {
  const { child, report } = await open('wait')
  expect(await Promise.all(report.ports.map(isOpen))).toEqual([true, true])
  child.kill('SIGKILL')
  await nothingIsLeft(report)
})

test.each([
  ['release', 0],
  ['exit', 3],
  ['crash', 1],
])('everything ends when its process ends by %s', async (ending, code) => {
  const { child, report } = await open(ending)
  expect(await child.exited).toEqual({ code, signal: null })
  await nothingIsLeft(report)
})

test('what is pushed on a stack is released before its servers', async () => {
  const stack = await openStack()
  let whileOpen: boolean[] = []
  stack.push(async () => {
    whileOpen = await Promise.all([stack.redis.port, stack.postgres.port].map(isOpen))
  })
  await stack.release()
  expect(whileOpen).toEqual([true, true])
  expect(existsSync(stack.folder)).toBe(false)
})
