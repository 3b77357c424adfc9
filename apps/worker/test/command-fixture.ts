import { fileURLToPath } from 'node:url'
import { type Child, spawnChild } from '@sms/devstack'
import type { WorkerFixture } from './worker-fixture.ts'

type CommandEnd = { code: number | null; lines: string[] }

/** Nothing of our own environment is handed on. */
export const environmentOf = (fixture: Pick<WorkerFixture, 'databaseUrl' | 'redisUrl' | 'simulatorUrl'>) => ({
  NODE_ENV: 'production',
  LOG_LEVEL: 'silent',
  DATABASE_URL: fixture.databaseUrl,
  REDIS_URL: fixture.redisUrl,
  ORANGE_API_URL: fixture.simulatorUrl,
  ORANGE_API_CLIENT_ID: 'simulator-id',
  ORANGE_API_CLIENT_SECRET: 'simulator-secret',
  ORANGE_DEFAULT_SENDER_ADDRESS: 'tel:+2250000',
  ORANGE_TPS: '1000000',
  ADMIN_API_KEY: 'administrator-key-of-the-tests',
  APP_SECRET: 'a secret of the tests, 32 characters or more',
})

/** A command of `bin` as a process of its own. */
export const startCommand = (name: string, args: string[], env: Record<string, string>): Child =>
  spawnChild({ main: fileURLToPath(new URL(`../bin/${name}.ts`, import.meta.url)), args, env, name })

export const runToEnd = async (name: string, args: string[], env: Record<string, string>): Promise<CommandEnd> => {
  const child = startCommand(name, args, env)
  const { code } = await child.exited
  return { code, lines: [...child.lines] }
}
