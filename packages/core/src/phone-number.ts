import parsePhoneNumber, { isSupportedCountry as hasNumberingPlan, type CountryCode } from 'libphonenumber-js/max'
import { createPlainMobileReader } from './plain-mobile-number.ts'
import type { Clock } from './ports.ts'

export type { CountryCode }

// Not re-exported as it is: the library's function takes a second argument, and `countries.map(…)` would give it one.
export const isSupportedCountry = (country: string): country is CountryCode => hasNumberingPlan(country)

export type NumberRefusal = 'EMPTY_NUMBER' | 'INVALID_NUMBER' | 'NOT_MOBILE'

export type NormalizedNumber =
  /** `phoneNumber` is E.164 with the plus, `country` ISO 3166-1 alpha-2. */
  { ok: true; phoneNumber: string; country: CountryCode } | { ok: false; code: NumberRefusal }

/** What address books and chat programs put around a number unseen: direction marks, zero-width characters, BOM. */
const INVISIBLE = /\p{Cf}/gu
/** The library knows the plain and the no-break space only; telephones also write thin and narrow ones. */
const SPACES = /\s+/g
/** RFC 3966. The library reads `tel:` only together with `;phone-context=`. */
const TEL_SCHEME = /^tel:(?:\/\/)?/i
/** Longer than any spelling of a number; keeps the expressions above away from megabytes. */
const MAX_SPELLING_LENGTH = 250

/** Reads any spelling of a mobile number; without a country code it is taken as one of `defaultCountry`. */
export const normalizePhoneNumber = (raw: string, defaultCountry: CountryCode): NormalizedNumber => {
  if (raw.length > MAX_SPELLING_LENGTH) return { ok: false, code: 'INVALID_NUMBER' }
  const spelling = raw.replace(INVISIBLE, '').replace(SPACES, ' ').trim().replace(TEL_SCHEME, '').trim()
  if (spelling === '') return { ok: false, code: 'EMPTY_NUMBER' }

  // `extract: false`: the entry is a number or it is refused; one fished out of a sentence may be somebody else's.
  const parsed = parsePhoneNumber(spelling, { defaultCountry, extract: false })
  // An extension names a telephone behind a switchboard: the SMS would go to the switchboard.
  if (parsed === undefined || parsed.ext !== undefined) return { ok: false, code: 'INVALID_NUMBER' }

  // With the `max` metadata a number is valid exactly when it has a type.
  const type = parsed.getType()
  if (type === undefined) return { ok: false, code: 'INVALID_NUMBER' }
  // Some numbering plans (North America) do not tell fixed lines from mobiles.
  const isMobile = type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE'
  // No country: satellite and other worldwide services, which no operator here reaches.
  if (!isMobile || parsed.country === undefined) return { ok: false, code: 'NOT_MOBILE' }
  return { ok: true, phoneNumber: parsed.number, country: parsed.country }
}

/** Positions are those of the input list, from 0. */
export type AcceptedRecipient = { index: number; phoneNumber: string }
export type RefusedRecipient =
  | { index: number; code: NumberRefusal }
  /** `firstIndex`: where the same number stands first. */
  | { index: number; code: 'DUPLICATE'; firstIndex: number }

/** Both in input order; every entry is in exactly one of them. */
export type NormalizedRecipients = { accepted: AcceptedRecipient[]; refused: RefusedRecipient[] }

export type NormalizeRecipientsInput = {
  entries: readonly string[]
  defaultCountry: CountryCode
  /** Resolves after the event loop has had its turn, such as `setImmediate`. A microtask would not free it. */
  yieldNow: () => Promise<void>
  /** A monotonic clock in milliseconds, such as `performance.now`. */
  now: Clock
}

/** A slice ends at whichever comes first: the count bounds it on a clock that stands, the time on a busy machine. */
const SLICE_MAX_COUNT = 1_000
const SLICE_MAX_MS = 4
/** Entries between two looks at the clock: some 0.1 ms of work. */
const CLOCK_CHECK_COUNT = 16

/** Normalises a list of any length in short slices; the same number written twice is accepted once. */
export const normalizeRecipients = async (input: NormalizeRecipientsInput): Promise<NormalizedRecipients> => {
  const { entries, defaultCountry, yieldNow, now } = input
  const accepted: AcceptedRecipient[] = []
  const refused: RefusedRecipient[] = []
  const firstIndexes = new Map<string, number>()
  const readPlainMobile = createPlainMobileReader(defaultCountry)
  let sliceStartedAt = now()
  let sliceCount = 0

  for (const [index, entry] of entries.entries()) {
    const isSliceOver =
      sliceCount === SLICE_MAX_COUNT ||
      (sliceCount > 0 && sliceCount % CLOCK_CHECK_COUNT === 0 && now() - sliceStartedAt >= SLICE_MAX_MS)
    if (isSliceOver) {
      await yieldNow()
      sliceStartedAt = now()
      sliceCount = 0
    }
    sliceCount += 1

    const plainMobile = readPlainMobile(entry)
    const number =
      plainMobile === null ? normalizePhoneNumber(entry, defaultCountry) : { ok: true as const, phoneNumber: plainMobile }
    if (!number.ok) {
      refused.push({ index, code: number.code })
      continue
    }
    const { phoneNumber } = number
    const firstIndex = firstIndexes.get(phoneNumber)
    if (firstIndex !== undefined) {
      refused.push({ index, code: 'DUPLICATE', firstIndex })
      continue
    }
    firstIndexes.set(phoneNumber, index)
    accepted.push({ index, phoneNumber })
  }
  return { accepted, refused }
}
