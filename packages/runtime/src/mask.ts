export const MASK = '[masked]'

const MAX_TEXT_LENGTH = 4_000
const MAX_DEPTH = 6

const CREDENTIALS = [
  /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]+/gi,
  /\bsms_[A-Za-z0-9_-]{16,}/g,
  /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
]
/** User, password, query and fragment of a URL, and the receipts token in its path. */
const URL_CREDENTIALS = /(:\/\/)[^\s/@]+@/g
const URL_QUERY = /((?:https?:\/\/|\/)[^\s?#"']*)[?#][^\s"']*/g
const RECEIPT_TOKEN = /(\/receipts\/)[^\s/?#"']+/g
const LONG_DIGITS = /\d{6,}/g
/** A number with its country code, or as many digits as only a number has: shorter runs can be ids. */
const PHONE_NUMBER = /\+\d{6,}|\b\d{8,}\b/g

const maskCredentials = (text: string): string => {
  let masked = text.slice(0, MAX_TEXT_LENGTH)
  for (const pattern of CREDENTIALS) masked = masked.replace(pattern, MASK)
  return masked.replace(URL_CREDENTIALS, `$1${MASK}@`).replace(URL_QUERY, '$1').replace(RECEIPT_TOKEN, `$1${MASK}`)
}

/** For words written by somebody else (an error, Orange, a driver): no run of 6 digits or more, no credential. */
export const maskText = (text: string): string => maskCredentials(text).replace(LONG_DIGITS, MASK)

export type DescribedError = { name: string; code?: string; message: string; stack?: string; cause?: unknown; errors?: unknown[] }

const codeOf = (error: Error): string | undefined => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? maskText(String(code)) : undefined
}

/** An error without what it may have picked up: only name, code, masked message and stack, and its causes. */
export const describeError = (error: unknown, depth = 0): DescribedError => {
  if (!(error instanceof Error)) return { name: typeof error, message: typeof error === 'string' ? maskText(error) : MASK }
  const code = codeOf(error)
  return {
    name: maskText(error.name),
    ...(code === undefined ? {} : { code }),
    message: maskText(error.message),
    ...(error.stack === undefined ? {} : { stack: maskText(error.stack) }),
    ...(error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: describeError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && depth < MAX_DEPTH
      ? { errors: error.errors.slice(0, 5).map((part: unknown) => describeError(part, depth + 1)) }
      : {}),
  }
}

/** Compared without case, "-" and "_". `text` is what Orange said and what a caller wrote alike: neither is logged. */
const SENSITIVE_KEYS = new Set(
  (
    'authorization proxyauthorization token accesstoken refreshtoken secret appsecret clientsecret password passwordhash apikey adminapikey xapikey ' +
    'cookie setcookie phonenumber phonenumbers phone msisdn recipient recipients address message sms text body payload query variables ' +
    'email credentials databaseurl redisurl'
  ).split(' '),
)
const SENSITIVE_ENDING = /(?:token|secret|password|authorization|cookie|apikey|phonenumber|phonenumbers)$/

const isSensitiveKey = (key: string): boolean => {
  const plain = key.replace(/[-_]/g, '').toLowerCase()
  return SENSITIVE_KEYS.has(plain) || SENSITIVE_ENDING.test(plain)
}

/** Ids are ours and harmless, and long when there are many. */
const isIdKey = (key: string): boolean => /(?:^id|Ids?|^ids)$/.test(key)

const maskString = (key: string, value: string): string => {
  const masked = maskCredentials(value)
  return isIdKey(key) ? masked : masked.replace(PHONE_NUMBER, MASK)
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const maskValue = (key: string, value: unknown, depth: number): unknown => {
  // A flag or a count under such a name (`token: true`, `recipients: 3`) gives nothing away; long numbers might.
  if (value === null || value === undefined || typeof value === 'boolean') return value
  if (typeof value === 'number' && Math.abs(value) < 1e6) return value
  if (value instanceof Error) return describeError(value)
  if (isSensitiveKey(key)) return MASK
  if (typeof value === 'string') return maskString(key, value)
  if (typeof value !== 'object') return value
  if (value instanceof Date) return value
  if (depth >= MAX_DEPTH) return '[deep]'
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => maskValue(key, item, depth + 1))
  if (isPlain(value)) return maskFields(value as Record<string, unknown>, depth + 1)
  // Requests, sockets, clients: what they would print of themselves nobody knows.
  return `[${value.constructor.name}]`
}

/** The fields of a log line without phone numbers, texts, secrets, at any depth. */
export const maskFields = (fields: Record<string, unknown>, depth = 0): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, maskValue(key, value, depth)]))
