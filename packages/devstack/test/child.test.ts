import { getCompileCacheDir } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { spawnChild, type Child } from '../src/index.ts'

const start = (env: Record<string, string> = {}, ...args: string[]): Child => {
  const child = spawnChild({ main: fileURLToPath(new URL('./fixture-service.ts', import.meta.url)), args, env, name: 'service' })
  onTestFinished(child.release)
  return child
}

test('a service gets the environment that it is given, and of ours only where Node keeps compiled sources', async () => {
  const child = start({ ONE: '1', OTHER: '2' })
  await child.waitForLine(/ready/)
  const variables = ['ONE', 'OTHER', ...(getCompileCacheDir() === undefined ? [] : ['NODE_COMPILE_CACHE'])]
  // macOS adds one of its own to every process.
  const found = child.lines[0]?.replace(/,?__CF_USER_TEXT_ENCODING/, '')
  expect(found).toBe(`variables: ${variables.toSorted().join()}`)
})

test('a service that is stopped may end in good order', async () => {
  const child = start()
  await child.waitForLine(/ready/)
  expect(await child.stop()).toEqual({ code: 0, signal: null })
  expect(child.lines.at(-1)).toBe('stopping')
  expect(child.isRunning()).toBe(false)
})

test('a service that ends before it is ready fails the wait at once, with what it wrote', async () => {
  const child = start({}, 'fail')
  await expect(child.waitForLine(/ready/, 20_000)).rejects.toThrow(/service ended \(78\)[\s\S]*cannot work like this/)
  await expect(child.waitForUrl('http://127.0.0.1:1/', 20_000)).rejects.toThrow(/service ended \(78\)/)
})

test('a wait that is too long says for what, and what was written instead', async () => {
  const child = start()
  await child.waitForLine(/ready/)
  await expect(child.waitForLine(/never/, 50)).rejects.toThrow(/a line like \/never\/ not within 50 ms[\s\S]*ready/)
})
