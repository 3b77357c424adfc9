import { z } from 'zod'
import { classifyResponse } from './classify-response.ts'
import { parseJson, readErrorBody } from './error-body.ts'
import type { OrangeHttp } from './orange-http.ts'
import { cleanWords } from './orange-words.ts'
import { tokenUnavailable, type TokenGrant, type TokenRefusal } from './token-refusal.ts'
import type { Answer } from './reply.ts'

const FALLBACK_LIFETIME_S = 3600
/** Version 2 of the endpoint gave tokens of 90 days; more is a mistake. */
const MAX_LIFETIME_S = 90 * 86_400

/** Seen as a number, as a string and not at all. */
const lifetimeSchema = z
  .union([z.number(), z.string().transform(Number)])
  .refine((seconds) => Number.isFinite(seconds) && seconds > 0)
  .transform((seconds) => Math.min(seconds, MAX_LIFETIME_S))
  .catch(FALLBACK_LIFETIME_S)

const grantSchema = z.object({
  // Goes into a header: visible ASCII only.
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  expires_in: lifetimeSchema.optional().transform((seconds) => seconds ?? FALLBACK_LIFETIME_S),
})

/** OAuth's words for credentials that will not get better by themselves. */
const BAD_CLIENT = new Set(['invalid_client', 'unauthorized_client', 'invalid_grant'])

const refusalOf = (answer: Answer, nowMs: number): TokenRefusal => {
  const error = readErrorBody(answer.body)
  const { status } = answer
  if ((status === 401 && answer.isComplete) || (status < 500 && error?.envelope === 'oauth' && BAD_CLIENT.has(error.code))) {
    return { kind: 'blocked', code: 'INVALID_CLIENT', text: cleanWords(error?.text ?? ''), httpStatus: status }
  }
  const outcome = classifyResponse(answer, { nowMs })
  if (outcome.kind === 'throttled' || outcome.kind === 'blocked') return outcome
  return tokenUnavailable(cleanWords(error?.text ?? ''), status)
}

/** What the token endpoint's answer says; it pads its body with blank lines and spaces. */
export const readTokenAnswer = (answer: Answer, nowMs: number): TokenGrant | TokenRefusal => {
  if (answer.status !== 200) return refusalOf(answer, nowMs)
  const grant = grantSchema.safeParse(answer.isComplete ? parseJson(answer.body) : undefined)
  if (!grant.success) return tokenUnavailable('The token answer could not be read.', 200)
  return { kind: 'granted', token: grant.data.access_token, lifetimeS: grant.data.expires_in }
}

export type TokenEndpointOptions = { path: string; clientId: string; clientSecret: string; timeoutMs: number }

/** Asks Orange for one access token. Never throws. */
export const createTokenEndpoint = (deps: { http: OrangeHttp; now: () => number }, options: TokenEndpointOptions) => {
  const basic = Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64')
  return async (): Promise<TokenGrant | TokenRefusal> => {
    const reply = await deps.http.exchange({
      method: 'POST',
      path: options.path,
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
      timeoutMs: options.timeoutMs,
    })
    // However it failed, no SMS was in it: it may simply be asked again.
    return reply.kind === 'failure' ? tokenUnavailable(`${reply.code} ${reply.text}`) : readTokenAnswer(reply, deps.now())
  }
}
