import { spawnChild } from '@sms/devstack'
import { createSmsQueueRepository, openDatabase } from '@sms/db'
import { dispatchDue } from '@sms/core'
import { createWindow, openRedis } from '@sms/queue'
import { Queue } from 'bullmq'
import { type Column, file, type Load, workerEnv } from './load.ts'

const ACCOUNT_ID = 1

/** What is sent, the same for every column. */
export const TEXT = 'Bonjour, votre commande est prete.'
export const phoneNumberOf = (index: number): string => `+22507${String(index).padStart(8, '0')}`

const startProcess = (load: Load, main: string) => async (): Promise<void> => {
  const child = spawnChild({ main: file(main), env: workerEnv(load) })
  load.releases.push(async () => void (await child.stop()))
  // A worker that cannot work should not be waited for.
  void child.exited.then(({ code }) => code && process.stderr.write(`${child.lines.slice(-5).join('\n')}\n`))
}

const withDatabase = async <T>(load: Load, use: (db: ReturnType<typeof openDatabase>['db']) => Promise<T>): Promise<T> => {
  const { db, release } = openDatabase({ url: load.databaseUrl, poolSize: 2 })
  try {
    return await use(db)
  } finally {
    await release()
  }
}

const insertRows = (load: Load): Promise<void> =>
  withDatabase(load, async (db) => {
    const { id } = await db.smsBatch.create({
      data: {
        userId: 1,
        kind: 'LIST',
        status: 'ACTIVE',
        message: TEXT,
        parts: 1,
        maxAttempts: 5,
        accountId: ACCOUNT_ID,
        announced: load.sms,
        pending: load.sms,
        expandedAt: new Date(),
      },
    })
    await db.$executeRaw`
      INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts")
      SELECT 1, ${id}, ${ACCOUNT_ID}, '+22507' || lpad(i::text, 8, '0'), ${TEXT}, 5 FROM generate_series(1, ${load.sms}::int) i`
    await db.$executeRaw`ANALYZE "SmsQueue"`
  })

/** Every job is in Redis before any worker starts, in all columns alike. */
const dispatchAll = (load: Load): Promise<void> =>
  withDatabase(load, async (db) => {
    const { redis, release } = openRedis({ url: load.redisUrl, role: 'producer', onError: () => undefined })
    const window = createWindow({ redis, onError: () => undefined })
    const sms = createSmsQueueRepository(db)
    await sms.adoptEpoch(await window.epoch())
    while ((await dispatchDue({ sms, window }, { accountId: ACCOUNT_ID, windowSize: load.sms })) > 0);
    await window.close()
    await release()
  })

const addPlainJobs = async (load: Load, queueName: string): Promise<void> => {
  const { redis, release } = openRedis({ url: load.redisUrl, role: 'producer', onError: () => undefined })
  const queue = new Queue(queueName, { connection: redis })
  for (let start = 1; start <= load.sms; start += 1_000) {
    const size = Math.min(1_000, load.sms - start + 1)
    // Attempts and ids as its documentation shows them.
    await queue.addBulk(
      Array.from({ length: size }, (_, i) => ({
        name: 'send',
        data: { smsId: start + i },
        opts: { attempts: 3, jobId: `sms-${start + i}` },
      })),
    )
  }
  await queue.close()
  await release()
}

export const COLUMNS: Record<'ours' | 'without-database' | 'usual' | 'simulator', Column> = {
  ours: {
    name: 'this worker',
    prepare: async (load) => {
      await insertRows(load)
      await dispatchAll(load)
      return startProcess(load, 'apps/worker/src/main.ts')
    },
  },
  'without-database': {
    name: '(a) the same without a database',
    prepare: async (load) => {
      await insertRows(load)
      await dispatchAll(load)
      return startProcess(load, 'apps/e2e/bench/worker-without-database.ts')
    },
  },
  usual: {
    name: '(b) BullMQ as documented, two Prisma updates per SMS',
    prepare: async (load) => {
      await insertRows(load)
      await addPlainJobs(load, 'usual')
      return startProcess(load, 'apps/e2e/bench/usual-worker.ts')
    },
  },
  simulator: {
    name: '(c) the simulator alone',
    prepare: (load) => Promise.resolve(startProcess({ ...load }, 'apps/e2e/bench/bare-load.ts')),
  },
}
