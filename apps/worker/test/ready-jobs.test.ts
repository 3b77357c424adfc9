import { afterAll, expect, it } from 'vitest'
import { createReleases, eventually, openTestRedis } from '@sms/devstack'
import { createWindow, openRedis } from '@sms/queue'
import { countReadyJobs } from '../src/worker.ts'

const releases = createReleases()
afterAll(() => releases.release())

it('counts the jobs that a worker could take now: none while there is a hold', async () => {
  const server = await openTestRedis()
  releases.push(() => server.release())
  const { redis, release } = openRedis({ url: server.url, role: 'producer', onError: () => undefined })
  releases.push(release)
  const window = createWindow({ redis, onError: () => undefined })
  releases.push(window.close)
  expect(await countReadyJobs(window, 1)).toBe(0)
  await window.add(1, [
    { smsId: 1n, dispatch: 1, expressPriority: null },
    { smsId: 2n, dispatch: 1, expressPriority: 5 },
  ])
  expect(await countReadyJobs(window, 1)).toBe(2)
  await window.hold(1, 400)
  expect(await countReadyJobs(window, 1)).toBe(0)
  await eventually(async () => (await countReadyJobs(window, 1)) === 2)
  await window.queueOf(1).pause()
  expect(await countReadyJobs(window, 1)).toBe(0)
})
