import { pino, type DestinationStream, type Logger as PinoLogger, type LoggerOptions } from 'pino'
import { describeError, MASK, maskFields, maskText } from './mask.ts'

/** One event, one line: `logger.info({ smsId, attempt }, 'SMS accepted')`, a fixed message and fields. */
export type Logger = PinoLogger
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

export type LoggerSettings = {
  /** The service, on every line. */
  name: string
  level: LogLevel
  /** Standard output when absent, written at once: a line is not lost with the process. */
  destination?: DestinationStream
}

/** Objects that Fastify hands over whole. The route pattern stands for the URL, which can hold a token. */
type LoggedRequest = { method?: string; routeOptions?: { url?: string } }
type LoggedReply = { statusCode?: number }

const serializers = {
  err: describeError,
  error: describeError,
  req: (request: LoggedRequest) => ({ method: request.method, route: request.routeOptions?.url ?? null }),
  res: (reply: LoggedReply) => ({ statusCode: reply.statusCode }),
}
const isSerialized = (key: string): boolean => Object.hasOwn(serializers, key)

/** Errors, requests and replies go to their serializers as they are; everything else is masked here. */
const maskLogged = (fields: Record<string, unknown>): Record<string, unknown> => {
  const serialized: Record<string, unknown> = {}
  const others: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) (isSerialized(key) ? serialized : others)[key] = value
  return { ...maskFields(others), ...serialized }
}

// The fields of child loggers do not pass through `formatters.log`, only through these paths.
const CHILD_PATHS = [
  'authorization',
  'token',
  'secret',
  'password',
  'apiKey',
  'cookie',
  'phoneNumber',
  'message',
  'text',
  'url',
  'query',
]

/** A last look at the finished line: E.164 is how numbers are kept here, so a plus and digits can be nothing else. */
const maskLine = (line: string): string => line.replace(/\+\d{7,15}/g, MASK)

const maskArgument = (argument: unknown): unknown => {
  if (typeof argument === 'string') return maskText(argument)
  return typeof argument === 'object' && argument !== null ? MASK : argument
}

/** Without a message of its own a line would take that of its error, unmasked. */
const withMessage = (first: unknown, rest: unknown[]): unknown[] => {
  const fields = first instanceof Error ? { err: first } : first
  const error = typeof fields === 'object' && fields !== null ? (fields as { err?: unknown }).err : undefined
  return rest.length === 0 && error instanceof Error ? [fields, error.name] : [fields, ...rest]
}

const hooks: LoggerOptions['hooks'] = {
  logMethod(args, method) {
    const [first, ...rest] = args as unknown[]
    const [fields, ...words] = withMessage(first, rest)
    // A first string is the message; what follows fills its "%s".
    const head = typeof fields === 'string' ? maskText(fields) : fields
    Reflect.apply(method, this, [head, ...words.map(maskArgument)])
  },
  streamWrite: maskLine,
}

export const createLogger = ({ name, level, destination }: LoggerSettings): Logger => {
  const options: LoggerOptions = {
    name,
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: maskLogged },
    serializers,
    redact: { paths: CHILD_PATHS, censor: MASK },
    hooks,
  }
  return destination === undefined ? pino(options, pino.destination({ dest: 1, sync: true })) : pino(options, destination)
}
