import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { apiConfigSchema, workerConfigSchema } from './service-config.ts'

const lines = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8').split('\n')
const variables = lines.flatMap((line, index) => {
  const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
  return name === undefined || value === undefined ? [] : [{ name, value, above: lines[index - 1] ?? '' }]
})
const example = Object.fromEntries(variables.map(({ name, value }) => [name, value]))
const schemaNames = new Set([...Object.keys(apiConfigSchema.shape), ...Object.keys(workerConfigSchema.shape)])

const filledIn = {
  DATABASE_URL: 'postgresql://sms@localhost:5432/sms',
  REDIS_URL: 'redis://localhost:6379',
  ORANGE_API_CLIENT_ID: 'client',
  ORANGE_API_CLIENT_SECRET: 'client-secret',
  ORANGE_RECEIPT_TOKEN: 'receipt-token',
  ADMIN_API_KEY: 'a'.repeat(16),
  APP_SECRET: 's'.repeat(32),
}

/** Empty is a choice. */
const OPTIONAL = [
  'ORANGE_DEFAULT_SENDER_NAME',
  'GRAPHQL_INTROSPECTION',
  'TRUSTED_PROXIES',
  'CORS_ORIGIN',
  'SMTP_URL',
  'MAIL_FROM',
  'PUBLIC_URL',
]

describe('.env.example', () => {
  it('holds every variable that a service reads, once, and no other', () => {
    expect(variables.map(({ name }) => name).toSorted()).toEqual([...schemaNames].toSorted())
  })

  it('explains each variable: a comment above it or above its group', () => {
    for (const { name, above } of variables) expect(above, name).toMatch(/^(# .{8,}|[A-Z_]+=.*)$/)
  })

  it('leaves empty exactly what has no default, and shows the true default of the rest', () => {
    for (const schema of [apiConfigSchema, workerConfigSchema]) {
      expect(parseConfig(schema, { ...example, ...filledIn })).toEqual(parseConfig(schema, filledIn))
    }
    const empty = variables.filter(({ value }) => value === '').map(({ name }) => name)
    expect(empty.toSorted()).toEqual([...Object.keys(filledIn), ...OPTIONAL].toSorted())
  })
})
