import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openPostgres, type Postgres } from './postgres.ts'
import { openRedis, type Redis } from './redis.ts'
import { createReleases, type Releases } from './releases.ts'
import { temporaryRoot, unprivilegedUser } from './server-user.ts'
import { guardFolder } from './warden.ts'

export type Stack = Pick<Releases, 'push' | 'release'> & {
  /** Everything the stack writes lies under it; removed at the end. */
  folder: string
  redis: Redis
  postgres: Postgres
}

/**
 * A real Redis and a real PostgreSQL in one folder. What is pushed is released before them, last pushed first. All of
 * it ends with this process, however that ends.
 */
export const openStack = async (options: { durable?: boolean } = {}): Promise<Stack> => {
  const releases = createReleases()
  const folder = await mkdtemp(join(temporaryRoot(unprivilegedUser()), 'sms-stack-'))
  guardFolder(folder)
  // PostgreSQL may run under another account, and must pass through.
  await chmod(folder, 0o755)
  releases.push(() => rm(folder, { recursive: true, force: true }))
  try {
    const durable = options.durable ?? false
    const postgres = await openPostgres({ folder, durable })
    releases.push(postgres.release)
    const redis = await openRedis({ folder, durable })
    releases.push(redis.release)
    return { folder, redis, postgres, push: releases.push, release: releases.release }
  } catch (error) {
    await releases.release()
    throw error
  }
}
