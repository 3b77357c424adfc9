import fc from 'fast-check'
import { openTestDatabase } from '@sms/devstack'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openDatabase } from '../../src/index.ts'
import { seedParameters } from '../fixture-seed.ts'
import { sequences } from './command.ts'
import { play } from './play.ts'
import { createPostgresSystem, createTenants } from './postgres-system.ts'

let database: Awaited<ReturnType<typeof openTestDatabase>>
let opened: ReturnType<typeof openDatabase>
beforeAll(async () => {
  database = await openTestDatabase()
  opened = openDatabase({ url: database.url, poolSize: 8 })
})
afterAll(async () => {
  await opened.release()
  await database.release()
})

describe('the statements on PostgreSQL', () => {
  it('keep every promise in 500 random sequences of concurrent commands', { timeout: 300_000 }, async () => {
    const nextTenant = createTenants(opened.db)
    await fc.assert(
      fc.asyncProperty(sequences({ rounds: 6, atOnce: 5 }), async (sequence) => {
        const tenant = await nextTenant()
        await play(createPostgresSystem(opened.db, tenant), sequence, tenant.accountId)
      }),
      { numRuns: 500, ...seedParameters() },
    )
  })
})
