import type { IncomingHttpHeaders } from 'node:http'
import { SmsError } from '@sms/core'
import { SESSION_MS } from './sessions.ts'

/**
 * How a browser reached this service. Its own word for it is the Origin header, which no page can write: so no proxy has to be
 * trusted for whether there is TLS in front of us, only to pass `Host` on.
 */

type Headers = Pick<IncomingHttpHeaders, 'origin' | 'host' | 'cookie' | 'sec-fetch-site'>

const isOwn = ({ origin, host }: Headers): boolean => origin !== undefined && URL.parse(origin)?.host === host?.toLowerCase()

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

const isLoopback = (headers: Headers): boolean => LOOPBACK.test(headers.host ?? '')

/** What the pages of CORS_ORIGIN may ask; pages for people, and Bull Board, are for this origin alone. */
export const isApiPath = (url: string): boolean => /^\/(graphql|api\.php|v1\/[^?]*)([?]|$)/.test(url)

/**
 * Throws BAD_ORIGIN for what a page of another site has sent, or a browser so old that it does not say. `trusted`: CORS_ORIGIN, where it may
 * ask; null: nobody else.
 */
export const requireOwnOrigin = (headers: Headers, method: string, trusted: string | null = null): void => {
  const site = headers['sec-fetch-site']
  if (headers.origin !== undefined) {
    if (URL.parse(headers.origin)?.host === headers.host?.toLowerCase()) return
    if (trusted !== null && headers.origin === trusted) return
  } else if (method === 'GET' || method === 'HEAD') {
    // Browsers name no origin where nothing can be changed.
    if (site === undefined || site === 'same-origin' || site === 'none') return
  } else if (site === 'same-origin') return
  throw new SmsError('BAD_ORIGIN', 'The request came from a page of another site')
}

/**
 * `__Host-` and Secure: the browser keeps it to HTTPS and to this very host, whatever else lives beside it. Over plain HTTP a
 * browser keeps no such cookie; on the machine itself, and outside of production, it is one of another name without Secure.
 */
const SECURE_NAME = '__Host-sms_session'
const PLAIN_NAME = 'sms_session'

export type SessionCookie = {
  read(headers: Headers): string | null
  /** Throws INSECURE_TRANSPORT where a password would travel in the clear. */
  requireSafe(headers: Headers): void
  /** The value of Set-Cookie. */
  write(headers: Headers, token: string): string
  /** Values of Set-Cookie that end the session. */
  clear(headers: Headers): string[]
}

export const createSessionCookie = ({
  isProduction,
  corsOrigin = null,
}: {
  isProduction: boolean
  corsOrigin?: string | null
}): SessionCookie => {
  const mayBePlain = (headers: Headers): boolean => !isProduction || isLoopback(headers)
  const isHttps = (headers: Headers): boolean => headers.origin?.startsWith('https:') === true

  /**
   * Strict, but for the pages of CORS_ORIGIN on another site: a browser sends them no other cookie than None, which must be Secure. Then the
   * look at Origin alone keeps other sites out.
   */
  const sameSiteOf = (headers: Headers): 'Strict' | 'None' =>
    corsOrigin !== null && headers.origin === corsOrigin && headers['sec-fetch-site'] !== 'same-site' && !isOwn(headers)
      ? 'None'
      : 'Strict'

  return {
    read: (headers) => {
      const cookies = new Map(
        (headers.cookie ?? '').split(';').map((pair): [string, string] => {
          const [name = '', ...value] = pair.trim().split('=')
          return [name, value.join('=')]
        }),
      )
      return cookies.get(SECURE_NAME) ?? (mayBePlain(headers) ? cookies.get(PLAIN_NAME) : undefined) ?? null
    },

    requireSafe: (headers) => {
      // Without an origin it is no browser: whoever it is keeps the cookie by its own rules.
      const isSafe = headers.origin === undefined || isHttps(headers) || mayBePlain(headers)
      if (!isSafe) throw new SmsError('INSECURE_TRANSPORT', 'People log in over HTTPS')
    },

    write: (headers, token) => {
      const isSecure = isHttps(headers) || !mayBePlain(headers)
      const attributes = `Path=/; Max-Age=${SESSION_MS / 1_000}; HttpOnly; SameSite=${isSecure ? sameSiteOf(headers) : 'Strict'}`
      return isSecure ? `${SECURE_NAME}=${token}; ${attributes}; Secure` : `${PLAIN_NAME}=${token}; ${attributes}`
    },

    clear: (headers) => [
      `${SECURE_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=${sameSiteOf(headers)}; Secure`,
      `${PLAIN_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`,
    ],
  }
}
