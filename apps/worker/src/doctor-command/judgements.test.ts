import { parseConfig, workerConfigSchema } from '@sms/runtime'
import { describe, expect, it } from 'vitest'
import { readDoctorArguments } from './arguments.ts'
import type { Finding } from './findings.ts'
import { tellFindings } from './findings.ts'
import { judgeContracts, judgeState, judgeToken } from './judge-account.ts'
import { judgeClock, skewOf } from './judge-clocks.ts'
import { judgeDatabase, judgeMigrations } from './judge-database.ts'
import { judgeProcess, readOpenFiles } from './judge-process.ts'
import { judgeRedis } from './judge-redis.ts'

const levels = (findings: Finding[]): Record<string, string> =>
  Object.fromEntries(findings.filter(({ level }) => level !== 'ok').map(({ check, level }) => [check, level]))

const redis: Parameters<typeof judgeRedis>[0] = {
  version: '7.4.1',
  isPrimary: true,
  maxmemoryPolicy: 'noeviction',
  maxmemory: 0,
  usedMemory: 1_000_000,
  hasAppendOnlyFile: true,
  appendfsync: 'everysec',
  hashListpackValue: 1024,
  clients: 10,
  maxClients: 10_000,
  nowMs: 0,
  askedAtMs: 0,
  answeredAtMs: 0,
}

describe('what the doctor says of Redis', () => {
  it('is nothing when it is as the queue needs it', () => expect(levels(judgeRedis(redis))).toEqual({}))

  it.each([
    [{ version: '6.0.16' }, { 'redis version': 'wrong' }],
    [{ version: '6.2.0' }, {}],
    [{ version: null }, { 'redis version': 'doubtful' }],
    [{ isPrimary: false }, { 'redis role': 'wrong' }],
    [{ maxmemoryPolicy: 'allkeys-lru', maxmemory: 100_000_000 }, { 'redis maxmemory-policy': 'wrong' }],
    [{ maxmemoryPolicy: 'volatile-lru' }, { 'redis maxmemory-policy': 'doubtful' }],
    [{ maxmemoryPolicy: null }, { 'redis maxmemory-policy': 'doubtful' }],
    [{ hasAppendOnlyFile: false }, { 'redis persistence': 'doubtful' }],
    [{ appendfsync: 'no' }, { 'redis persistence': 'doubtful' }],
    [{ hashListpackValue: 64 }, { 'redis hash-max-listpack-value': 'doubtful' }],
    [{ hashListpackValue: null }, { 'redis hash-max-listpack-value': 'doubtful' }],
    [{ maxmemory: 1_100_000 }, { 'redis room': 'wrong' }],
    [{ maxClients: 12 }, { 'redis room': 'wrong' }],
  ])('%j: %j', (change, expected) => {
    expect(levels(judgeRedis({ ...redis, ...change }))).toEqual(expected)
  })
})

const database: Parameters<typeof judgeDatabase>[0] = {
  versionNumber: 170_002,
  isReadOnly: false,
  settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', autovacuum: 'on' },
  maxConnections: 97,
  usedConnections: 10,
  now: new Date(0),
}

describe('what the doctor says of PostgreSQL', () => {
  it('is nothing when a commit lasts and there is room', () => expect(levels(judgeDatabase(database, 8))).toEqual({}))

  it.each([
    [{ versionNumber: 130_010 }, { 'database version': 'wrong' }],
    [{ isReadOnly: true }, { 'database writes': 'wrong' }],
    [{ usedConnections: 95 }, { 'database connections': 'doubtful' }],
    [{ settings: { ...database.settings, synchronous_commit: 'off' } }, { 'database durability': 'wrong' }],
    [{ settings: { ...database.settings, fsync: 'off' } }, { 'database durability': 'wrong' }],
    [{ settings: { ...database.settings, autovacuum: 'off' } }, { 'database autovacuum': 'wrong' }],
  ])('%j: %j', (change, expected) => {
    expect(levels(judgeDatabase({ ...database, ...change }, 8))).toEqual(expected)
  })

  it('names migrations that are missing, begun, edited or of another release', () => {
    const none = { known: ['a', 'b'], missing: [], failed: [], foreign: [], edited: [] }
    expect(judgeMigrations(none)).toMatchObject([{ level: 'ok', says: '2 of 2 applied' }])
    expect(judgeMigrations({ ...none, missing: ['b'] })).toMatchObject([
      { level: 'wrong', fix: expect.stringMatching('db:migrate') },
    ])
    expect(judgeMigrations({ ...none, failed: ['b'], edited: ['a'] }).map(({ level }) => level)).toEqual(['wrong', 'wrong'])
    expect(judgeMigrations({ ...none, foreign: ['c'] })).toMatchObject([{ level: 'doubtful' }])
  })
})

it('tells a clock that differs from an answer that was slow', () => {
  expect(skewOf({ nowMs: 1_500, askedAtMs: 1_000, answeredAtMs: 9_000 })).toBe(0)
  expect(skewOf({ nowMs: 9_500, askedAtMs: 1_000, answeredAtMs: 9_000 })).toBe(500)
  expect(skewOf({ nowMs: 400, askedAtMs: 1_000, answeredAtMs: 9_000 })).toBe(-600)
  const level = (nowMs: number) => judgeClock('redis', { nowMs, askedAtMs: 100_000, answeredAtMs: 100_010 }).level
  expect([100_005, 100_900, 102_000, 60_000].map(level)).toEqual(['ok', 'ok', 'doubtful', 'wrong'])
})

describe('what the doctor says of the process', () => {
  const env = {
    DATABASE_URL: 'postgresql://h/d',
    REDIS_URL: 'redis://h',
    ORANGE_API_CLIENT_ID: 'id',
    ORANGE_API_CLIENT_SECRET: 'client-word',
    APP_SECRET: 'q8Zr1xW0vT5uYp3sLk7nBd9fHj2mGc4a',
    ADMIN_API_KEY: 'Xy7Kp2Qw9Rt4Zm1Lc8Vb',
  }
  const facts = { nodeVersion: '24.11.0', openFiles: 1_048_576, accountCount: 1 }
  const judge = (change: Partial<typeof facts> = {}, more: Record<string, string> = {}) =>
    levels(judgeProcess({ ...facts, ...change }, parseConfig(workerConfigSchema, { ...env, ...more })))

  it('is nothing when all is well', () => expect(judge()).toEqual({}))

  it('names limits that a worker would meet, and a configuration that is complete but not good', () => {
    expect(judge({ nodeVersion: '22.1.0' })).toEqual({ node: 'wrong' })
    expect(judge({ openFiles: 256 }, { WORKER_CONCURRENCY: '500' })).toEqual({ 'ulimit -n': 'wrong' })
    expect(judge({}, { ORANGE_TPS: '100' })).toEqual({ WORKER_CONCURRENCY: 'doubtful' })
    expect(judge({}, { ORANGE_API_URL: 'http://orange.example' })).toEqual({ ORANGE_API_URL: 'wrong' })
    expect(judge({}, { ORANGE_API_URL: 'http://127.0.0.1:3900' })).toEqual({})
    expect(judge({}, { APP_SECRET: 'x'.repeat(40) })).toEqual({ APP_SECRET: 'doubtful' })
    expect(judge({}, { ADMIN_API_KEY: 'shortkey' })).toEqual({ ADMIN_API_KEY: 'doubtful' })
    expect(judge({}, { NODE_ENV: 'development' })).toEqual({ NODE_ENV: 'doubtful' })
  })

  it('reads the limit of open files', () => {
    expect(readOpenFiles('Max open files            1024                 524288               files\n')).toBe(1024)
    expect(readOpenFiles('Max open files            unlimited            unlimited            files\n')).toBe(Infinity)
    expect(readOpenFiles('')).toBeNull()
  })
})

describe('what the doctor says of an account', () => {
  it('is its state, and what to do about it', () => {
    const state = (state: Parameters<typeof judgeState>[0]['state'], pausedReason: string | null = null) =>
      judgeState({ id: 2, state, pausedReason })
    expect(state('ACTIVE').level).toBe('ok')
    expect(state('PAUSED').level).toBe('doubtful')
    expect(state('BLOCKED', 'NO_UNITS')).toMatchObject({ level: 'wrong', fix: expect.stringMatching('buy a bundle') })
  })

  it('is whether a token can be had', () => {
    expect(judgeToken(1, null).level).toBe('ok')
    const refused = { kind: 'blocked', code: 'INVALID_CLIENT', text: '', httpStatus: 401 } as const
    expect(judgeToken(1, refused)).toMatchObject({ level: 'wrong', fix: expect.stringMatching('correct them') })
  })

  it('is what its contracts have left', () => {
    const contracts = { kind: 'contracts', availableUnits: 12, expiresAt: null, trouble: null, ageMs: 0, isNew: true } as const
    const day = 24 * 3_600_000
    expect(judgeContracts(1, contracts, 0)).toMatchObject({ level: 'ok', says: '12' })
    expect(judgeContracts(1, { ...contracts, expiresAt: new Date(3 * day) }, 0).level).toBe('doubtful')
    expect(judgeContracts(1, { ...contracts, expiresAt: new Date(30 * day) }, 0).level).toBe('ok')
    expect(judgeContracts(1, { ...contracts, trouble: 'NO_UNITS' }, 0).level).toBe('wrong')
    expect(judgeContracts(1, { kind: 'failed', code: 'NO_CONTRACT', text: '', ageMs: 0, isNew: true }, 0).level).toBe('doubtful')
    expect(judgeContracts(1, { kind: 'asking' }, 0).level).toBe('doubtful')
  })
})

it('prints each finding with its fix below it, and the sum', () => {
  expect(
    tellFindings([
      { check: 'a', level: 'ok', says: 'fine', fix: null },
      { check: 'b', level: 'wrong', says: 'bad', fix: 'mend' },
    ]),
  ).toBe('ok        a: fine\nWRONG     b: bad\n          → mend\n1 wrong, 0 doubtful, 1 ok')
})

it('has few arguments', () => {
  expect(readDoctorArguments(['--json', '--without-orange'])).toEqual({ kind: 'doctor', withoutOrange: true, asJson: true })
  expect(readDoctorArguments([])).toEqual({ kind: 'doctor', withoutOrange: false, asJson: false })
  expect(readDoctorArguments(['--help'])).toEqual({ kind: 'help' })
  expect(readDoctorArguments(['--mend'])).toMatchObject({ kind: 'wrong' })
})
