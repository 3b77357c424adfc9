import { getCountryCallingCode } from 'libphonenumber-js/max'
import { SmsError } from './errors.ts'
import { isSupportedCountry } from './phone-number.ts'
import type { SenderAccount } from './ports.ts'
import { isSenderName } from './send-options.ts'

export type AccountState = 'ACTIVE' | 'PAUSED' | 'BLOCKED' | 'UNREADABLE' | 'DISABLED'

/** What an administrator sees of an account: everything but its credentials, which nobody reads again. */
export type SenderAccountRecord = SenderAccount & {
  /** ISO 3166-1 alpha-2. */
  countries: readonly string[]
  /** Null: that of the default account. */
  apiUrl: string | null
  senderAddress: string | null
  senderNames: readonly string[]
  pausedAt: Date | null
  /** Everything is paused, this account whatever else it is. */
  isPausedWithAll: boolean
  disabledAt: Date | null
  /** When a worker last failed to open the credentials. */
  unreadableAt: Date | null
  unitsLeft: number | null
  unitsExpireAt: Date | null
  unitsCheckedAt: Date | null
}

export type AccountCredentials = { clientId: string; clientSecret: string }

/** What may be stored of an account beside its credentials. */
export type AccountSettings = {
  name: string
  countries: readonly string[]
  callingCodes: readonly string[]
  apiUrl: string | null
  senderAddress: string
  senderNames: readonly string[]
  ratePerSecond: number
}

/** As the administrator wrote it. Undefined leaves a field as it is; null clears `apiUrl`. */
export type AccountInput = {
  name?: string | undefined
  countries?: readonly string[] | undefined
  clientId?: string | undefined
  clientSecret?: string | undefined
  apiUrl?: string | null | undefined
  senderAddress?: string | undefined
  senderNames?: readonly string[] | undefined
  ratePerSecond?: number | undefined
}

/** A worker says so every few seconds for as long as it cannot open the credentials. */
const UNREADABLE_FOR_MS = 30_000

const NAME_LENGTH = 100
const SECRET_LENGTH = 512
const SENDER_NAMES = 50
const HIGHEST_RATE = 1_000_000

const invalid = (field: string, rule: string): SmsError =>
  new SmsError('INVALID_ACCOUNT', `${field} ${rule}`, { details: { field } })

/** What stands in the way of an account, the strongest first. */
export const accountStateOf = (account: SenderAccountRecord, nowMs: number): AccountState => {
  if (account.disabledAt !== null) return 'DISABLED'
  if (account.pausedByOperator) return 'PAUSED'
  if (account.unreadableAt !== null && nowMs - account.unreadableAt.getTime() < UNREADABLE_FOR_MS) return 'UNREADABLE'
  return account.pausedReason === null ? 'ACTIVE' : 'BLOCKED'
}

/** Checks what is given and gives it in the form it is stored in. Throws INVALID_ACCOUNT. */
export const checkAccountSettings = (input: AccountInput, rules: { allowsPlainHttp: boolean }): Partial<AccountSettings> => ({
  ...(input.name !== undefined && { name: checkName(input.name) }),
  ...(input.countries !== undefined && checkCountries(input.countries)),
  ...(input.apiUrl !== undefined && { apiUrl: input.apiUrl === null ? null : checkApiUrl(input.apiUrl, rules) }),
  ...(input.senderAddress !== undefined && { senderAddress: checkSenderAddress(input.senderAddress) }),
  ...(input.senderNames !== undefined && { senderNames: checkSenderNames(input.senderNames) }),
  ...(input.ratePerSecond !== undefined && { ratePerSecond: checkRate(input.ratePerSecond) }),
})

/** Both or none: half of the old ones with half of the new ones would be refused by Orange. Throws INVALID_ACCOUNT. */
export const checkCredentials = ({ clientId, clientSecret }: AccountInput): AccountCredentials | null => {
  if (clientId === undefined && clientSecret === undefined) return null
  if (clientId === undefined || clientSecret === undefined) {
    throw invalid(clientId === undefined ? 'clientId' : 'clientSecret', 'must be given with the other of the two')
  }
  for (const [field, value] of Object.entries({ clientId, clientSecret })) {
    const isWell = value !== '' && value.trim() === value && value.length <= SECRET_LENGTH && !/[^\x20-\x7E]/.test(value)
    if (!isWell) throw invalid(field, `must be 1 to ${SECRET_LENGTH} printable characters without space around them`)
  }
  if (clientId.includes(':')) throw invalid('clientId', 'holds a colon')
  if (/^basic\s/i.test(clientSecret)) throw invalid('clientSecret', 'is the whole "Basic …" header of the portal')
  return { clientId, clientSecret }
}

const checkName = (name: string): string => {
  const isWell = name.trim() === name && name !== '' && name.length <= NAME_LENGTH && !/\p{Cc}/u.test(name) && name.isWellFormed()
  if (!isWell) throw invalid('name', `must be 1 to ${NAME_LENGTH} characters without space around them`)
  return name
}

/**
 * A number belongs to the account that has its calling code: in PostgreSQL a million of them are told apart by their first
 * digits. Countries that share one (Canada and the United States) therefore go together.
 */
const checkCountries = (given: readonly string[]): { countries: string[]; callingCodes: string[] } => {
  const countries = [...new Set(given.map((country) => country.trim().toUpperCase()))].toSorted()
  const callingCodes = countries.map((country) => {
    if (!isSupportedCountry(country)) throw invalid('countries', 'must be the two letters of countries, ISO 3166-1')
    return getCountryCallingCode(country)
  })
  return { countries, callingCodes: [...new Set(callingCodes)].toSorted() }
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** The secret travels to this address: over plain HTTP only to this very machine, or in development. */
const checkApiUrl = (text: string, rules: { allowsPlainHttp: boolean }): string => {
  const url = URL.parse(text.trim())
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw invalid('apiUrl', 'must be an https:// URL')
  if (url.protocol === 'http:' && !rules.allowsPlainHttp && !LOOPBACK.test(url.hostname)) {
    throw invalid('apiUrl', 'must begin with https://')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalid('apiUrl', 'must hold neither credentials nor a query')
  }
  return url.href.replace(/\/+$/, '')
}

const checkSenderAddress = (address: string): string => {
  if (!/^tel:\+\d{5,15}$/.test(address)) throw invalid('senderAddress', 'must be "tel:+" and 5 to 15 digits')
  return address
}

const checkSenderNames = (names: readonly string[]): string[] => {
  if (names.length > SENDER_NAMES || !names.every(isSenderName)) {
    throw invalid('senderNames', `must be at most ${SENDER_NAMES} names of 1 to 11 letters, digits or spaces`)
  }
  return [...new Set(names)]
}

const checkRate = (rate: number): number => {
  if (!Number.isFinite(rate) || rate <= 0 || rate > HIGHEST_RATE) {
    throw invalid('ratePerSecond', `must be above 0 and at most ${HIGHEST_RATE}`)
  }
  return rate
}
