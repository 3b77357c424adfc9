import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { migrateDatabase } from '../packages/db/src/migrate.ts'
import { openPostgres, redisServer } from '../packages/devstack/src/index.ts'

const TEMPLATE = 'sms_template'

/** One PostgreSQL a project, with one migrated database that every test file clones; see openTestDatabase. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  // Before the workers: were it missing, two of them would try to install it at once.
  await redisServer()
  const postgres = await openPostgres()
  try {
    const url = await postgres.createDatabase(TEMPLATE)
    await migrateDatabase({ url, folder: fileURLToPath(new URL('../prisma/migrations', import.meta.url)) })
  } catch (error) {
    await postgres.release()
    throw error
  }
  project.provide('postgresUrl', postgres.url)
  project.provide('templateDatabase', TEMPLATE)
  return postgres.release
}
