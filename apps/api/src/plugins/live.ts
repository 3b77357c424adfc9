import { SmsError } from '@sms/core'
import type { Metrics } from '@sms/runtime'
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { execute, type GraphQLSchema, parse, subscribe, type ValidationRule } from 'graphql'
import { type Context, handleProtocols, makeServer } from 'graphql-ws'
import { presentErrors } from '../graphql/errors.ts'
import type { LiveContext, LiveFeeds } from '../graphql/live-resolvers.ts'
import { checkSubscription, type SubscriptionLimits } from '../live/check-subscription.ts'
import { CLOSE, createLiveSockets, type LiveSocket, type LiveSockets, type SocketLimits } from '../live/live-sockets.ts'
import type { AttemptLimit } from '../sessions/attempt-limit.ts'
import { type Identify, isUpgrade, type Known } from './auth.ts'
import type { ReportError } from './error-answers.ts'

export type LiveDeps = {
  feeds: LiveFeeds
  sockets: SocketLimits
  /** How often keys and sessions of open sockets are asked about. */
  recheckMs: number
  /** How often a sign of life is asked of every socket; one that gave none since the last time is ended. */
  heartbeatMs: number
}

type Deps = LiveDeps & {
  identify: Identify
  schema: GraphQLSchema
  limits: SubscriptionLimits
  rules: readonly ValidationRule[]
  points: AttemptLimit
  metrics: Metrics
  report: ReportError
}

type Extra = { socket: LiveSocket; request: FastifyRequest }
type Params = { authorization?: unknown; Authorization?: unknown }

/** More is no client of ours; every message may make an answer that a client that does not read would leave with us. */
const MESSAGES_PER_SECOND = 100
const MOST_UNSENT_BYTES = 1024 * 1024
const MAX_MESSAGE_BYTES = 512 * 1024
/** After a close has been said; who does not answer is cut off. */
const CLOSING_MS = 1_000

/** Subscriptions over graphql-transport-ws at `GET /graphql`. To be added before the route is. */
export const addLive = async (app: FastifyInstance, deps: Deps): Promise<void> => {
  const sockets = createLiveSockets(deps.sockets)
  const messages = (): AttemptLimit['take'] => {
    let windowEndsAt = 0
    let count = 0
    return () => {
      const now = performance.now()
      if (now >= windowEndsAt) {
        windowEndsAt = now + 1_000
        count = 0
      }
      count += 1
      return count <= MESSAGES_PER_SECOND
    }
  }
  const server = createProtocol(deps, sockets)
  addGauges(deps.metrics, sockets)

  let rechecking = Promise.resolve()
  const recheckTimer = setInterval(() => {
    // One after the other, however long the database takes.
    rechecking = rechecking.then(() => sockets.recheck())
  }, deps.recheckMs)
  const alive = new WeakSet<LiveSocket>()
  const pings = new Map<LiveSocket, () => void>()
  const heartbeat = setInterval(() => {
    for (const [socket, ping] of pings) {
      if (!alive.delete(socket)) socket.terminate()
      else ping()
    }
  }, deps.heartbeatMs)

  app.addHook('onResponse', async (request) => {
    // Of a refused upgrade, whatever hook refused it: HTTP's own limits do not hold for its connection any more.
    if (isUpgrade(request)) request.raw.socket.destroy()
  })
  // Before the plugin, whose own hook looks for the handler.
  app.addHook('onRoute', (route) => {
    if (route.url !== '/graphql' || route.method !== 'GET') return
    route.wsHandler = (raw, request) => {
      let context: Context<Params, Extra> | null = null
      const socket: LiveSocket = {
        known: null,
        recheck: null,
        subscriptionCount: () => Object.keys(context?.subscriptions ?? {}).length,
        close: (code, reason) => raw.close(code, reason),
        terminate: () => raw.terminate(),
      }
      if (!sockets.add(socket)) return raw.close(CLOSE.tryLater, 'Too many sockets')
      alive.add(socket)
      pings.set(socket, () => raw.ping())
      raw.on('pong', () => alive.add(socket))
      const mayTalk = messages()
      const closed = server.opened(
        {
          protocol: raw.protocol,
          // Resolves when the bytes have left this process: until then nothing more of the subscription is made.
          send: (data) =>
            new Promise((resolve) => {
              if (raw.bufferedAmount > MOST_UNSENT_BYTES) raw.terminate()
              if (raw.readyState !== raw.OPEN) return resolve()
              raw.send(data, () => resolve())
            }),
          close: (code, reason) => raw.close(code, reason),
          onMessage: (handle) =>
            raw.on('message', (data) => {
              if (!mayTalk('')) return raw.close(CLOSE.tooManyMessages, 'Too many messages')
              handle(String(data as Buffer)).catch((error: unknown) => {
                deps.report(error, request)
                raw.close(4500, 'Internal server error')
              })
            }),
        },
        { socket, request, keep: (given: Context<Params, Extra>) => (context = given) } as Extra,
      )
      raw.once('close', (code, reason) => {
        sockets.open.delete(socket)
        pings.delete(socket)
        void closed(code, String(reason))
      })
    }
  })

  await app.register(websocket, {
    options: { maxPayload: MAX_MESSAGE_BYTES, handleProtocols },
    // A socket's error is its client's; it is ended by its close.
    errorHandler: (_error, socket) => socket.terminate(),
    preClose: (done) => {
      clearInterval(recheckTimer)
      clearInterval(heartbeat)
      sockets.closeAll()
      deps.feeds.batches.close()
      deps.feeds.stats.close()
      setTimeout(() => sockets.terminateAll(), CLOSING_MS).unref()
      app.websocketServer.close()
      done()
    },
  })
}

type SocketContext = LiveContext & { refused?: readonly unknown[] }

class Refused extends Error {
  readonly errors: readonly unknown[]
  constructor(errors: readonly unknown[]) {
    super('Refused')
    this.errors = errors
  }
}

/**
 * What is thrown here the client gets as the protocol's `error`. Errors are not handed to the protocol's code itself: it asks for a class of
 * which it may hold another copy.
 */
const failing = (errors: readonly unknown[]): AsyncIterable<never> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Refused(errors)) }),
})

const ANY = parse('subscription { queueStats { version } }')
const refusal = (schema: GraphQLSchema, refused: readonly unknown[]) => ({
  schema,
  document: ANY,
  contextValue: { caller: { userId: 0, isAdmin: false }, refused } satisfies SocketContext,
})

const createProtocol = (deps: Deps, sockets: LiveSockets) => {
  const present = (errors: readonly unknown[], request: FastifyRequest) =>
    presentErrors(errors, { requestId: request.id, report: (error) => deps.report(error, request) }).errors

  const identify = async (
    params: Params | undefined,
    request: FastifyRequest,
  ): Promise<[Known | null, LiveSocket['recheck']]> => {
    const given = params?.authorization ?? params?.Authorization
    const headers =
      typeof given === 'string' && request.headers.authorization === undefined ? { authorization: given } : request.headers
    const ask = async () => deps.identify(headers, 'GET', request.url)
    return [await ask(), ask]
  }

  return makeServer<Params, Extra>({
    subscribe: async (args) => {
      const { refused } = args.contextValue as SocketContext
      if (refused !== undefined) return failing(refused)
      const result = await subscribe(args)
      return 'errors' in result ? failing(result.errors ?? []) : result
    },
    execute,
    onConnect: async (context) => {
      const { socket, request } = context.extra
      ;(context.extra as Extra & { keep(given: Context<Params, Extra>): void }).keep(context)
      // Guessing keys is limited like anything else.
      if (!deps.points.take(`address ${request.ip}`)) return socket.close(CLOSE.tryLater, 'Too many requests')
      const found = await identify(context.connectionParams, request).catch((error: unknown) => {
        if (error instanceof SmsError) return [null, null] as const
        deps.report(error, request)
        return null
      })
      // Nothing is said against the key: the client is to come back.
      if (found === null) return socket.close(CLOSE.tryLater, 'The key cannot be checked at this moment')
      const [known, recheck] = found
      if (known === null) return socket.close(CLOSE.unauthorized, 'No valid API key or session was sent')
      if (!sockets.mayConnect(known.rateKey)) return socket.close(CLOSE.tryLater, 'Too many sockets with this key')
      socket.known = known
      socket.recheck = recheck
    },
    onSubscribe: ({ extra: { socket } }, _id, payload) => {
      const { known } = socket
      try {
        if (known === null) throw new SmsError('UNAUTHENTICATED', 'No valid API key or session was sent')
        if (!sockets.maySubscribe(known.rateKey)) throw new SmsError('RATE_LIMITED', 'Too many subscriptions with this key')
        const checked = checkSubscription(payload, {
          schema: deps.schema,
          limits: deps.limits,
          rules: deps.rules,
          take: (points) => deps.points.take(known.rateKey, points),
        })
        if ('errors' in checked) return refusal(deps.schema, checked.errors)
        const contextValue: SocketContext = { caller: { userId: known.userId, isAdmin: known.isAdmin } }
        return {
          schema: deps.schema,
          document: checked.document,
          operationName: payload.operationName,
          variableValues: payload.variables,
          contextValue,
        }
      } catch (error) {
        return refusal(deps.schema, [error])
      }
    },
    onError: ({ extra }, _id, _payload, errors) =>
      present(
        errors.flatMap((error) => (error.originalError instanceof Refused ? error.originalError.errors : [error])),
        extra.request,
      ),
    onNext: ({ extra }, _id, _payload, _args, result) =>
      result.errors === undefined ? undefined : ({ ...result, errors: present(result.errors, extra.request) } as never),
  })
}

const addGauges = (metrics: Metrics, sockets: LiveSockets): void => {
  metrics.gauge({
    name: 'sms_live_sockets',
    help: 'WebSockets that are open at this process',
    collect: async (gauge) => gauge.set(sockets.open.size),
  })
  metrics.gauge({
    name: 'sms_live_subscriptions',
    help: 'Subscriptions that are open at this process',
    collect: async (gauge) => gauge.set(sockets.subscriptionCount()),
  })
}
