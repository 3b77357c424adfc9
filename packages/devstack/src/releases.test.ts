import { expect, test } from 'vitest'
import { createReleases } from './releases.ts'

test('releases what was opened last first, and once', async () => {
  const order: string[] = []
  const releases = createReleases()
  for (const name of ['first', 'second', 'third']) releases.push(() => void order.push(name))

  await releases.release()
  await releases.release()

  expect(order).toEqual(['third', 'second', 'first'])
})

test('goes on after a release that failed, and tells of all that did', async () => {
  const order: string[] = []
  const releases = createReleases()
  releases.push(() => void order.push('first'))
  releases.push(() => Promise.reject(new Error('second')))
  releases.push(() => Promise.reject(new Error('third')))

  await expect(releases.release()).rejects.toMatchObject({ errors: [new Error('third'), new Error('second')] })
  expect(order).toEqual(['first'])
})
