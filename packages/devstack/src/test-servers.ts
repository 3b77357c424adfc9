import { randomBytes } from 'node:crypto'
import { databasesOf } from './postgres.ts'
import { openRedis } from './redis.ts'
import type { Releasable } from './releases.ts'

declare module 'vitest' {
  // What .config/test-servers.ts provides to every test file.
  export interface ProvidedContext {
    postgresUrl: string
    templateDatabase: string
  }
}

/** A migrated, empty database of this test file's own, cloned from the template that the run made once. */
export const openTestDatabase = async (): Promise<Releasable & { url: string }> => {
  // Only inside a test run: the demo and the benchmarks use this package without vitest.
  const { inject } = await import('vitest')
  const databases = databasesOf(inject('postgresUrl'))
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = await databases.createDatabase(name, { template: inject('templateDatabase') })
  return { url, release: () => databases.dropDatabase(name) }
}

/** An empty Redis of this test file's own. */
export const openTestRedis = async (): Promise<Releasable & { url: string; port: number }> => openRedis()
