import { type Caller, SmsError } from '@sms/core'
import { RESERVED_ADMIN_ID, type UserRepository } from '@sms/db'
import { hashApiKey, isSameSecret } from '@sms/runtime'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null: no key, or not a valid one. */
    caller: Caller | null
    /** What the rate limit counts by: never the key itself. */
    rateKey: string
  }
  interface FastifyContextConfig {
    /** Answers without credentials. Everything else asks for them. */
    isOpen?: boolean
  }
}

export type AuthDeps = {
  users: Pick<UserRepository, 'findByKeyHash'>
  adminApiKey: string
  /** With one key; without one, from one address. */
  requestsPerSecond: number
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i

/**
 * Asks every route of `app` for credentials, unless it is declared open, before its body is read. Order: who is it, are there too
 * many of them, may they come in. So guessing keys is limited too.
 */
export const addAuth = async (app: FastifyInstance, deps: AuthDeps): Promise<void> => {
  app.decorateRequest('caller', null)
  app.decorateRequest('rateKey', '')

  const identify = async (key: string): Promise<(Caller & { rateKey: string }) | null> => {
    if (isSameSecret(key, deps.adminApiKey)) return { userId: RESERVED_ADMIN_ID, isAdmin: true, rateKey: 'admin' }
    const found = await deps.users.findByKeyHash(hashApiKey(key))
    return found && { userId: found.userId, isAdmin: found.isAdmin, rateKey: `key ${found.keyId}` }
  }

  app.addHook('onRequest', async (request) => {
    request.rateKey = `address ${request.ip}`
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1]
    const found = key === undefined || isOpen(request) ? null : await identify(key)
    if (found === null) return
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

  app.addHook('onRequest', async (request) => {
    if (!isOpen(request) && request.caller === null) throw new SmsError('UNAUTHENTICATED', 'No valid API key was sent')
  })
}

const isOpen = (request: FastifyRequest): boolean => request.routeOptions.config.isOpen === true

/** For routes that show more than one tenant's affairs. Throws FORBIDDEN. */
export const requireAdmin = async (request: FastifyRequest): Promise<void> => {
  if (request.caller?.isAdmin !== true) throw new SmsError('FORBIDDEN', 'This needs an administrator')
}
