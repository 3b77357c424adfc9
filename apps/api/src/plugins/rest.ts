import { SmsError } from '@sms/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GraphqlContext } from '../graphql/context.ts'
import { createSends } from '../graphql/send-resolvers.ts'
import type { GraphqlService } from '../graphql/service.ts'

/** The address that the old service had. */
const PATH = '/api.php'

const SEND_TO_SEGMENT = /^sms\/segments\/([^/]+)\/send$/

type Deps = {
  service: GraphqlService
  contextOf: (request: FastifyRequest, reply: FastifyReply) => GraphqlContext
  bodyLimitBytes: number
}

type SendAnswer = {
  status: string
  message: string
  results: readonly object[]
  summary: { total: number; successful: number; failed: number }
}

/** The REST twins of the old mutations: `?endpoint=sms/…`, the same use cases and the same answers. */
export const addRest = (app: FastifyInstance, { service, contextOf, bodyLimitBytes }: Deps): void => {
  const sends = createSends(service)

  app.get(PATH, { exposeHeadRoute: false }, async ({ caller, query }) => {
    if (endpointOf({ query }) !== 'sms/segments') throw noEndpoint()
    if (caller === null) throw new SmsError('UNAUTHENTICATED', 'No valid API key or session was sent')
    const segments = (await service.contacts.findSegments(caller)).map(({ id, name, description, memberCount }) => ({
      id: String(id),
      name,
      description,
      phoneNumberCount: memberCount,
    }))
    return { status: 'success', segments }
  })

  app.post(PATH, { bodyLimit: bodyLimitBytes }, async (request, reply): Promise<SendAnswer> => {
    requireJson(request)
    const endpoint = endpointOf(request)
    const body = (request.body ?? {}) as Record<string, unknown>
    const message = textOf(body['message'])
    const context = contextOf(request, reply)
    if (endpoint === 'sms/send') {
      const sent = await sends.sendSms({ phoneNumber: textOf(body['number']), message }, context)
      const isFailed = sent.status === 'FAILED' || sent.status === 'ERROR'
      return {
        status: sent.status,
        message: sent.errorMessage ?? sent.message,
        results: [sent].map(({ phoneNumber, status, errorMessage }) => ({ phoneNumber, status, message: errorMessage ?? '' })),
        summary: { total: 1, successful: isFailed ? 0 : 1, failed: isFailed ? 1 : 0 },
      }
    }
    if (endpoint === 'sms/bulk')
      return answerOf(await sends.sendBulkSms({ phoneNumbers: listOf(body['numbers']), message }, context))
    const segmentId = SEND_TO_SEGMENT.exec(endpoint)?.[1]
    if (segmentId === undefined) throw noEndpoint()
    return answerOf(await sends.sendSmsToSegment({ segmentId, message }, context))
  })
}

const noEndpoint = (): SmsError => new SmsError('NOT_FOUND', 'No such endpoint')

const endpointOf = ({ query }: Pick<FastifyRequest, 'query'>): string => {
  const { endpoint } = query as { endpoint?: unknown }
  return typeof endpoint === 'string' ? endpoint.replaceAll(/^\/+|\/+$/g, '') : ''
}

/** Other types are what a form of another site can send with a session. */
const requireJson = ({ hasSession, headers }: FastifyRequest): void => {
  if (hasSession && !/^application\/json\b/i.test(headers['content-type'] ?? ''))
    throw new SmsError('BAD_ORIGIN', 'With a session requests are in JSON')
}

/** Absent is empty, which each send refuses in its own words. */
const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw new SmsError('INVALID_INPUT', 'A text is not a string')
}

const listOf = (value: unknown): readonly string[] => {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((entry): entry is string => typeof entry === 'string')) return value
  throw new SmsError('INVALID_INPUT', 'numbers is not a list of strings')
}

const answerOf = ({ status, message, results, summary }: SendAnswer): SendAnswer => ({ status, message, results, summary })
