import { isConnectionTrouble, isContractTrouble, type SmsProvider } from '@sms/core'
import type { AccountContracts, ContractState, SenderAccountRepository } from '@sms/db'
import type { OrangeProvider } from '@sms/orange'

/** Orange is asked that often while the account sends; the provider's own cache is a minute. */
const EVERY_MS = 300_000
/** … and that often while units are what it lacks. */
const EVERY_WITHOUT_UNITS_MS = 60_000

export type ContractsLoopDeps = {
  contracts: Pick<AccountContracts, 'findStates' | 'record' | 'probeSoon'>
  accounts: Pick<SenderAccountRepository, 'block'>
  /** Null: this worker cannot send for that account. */
  providerOf: (accountId: number) => (Pick<SmsProvider, 'prepare'> & Pick<OrangeProvider, 'readContracts'>) | null
  events: ContractsEvents
}

export type ContractsEvents = {
  /** Every account as it stands at this round. */
  states(states: readonly ContractState[]): void
  /** Orange was asked. `code` null: and answered. */
  asked(accountId: number, answer: { code: string | null; unitsLeft: number | null }): void
  blocked(accountId: number, reason: string): void
  trouble(accountId: number, error: unknown): void
}

/**
 * Looks from outside at what an account can send with: its units, and while it is blocked whether the trouble is over. Neither a
 * failure to look nor a slow Orange holds up a send. Any number of workers may do it at once.
 */
export const createContractsRound = (deps: ContractsLoopDeps): (() => Promise<void>) => {
  /** Looks under way: Orange may take its time, and the other accounts are looked at meanwhile. */
  const underWay = new Set<number>()
  /** Blocked accounts that this worker has found ready: told once, or a probe that fails would be followed by the next. */
  const foundReady = new Set<number>()

  const begin = (accountId: number, look: () => Promise<void>): void => {
    underWay.add(accountId)
    look()
      .catch((error: unknown) => deps.events.trouble(accountId, error))
      .finally(() => underWay.delete(accountId))
  }

  /** A token and a connection can be had again: the probe need not wait for its turn, which may be a minute away. */
  const tryConnection = async ({ id }: ContractState, provider: Pick<SmsProvider, 'prepare'>): Promise<void> => {
    if ((await provider.prepare()) !== null) {
      foundReady.delete(id)
    } else if (!foundReady.has(id)) {
      foundReady.add(id)
      await deps.contracts.probeSoon(id)
    }
  }

  const readUnits = async (state: ContractState, provider: Pick<OrangeProvider, 'readContracts'>): Promise<void> => {
    const reading = await provider.readContracts()
    if (reading.kind === 'asking') return
    const isRead = reading.kind === 'contracts'
    if (reading.isNew) {
      deps.events.asked(state.id, {
        code: isRead ? null : reading.code,
        unitsLeft: isRead ? reading.availableUnits : null,
      })
    }
    // Nothing is known; what SMS come to decides.
    if (!isRead) return
    const { availableUnits, expiresAt, ageMs, trouble } = reading
    const recorded = await deps.contracts.record(state.id, { unitsLeft: availableUnits, expiresAt, ageMs })
    if (!recorded) return
    if (trouble !== null) {
      // Once: where an SMS was accepted although the contracts had no units, the SMS is right and they are not.
      const isNews = recorded.unitsBefore === null || recorded.unitsBefore > 0
      if (state.pausedReason === null && isNews && (await deps.accounts.block(state.id, trouble))) {
        deps.events.blocked(state.id, trouble)
      }
    } else if (isContractTrouble(state.pausedReason)) {
      await deps.contracts.probeSoon(state.id)
    }
  }

  return async () => {
    const states = await deps.contracts.findStates()
    deps.events.states(states)
    for (const state of states) {
      const { id, pausedReason, pausedByOperator } = state
      const isUnreachable = isConnectionTrouble(pausedReason) && !pausedByOperator
      if (!isUnreachable) foundReady.delete(id)
      const provider = underWay.has(id) ? null : deps.providerOf(id)
      if (provider === null) continue
      if (isUnreachable) begin(id, () => tryConnection(state, provider))
      else if (isDue(state)) begin(id, () => readUnits(state, provider))
    }
  }
}

/** Never read, not since the block that is in force, or too long ago. */
export const isDue = (state: ContractState): boolean => {
  const { unitsCheckedAgeMs, pausedReason, pausedAgeMs } = state
  if (unitsCheckedAgeMs === null) return true
  if (pausedReason !== null && pausedAgeMs !== null && pausedAgeMs < unitsCheckedAgeMs) return true
  return unitsCheckedAgeMs >= (isContractTrouble(pausedReason) ? EVERY_WITHOUT_UNITS_MS : EVERY_MS)
}
