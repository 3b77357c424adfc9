import { describe, expect, it } from 'vitest'
import { createLogger, type LogLevel } from './logger.ts'

const NUMBER = '+2250707070707'

const record = (level: LogLevel = 'debug') => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', level, destination: { write: (line) => void lines.push(line) } })
  return { logger, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> }
}

describe('a log line', () => {
  it('is one event: time, level, service, fields, fixed message', () => {
    const { logger, last } = record()
    logger.info({ smsId: 1234567890n, attempt: 2, durationMs: 31.5 }, 'SMS accepted')
    expect(last()).toMatchObject({
      level: 'info',
      name: 'test',
      smsId: 1234567890,
      attempt: 2,
      durationMs: 31.5,
      msg: 'SMS accepted',
    })
    expect(last()['time']).toMatch(/^\d{4}-\d\d-\d\dT/)
  })

  it('is left out below its level', () => {
    const { logger, lines } = record('warn')
    logger.info('hardly worth it')
    expect(lines).toEqual([])
  })

  it('masks what is sensitive by its name, at any depth', () => {
    const { logger, lines, last } = record()
    const sensitive = {
      authorization: 'hunter2',
      access_token: 'hunter2',
      clientSecret: 'hunter2',
      password: 'hunter2',
      'set-cookie': ['hunter2'],
      'X-API-Key': 'hunter2',
      phoneNumber: NUMBER,
      phoneNumbers: [NUMBER],
      message: 'hunter2',
    }
    logger.info(
      { ...sensitive, input: { sms: { ...sensitive }, list: [{ ...sensitive }] }, tokenCount: 1, status: 'SENT' },
      'event',
    )
    expect(lines.join()).not.toMatch(/hunter2|0707070707/)
    expect(last()).toMatchObject({ tokenCount: 1, status: 'SENT', phoneNumber: '[masked]' })
  })

  it('masks numbers and credentials wherever they stand, and keeps ids', () => {
    const { logger, lines, last } = record()
    logger.info(
      { note: `to ${NUMBER}`, detail: '0707070707', jobId: 'sms-123456789-1', batchId: '123456789' },
      `sent to ${NUMBER}`,
    )
    logger.info('%s and %s', NUMBER, 'Bearer hunter2hunter2')
    logger.info({ endpoint: `https://user:hunter2@host/webhooks/orange/receipts/hunter2?to=${NUMBER}` }, 'event')
    expect(lines.join()).not.toMatch(/0707070707|hunter2/)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ jobId: 'sms-123456789-1', batchId: '123456789' })
    expect(last()['endpoint']).toBe('https://[masked]@host/webhooks/orange/receipts/[masked]')
  })

  it('masks the fields of child loggers', () => {
    const { logger, lines } = record()
    logger.child({ phoneNumber: NUMBER, token: 'hunter2', url: '/hunter2', note: NUMBER, worker: 'w1' }).info('event')
    expect(lines.join()).not.toMatch(/0707070707|hunter2/)
    expect(lines.join()).toContain('"worker":"w1"')
  })

  it('shows of an error its name, code, causes and stack without numbers', () => {
    const { logger, lines, last } = record()
    const cause = Object.assign(new Error(`duplicate key (${NUMBER})`), { code: '23505', detail: `Key (phone)=(${NUMBER})` })
    const error = Object.assign(new Error(`failed for 0707070707 with 12345`, { cause }), { request: { message: 'hunter2' } })
    for (const log of [
      () => logger.error(error),
      () => logger.error({ err: error }),
      () => logger.error({ nested: { error } }, 'event'),
      () => logger.error({ error }, 'event'),
    ]) {
      log()
      expect(lines.join()).not.toMatch(/0707070707|hunter2/)
    }
    logger.error({ err: error }, 'event')
    expect(last()['err']).toMatchObject({
      name: 'Error',
      message: 'failed for [masked] with 12345',
      cause: { name: 'Error', code: '23505', message: 'duplicate key (+[masked])' },
    })
    expect(JSON.stringify(last()['err'])).toContain('logger.test.ts')
  })

  it('does not walk into objects that are not plain', () => {
    class Client {
      password = 'hunter2'
    }
    const { logger, last } = record()
    logger.info({ client: new Client() }, 'event')
    expect(last()['client']).toBe('[Client]')
  })

  it('names a request by method and route pattern, never by its URL', () => {
    const { logger, last } = record()
    logger.info(
      {
        req: {
          method: 'POST',
          url: '/webhooks/orange/receipts/hunter2',
          routeOptions: { url: '/webhooks/orange/receipts/:token' },
        },
      },
      'event',
    )
    expect(last()['req']).toEqual({ method: 'POST', route: '/webhooks/orange/receipts/:token' })
  })

  it('survives a circle', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const { logger, lines } = record()
    logger.info({ circle }, 'event')
    expect(lines).toHaveLength(1)
  })
})
