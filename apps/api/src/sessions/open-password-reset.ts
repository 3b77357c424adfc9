import { createPasswordResets, type Database } from '@sms/db'
import { describeError, generateApiKey, hashApiKey, hashPassword, type Lifecycle, type Logger } from '@sms/runtime'
import type { Config } from '../config.ts'
import { createAttemptLimit } from './attempt-limit.ts'
import { createMailer } from './mailer.ts'
import { createPasswordReset, type PasswordReset } from './password-reset.ts'

/** Part of `deps.ts`: with a mail server, or without one. */
export const openPasswordReset = (
  { SMTP_URL: smtpUrl, MAIL_FROM: from, PUBLIC_URL: publicUrl }: Config,
  db: Database,
  { logger, lifecycle }: { logger: Logger; lifecycle: Pick<Lifecycle, 'onClose'> },
): PasswordReset => {
  const limit = (max: number, windowMs: number) => createAttemptLimit({ max, windowMs, now: () => performance.now() })
  const mailer = smtpUrl === undefined || from === undefined ? null : createMailer({ smtpUrl, from })
  if (mailer !== null) lifecycle.onClose('mail', async () => mailer.close())
  return createPasswordReset({
    resets: createPasswordResets(db),
    mail: mailer === null || publicUrl === undefined ? null : { mailer, publicUrl },
    newToken: generateApiKey,
    hashToken: hashApiKey,
    hashPassword,
    limits: { byAddress: limit(10, 60_000), byEmail: limit(3, 15 * 60_000), ofAll: limit(60, 60_000) },
    observe: (event) => {
      if (event.kind === 'mailed') return logger.info({ userId: event.userId }, 'Password reset link mailed')
      if (event.kind === 'reset')
        return logger.info({ userId: event.userId, revokesApiKeys: event.revokesApiKeys }, 'Password reset')
      // A mail server may quote the address in its words.
      const { name, code } = describeError(event.error) as { name?: string; code?: string }
      return logger.warn({ errorName: name, errorCode: code }, 'Password reset mail failed')
    },
  })
}
