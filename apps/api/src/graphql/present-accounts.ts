import { accountStateOf, type AccountState, isBlockReason, type SenderAccount, type SenderAccountRecord } from '@sms/core'
import type { PaceNow } from '@sms/queue'

import { FRENCH_BLOCK } from './french.ts'

/** What is still to do for one account, and how fast. */
export type Operation = {
  window: number
  backlog: number
  /** Null: Redis did not say. */
  pace: PaceNow | null
}

export type PresentedAccount = {
  id: string
  name: string
  isDefault: boolean
  state: AccountState
  isPaused: boolean
  pausedReason: string | null
  pausedExplanation: string | null
  isPausedByOperator: boolean
  isPausedWithAll: boolean
  pausedAt: Date | null
  nextProbeAt: Date | null
  disabledAt: Date | null
  countries: string[]
  senderNames: string[]
  ratePerSecond: number
  currentRatePerSecond: number | null
  heldForMs: number | null
  senderAddress: string | null
  apiUrl: string | null
  window: number | null
  backlog: number | null
  etaSeconds: number | null
  unitsLeft: number | null
  unitsExpireAt: Date | null
  unitsCheckedAt: Date | null
}

/** What the ORANGE_* variables say of the default account. */
export type DefaultAccount = { id: number; ratePerSecond: number; senderAddress: string; senderName: string | null }

/** Seconds that these accounts need together at least; null: none of them sends, or nothing is left. */
export const etaSecondsOf = (
  smsCount: number,
  accounts: readonly Pick<SenderAccount, 'pausedReason' | 'ratePerSecond'>[],
  defaultAccount: DefaultAccount,
): number | null => {
  const sending = accounts.filter(({ pausedReason }) => pausedReason === null)
  const rate = sending.reduce((sum, { ratePerSecond }) => sum + (ratePerSecond ?? defaultAccount.ratePerSecond), 0)
  return rate === 0 || smsCount === 0 ? null : Math.ceil(smsCount / rate)
}

/** A person's words stand as they are, even if they look like a code. */
const explanationOf = ({ pausedReason, pausedByOperator }: SenderAccount): string | null =>
  pausedReason !== null && !pausedByOperator && isBlockReason(pausedReason) ? FRENCH_BLOCK[pausedReason] : pausedReason

/** As everybody sees an account; `operation` is what an administrator sees besides. */
export const presentAccount = (
  account: SenderAccountRecord,
  context: { defaultAccount: DefaultAccount; nowMs: number; operation: Operation | null },
): PresentedAccount => {
  const { defaultAccount, operation } = context
  const isDefault = account.id === defaultAccount.id
  const state = accountStateOf(account, context.nowMs)
  const ratePerSecond = account.ratePerSecond ?? defaultAccount.ratePerSecond
  const ownNames = isDefault && defaultAccount.senderName !== null ? [defaultAccount.senderName] : []
  return {
    id: String(account.id),
    name: account.name,
    isDefault,
    state,
    isPaused: account.pausedReason !== null,
    pausedReason: account.pausedReason,
    pausedExplanation: explanationOf(account),
    isPausedByOperator: account.pausedByOperator,
    isPausedWithAll: account.isPausedWithAll,
    pausedAt: account.pausedAt,
    nextProbeAt: account.probeAt,
    disabledAt: account.disabledAt,
    countries: [...account.countries],
    senderNames: isDefault ? ownNames : [...account.senderNames],
    ratePerSecond,
    currentRatePerSecond: state === 'ACTIVE' ? (operation?.pace?.nowPerSecond ?? null) : 0,
    heldForMs: operation?.pace ? Math.ceil(operation.pace.heldForMs) : null,
    senderAddress: operation && (isDefault ? defaultAccount.senderAddress : account.senderAddress),
    apiUrl: operation && account.apiUrl,
    window: operation && operation.window,
    backlog: operation && operation.backlog,
    etaSeconds: operation && state === 'ACTIVE' && operation.backlog > 0 ? Math.ceil(operation.backlog / ratePerSecond) : null,
    unitsLeft: operation && account.unitsLeft,
    unitsExpireAt: operation && account.unitsExpireAt,
    unitsCheckedAt: operation && account.unitsCheckedAt,
  }
}
