import { setFlagsFromString } from 'node:v8'
import { createLifecycle, createLogger, exitOnBadConfig } from '@sms/runtime'
import { buildApp } from './app.ts'
import { configSchema } from './config.ts'
import { openDeps } from './deps.ts'

/** For answers under way, a wait for an outcome included (which ends at once), then for the adapters. */
const GRACE_MS = 20_000

// What is alive stays the same from the first line of an uploaded file to the millionth, but V8 lets garbage grow to several times of that before
// it collects: 240 MiB of it. So it collects when the heap has grown by a quarter: 120 MiB, for half more of an upload's time.
setFlagsFromString('--heap-growing-percent=25')

const config = exitOnBadConfig(configSchema, process.env)
const logger = createLogger({ name: 'api', level: config.LOG_LEVEL })
const lifecycle = createLifecycle({ logger, graceMs: GRACE_MS, process })

await lifecycle.run(async () => {
  const deps = openDeps({ config, logger, lifecycle })
  const app = await buildApp(deps)
  lifecycle.onClose('http', async () => {
    deps.service.outcomes.close()
    deps.service.batchOutcomes.close()
    await app.close()
  })
  await app.listen({ host: config.HOST, port: config.PORT })
  const address = app.server.address()
  logger.info({ port: typeof address === 'object' ? address?.port : config.PORT }, 'API listening')
})
