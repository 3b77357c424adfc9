import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN_KEY } from './test-system.ts'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'

let system: SystemFixture
beforeAll(async () => {
  // Numbers that end in 3 are refused with an answer that names them; some attempts find the service away first.
  system = await openSystemFixture({ workers: 2, ratePerSecond: 1_000_000, env: { SMS_BACKOFF_MS: '20', LOG_LEVEL: 'debug' } })
}, 60_000)
afterAll(() => system.release())

const TEXT = 'Un secret bien reconnaissable'

/** Header and claims of a token as the simulator gives them: three letters of it also turn up in what is sealed. */
const TOKEN = /eyJ[\w-]{10,}\.[\w-]{10,}/
/** The recipients below in any spelling, standing alone: a part of one also turns up in a measured duration or a UUID now and then. */
const PHONE_NUMBER = /(?<![\da-f.-])(?:(?:\+|00|tel:)*225)?0776543\d{3}(?![\da-f-])/u

it('keeps numbers, texts and secrets out of Redis, of every log line at debug, and of the metrics', async () => {
  await system.control('faults', {
    recipients: { '3': '400-svc0004-address' },
    random: [{ fault: '503-code-5', probability: 0.3 }],
  })
  const batchId = await system.sendList(numbers(120, 76_543_210), TEXT)
  const keysSeen = await readAllOfRedis()
  const { counts } = await system.completed(batchId)
  expect(counts.failed).toBeGreaterThan(0)
  const { rows } = await system.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM "SmsEvent" WHERE kind = \'unavailable\'')
  expect(rows[0]?.n).toBeGreaterThan(0)

  const metrics = await Promise.all([system.apiUrl, ...system.workerUrls()].map(readMetrics))
  expect(metrics.join()).toContain('sms_outcomes_total')
  const places = {
    logs: system.logLines().join('\n'),
    redis: `${keysSeen}\n${await readAllOfRedis()}`,
    metrics: metrics.join('\n'),
  }
  expect(places.redis).toContain(`sms-`)
  expect(places.logs).toContain('sms sent')
  expect('tel:+2250776543210').toMatch(PHONE_NUMBER)
  expect(
    `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from('{"jti":"1234"}').toString('base64url')}.x`,
  ).toMatch(TOKEN)
  const secrets = [TEXT, 'secret bien', ADMIN_KEY, 'simulator-secret', 'long enough to be one', 'receipt-token-of-this-run']
  for (const [place, content] of Object.entries(places)) {
    expect(content, `${place} holds a token`).not.toMatch(TOKEN)
    for (const secret of secrets) expect(content.includes(secret), `${place} holds ${secret}`).toBe(false)
    expect(content.match(PHONE_NUMBER)?.[0], `${place} holds a phone number`).toBeUndefined()
  }
})

const readMetrics = async (url: string): Promise<string> => {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
  expect(answer.status).toBe(200)
  return answer.text()
}

const readAllOfRedis = async (): Promise<string> => {
  const found: string[] = []
  for (const key of await system.redis.keys('*')) {
    const type = await system.redis.type(key)
    if (type === 'string') found.push(key, (await system.redis.get(key)) ?? '')
    else if (type === 'hash') found.push(key, JSON.stringify(await system.redis.hgetall(key)))
    else if (type === 'list') found.push(key, ...(await system.redis.lrange(key, 0, -1)))
    else if (type === 'zset') found.push(key, ...(await system.redis.zrange(key, 0, '-1')))
    else if (type === 'set') found.push(key, ...(await system.redis.smembers(key)))
    else if (type === 'stream') found.push(key, JSON.stringify(await system.redis.xrange(key, '-', '+')))
    // A key that expired since the keys were listed has no type, and nothing left to search.
    else if (type !== 'none') throw new Error(`Redis holds a type this search does not know: ${type}`)
  }
  return found.join('\n')
}
