import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sessions } from './sessions.ts'
import { isApiPath, requireOwnOrigin, type SessionCookie } from './transport.ts'

export type SessionDeps = { sessions: Pick<Sessions, 'logIn'>; cookie: SessionCookie; corsOrigin: string | null }

/**
 * True: the answer carries the cookie of a session. False: wrong name or password. Throws BAD_ORIGIN (nobody is logged in by the
 * page of another site), INSECURE_TRANSPORT and RATE_LIMITED.
 */
export const logIn = async (
  deps: SessionDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  given: { username: string; password: string },
): Promise<boolean> => {
  const isBrowser = request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined
  if (isBrowser) requireOwnOrigin(request.headers, 'POST', isApiPath(request.url) ? deps.corsOrigin : null)
  deps.cookie.requireSafe(request.headers)
  const token = await deps.sessions.logIn({ ...given, address: request.ip })
  if (token === null) {
    request.log.warn('Login refused')
    return false
  }
  reply.header('set-cookie', deps.cookie.write(request.headers, token))
  request.log.info('Logged in')
  return true
}

export const logOut = (deps: Pick<SessionDeps, 'cookie'>, reply: FastifyReply): void => {
  for (const cookie of deps.cookie.clear(reply.request.headers)) reply.header('set-cookie', cookie)
}
