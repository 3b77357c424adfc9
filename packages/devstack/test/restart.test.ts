import { Redis as Client } from 'ioredis'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { openPostgres, openRedis } from '../src/index.ts'

it('a durable Redis comes back on its port with what it held before kill -9', async () => {
  const redis = await openRedis({ durable: true })
  onTestFinished(redis.release)
  const client = new Client(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  await client.set('key', 'value')
  await redis.kill()
  await redis.restart()
  expect(await client.get('key')).toBe('value')
}, 30_000)

it.each(['fast', 'immediate'] as const)(
  'PostgreSQL comes back on its port after a shutdown, %s',
  async (mode) => {
    const postgres = await openPostgres({ durable: true })
    onTestFinished(postgres.release)
    const pool = new pg.Pool({ connectionString: postgres.url })
    pool.on('error', () => {})
    onTestFinished(() => pool.end())
    await pool.query('CREATE TABLE kept (value int)')
    await pool.query('INSERT INTO kept VALUES (7)')
    await postgres.shutDown(mode)
    await postgres.restart()
    expect((await pool.query('SELECT value FROM kept')).rows).toEqual([{ value: 7 }])
  },
  60_000,
)
