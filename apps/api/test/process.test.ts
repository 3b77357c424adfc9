import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openTestDatabase, openTestRedis, spawnChild } from '@sms/devstack'
import { expect, it } from 'vitest'
import { ADMIN_KEY, environment } from './harness.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const MAIN = here('../src/main.ts')

it('starts from the variables of the contract alone, tells when it is not ready, and ends with 0 on SIGTERM', async () => {
  const database = await openTestDatabase()
  const redis = await openTestRedis()
  const child = spawnChild({
    main: MAIN,
    env: { ...environment({ databaseUrl: database.url, redisUrl: redis.url }), NODE_ENV: 'production' },
  })
  try {
    const { port } = JSON.parse(await child.waitForLine(/API listening/)) as { port: number }
    const url = `http://127.0.0.1:${port}`
    await child.waitForUrl(`${url}/readyz`)
    const ask = async (query: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      return (await response.json()) as { data: unknown; errors?: { extensions: { code: string } }[] }
    }
    expect((await ask('{ segmentsForSMS { id } }')).data).toEqual({ segmentsForSMS: [] })
    // Production: no introspection, no page of tools.
    expect((await ask('{ __schema { types { name } } }')).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
    expect((await fetch(`${url}/graphiql`)).status).toBe(401)

    await redis.release()
    const unready = await fetch(`${url}/readyz`)
    expect([unready.status, await unready.json()]).toEqual([503, { status: 'unavailable' }])
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    // Redis only carries: a send is accepted without it.
    const sent = await ask('mutation { sendBulkSms(phoneNumbers: ["0707070707"], message: "a") { status } }')
    expect(sent.data).toEqual({ sendBulkSms: { status: 'QUEUED' } })

    await database.release()
    const refused = await ask('mutation { sendBulkSms(phoneNumbers: ["0707070708"], message: "a") { status errorCode } }')
    expect(refused.data).toEqual({ sendBulkSms: { status: 'ERROR', errorCode: 'UNAVAILABLE' } })
    const thrown = await ask('{ smsQueue { totalCount } }')
    expect(thrown.errors?.[0]?.extensions.code).toBe('UNAVAILABLE')

    child.kill('SIGTERM')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(child.lines.join('\n')).not.toContain('0707070708')
  } finally {
    await child.release()
  }
})

it('prints every problem of its configuration and exits 78 before a socket opens', async () => {
  const env = { DATABASE_URL: 'mysql://x', ORANGE_TPS: 'fast', PORT: '70000', SMS_SYNC_WAIT_MS: 'long' }
  const failed = await promisify(execFile)(process.execPath, [MAIN], { env }).then(
    () => null,
    (error: { code: number; stderr: string; stdout: string }) => error,
  )
  expect(failed?.code).toBe(78)
  expect(failed?.stdout).toBe('')
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'ORANGE_TPS', 'PORT', 'SMS_SYNC_WAIT_MS', 'ADMIN_API_KEY', 'APP_SECRET']) {
    expect(failed?.stderr).toMatch(new RegExp(`^${name}: `, 'm'))
  }
})

it('has the resolver types of its schema', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, [here('../bin/generate-resolver-types.ts'), '--check'])
  expect(stderr).toBe('')
})
