import { spawnChild } from '@sms/devstack'
import { describe, expect, it } from 'vitest'

const broken = {
  DATABASE_URL: 'not a url',
  REDIS_URL: '',
  APP_SECRET: 'too short to be one',
  ORANGE_TPS: '-1',
  SMS_LEASE_MS: '15000',
  ORANGE_DEFAULT_SENDER_ADDRESS: '2250000',
  LOG_LEVEL: 'loud',
}

describe.each(['apps/api/src/main.ts', 'apps/worker/src/main.ts'])('%s', (main) => {
  it('names every problem of its configuration, one a line, and exits 78', async () => {
    const child = spawnChild({ main, env: broken })
    expect(await child.exited).toMatchObject({ code: 78 })
    const named = child.lines.map((line) => line.split(/[^A-Z_]/)[0])
    for (const name of [...Object.keys(broken), 'ADMIN_API_KEY']) expect(named).toContain(name)
    // What was given may be a secret.
    expect(child.lines.join('\n')).not.toContain('too short to be one')
  })
})
