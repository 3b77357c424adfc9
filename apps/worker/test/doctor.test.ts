import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openRedis } from '@sms/queue'
import { environmentOf, runToEnd } from './command-fixture.ts'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

// Each command is a process of its own, which takes seconds to start where all tests run at once.
vi.setConfig({ testTimeout: 90_000 })

let fixture: WorkerFixture
beforeEach(async () => {
  fixture = await openWorkerFixture()
})
afterEach(() => fixture.release())

type Findings = Record<string, { level: string; says: string; fix: string | null }>

const examine = async (
  env: Record<string, string> = {},
  ...args: string[]
): Promise<{ code: number | null; found: Findings }> => {
  const { code, lines } = await runToEnd('sms-doctor', ['--json', ...args], { ...environmentOf(fixture), ...env })
  const { findings } = JSON.parse(lines.at(-1) ?? '') as { findings: ({ check: string } & Findings[string])[] }
  return { code, found: Object.fromEntries(findings.map(({ check, ...finding }) => [check, finding])) }
}

it('looks at everything and finds a sound system sound, but for what the test servers are', async () => {
  const { found } = await examine()
  const sound = [
    'redis version',
    'redis role',
    'redis maxmemory-policy',
    'redis hash-max-listpack-value',
    'clock of redis',
    'database version',
    'database writes',
    'database migrations',
    'database drift',
    'clock of database',
    'account 1',
    'account 1 token',
    'account 1 units',
    'node',
  ]
  expect(sound.filter((check) => found[check]?.level !== 'ok')).toEqual([])
  // The Redis of a test keeps nothing.
  expect(found['redis persistence']).toMatchObject({ level: 'doubtful', fix: expect.stringMatching('appendonly yes') })
  expect(await fixture.summary()).toMatchObject({ accepted: 0 })
})

it('finds what was made wrong, says how to mend it, and exits 2', async () => {
  const { redis, release } = openRedis({ url: fixture.redisUrl, role: 'producer', onError: () => {} })
  await redis.config('SET', 'maxmemory', '200mb', 'maxmemory-policy', 'allkeys-lru', 'hash-max-ziplist-value', '64')
  await release()
  await fixture.db.$executeRaw`ALTER TABLE "SmsQueue" ADD COLUMN "byHand" int`
  await fixture.db.$executeRaw`
    UPDATE "SenderAccount" SET "pausedReason" = 'NO_UNITS', "pausedAt" = now(), "probeAt" = now() WHERE id = 1`
  const { code, found } = await examine({ ORANGE_API_CLIENT_SECRET: 'the-wrong-one' })
  expect(code).toBe(2)
  expect(found['redis maxmemory-policy']).toMatchObject({ level: 'wrong', fix: expect.stringMatching('noeviction') })
  expect(found['redis hash-max-listpack-value']).toMatchObject({ level: 'doubtful' })
  expect(found['database drift']).toMatchObject({ level: 'doubtful' })
  expect(found['account 1']).toMatchObject({ level: 'wrong', says: 'blocked: NO_UNITS' })
  expect(found['account 1 token']).toMatchObject({ level: 'wrong', says: 'not had: INVALID_CLIENT' })
  expect(JSON.stringify(found)).not.toContain('the-wrong-one')
})

it('names a migration that was not applied, and what does not answer, beside all the rest', async () => {
  await fixture.db.$executeRaw`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%add_receipts'`
  const { code, found } = await examine({ REDIS_URL: 'redis://:secret-word@127.0.0.1:1' }, '--without-orange')
  expect(code).toBe(2)
  expect(found['redis']).toMatchObject({ level: 'wrong', fix: expect.stringMatching('REDIS_URL') })
  expect(found['database migrations']).toMatchObject({ level: 'wrong', says: expect.stringMatching('add_receipts') })
  expect(found['account 1']).toMatchObject({ level: 'ok' })
  expect(JSON.stringify(found)).not.toContain('secret-word')
})

it('makes findings of a wrong configuration, and prints for people too', async () => {
  const { code, lines } = await runToEnd('sms-doctor', [], { DATABASE_URL: 'mysql://u:secret-word@h/d' })
  expect(code).toBe(78)
  const text = lines.join('\n')
  expect(text).toMatch(/^WRONG {5}configuration: DATABASE_URL: /m)
  expect(text).toMatch(/APP_SECRET: is missing/)
  expect(text).not.toContain('secret-word')
  const help = await runToEnd('sms-doctor', ['--help'], {})
  expect([help.code, help.lines[0]]).toEqual([0, expect.stringMatching(/^pnpm sms:doctor/)])
})
