import { type Caller, SmsError } from '@sms/core'
import type { UserRepository } from '@sms/db'
import { type SessionSigner, verifyPassword } from '@sms/runtime'
import type { AttemptLimit } from './attempt-limit.ts'

export const SESSION_MS = 12 * 3_600_000

/** Longer ones are no passwords; hashing them would only take longer. */
const LONGEST_PASSWORD = 1_024
const LONGEST_USERNAME = 255

/** A check takes 100 ms of a core and 32 MiB. */
const CHECKS_AT_ONCE = 4

export type Sessions = {
  /**
   * A token, or null for a wrong name or password, after the same work and with the same answer for either. Throws RATE_LIMITED.
   */
  logIn(input: { username: string; password: string; address: string }): Promise<string | null>
  read(token: string): Promise<Caller | null>
  /** Another token of the same user, as long as a new one; null: this one is not good. */
  refresh(token: string): Promise<{ userId: number; token: string } | null>
}

export const createSessions = (deps: {
  users: Pick<UserRepository, 'findCredential'>
  signer: SessionSigner
  /** Milliseconds of the epoch. */
  now: () => number
  limits: { byAddress: AttemptLimit; byUsername: AttemptLimit }
}): Sessions => {
  let checks = 0

  const check = async (username: string, password: string): Promise<(Caller & { passwordHash: string }) | null> => {
    const isPossible = username.length <= LONGEST_USERNAME && password.length <= LONGEST_PASSWORD && !username.includes('\0')
    const found = isPossible ? await deps.users.findCredential({ username }) : null
    const passwordHash = found?.passwordHash ?? null
    const isRight = await verifyPassword(isPossible ? password : '', passwordHash)
    return isRight && found !== null && passwordHash !== null ? { ...found, passwordHash } : null
  }

  const tokenFor = ({ userId, passwordHash }: { userId: number; passwordHash: string }): string =>
    deps.signer.sign({ userId, expiresAtMs: deps.now() + SESSION_MS }, passwordHash)

  const holderOf = async (token: string): Promise<(Caller & { passwordHash: string }) | null> => {
    let holder: (Caller & { passwordHash: string }) | null = null
    const session = await deps.signer.verify(token, {
      nowMs: deps.now(),
      credentialOf: async (userId) => {
        // What the user may do is read each time: a right that is taken away is gone at once.
        const found = await deps.users.findCredential({ userId })
        const passwordHash = found?.passwordHash ?? null
        if (found !== null && passwordHash !== null) holder = { ...found, passwordHash }
        return passwordHash
      },
    })
    return session && holder
  }

  return {
    logIn: async ({ username, password, address }) => {
      const mayTry = deps.limits.byAddress.take(address) && deps.limits.byUsername.take(username.slice(0, LONGEST_USERNAME))
      if (!mayTry || checks >= CHECKS_AT_ONCE) throw new SmsError('RATE_LIMITED', 'Too many attempts to log in')
      checks += 1
      try {
        const found = await check(username, password)
        if (found === null) return null
        return tokenFor(found)
      } finally {
        checks -= 1
      }
    },

    read: async (token) => {
      const found = await holderOf(token)
      return found && { userId: found.userId, isAdmin: found.isAdmin }
    },

    refresh: async (token) => {
      const found = await holderOf(token)
      return found && { userId: found.userId, token: tokenFor(found) }
    },
  }
}
