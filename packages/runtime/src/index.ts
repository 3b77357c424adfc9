export { createCredentialsSealer, type CredentialsSealer } from './account-credentials.ts'
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
export { BAD_CONFIG_EXIT_CODE, ConfigError, exitOnBadConfig, parseConfig, type Environment, type ExitPort } from './config.ts'
export { createReadiness, type Readiness, type ReadinessCheck } from './health.ts'
export { createLifecycle, type Lifecycle, type LifecycleSettings, type ProcessPort, type Release } from './lifecycle.ts'
export { createLogger, type Logger, type LoggerSettings, type LogLevel } from './logger.ts'
export { describeError, maskText, type DescribedError } from './mask.ts'
export {
  createMetrics,
  type Counter,
  type Gauge,
  type GaugeSpec,
  type Histogram,
  type HistogramSpec,
  type Metrics,
  type MetricSpec,
} from './metrics.ts'
export { createSealer, generateApiKey, hashApiKey, hashPassword, isSameSecret, verifyPassword, type Sealer } from './secret.ts'
export { createSessionSigner, type Session, type SessionSigner } from './session.ts'
export {
  apiConfigSchema,
  databaseConfigSchema,
  redisConfigSchema,
  workerConfigSchema,
  type ApiConfig,
  type DatabaseConfig,
  type RedisConfig,
  type WorkerConfig,
} from './service-config.ts'
