import { describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from './config.ts'
import { apiConfigSchema, workerConfigSchema } from './service-config.ts'

const shared = {
  DATABASE_URL: 'postgresql://sms:pw-of-db@localhost:5432/sms',
  REDIS_URL: 'redis://localhost:6379/0',
  APP_SECRET: 'x'.repeat(32),
  ADMIN_API_KEY: 'k'.repeat(16),
}
const api = { ...shared, ORANGE_RECEIPT_TOKEN: 'receipt-token' }
const worker = { ...shared, ORANGE_API_CLIENT_ID: 'id', ORANGE_API_CLIENT_SECRET: 'secret' }

const problemsOf = (
  schema: typeof apiConfigSchema | typeof workerConfigSchema,
  env: Record<string, string>,
): readonly string[] => {
  try {
    parseConfig(schema, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
  return []
}

describe('the configuration of the services', () => {
  it('has the contract’s defaults', () => {
    const common = {
      ORANGE_DEFAULT_SENDER_ADDRESS: 'tel:+2250000',
      ORANGE_TPS: 5,
      ORANGE_TIMEOUT_MS: 15_000,
      SMS_MAX_ATTEMPTS: 5,
      SMS_BACKOFF_MS: 1_000,
      SMS_LEASE_MS: 60_000,
      SMS_MAX_PARTS: 6,
      SMS_QUIET_HOURS: '21:00-07:00',
      DEFAULT_COUNTRY: 'CI',
      HOST: '0.0.0.0',
      LOG_LEVEL: 'info',
      NODE_ENV: 'production',
    }
    expect(parseConfig(apiConfigSchema, api)).toEqual({
      ...api,
      ...common,
      PORT: 3_000,
      API_REQUESTS_PER_SECOND: 100,
      SMS_SYNC_WAIT_MS: 10_000,
      SMS_STOP_WORDS: ['STOP', 'STOPSMS', 'ARRET', 'DESABO', 'DESABONNER', 'UNSUBSCRIBE'],
      SEND_MODE_SINGLE: 'wait',
      SEND_MODE_BULK: 'queue',
      SEND_MODE_SEGMENT: 'queue',
      SEND_MODE_ALL: 'queue',
      SMS_UNIT_PRICE: 30,
      SMS_PRICE_CURRENCY: 'XOF',
    })
    expect(parseConfig(workerConfigSchema, worker)).toEqual({
      ...worker,
      ...common,
      ORANGE_ACCOUNT_SHARED: 'off',
      ORANGE_API_URL: 'https://api.orange.com',
      WORKER_PORT: 3_001,
      WORKER_CONCURRENCY: 50,
    })
  })

  it('names everything that is missing', () => {
    const names = (lines: readonly string[]) => lines.map((line) => line.split(':')[0])
    expect(names(problemsOf(apiConfigSchema, {}))).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'APP_SECRET',
      'ADMIN_API_KEY',
      'ORANGE_RECEIPT_TOKEN',
    ])
    expect(names(problemsOf(workerConfigSchema, {}))).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'APP_SECRET',
      'ADMIN_API_KEY',
      'ORANGE_API_CLIENT_ID',
      'ORANGE_API_CLIENT_SECRET',
    ])
  })

  it('wants a lease that outlasts a request by 2 seconds, and says so among the other problems', () => {
    expect(problemsOf(workerConfigSchema, { ...worker, ORANGE_TIMEOUT_MS: '58000' })).toEqual([])
    const [first, second] = problemsOf(workerConfigSchema, { ...worker, ORANGE_TIMEOUT_MS: '58001', APP_SECRET: 'short' })
    expect(first).toMatch(/^APP_SECRET: is shorter than 32/)
    expect(second).toMatch(/^SMS_LEASE_MS: is not 2000 milliseconds or more above ORANGE_TIMEOUT_MS/)
  })

  it.each([
    ['DATABASE_URL', 'mysql://u:hunter2@h/d'],
    ['DATABASE_URL', 'hunter2'],
    ['REDIS_URL', 'http://:hunter2@h'],
    ['ORANGE_API_URL', 'ftp://hunter2'],
    ['ORANGE_API_CLIENT_SECRET', 'Basic aHVudGVyMjpodW50ZXIy'],
    ['ORANGE_API_CLIENT_ID', 'a:hunter2'],
    ['ORANGE_DEFAULT_SENDER_ADDRESS', '+2250707070707'],
    ['ORANGE_DEFAULT_SENDER_ADDRESS', 'tel:+1234'],
    ['ORANGE_DEFAULT_SENDER_NAME', 'MORE THAN 11'],
    ['ORANGE_DEFAULT_SENDER_NAME', 'Été'],
    ['ORANGE_TPS', '0'],
    ['ORANGE_TPS', '-1'],
    ['ORANGE_TPS', '1e3'],
    ['SMS_MAX_ATTEMPTS', '0'],
    ['SMS_MAX_ATTEMPTS', '2.5'],
    ['SMS_BACKOFF_MS', 'soon'],
    ['SMS_LEASE_MS', '1000'],
    ['SMS_MAX_PARTS', '0'],
    ['DEFAULT_COUNTRY', 'XX'],
    ['WORKER_PORT', '65536'],
    ['WORKER_CONCURRENCY', '0'],
    ['LOG_LEVEL', 'loud'],
    ['NODE_ENV', 'staging'],
    ['HOST', 'not a host'],
    ['ADMIN_API_KEY', 'hunter2'],
    ['APP_SECRET', ` ${'x'.repeat(32)}`],
  ])('refuses %s=%s in one line that gives no secret away', (name, value) => {
    const lines = problemsOf(workerConfigSchema, { ...worker, [name]: value })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(new RegExp(`^${name}: .+; expected .+`))
    expect(lines[0]).not.toMatch(/hunter2|aHVudGVyMj|0707070707/)
  })

  it.each([
    ['ORANGE_API_URL', 'http://127.0.0.1:4000/', 'http://127.0.0.1:4000'],
    ['ORANGE_TPS', '0.5', 0.5],
    ['DEFAULT_COUNTRY', 'sn', 'SN'],
    ['PORT', ' 0 ', undefined],
    ['WORKER_PORT', '0', 0],
    ['ORANGE_DEFAULT_SENDER_NAME', 'MA BOITE', 'MA BOITE'],
    ['REDIS_URL', 'rediss://:pw@h:6380', 'rediss://:pw@h:6380'],
    ['DATABASE_URL', 'postgres://h/d?sslmode=require', 'postgres://h/d?sslmode=require'],
  ] as const)('takes %s=%s', (name, value, expected) => {
    const config: Record<string, unknown> = parseConfig(workerConfigSchema, { ...worker, [name]: value })
    expect(config[name]).toBe(expected)
  })

  it('takes addresses, networks and their names for proxies, and nothing else', () => {
    const given = (value: string) => ({ ...api, TRUSTED_PROXIES: value })
    expect(parseConfig(apiConfigSchema, given('10.0.0.0/8, ::1 ,loopback')).TRUSTED_PROXIES).toEqual([
      '10.0.0.0/8',
      '::1',
      'loopback',
    ])
    for (const value of ['true', '1', '10.0.0.0/33', '::1/129', '10.0.0/8', '10.0.0.1,', 'proxy.example.com', '10.0.0.0/8/8']) {
      expect([value, problemsOf(apiConfigSchema, given(value)).length]).toEqual([value, 1])
    }
  })

  it('gives the API no means to talk to Orange and the worker no receipt token', () => {
    expect(Object.keys(apiConfigSchema.shape)).not.toContain('ORANGE_API_CLIENT_SECRET')
    expect(Object.keys(workerConfigSchema.shape)).not.toContain('ORANGE_RECEIPT_TOKEN')
  })
})
