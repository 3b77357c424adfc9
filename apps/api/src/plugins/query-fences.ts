import { SmsError } from '@sms/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DocumentNode } from 'graphql'
import { affordedCostOf, parseDocument } from '../graphql/document-fences.ts'
import { isOpenDocument } from '../graphql/query-cost.ts'
import type { AttemptLimit } from '../sessions/attempt-limit.ts'

export type QueryLimits = {
  /** Characters of a document. Parsing takes the process as long as the document is; data belongs into variables. */
  documentLimit: number
  /** A full page of 200 SMS with all their fields and stories costs about 17,000. */
  costLimit: number
  aliasLimit: number
  /** A request counts as one for each begun so much of its cost. */
  costPerRequest: number
}

type Body = { query?: unknown; variables?: unknown; operationName?: unknown }

/**
 * Looks at a document before it is validated and run. Throws INVALID_INPUT, QUERY_TOO_COSTLY, RATE_LIMITED, UNAUTHENTICATED for
 * what is not open to everybody, and GraphQL's own error for what does not parse.
 */
export const createQueryFences =
  (limits: QueryLimits, points: AttemptLimit) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // A URL is written into logs on its way; numbers and texts must not stand in one.
    // A socket's operations are looked at one by one (live/check-subscription.ts).
    if (request.ws) return
    if (request.method === 'GET') throw new SmsError('INVALID_INPUT', 'GraphQL is asked by POST')
    if (request.hasSession && !/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      // Other types are what a form of another site can send.
      throw new SmsError('BAD_ORIGIN', 'With a session GraphQL is asked in JSON')
    }
    if (Array.isArray(request.body)) throw new SmsError('INVALID_INPUT', 'One operation a request')
    const { query, variables, operationName } = (request.body ?? {}) as Body
    const document = documentOf(query, limits.documentLimit)
    if (request.caller === null && (document instanceof Error || !isOpenDocument(document))) {
      throw new SmsError('UNAUTHENTICATED', 'No valid API key or session was sent')
    }
    // Never left to Mercurius: what is no text of GraphQL it takes for the JSON of a parsed document, and runs that.
    if (document instanceof Error) throw document

    const cost = affordedCostOf(
      {
        document,
        operationName: typeof operationName === 'string' ? operationName : null,
        variables: typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {},
        entryCount: (list) => request.keptLists.find(({ placeholder }) => placeholder === list[0])?.entryCount ?? list.length,
      },
      limits,
    )
    if (!points.take(request.rateKey, Math.ceil(cost / limits.costPerRequest))) {
      reply.header('retry-after', 1)
      throw new SmsError('RATE_LIMITED', 'Too much is asked with this key')
    }
  }

const documentOf = (source: unknown, documentLimit: number): DocumentNode | Error => {
  if (typeof source !== 'string') return new SmsError('INVALID_INPUT', 'The document is a text, in `query`')
  if (source.length > documentLimit) {
    throw new SmsError('INVALID_INPUT', 'The document is too long: pass data as variables', { details: { documentLimit } })
  }
  return parseDocument(source, { noLocation: true })
}
