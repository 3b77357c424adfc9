import { readFile } from 'node:fs/promises'
import type { Caller } from '@sms/core'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError, type ValidationRule } from 'graphql'
import mercurius, { type IResolvers } from 'mercurius'
import type { GraphqlContext } from '../graphql/context.ts'
import { presentErrors } from '../graphql/errors.ts'
import { createLiveResolvers, refusedSubscriptions, versionResolvers } from '../graphql/live-resolvers.ts'
import { createLiveSchema } from '../graphql/live-schema.ts'
import { createLoaders } from '../graphql/loaders.ts'
import { createResolvers } from '../graphql/resolvers.ts'
import { dateTime } from '../graphql/scalars.ts'
import type { GraphqlService } from '../graphql/service.ts'
import type { ListReader } from '../lists/list-reader.ts'
import { createSentLists } from '../lists/sent-lists.ts'
import { createAttemptLimit } from '../sessions/attempt-limit.ts'
import { logIn, logOut, type SessionDeps } from '../sessions/log-in.ts'
import type { PasswordReset } from '../sessions/password-reset.ts'
import type { ReportError } from './error-answers.ts'
import type { Metrics } from '@sms/runtime'
import type { Identify } from './auth.ts'
import { addLive, type LiveDeps } from './live.ts'
import { addRest } from './rest.ts'
import { createQueryFences, type QueryLimits } from './query-fences.ts'

const SCHEMA_FILE = new URL('../graphql/schema.graphql', import.meta.url)

export type GraphqlOptions = QueryLimits & {
  /** GraphiQL at /graphiql: development only. */
  withGraphiql: boolean
  withIntrospection: boolean
  bodyLimitBytes: number
  queryDepthLimit: number
  /** With one key or session, of requests weighed by their cost. */
  requestsPerSecond: number
}

type Deps = {
  service: GraphqlService
  lists: ListReader
  session: SessionDeps
  passwordReset: PasswordReset
  options: GraphqlOptions
  live: LiveDeps
  identify: Identify
  metrics: Metrics
  report: ReportError
  answerError: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

const anonymous: Caller = { userId: 0, isAdmin: false }

export const addGraphql = async (
  app: FastifyInstance,
  { service, lists, session, passwordReset, options, live, identify, metrics, report, answerError }: Deps,
): Promise<void> => {
  const points = createAttemptLimit({ max: options.requestsPerSecond, windowMs: 1_000, now: () => performance.now() })
  const contextOf = (request: FastifyRequest, reply: FastifyReply): GraphqlContext => ({
    // Of a login; query-fences.ts lets nobody ask for more.
    caller: request.caller ?? anonymous,
    session: {
      logIn: (username, password) => logIn(session, request, reply, { username, password }),
      goOn: async (username, password) => {
        // The password is changed: where no session can be had now, its user logs in.
        if (request.hasSession) await logIn(session, request, reply, { username, password }).catch(() => false)
      },
      logOut: () => logOut(session, reply),
      requestPasswordReset: (email) => passwordReset.request({ email, address: request.ip }),
      resetPassword: (input) => passwordReset.reset({ ...input, address: request.ip }),
    },
    requestId: request.id,
    lists: createSentLists(lists, request.keptLists),
    report: (error) => report(error, request),
  })

  app.addHook('onRoute', (route) => {
    // The page alone: what it asks needs a key like any other call.
    if (route.url === '/graphql' && route.method === 'POST') route.config = { ...route.config, decidesItself: true }
    if (route.url === '/graphql' && route.method === 'GET') route.config = { ...route.config, isSocket: true }
    if (options.withGraphiql && route.url.startsWith('/graphiql')) route.config = { ...route.config, isOpen: true }
  })

  addRest(app, { service, contextOf, bodyLimitBytes: options.bodyLimitBytes })
  const sdl = await readFile(SCHEMA_FILE, 'utf8')
  const loaders = createLoaders(service)
  const rules = options.withIntrospection ? [] : [noIntrospection]
  await addLive(app, {
    ...live,
    identify,
    schema: createLiveSchema(sdl, { ...createLiveResolvers(live.feeds), ...versionResolvers }, loaders, { DateTime: dateTime }),
    limits: options,
    rules,
    points,
    metrics,
    report,
  })
  await app.register(mercurius, {
    schema: sdl,
    resolvers: {
      ...createResolvers(service),
      ...versionResolvers,
      Subscription: refusedSubscriptions,
      DateTime: dateTime,
    } as unknown as IResolvers,
    loaders,
    context: contextOf,
    graphiql: options.withGraphiql,
    queryDepth: options.queryDepthLimit,
    // The default keeps 1,024 parsed documents for ever; clients have some dozens.
    cache: 256,
    validationRules: rules,
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
      preHandler: createQueryFences(options, points),
    },
  })
}

/** By name: GraphQL's own rule asks for the classes of types, of which a loader may hold another copy than Mercurius. */
const noIntrospection: ValidationRule = (context) => ({
  Field: (node) => {
    if (node.name.value !== '__schema' && node.name.value !== '__type') return
    context.reportError(new GraphQLError('GraphQL introspection is off', { nodes: node }))
  },
})
