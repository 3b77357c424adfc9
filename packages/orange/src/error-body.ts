import { z } from 'zod'
import { fillVariables } from './orange-words.ts'

/** Orange's error, whichever of its envelopes it came in. */
export type OrangeError = {
  envelope: 'oauth' | 'gateway' | 'service' | 'policy'
  /** `invalid_client`, `42`, `SVC0004`, `POL0001` … */
  code: string
  /** With its variables filled in; not yet cleaned of personal data. */
  text: string
}

const oauthSchema = z.object({ error: z.string().min(1), error_description: z.string().optional() })

const gatewaySchema = z.object({
  code: z.union([z.number().int(), z.string().regex(/^\d{1,4}$/)]).transform(Number),
  message: z.string().optional(),
  description: z.string().optional(),
})

const variable = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const exceptionSchema = z.object({
  messageId: z.string().min(1),
  text: z.string().catch(''),
  variables: z.union([z.array(variable.catch('')), variable.transform((single) => [single])]).catch([]),
})

/** Some clients have seen the exceptions bare, without `requestError` around them: both are read. */
const exceptionsSchema = z.object({ serviceException: exceptionSchema.optional(), policyException: exceptionSchema.optional() })
const requestErrorSchema = z.object({ requestError: exceptionsSchema }).transform(({ requestError }) => requestError)

const fromException = (exceptions: z.infer<typeof exceptionsSchema>): OrangeError | null => {
  const envelope = exceptions.serviceException ? 'service' : 'policy'
  const found = exceptions.serviceException ?? exceptions.policyException
  return found ? { envelope, code: found.messageId, text: fillVariables(found.text, found.variables) } : null
}

const firstOf = (value: unknown): OrangeError | null => {
  const wrapped = requestErrorSchema.safeParse(value)
  const inside = wrapped.success ? fromException(wrapped.data) : null
  if (inside) return inside
  const bare = exceptionsSchema.safeParse(value)
  const outside = bare.success ? fromException(bare.data) : null
  if (outside) return outside
  const gateway = gatewaySchema.safeParse(value)
  if (gateway.success) {
    const { code, message, description } = gateway.data
    return { envelope: 'gateway', code: String(code), text: [message, description].filter(Boolean).join(': ') }
  }
  const oauth = oauthSchema.safeParse(value)
  return oauth.success ? { envelope: 'oauth', code: oauth.data.error, text: oauth.data.error_description ?? '' } : null
}

export const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Null when the body is none of Orange's envelopes (HTML of a proxy, empty, cut off). */
export const readErrorBody = (body: string): OrangeError | null => firstOf(parseJson(body))
