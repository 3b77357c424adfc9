import { SmsError } from '@sms/core'
import type { SmsQueries } from '@sms/db'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Language, languageOf, sendPage } from '../admin/html.ts'
import { forbiddenPage, loginPage, type LoginProblem, logoutPage, safeNext } from '../admin/login-page.ts'
import { smsPage } from '../admin/sms-page.ts'
import { bigIdOf } from '../graphql/ids.ts'
import { presentSms, timelineOf } from '../graphql/present.ts'
import { logIn, logOut, type SessionDeps } from '../sessions/log-in.ts'
import { LOGIN_PATH, wantsPage } from './auth.ts'

export const QUEUES_PATH = '/admin/queues'
export const LOGOUT_PATH = '/admin/logout'
const FORM_BYTES = 8 * 1024

const languageOfRequest = (request: FastifyRequest): Language =>
  languageOf((request.query as { lang?: string } | undefined)?.lang, request.headers['accept-language'])

/** As `requireAdmin`, with a page for people. */
export const requireAdminPage = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | void> => {
  if (request.caller?.isAdmin === true) return
  if (!wantsPage(request)) throw new SmsError('FORBIDDEN', 'This needs an administrator')
  const language = languageOfRequest(request)
  return sendPage(reply, { statusCode: 403, language, ...forbiddenPage({ language, logout: LOGOUT_PATH }) })
}

const PROBLEMS: Partial<Record<string, { problem: LoginProblem; statusCode: number }>> = {
  RATE_LIMITED: { problem: 'RATE_LIMITED', statusCode: 429 },
  BAD_ORIGIN: { problem: 'BAD_ORIGIN', statusCode: 403 },
  INSECURE_TRANSPORT: { problem: 'INSECURE_TRANSPORT', statusCode: 403 },
}

/** Login and logout for people, and the audit of one SMS: plain pages, no script. */
export const addAdminPages = async (app: FastifyInstance, deps: SessionDeps & { sms: SmsQueries }): Promise<void> => {
  await app.register(async (pages) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )

    const showLogin = (
      request: FastifyRequest,
      reply: FastifyReply,
      next: string,
      refusal?: { problem: LoginProblem; statusCode: number },
    ) => {
      const language = languageOfRequest(request)
      const page = loginPage({ language, action: LOGIN_PATH, next, problem: refusal?.problem ?? null })
      return sendPage(reply, { statusCode: refusal?.statusCode ?? 200, language, ...page })
    }

    pages.get(LOGIN_PATH, { config: { isOpen: true } }, async (request, reply) =>
      showLogin(request, reply, safeNext((request.query as { next?: string }).next, QUEUES_PATH)),
    )

    pages.post(LOGIN_PATH, { config: { isOpen: true }, bodyLimit: FORM_BYTES }, async (request, reply) => {
      const { username = '', password = '', next } = (request.body ?? {}) as Record<string, string | undefined>
      const target = safeNext(next, QUEUES_PATH)
      try {
        // A form is a browser's: one that names no origin at all is none of ours.
        if (request.headers.origin === undefined) throw new SmsError('BAD_ORIGIN', 'A form names where it comes from')
        if (await logIn(deps, request, reply, { username, password })) return await reply.redirect(target, 303)
      } catch (error) {
        const refusal = error instanceof SmsError ? PROBLEMS[error.code] : undefined
        if (refusal === undefined) throw error
        return showLogin(request, reply, target, refusal)
      }
      return showLogin(request, reply, target, { problem: 'WRONG', statusCode: 401 })
    })

    pages.get(LOGOUT_PATH, { config: { isPage: true } }, async (request, reply) => {
      const language = languageOfRequest(request)
      return sendPage(reply, { language, ...logoutPage({ language, action: LOGOUT_PATH }) })
    })

    pages.post(LOGOUT_PATH, { config: { isPage: true }, bodyLimit: FORM_BYTES }, async (_request, reply) => {
      logOut(deps, reply)
      return reply.redirect(LOGIN_PATH, 303)
    })

    pages.get('/admin/sms/:id', { config: { isPage: true }, onRequest: requireAdminPage }, async (request, reply) => {
      const id = bigIdOf((request.params as { id: string }).id)
      const { caller } = request
      const found = id === null || caller === null ? null : await deps.sms.findById(caller, id)
      if (found === null || caller === null) throw new SmsError('NOT_FOUND', 'SMS does not exist')
      const sms = presentSms(found)
      const language = languageOfRequest(request)
      const timeline = timelineOf(sms, await deps.sms.findEvents([found.id]), caller)
      return sendPage(reply, { language, ...smsPage({ language, sms, timeline, queues: QUEUES_PATH }) })
    })
  })
}
