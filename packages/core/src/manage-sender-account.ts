import type { Caller } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import {
  type AccountCredentials,
  type AccountInput,
  type AccountSettings,
  checkAccountSettings,
  checkCredentials,
  type SenderAccountRecord,
} from './sender-account.ts'

/** Who did it; kept in the audit with what was done. */
export type AccountOrder = { userId: number; reason: string | null }

/** Settings as they are stored; `sealed`: the credentials, by the id they are bound to. */
export type AccountChange = Partial<AccountSettings> & { seal: ((accountId: number) => string) | null }
export type NewAccount = AccountSettings & { seal: (accountId: number) => string }

/** Every verb writes its audit in the same transaction. All throw NOT_FOUND for an id that is none. */
export type SenderAccountStore = {
  findRecords(): Promise<SenderAccountRecord[]>
  /** Throws ALREADY_EXISTS for the name, COUNTRY_TAKEN for a country that another enabled account has. */
  create(order: AccountOrder, account: NewAccount): Promise<number>
  update(order: AccountOrder, accountId: number, change: AccountChange): Promise<void>
  /** Repeating it changes nothing. */
  disable(order: AccountOrder, accountId: number): Promise<void>
  enable(order: AccountOrder, accountId: number): Promise<void>
  /** Null pauses everything at once, beside what is paused alone; gives the ids of the accounts that stand now. */
  pause(order: AccountOrder, accountId: number | null): Promise<number[]>
  /** Lifts blocks too. Null lifts the pause of everything, and leaves what a person has paused alone. */
  resume(order: AccountOrder, accountId: number | null): Promise<number[]>
}

export type ManageAccountDeps = {
  store: SenderAccountStore
  seal: (accountId: number, credentials: AccountCredentials) => string
  /** The account of the ORANGE_* variables: it is what they say. */
  defaultAccountId: number
  /** Whether `apiUrl` may be http:// to another machine. */
  allowsPlainHttp: boolean
  /** Not awaited, as in AcceptDeps. */
  kick: (accountId: number) => void
}

type Asked = { caller: Caller; reason?: string | null }

const REASON_LENGTH = 500

/** Throws FORBIDDEN, INVALID_ACCOUNT, COUNTRY_TAKEN, ALREADY_EXISTS. Gives the id of the account. */
export const createSenderAccount = async (deps: ManageAccountDeps, input: Asked & { account: AccountInput }): Promise<number> => {
  const order = orderOf(input)
  const settings = checkAccountSettings(input.account, deps)
  const credentials = checkCredentials(input.account)
  const { name, countries = [], callingCodes = [], apiUrl = null, senderAddress, senderNames = [], ratePerSecond } = settings
  if (name === undefined || senderAddress === undefined || ratePerSecond === undefined || credentials === null) {
    throw new SmsError('INVALID_ACCOUNT', 'name, senderAddress, ratePerSecond, clientId and clientSecret must be given')
  }
  const account = { name, countries, callingCodes, apiUrl, senderAddress, senderNames, ratePerSecond }
  return deps.store.create(order, { ...account, seal: (accountId) => deps.seal(accountId, credentials) })
}

/** Changes what is given. Credentials are changed both at once. Throws as `createSenderAccount`, and NOT_FOUND. */
export const updateSenderAccount = async (
  deps: ManageAccountDeps,
  input: Asked & { accountId: number; account: AccountInput },
): Promise<void> => {
  const order = orderOf(input)
  refuseDefault(deps, input.accountId)
  const settings = checkAccountSettings(input.account, deps)
  const credentials = checkCredentials(input.account)
  if (credentials === null && Object.keys(settings).length === 0) throw new SmsError('EMPTY_INPUT', 'Nothing is to be changed')
  const seal = credentials === null ? null : (accountId: number) => deps.seal(accountId, credentials)
  await deps.store.update(order, input.accountId, { ...settings, seal })
}

/** It takes no new SMS and sends none; those it has wait until it is enabled again, or their batches are cancelled. */
export const disableSenderAccount = async (deps: ManageAccountDeps, input: Asked & { accountId: number }): Promise<void> => {
  const order = orderOf(input)
  refuseDefault(deps, input.accountId)
  await deps.store.disable(order, input.accountId)
}

export const enableSenderAccount = async (deps: ManageAccountDeps, input: Asked & { accountId: number }): Promise<void> => {
  const order = orderOf(input)
  refuseDefault(deps, input.accountId)
  await deps.store.enable(order, input.accountId)
  deps.kick(input.accountId)
}

/** Nothing more is sent by the account (null: by any, accounts made later included) until `resumeSending`. Gives the ids. */
export const pauseSending = (deps: ManageAccountDeps, input: Asked & { accountId: number | null }): Promise<number[]> =>
  Promise.try(() => deps.store.pause(orderOf(input), input.accountId))

/** Lifts an operator's pause and a block; null: the pause of everything, and all blocks, but no pause of one account. Throws ACCOUNT_DISABLED for an account that is disabled. Gives the ids. */
export const resumeSending = async (deps: ManageAccountDeps, input: Asked & { accountId: number | null }): Promise<number[]> => {
  const resumed = await deps.store.resume(orderOf(input), input.accountId)
  resumed.forEach(deps.kick)
  return resumed
}

const orderOf = ({ caller, reason }: Asked): AccountOrder => {
  if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'Sender accounts need an administrator')
  const kept = reason?.replaceAll('\0', '').trim().slice(0, REASON_LENGTH).toWellFormed() ?? ''
  return { userId: caller.userId, reason: kept === '' ? null : kept }
}

const refuseDefault = ({ defaultAccountId }: ManageAccountDeps, accountId: number): void => {
  if (accountId !== defaultAccountId) return
  throw new SmsError('INVALID_ACCOUNT', 'The default account is what the ORANGE_* variables say', { details: { field: 'id' } })
}
