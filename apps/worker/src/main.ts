import { createLifecycle, createLogger, exitOnBadConfig, workerConfigSchema } from '@sms/runtime'
import { openDeps } from './deps.ts'

const config = exitOnBadConfig(workerConfigSchema, process.env)
const logger = createLogger({ name: 'sms-worker', level: config.LOG_LEVEL })
const lifecycle = createLifecycle({ logger, process, graceMs: config.ORANGE_TIMEOUT_MS + 10_000 })

await lifecycle.run(async () => {
  const { service, server } = openDeps(config, logger, lifecycle)
  const url = await server.listen({ host: config.HOST, port: config.WORKER_PORT })
  service.start()
  logger.info({ listening: url, concurrency: config.WORKER_CONCURRENCY, ratePerSecond: config.ORANGE_TPS }, 'worker started')
})
