import { type Caller, SmsError } from '@sms/core'
import { RESERVED_ADMIN_ID, type UserRepository } from '@sms/db'
import { hashApiKey, isSameSecret } from '@sms/runtime'
import rateLimit from '@fastify/rate-limit'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Sessions } from '../sessions/sessions.ts'
import { isApiPath, requireOwnOrigin, type SessionCookie } from '../sessions/transport.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null: no key and no session, or not a valid one. */
    caller: Caller | null
    /** The caller is known by a cookie, which a browser sends whoever wrote the page. */
    hasSession: boolean
    /** What the rate limit counts by: never the key itself. */
    rateKey: string
  }
  interface FastifyContextConfig {
    /** Answers without credentials. Everything else asks for them. */
    isOpen?: boolean
    /** Reads a short body without credentials and decides itself: `caller` may be null. */
    decidesItself?: boolean
    /** Takes WebSockets, which may show their key in the first message. */
    isSocket?: boolean
    /** A page for people: without credentials a browser is sent to the login. */
    isPage?: boolean
  }
}

export type AuthDeps = {
  users: Pick<UserRepository, 'findByKeyHash'>
  adminApiKey: string
  sessions: Pick<Sessions, 'read'>
  cookie: Pick<SessionCookie, 'read'>
  /** Whose pages may ask with a session too; null: none. */
  corsOrigin: string | null
  /** With one key; without one, from one address. */
  requestsPerSecond: number
}

export const LOGIN_PATH = '/admin/login'

export type Known = Caller & { rateKey: string; hasSession: boolean }

/** Whose key or session these headers hold; null: nobody's. Throws BAD_ORIGIN. */
export type Identify = (
  headers: Pick<IncomingHttpHeaders, 'authorization' | 'cookie' | 'origin' | 'host' | 'sec-fetch-site'>,
  method: string,
  url: string,
) => Promise<Known | null>

/** Of a body that is read without credentials. */
const OPEN_BODY_BYTES = 8 * 1024

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i

/** The other origin whose pages may ask, where they may. */
const trustedOriginOf =
  ({ corsOrigin }: Pick<AuthDeps, 'corsOrigin'>) =>
  (url: string): string | null =>
    isApiPath(url) ? corsOrigin : null

export const createIdentify = (deps: Omit<AuthDeps, 'requestsPerSecond'>): Identify => {
  const holderOf = async (key: string): Promise<Known | null> => {
    if (isSameSecret(key, deps.adminApiKey)) {
      return { userId: RESERVED_ADMIN_ID, isAdmin: true, rateKey: 'admin', hasSession: false }
    }
    const found = await deps.users.findByKeyHash(hashApiKey(key))
    return found && { userId: found.userId, isAdmin: found.isAdmin, rateKey: `key ${found.keyId}`, hasSession: false }
  }
  const trustedFor = trustedOriginOf(deps)
  return async (headers, method, url) => {
    const { authorization } = headers
    if (authorization !== undefined) {
      const key = BEARER.exec(authorization)?.[1]
      return key === undefined ? null : holderOf(key)
    }
    const token = deps.cookie.read(headers)
    const found = token === null ? null : await deps.sessions.read(token)
    if (found === null) return null
    requireOwnOrigin(headers, method, trustedFor(url))
    return { ...found, rateKey: `user ${found.userId}`, hasSession: true }
  }
}

/**
 * Asks every route of `app` for credentials, unless it is declared open, before its body is read. Order: who is it, are there too
 * many of them, may they come in. So guessing keys is limited too.
 */
export const addAuth = async (app: FastifyInstance, deps: AuthDeps): Promise<void> => {
  const identify = createIdentify(deps)
  const trustedFor = trustedOriginOf(deps)
  app.decorateRequest('caller', null)
  app.decorateRequest('rateKey', '')

  app.decorateRequest('hasSession', false)

  app.addHook('onRequest', async (request) => {
    request.rateKey = `address ${request.ip}`
    // Browsers name the page that opens a socket; no page of a foreign site has business here, whatever it sends along.
    if (isUpgrade(request)) {
      if (request.routeOptions.config.isSocket !== true) throw new SmsError('NOT_FOUND', 'No such socket')
      requireOwnOrigin(request.headers, request.method, trustedFor(request.url))
    }
    const found = isOpen(request) ? null : await identify(request.headers, request.method, request.url)
    if (found === null) return
    request.hasSession = found.hasSession
    request.caller = { userId: found.userId, isAdmin: found.isAdmin }
    request.rateKey = found.rateKey
  })

  await app.register(rateLimit, {
    global: false,
    max: deps.requestsPerSecond,
    timeWindow: 1_000,
    keyGenerator: (request) => request.rateKey,
    errorResponseBuilder: () => new SmsError('RATE_LIMITED', 'Too many requests with this key'),
  })
  const limit = app.rateLimit()
  app.addHook('onRequest', async function (request, reply) {
    if (!isOpen(request)) await limit.call(this, request, reply)
  })

  app.addHook('onRequest', async (request, reply) => {
    if (isOpen(request) || request.caller !== null || mayDecideItself(request)) return
    if (request.routeOptions.config.isPage === true && wantsPage(request)) {
      return reply.redirect(`${LOGIN_PATH}?next=${encodeURIComponent(request.url)}`, 303)
    }
    throw new SmsError('UNAUTHENTICATED', 'No valid API key or session was sent')
  })
}

const isOpen = (request: FastifyRequest): boolean => request.routeOptions.config.isOpen === true

export const isUpgrade = ({ headers }: FastifyRequest): boolean => headers.upgrade?.toLowerCase() === 'websocket'

/** Whoever shows a key that is not valid means to use it. */
const mayDecideItself = (request: FastifyRequest): boolean =>
  request.headers.authorization === undefined && (isSmallBody(request) || mayShowKeyLater(request))

/** A page cannot add a header to an upgrade: its key comes in the first message (plugins/live.ts). */
const mayShowKeyLater = (request: FastifyRequest): boolean => isUpgrade(request) && request.routeOptions.config.isSocket === true

const isSmallBody = ({ routeOptions, headers }: FastifyRequest): boolean =>
  routeOptions.config.decidesItself === true &&
  /^\d{1,5}$/.test(headers['content-length'] ?? '') &&
  Number(headers['content-length']) <= OPEN_BODY_BYTES

/** A browser that opens a page, not the scripts of one. */
export const wantsPage = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html')

/** For routes that show more than one tenant's affairs. Throws FORBIDDEN. */
export const requireAdmin = async (request: FastifyRequest): Promise<void> => {
  if (request.caller?.isAdmin !== true) throw new SmsError('FORBIDDEN', 'This needs an administrator')
}
