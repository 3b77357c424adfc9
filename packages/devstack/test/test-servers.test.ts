import { Redis } from 'ioredis'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { openTestDatabase, openTestRedis } from '../src/index.ts'

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

test('gives a migrated database of its own, which is gone after its release', async () => {
  const database = await openTestDatabase()
  const client = await connect(database.url)
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM "SmsQueue"')
  await client.end()
  await database.release()

  expect(rows).toEqual([{ count: '0' }])
  await expect(connect(database.url)).rejects.toMatchObject({ code: '3D000' })
})

test('two databases do not see each other', async () => {
  const [one, other] = await Promise.all([openTestDatabase(), openTestDatabase()])
  onTestFinished(async () => {
    await one.release()
    await other.release()
  })
  const client = await connect(one.url)
  await client.query('CREATE TABLE "OnlyHere" ()')
  await client.end()

  const elsewhere = await connect(other.url)
  const { rows } = await elsewhere.query(`SELECT to_regclass('"OnlyHere"') AS found`)
  await elsewhere.end()
  expect(rows).toEqual([{ found: null }])
})

test('gives an empty Redis of its own that never evicts a key and asks for its password', async () => {
  const server = await openTestRedis()
  onTestFinished(server.release)
  const redis = new Redis(server.url)
  onTestFinished(() => {
    redis.disconnect()
  })
  const stranger = new Redis({ port: server.port, host: '127.0.0.1', lazyConnect: true, enableReadyCheck: false })
  onTestFinished(() => {
    stranger.disconnect()
  })

  // Its refused greeting is reported here too; what counts is what its command meets.
  stranger.on('error', () => {})

  expect(await redis.dbsize()).toBe(0)
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  expect(await redis.config('GET', 'hash-max-listpack-value')).toEqual(['hash-max-listpack-value', '1024'])
  await expect(stranger.set('key', 'value')).rejects.toThrow('NOAUTH')
})
