import type { SendOutcome } from '@sms/core'
import { z } from 'zod'

/** Why there is no token. Nothing was sent in any of these cases. */
export type TokenRefusal = Extract<SendOutcome, { kind: 'blocked' | 'throttled' | 'unavailable' }>

/** What the token endpoint gave. `lifetimeS` is its own word, already read. */
export type TokenGrant = { kind: 'granted'; token: string; lifetimeS: number }

const refusal = { code: z.string(), text: z.string(), httpStatus: z.number().nullable() }

/** A refusal that another process has left in Redis. */
export const tokenRefusalSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('blocked'), ...refusal }),
  z.object({ kind: z.literal('throttled'), retryAfterMs: z.number().nullable(), ...refusal }),
  z.object({ kind: z.literal('unavailable'), ...refusal }),
]) satisfies z.ZodType<TokenRefusal>

export const tokenUnavailable = (text: string, httpStatus: number | null = null): TokenRefusal => ({
  kind: 'unavailable',
  code: 'TOKEN_UNAVAILABLE',
  text,
  httpStatus,
})
