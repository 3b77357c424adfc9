export { createCredentialsSealer } from './account-credentials.ts'
export {
  COMMAND_EXITS,
  type CommandExit,
  type Help,
  readArguments,
  runCommand,
  toJson,
  wholeArgument,
  wrong,
  type Wrong,
} from './command.ts'
export { ConfigError, exitOnBadConfig, parseConfig } from './config.ts'
export { createReadiness, type Readiness } from './health.ts'
export { createLifecycle, type Lifecycle, type ProcessPort } from './lifecycle.ts'
export { createLogger, type Logger } from './logger.ts'
export { describeError, maskText } from './mask.ts'
export { createMetrics, type Counter, type Gauge, type GaugeSpec, type Metrics } from './metrics.ts'
export { generateApiKey, hashApiKey, hashPassword, isSameSecret, verifyPassword } from './secret.ts'
export { createSessionSigner, type SessionSigner } from './session.ts'
export {
  apiConfigSchema,
  databaseConfigSchema,
  redisConfigSchema,
  workerConfigSchema,
  type ApiConfig,
  type WorkerConfig,
} from './service-config.ts'
