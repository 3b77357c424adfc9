import { openDatabase } from '@sms/db'
import { Worker } from 'bullmq'
import { openBenchWorker } from './provider.ts'
import { createUsualRun } from './usual-run.ts'

/**
 * The usual way, as BullMQ's documentation builds it: its defaults, attempts 3, one Prisma update before the send and one
 * after it. The token is shared and the connections are kept, as ours are, so that only the queueing differs.
 */
const { config, blockingRedis, provider } = openBenchWorker()
const { db } = openDatabase({ url: config.DATABASE_URL, poolSize: 10 })

const worker = new Worker<{ smsId: number }>('usual', createUsualRun({ db, provider, timeoutMs: config.ORANGE_TIMEOUT_MS }), {
  connection: blockingRedis,
  concurrency: config.WORKER_CONCURRENCY,
})
worker.on('error', (error) => process.stderr.write(`${error.message}\n`))
