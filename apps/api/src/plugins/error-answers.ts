import { SmsError, type ErrorCode } from '@sms/core'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { codeOf, presentErrors } from '../graphql/errors.ts'

export type ReportError = (error: unknown, request: FastifyRequest) => void

/** Outside of a GraphQL execution; there the answer is 200 with what could be had. */
const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  FORBIDDEN: 403,
  BAD_ORIGIN: 403,
  INSECURE_TRANSPORT: 403,
  NOT_FOUND: 404,
  UNSUPPORTED_FORMAT: 415,
  FILE_TOO_LARGE: 413,
  TOO_MANY_RECIPIENTS: 413,
  UPLOAD_TIMEOUT: 408,
  IDEMPOTENCY_CONFLICT: 409,
  PLAN_CHANGED: 409,
  INTERNAL: 500,
  UNAVAILABLE: 503,
}

/** Logs what nobody foresaw. A database error's message can quote the row at fault, so only its name and code are told. */
export const reportError: ReportError = (error, request) => {
  const isDatabaseError = error instanceof Error && /^(Prisma|DriverAdapter)/.test(error.name)
  const fields = isDatabaseError
    ? { errorName: error.name, errorCode: 'code' in error ? String(error.code) : null }
    : { err: error }
  if (codeOf(error) === 'UNAVAILABLE') request.log.warn(fields, 'A service this call depends on did not answer')
  else request.log.error(fields, 'Unexpected error')
}

/** Every error of every route in the one shape of GraphQL. */
export const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const presented = presentErrors([error], { requestId: request.id, report: (unforeseen) => reportError(unforeseen, request) })
  const statusCode = presented.statusCode === 200 ? (HTTP_STATUS[codeOf(error)] ?? 400) : presented.statusCode
  return reply.code(statusCode).send({ data: null, errors: presented.errors })
}

export const addErrorAnswers = (app: FastifyInstance): void => {
  app.setErrorHandler(answerError)
  // Fastify's own handler logs and quotes the URL.
  app.setNotFoundHandler((request, reply) =>
    answerError(new SmsError('NOT_FOUND', 'No such route') as unknown as FastifyError, request, reply),
  )
}
