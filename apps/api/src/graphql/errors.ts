import { type ErrorCode, SmsError } from '@sms/core'
import { isUnavailable } from '@sms/db'
import { GraphQLError } from 'graphql'
import { FRENCH } from './french.ts'

/** One error as every answer of this service carries it. */
export type PublicError = {
  message: string
  locations?: readonly { line: number; column: number }[]
  path?: readonly (string | number)[]
  extensions: { code: string; requestId?: string; [detail: string]: unknown }
}

/** Ours, and those of a document that GraphQL itself refuses. */
type PublicCode = ErrorCode | 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED'

const HTTP_STATUS: Partial<Record<PublicCode, number>> = {
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  QUERY_TOO_COSTLY: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
}

/**
 * GraphQL's own messages that quote nothing but names of the schema and of the document. All others may quote a value,
 * which can be a phone number or a text.
 */
const NAMES_ONLY = [
  /^(Cannot query field|Unknown (argument|type|fragment|directive)|Fragment|There can be only one|Must provide|The .* operation)/,
  /^Field "[\w.]+" (of type|must not have a selection|argument)/,
  /^Variable "\$\w+" (is not defined|is never used|of type|of required type "[\w![\]]+" was not provided)/,
  /^(GraphQL introspection|Too many validation errors)/,
]

/** Mercurius' own limit, whose error is of no kind. */
const isTooDeep = (error: Error): boolean => /query depth/.test(error.message)

/** Says what is wrong with a document or its variables without quoting a value. */
const describe = (error: GraphQLError): { code: PublicCode; message: string } => {
  const at = error.locations?.[0]
  const place = at === undefined ? '' : ` (line ${at.line}, column ${at.column})`
  if (error.message.startsWith('Syntax Error')) return { code: 'GRAPHQL_PARSE_FAILED', message: `Syntax error${place}` }
  if (isTooDeep(error)) return { code: 'QUERY_TOO_COSTLY', message: FRENCH.QUERY_TOO_COSTLY }
  // The name is not the document's: it may be anything.
  if (/^Unknown operation\b/.test(error.message))
    return { code: 'GRAPHQL_VALIDATION_FAILED', message: 'The document has no operation of that name' }
  if (NAMES_ONLY.some((pattern) => pattern.test(error.message)))
    return { code: 'GRAPHQL_VALIDATION_FAILED', message: error.message }
  // `Variable "$x" got invalid value … at "x[3]"; …`: the name and the place are the document's own.
  const variable = /^Variable "(\$\w+)"/.exec(error.message)?.[1]
  const message =
    variable === undefined ? `A value is not of the type it must be${place}` : `Variable "${variable}" is not of its type`
  return { code: 'GRAPHQL_VALIDATION_FAILED', message }
}

/** Any error as a code; INTERNAL for what nobody foresaw. */
export const codeOf = (error: unknown): ErrorCode => {
  if (error instanceof SmsError) return error.code
  return isUnavailable(error) ? 'UNAVAILABLE' : 'INTERNAL'
}

/** What a person reads: of an unforeseen error only the request id, to quote. */
export const frenchOf = (error: unknown, requestId: string): string => {
  const code = codeOf(error)
  return code === 'INTERNAL' ? `${FRENCH.INTERNAL} Référence : ${requestId}` : FRENCH[code]
}

const publicErrorOf = (error: unknown, requestId: string): PublicError => {
  const code = codeOf(error)
  const details = error instanceof SmsError ? error.details : {}
  const message = error instanceof EmptyCallError ? error.french : frenchOf(error, requestId)
  return { message, extensions: { ...details, code, ...(code === 'INTERNAL' || code === 'UNAVAILABLE' ? { requestId } : {}) } }
}

/** An empty call of an old mutation: thrown with the sentence that old clients know. */
export class EmptyCallError extends SmsError {
  readonly french: string
  constructor(french: string) {
    super('EMPTY_INPUT', 'The call is empty')
    this.french = french
  }
}

/** By name: a loader that follows the package's `module` field has another copy of the class than Mercurius. */
const isGraphqlError = (error: unknown): error is GraphQLError => error instanceof Error && error.name === 'GraphQLError'

const isClientFault = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  error.statusCode >= 400 &&
  error.statusCode < 500

/** `report` is given every error nobody foresaw. Nothing of such an error is answered. */
export const presentErrors = (
  errors: readonly unknown[],
  context: { requestId: string; report: (error: unknown, code: ErrorCode) => void },
): { statusCode: number; errors: PublicError[] } => {
  let statusCode = 200
  const presented = errors.flatMap((error): PublicError[] => {
    const original = isGraphqlError(error) ? (error.originalError ?? error) : error
    const refusals = refusalsOf(original)
    if (refusals !== null) {
      statusCode = 400
      return refusals.map((refusal) => {
        const { code, message } = describe(refusal)
        return { message, ...placeOf(refusal), extensions: { code } }
      })
    }
    if (original instanceof SmsError) statusCode = HTTP_STATUS[original.code] ?? statusCode
    else if (isClientFault(original)) {
      // Fastify's own: a body too large, JSON that does not parse, a method that is not allowed.
      statusCode = original.statusCode
      const code: ErrorCode = statusCode === 429 ? 'RATE_LIMITED' : 'INVALID_INPUT'
      return [{ message: FRENCH[code], extensions: { code } }]
    } else context.report(original, codeOf(original))
    return [{ ...publicErrorOf(original, context.requestId), ...(isGraphqlError(error) ? placeOf(error) : {}) }]
  })
  return { statusCode, errors: presented }
}

const placeOf = (error: GraphQLError): Pick<PublicError, 'locations' | 'path'> => ({
  ...(error.locations === undefined ? {} : { locations: error.locations }),
  ...(error.path === undefined ? {} : { path: error.path }),
})

/** The errors of a document that GraphQL refuses before any resolver runs; Mercurius wraps them in one of its own. */
const refusalsOf = (error: unknown): GraphQLError[] | null => {
  // With a path it comes from a resolver: our fault, not the document's.
  if (isGraphqlError(error)) return error.path === undefined ? [error] : null
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return null
  return error.errors.map((one: unknown) => {
    if (isGraphqlError(one)) return one
    return new GraphQLError(one instanceof Error && isTooDeep(one) ? one.message : 'The request is malformed')
  })
}
