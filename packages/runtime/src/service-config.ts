import { isIP } from 'node:net'
import { isSupportedCountry, type CountryCode } from 'libphonenumber-js/max'
import { z } from 'zod'
import type { VariableMeta } from './config.ts'

/** One request to Orange must be over, and its outcome written, before its lease runs out. */
const LEASE_MARGIN_MS = 2_000

const described = <S extends z.ZodType>(schema: S, meta: VariableMeta): S => schema.meta(meta)

const trimmed = z.string().trim()

const wholeNumber = (min: number, max: number, fallback: number, unit: string) =>
  described(
    trimmed
      .regex(/^\d{1,15}$/, 'is not a whole number')
      .transform(Number)
      .pipe(z.number().min(min, `is less than ${min}`).max(max, `is more than ${max}`))
      .default(fallback),
    { description: `a whole number from ${min} to ${max}${unit} (default ${fallback})`, isShown: true },
  )

const port = (fallback: number) => wholeNumber(0, 65_535, fallback, ', 0 for any free port')

const hasProtocol = (value: string, protocols: readonly string[]): boolean => {
  const url = URL.parse(value)
  return url !== null && protocols.includes(url.protocol)
}

const url = (protocols: readonly string[]) =>
  trimmed.refine(
    (value) => hasProtocol(value, protocols),
    `is not a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  )

const NAMED_NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal'])

/** An address, one with the length of its prefix, or a name that Fastify knows. */
const isNetwork = (text: string): boolean => {
  if (NAMED_NETWORKS.has(text)) return true
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return bits > 0 && rest.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
}

/** Secrets are taken as they are: trimming one silently would make it another than its owner's. */
const secret = (minLength: number) =>
  z
    .string()
    .refine((value) => value === value.trim(), 'begins or ends with white space')
    .min(minLength, `is shorter than ${minLength} characters`)

const databaseShape = {
  DATABASE_URL: described(url(['postgresql:', 'postgres:']), {
    description: 'a PostgreSQL URL such as postgresql://user:password@host:5432/database',
  }),
}

const redisShape = {
  REDIS_URL: described(url(['redis:', 'rediss:']), { description: 'a Redis URL such as redis://host:6379/0' }),
}

/** What both services must know of the account: its sender, its pace, its deadline. */
const orangeAccountShape = {
  ORANGE_DEFAULT_SENDER_ADDRESS: described(trimmed.regex(/^tel:\+\d{5,15}$/, 'is not a sender address').default('tel:+2250000'), {
    description: '"tel:+" and 5 to 15 digits (default tel:+2250000)',
  }),
  ORANGE_DEFAULT_SENDER_NAME: described(trimmed.regex(/^[A-Za-z0-9 ]{1,11}$/, 'is not a sender name').optional(), {
    description: 'at most 11 letters, digits and spaces, as registered with Orange (optional)',
    isShown: true,
  }),
  ORANGE_TPS: described(
    trimmed
      .regex(/^\d{1,9}(\.\d{1,6})?$/, 'is not a number')
      .transform(Number)
      .pipe(z.number().positive('is not above 0').max(1_000_000, 'is more than 1000000'))
      .default(5),
    { description: 'SMS a second that Orange allows the account, above 0 (default 5)', isShown: true },
  ),
  ORANGE_TIMEOUT_MS: wholeNumber(100, 600_000, 15_000, ' milliseconds'),
}

/** Only the worker talks to Orange, so only the worker is given the means. */
const orangeCredentialsShape = {
  ORANGE_API_URL: described(
    url(['https:', 'http:'])
      .transform((value) => value.replace(/\/+$/, ''))
      .default('https://api.orange.com'),
    { description: 'the base URL of the Orange API (default https://api.orange.com)' },
  ),
  ORANGE_API_CLIENT_ID: described(
    secret(1).refine((value) => !value.includes(':'), 'holds a colon'),
    {
      description: 'the client id that the Orange portal shows',
    },
  ),
  ORANGE_API_CLIENT_SECRET: described(
    secret(1).refine((value) => !/^basic\s/i.test(value), 'is the whole "Basic …" header of the portal'),
    { description: 'the client secret alone' },
  ),
}

const smsShape = {
  SMS_MAX_ATTEMPTS: wholeNumber(1, 100, 5, ''),
  SMS_BACKOFF_MS: wholeNumber(0, 3_600_000, 1_000, ' milliseconds'),
  SMS_LEASE_MS: wholeNumber(LEASE_MARGIN_MS, 3_600_000, 60_000, ' milliseconds'),
  SMS_MAX_PARTS: wholeNumber(1, 255, 6, ''),
  SMS_QUIET_HOURS: described(
    trimmed
      .regex(/^(off|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$/, 'is neither off nor HH:MM-HH:MM')
      .refine((value) => value === 'off' || value.slice(0, 5) !== value.slice(6), 'begins when it ends')
      .default('21:00-07:00'),
    {
      description: "HH:MM-HH:MM by the recipient's clock, when promotional SMS rest, or off (default 21:00-07:00)",
      isShown: true,
    },
  ),
  DEFAULT_COUNTRY: described(
    trimmed
      .toUpperCase()
      .refine((value): value is CountryCode => isSupportedCountry(value), 'is no country with a numbering plan')
      .default('CI'),
    { description: 'the two letters of a country, ISO 3166-1 (default CI)', isShown: true },
  ),
}

const secretsShape = {
  APP_SECRET: described(secret(32), { description: '32 characters or more, random, the same for every process' }),
  ADMIN_API_KEY: described(secret(8), { description: '8 characters or more, random: the key of the first administrator' }),
}

const processShape = {
  // Containers and load balancers reach a service through its outer address. On a workstation set 127.0.0.1.
  HOST: described(trimmed.regex(/^[A-Za-z0-9.:_-]+$/, 'is not an address').default('0.0.0.0'), {
    description: 'the address to listen on (default 0.0.0.0: every IPv4 interface)',
    isShown: true,
  }),
  LOG_LEVEL: described(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'is no log level').default('info'),
    {
      description: 'fatal, error, warn, info, debug, trace or silent (default info)',
      isShown: true,
    },
  ),
  // Production unless told otherwise: what is forgotten must not open a development tool.
  NODE_ENV: described(z.enum(['development', 'test', 'production'], 'is no environment').default('production'), {
    description: 'development, test or production (default production)',
    isShown: true,
  }),
}

const sharedShape = { ...databaseShape, ...redisShape, ...orangeAccountShape, ...smsShape, ...secretsShape, ...processShape }

const outlastsRequest = (config: { SMS_LEASE_MS?: number; ORANGE_TIMEOUT_MS?: number }): boolean => {
  const { SMS_LEASE_MS: leaseMs, ORANGE_TIMEOUT_MS: timeoutMs } = config
  return typeof leaseMs !== 'number' || typeof timeoutMs !== 'number' || leaseMs >= timeoutMs + LEASE_MARGIN_MS
}

const leaseRule = {
  path: ['SMS_LEASE_MS'],
  error: `is not ${LEASE_MARGIN_MS} milliseconds or more above ORANGE_TIMEOUT_MS`,
  // Judged even when other variables are wrong, so that every problem is named at once.
  when: () => true,
}

type MailVariable = 'MAIL_FROM' | 'PUBLIC_URL'

const hasMailWith =
  (name: MailVariable) =>
  (config: { SMTP_URL?: string | undefined } & { [Name in MailVariable]?: string | undefined }): boolean =>
    config.SMTP_URL === undefined || config[name] !== undefined

const mailRule = (name: MailVariable) => ({ path: [name], error: 'is asked for with SMTP_URL', when: () => true })

export const databaseConfigSchema = z.object(databaseShape)
export const redisConfigSchema = z.object(redisShape)

/** Which kinds of send answer at once, and which when all is settled: a team moves one at a time. */
const sendMode = (mutation: string, usual: 'queue' | 'wait') =>
  described(z.enum(['queue', 'wait'], 'is neither queue nor wait').default(usual), {
    description: `queue or wait (default ${usual}): when ${mutation} answers`,
    isShown: true,
  })

export const apiConfigSchema = z
  .object({
    ...sharedShape,
    PORT: port(3_000),
    API_REQUESTS_PER_SECOND: wholeNumber(1, 100_000, 100, ' requests of one key or session in a second'),
    SMS_SYNC_WAIT_MS: wholeNumber(0, 60_000, 10_000, ' milliseconds that a send waits for its outcome'),
    SEND_MODE_SINGLE: sendMode('sendSms', 'wait'),
    SEND_MODE_BULK: sendMode('sendBulkSms', 'queue'),
    SEND_MODE_SEGMENT: sendMode('sendSmsToSegment', 'queue'),
    SEND_MODE_ALL: sendMode('sendSmsToAllContacts', 'queue'),
    SMS_UNIT_PRICE: described(
      trimmed
        .regex(/^\d{1,9}(\.\d{1,6})?$/, 'is not a price')
        .transform(Number)
        .default(30),
      { description: 'what Orange bills for one part, up to 6 decimals (default 30)', isShown: true },
    ),
    SMS_STOP_WORDS: described(
      trimmed
        .transform((value) => value.split(',').map((word) => word.trim()))
        .refine((words) => words.every((word) => /[\p{L}\p{N}]/u.test(word)), 'holds an empty word')
        .default(['STOP', 'STOPSMS', 'ARRET', 'DESABO', 'DESABONNER', 'UNSUBSCRIBE']),
      {
        description:
          'words by which recipients opt out, with commas between (default STOP, STOPSMS, ARRET, DESABO, DESABONNER, UNSUBSCRIBE)',
        isShown: true,
      },
    ),
    SMS_PRICE_CURRENCY: described(
      trimmed
        .toUpperCase()
        .regex(/^[A-Z]{3}$/, 'is no currency')
        .default('XOF'),
      { description: 'the three letters of its currency, ISO 4217 (default XOF)', isShown: true },
    ),
    TRUSTED_PROXIES: described(
      trimmed
        .transform((value) => value.split(',').map((proxy) => proxy.trim()))
        .refine((proxies) => proxies.every(isNetwork), 'is no list of addresses and networks')
        .optional(),
      {
        description:
          'addresses or networks of the proxies in front, with commas between, such as 10.0.0.0/8, loopback or uniquelocal: whom they name in X-Forwarded-For has asked (optional)',
        isShown: true,
      },
    ),
    CORS_ORIGIN: described(
      trimmed.refine((value) => URL.parse(value)?.origin === value && /^https?:/.test(value), 'is no origin').optional(),
      {
        description: 'the one other origin whose pages may ask with a session, such as https://app.example.com (optional)',
        isShown: true,
      },
    ),
    SMTP_URL: described(url(['smtp:', 'smtps:']).optional(), {
      description: 'an SMTP URL such as smtps://user:password@host:465: passwords can be reset by mail (optional)',
    }),
    MAIL_FROM: described(trimmed.regex(/^[^\r\n]*[^\s@<]+@[^\s@>]+>?$/, 'is no mail address').optional(), {
      description: 'the sender of mails, an address or "Name <address>" (asked for with SMTP_URL)',
    }),
    PUBLIC_URL: described(
      url(['https:', 'http:'])
        .transform((value) => value.replace(/\/+$/, ''))
        .optional(),
      { description: 'the URL at which people reach this API, for the links in mails (asked for with SMTP_URL)' },
    ),
    GRAPHQL_INTROSPECTION: described(z.enum(['on', 'off'], 'is neither on nor off').optional(), {
      description: 'on or off (default off in production, else on)',
      isShown: true,
    }),
    ORANGE_RECEIPT_TOKEN: described(
      secret(8).regex(/^[A-Za-z0-9._~-]{0,100}$/, 'is too long or holds a character that a URL path cannot'),
      {
        description: '8 to 100 letters, digits and . _ ~ -: the last part of the receipts URL given to Orange',
      },
    ),
  })
  .refine(hasMailWith('MAIL_FROM'), mailRule('MAIL_FROM'))
  .refine(hasMailWith('PUBLIC_URL'), mailRule('PUBLIC_URL'))
  .refine(outlastsRequest, leaseRule)

export const workerConfigSchema = z
  .object({
    ...sharedShape,
    ...orangeCredentialsShape,
    WORKER_PORT: port(3_001),
    WORKER_CONCURRENCY: wholeNumber(1, 10_000, 50, ''),
    ORANGE_ACCOUNT_SHARED: described(z.enum(['on', 'off'], 'is neither on nor off').default('off'), {
      description: 'on when another program sends with one of the same Orange accounts, else off (default off)',
      isShown: true,
    }),
  })
  .refine(outlastsRequest, leaseRule)

export type ApiConfig = z.output<typeof apiConfigSchema>
export type WorkerConfig = z.output<typeof workerConfigSchema>
