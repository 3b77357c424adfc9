import { readFile } from 'node:fs/promises'
import { type Caller, SmsError } from '@sms/core'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NoSchemaIntrospectionCustomRule } from 'graphql'
import mercurius, { type IResolvers } from 'mercurius'
import type { GraphqlContext } from '../graphql/context.ts'
import { presentErrors } from '../graphql/errors.ts'
import { createLoaders } from '../graphql/loaders.ts'
import { createResolvers } from '../graphql/resolvers.ts'
import { dateTime } from '../graphql/scalars.ts'
import type { GraphqlService } from '../graphql/service.ts'
import type { ListReader } from '../lists/list-reader.ts'
import { createSentLists } from '../lists/sent-lists.ts'
import type { ReportError } from './error-answers.ts'

const SCHEMA_FILE = new URL('../graphql/schema.graphql', import.meta.url)

export type GraphqlOptions = {
  /** GraphiQL at /graphiql: development only. */
  withGraphiql: boolean
  withIntrospection: boolean
  bodyLimitBytes: number
  queryDepthLimit: number
  /** Characters of a document. Parsing takes the process as long as the document is; data belongs into variables. */
  documentLimit: number
}

type Deps = {
  service: GraphqlService
  lists: ListReader
  options: GraphqlOptions
  report: ReportError
  answerError: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

const anonymous: Caller = { userId: 0, isAdmin: false }

export const addGraphql = async (app: FastifyInstance, { service, lists, options, report, answerError }: Deps): Promise<void> => {
  const contextOf = (request: FastifyRequest): GraphqlContext => ({
    // Mercurius builds the context for refused requests too; no resolver sees this one.
    caller: request.caller ?? anonymous,
    requestId: request.id,
    lists: createSentLists(lists, request.keptLists),
    report: (error) => report(error, request),
  })

  app.addHook('onRoute', (route) => {
    // The page alone: what it asks needs a key like any other call.
    if (options.withGraphiql && route.url.startsWith('/graphiql')) route.config = { ...route.config, isOpen: true }
  })

  await app.register(mercurius, {
    schema: await readFile(SCHEMA_FILE, 'utf8'),
    resolvers: { ...createResolvers(service), DateTime: dateTime } as unknown as IResolvers,
    loaders: createLoaders(service),
    context: contextOf,
    graphiql: options.withGraphiql,
    queryDepth: options.queryDepthLimit,
    // The default keeps 1,024 parsed documents for ever; clients have some dozens.
    cache: 256,
    validationRules: options.withIntrospection ? [] : [NoSchemaIntrospectionCustomRule],
    errorHandler: answerError as never,
    errorFormatter: (execution, context) => {
      const { request } = (context as unknown as { reply: FastifyReply }).reply
      const { errors } = presentErrors(execution.errors ?? [], {
        requestId: request.id,
        report: (error) => report(error, request),
      })
      return { statusCode: 200, response: { data: execution.data ?? null, errors } }
    },
    additionalRouteOptions: {
      bodyLimit: options.bodyLimitBytes,
      preHandler: async (request) => refuseLongDocument(request, options.documentLimit),
    },
  })
}

const refuseLongDocument = (request: FastifyRequest, documentLimit: number): void => {
  // A URL is written into logs on its way; numbers and texts must not stand in one.
  if (request.method === 'GET') throw new SmsError('INVALID_INPUT', 'GraphQL is asked by POST')
  const { query } = (request.body ?? {}) as { query?: unknown }
  if (typeof query === 'string' && query.length > documentLimit) {
    throw new SmsError('INVALID_INPUT', 'The document is too long: pass data as variables', { details: { documentLimit } })
  }
}
