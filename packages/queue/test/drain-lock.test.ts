import { openTestRedis } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createDrainLock, openRedis, readRedisFacts } from '../src/index.ts'

let server: Awaited<ReturnType<typeof openTestRedis>>
let opened: ReturnType<typeof openRedis>
beforeAll(async () => {
  server = await openTestRedis()
  opened = openRedis({ url: server.url, role: 'producer', onError: () => {} })
})
afterAll(async () => {
  await opened.release()
  await server.release()
})
beforeEach(() => opened.redis.flushall())

const lockOf = (owner: string) => createDrainLock(opened, { owner, lifeMs: 30_000 })

it('is had by one at a time, who is known by name', async () => {
  const [first, second] = [lockOf('first'), lockOf('second')]
  expect(await first.holder()).toBeNull()
  expect((await Promise.all([first.keep(), second.keep()])).filter(Boolean)).toEqual([true])
  expect(await first.keep()).toBe(true)
  expect(await second.keep()).toBe(false)
  const holder = await second.holder()
  expect(holder?.owner).toBe('first')
  expect(holder?.leftMs).toBeGreaterThan(20_000)
  expect(holder?.leftMs).toBeLessThanOrEqual(30_000)
})

it('is given back by its owner alone', async () => {
  const [first, second] = [lockOf('first'), lockOf('second')]
  await first.keep()
  await second.free()
  expect(await second.keep()).toBe(false)
  await first.free()
  expect(await second.keep()).toBe(true)
})

it('is taken again where Redis lost it, unless somebody was faster', async () => {
  const [first, second] = [lockOf('first'), lockOf('second')]
  await first.keep()
  await opened.redis.flushall()
  expect(await first.keep()).toBe(true)
  await opened.redis.flushall()
  expect(await second.keep()).toBe(true)
  expect(await first.keep()).toBe(false)
})

it('reads what the server is, and what it does not tell as unknown', async () => {
  const facts = await readRedisFacts(opened.redis, () => Date.now())
  expect(facts).toMatchObject({
    isPrimary: true,
    maxmemoryPolicy: 'noeviction',
    hasAppendOnlyFile: false,
    hashListpackValue: 1024,
    appendfsync: 'everysec',
  })
  expect(facts.version).toMatch(/^\d+\.\d+/)
  expect(facts.nowMs).toBeGreaterThanOrEqual(facts.askedAtMs - 5)
  expect(facts.nowMs).toBeLessThanOrEqual(facts.answeredAtMs + 5)
  await opened.redis.call('ACL', 'SETUSER', 'default', '-config')
  expect(await readRedisFacts(opened.redis, () => Date.now())).toMatchObject({
    maxmemoryPolicy: 'noeviction',
    hashListpackValue: null,
    appendfsync: null,
  })
  await opened.redis.call('ACL', 'SETUSER', 'default', '+config')
})
