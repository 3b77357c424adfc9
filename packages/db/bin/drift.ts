import { fileURLToPath } from 'node:url'
import { openPostgres } from '@sms/devstack'
import { migrateDatabase, schemaDrift } from '../src/migrate.ts'

/**
 * Fails when prisma/migrations do not lead to prisma/schema.prisma: applies them to a scratch database and asks
 * Prisma's engine what is missing. CHECK constraints are not part of a Prisma schema and are not compared.
 */
const folder = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
const schemaPath = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url))

const postgres = await openPostgres()
try {
  const url = await postgres.createDatabase('drift')
  await migrateDatabase({ url, folder })
  const drift = await schemaDrift({ url, schemaPath })
  if (drift === null) {
    console.log('prisma/schema.prisma and prisma/migrations agree')
  } else {
    console.error(`prisma/schema.prisma is ahead of prisma/migrations by:\n\n${drift.trim()}`)
    process.exitCode = 1
  }
} finally {
  await postgres.release()
}
// The engine leaves a timer of ten seconds behind that nobody can clear.
process.exit()
