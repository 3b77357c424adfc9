import { SmsError } from '@sms/core'
import type { FastifyInstance } from 'fastify'
import { languageOf, sendPage } from '../admin/html.ts'
import { resetDonePage, resetPage, type ResetProblem } from '../admin/reset-page.ts'
import { type PasswordReset, RESET_PATH } from '../sessions/password-reset.ts'
import { LOGIN_PATH } from './auth.ts'

const FORM_BYTES = 8 * 1024

/** What the link of the mail opens: a plain page, no script. */
export const addResetPages = async (app: FastifyInstance, { passwordReset }: { passwordReset: PasswordReset }): Promise<void> => {
  await app.register(async (pages) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )

    pages.get(RESET_PATH, { config: { isOpen: true } }, async ({ query, headers }, reply) => {
      const { token, lang } = query as { token?: unknown; lang?: string }
      const language = languageOf(lang, headers['accept-language'])
      return sendPage(reply, {
        language,
        ...resetPage({ language, action: RESET_PATH, token: typeof token === 'string' ? token : '', problem: null }),
      })
    })

    pages.post(RESET_PATH, { config: { isOpen: true }, bodyLimit: FORM_BYTES }, async (request, reply) => {
      const language = languageOf((request.query as { lang?: string }).lang, request.headers['accept-language'])
      const { token = '', password = '', revoke } = (request.body ?? {}) as Record<string, string | undefined>
      const revokesApiKeys = revoke === 'yes'
      const problem = await problemOf(() =>
        passwordReset.reset({ token, newPassword: password, revokesApiKeys, address: request.ip }),
      )
      if (problem === null)
        return sendPage(reply, { language, ...resetDonePage({ language, login: LOGIN_PATH, revokesApiKeys }) })
      const page = resetPage({ language, action: RESET_PATH, token, problem })
      return sendPage(reply, { statusCode: problem === 'RATE_LIMITED' ? 429 : 400, language, ...page })
    })
  })
}

const problemOf = async (reset: () => Promise<boolean>): Promise<ResetProblem | null> => {
  try {
    return (await reset()) ? null : 'OVER'
  } catch (error) {
    if (error instanceof SmsError && error.code === 'RATE_LIMITED') return 'RATE_LIMITED'
    if (error instanceof SmsError && error.code === 'INVALID_INPUT') return 'INVALID'
    throw error
  }
}
