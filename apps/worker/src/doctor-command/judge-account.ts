import { type AccountState, BLOCK_REASONS, isBlockReason, type SendOutcome, blockReasonOf } from '@sms/core'
import type { SharedContracts } from '@sms/orange'
import { broken, doubtful, type Finding, ok } from './findings.ts'

const SOON_MS = 7 * 24 * 3_600_000

/** What the database says of an account. */
export const judgeState = (account: {
  id: number
  state: AccountState
  pausedReason: string | null
  isPausedWithAll?: boolean
}): Finding => {
  const check = `account ${account.id}`
  const { state, pausedReason: reason } = account
  switch (state) {
    case 'ACTIVE':
      return ok(check, 'sends')
    case 'DISABLED':
      return ok(check, 'disabled')
    case 'PAUSED':
      return account.isPausedWithAll === true
        ? doubtful(check, 'everything is paused by a person', 'resumeSending, without an account, when it may send again')
        : doubtful(check, 'paused by a person', `resumeSending(accountId: ${account.id}) when it may send again`)
    case 'UNREADABLE':
      return unreadable(check)
    case 'BLOCKED':
      return broken(
        check,
        `blocked: ${reason}`,
        reason !== null && isBlockReason(reason) ? BLOCK_REASONS[reason] : 'see the README',
      )
  }
}

export const unreadable = (check: string): Finding =>
  broken(
    check,
    'its credentials cannot be opened',
    'give every process the same APP_SECRET, or updateSenderAccount with the credentials',
  )

/** Null: a token and a connection are there. */
export const judgeToken = (id: number, outcome: SendOutcome | null): Finding => {
  const check = `account ${id} token`
  if (outcome === null) return ok(check, 'had, and Orange can be reached')
  const code = outcome.kind === 'accepted' ? 'UNKNOWN' : outcome.code
  if (outcome.kind === 'throttled') return doubtful(check, `Orange asks for less (${code})`, 'wait')
  return broken(check, `not had: ${code}`, BLOCK_REASONS[blockReasonOf(outcome)])
}

export const judgeContracts = (id: number, reading: SharedContracts, nowMs: number): Finding => {
  const check = `account ${id} units`
  if (reading.kind === 'asking') return doubtful(check, 'another process is asking at this moment', 'run it again in a minute')
  if (reading.kind === 'failed') return doubtful(check, `not told: ${reading.code}`, 'see the contracts in the Orange portal')
  const { trouble, availableUnits, expiresAt } = reading
  if (trouble !== null) return broken(check, trouble, BLOCK_REASONS[trouble])
  const until = expiresAt === null ? '' : ` until ${expiresAt.toISOString().slice(0, 10)}`
  const says = `${availableUnits}${until}`
  return expiresAt !== null && expiresAt.getTime() - nowMs < SOON_MS
    ? doubtful(check, says, 'the contract ends within a week: renew it')
    : ok(check, says)
}
