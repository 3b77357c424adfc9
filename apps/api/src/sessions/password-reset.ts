import { SmsError } from '@sms/core'
import type { PasswordResets } from '@sms/db'
import type { AttemptLimit } from './attempt-limit.ts'
import type { Mailer } from './mailer.ts'

export const RESET_PATH = '/admin/reset-password'
const LIFE_MS = 3_600_000
const LONGEST_EMAIL = 254
const LONGEST_PASSWORD = 1_024
/** Of one address: people who share a mailbox. */
const MOST_USERS = 5
const TOKEN = /^[A-Za-z0-9_-]{20,100}$/

export type PasswordReset = {
  /**
   * Always the same answer after the same time: who has an account is nobody's business, so the look-up and the mail come after it. Throws
   * MAIL_DISABLED and RATE_LIMITED, whoever asks.
   */
  request(input: { email: string; address: string }): true
  /**
   * False: the link is wrong, was used or is over. Ends every session of the user, and with `revokesApiKeys` every API key: never by itself,
   * for programs would stand still without a word. Throws RATE_LIMITED, INVALID_INPUT.
   */
  reset(input: { token: string; newPassword: string; revokesApiKeys: boolean; address: string }): Promise<boolean>
}

export const createPasswordReset = (deps: {
  resets: PasswordResets
  /** Null: this service sends no mail. */
  mail: { mailer: Pick<Mailer, 'send'>; publicUrl: string } | null
  newToken: () => string
  hashToken: (token: string) => string
  hashPassword: (password: string) => Promise<string>
  limits: { byAddress: AttemptLimit; byEmail: AttemptLimit; ofAll: AttemptLimit }
  /** Told of what comes after the answer. */
  observe: (
    event:
      | { kind: 'mailed'; userId: number }
      | { kind: 'reset'; userId: number; revokesApiKeys: boolean }
      | { kind: 'failed'; error: unknown },
  ) => void
}): PasswordReset => {
  const { resets, limits } = deps

  const mailLinks = async (email: string, { mailer, publicUrl }: NonNullable<typeof deps.mail>): Promise<void> => {
    for (const user of await resets.findByEmail(email, MOST_USERS)) {
      const token = deps.newToken()
      const link = { userId: user.userId, email: user.email, tokenHash: deps.hashToken(token), lifeMs: LIFE_MS }
      // The address was changed since it was looked up.
      if (!(await resets.open(link))) continue
      // To the address as it is kept, never as it was written: two spellings may be two mailboxes.
      await mailer.send({ to: user.email, ...mailOf(user.username, `${publicUrl}${RESET_PATH}?token=${token}`) })
      deps.observe({ kind: 'mailed', userId: user.userId })
    }
  }

  return {
    request: ({ email, address }) => {
      if (deps.mail === null) throw new SmsError('MAIL_DISABLED', 'This service sends no mail')
      const given = email.trim()
      const mayAsk =
        limits.byAddress.take(address) &&
        limits.byEmail.take(given.toLowerCase().slice(0, LONGEST_EMAIL)) &&
        limits.ofAll.take('')
      if (!mayAsk) throw new SmsError('RATE_LIMITED', 'Too many links are asked for')
      if (given === '' || given.length > LONGEST_EMAIL || given.includes('\0')) return true
      mailLinks(given, deps.mail).catch((error: unknown) => deps.observe({ kind: 'failed', error }))
      return true
    },

    reset: async ({ token, newPassword, revokesApiKeys, address }) => {
      if (!limits.byAddress.take(address)) throw new SmsError('RATE_LIMITED', 'Too many links are tried')
      if (newPassword === '' || newPassword.length > LONGEST_PASSWORD)
        throw new SmsError('INVALID_INPUT', `password: 1 to ${LONGEST_PASSWORD} characters`)
      if (!TOKEN.test(token)) return false
      const tokenHash = deps.hashToken(token)
      // Before the work of hashing a password, which nobody without a link should be able to ask for.
      if (!(await resets.isOpen(tokenHash))) return false
      const user = await resets.redeem({ tokenHash, passwordHash: await deps.hashPassword(newPassword), revokesApiKeys })
      if (user !== null) deps.observe({ kind: 'reset', userId: user.userId, revokesApiKeys })
      return user !== null
    },
  }
}

const mailOf = (username: string, link: string) => ({
  subject: 'Réinitialisation de votre mot de passe',
  text: `Bonjour ${username},

Pour choisir un nouveau mot de passe, ouvrez ce lien dans l’heure ; il ne sert qu’une fois :
${link}

Vos clés d’API restent valables, sauf si vous demandez sur cette page à les révoquer.

Si vous n’avez rien demandé, ignorez ce message : votre mot de passe reste le même.
`,
})
