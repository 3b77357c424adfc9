import { accessSync, constants, statfsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { migrateDatabase } from '../packages/db/src/migrate.ts'
import { openPostgres, type Postgres, redisServer } from '../packages/devstack/src/index.ts'

const TEMPLATE = 'sms_template'
const MEMORY = '/dev/shm'
/** More than all tests together ever hold. A container has 64 MiB there unless it was told otherwise. */
const LEAST_FREE_BYTES = 4 * 1024 ** 3

/** A folder in memory: cloning a database is making 300 files, which takes ten times as long on a disk, waited for or not. */
const memoryFolder = (): { folder?: string } => {
  try {
    accessSync(MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= LEAST_FREE_BYTES ? { folder: MEMORY } : {}
  } catch {
    return {}
  }
}

const openTemplate = async (): Promise<Postgres> => {
  // Before the workers: were it missing, two of them would try to install it at once.
  await redisServer()
  const postgres = await openPostgres(memoryFolder())
  try {
    const url = await postgres.createDatabase(TEMPLATE)
    await migrateDatabase({ url, folder: fileURLToPath(new URL('../prisma/migrations', import.meta.url)) })
    return postgres
  } catch (error) {
    await postgres.release()
    throw error
  }
}

type Shared = { opening: Promise<Postgres> | null; users: number }
/** Each project loads this file for itself, and all of them share one server. */
const shared = ((globalThis as { smsTestServers?: Shared }).smsTestServers ??= { opening: null, users: 0 })

/** One PostgreSQL a run, with one migrated database that every test file clones; see openTestDatabase. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  shared.users += 1
  shared.opening ??= openTemplate()
  const postgres = await shared.opening
  project.provide('postgresUrl', postgres.url)
  project.provide('templateDatabase', TEMPLATE)
  return async () => {
    shared.users -= 1
    if (shared.users > 0) return
    shared.opening = null
    await postgres.release()
  }
}
