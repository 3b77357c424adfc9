import { getCountries, getCountryCallingCode, Metadata, type CountryCode } from 'libphonenumber-js/max'

/** What the library has at run time and leaves out of its types; the test beside this file notices if that changes. */
type NumberingPlan = {
  IDDPrefix(): string
  nationalNumberPattern(): string
  /** 0 where there is none. */
  nationalPrefixForParsing(): string | 0 | undefined
  type(type: 'MOBILE'): { pattern(): string; possibleLengths(): number[] | undefined } | undefined
}

/** Digits in groups with one separator between them, perhaps as a `tel:` URI; anything else is for the full parser. */
const PLAIN_SPELLING = /^(?:tel:)?\+?[0-9]+(?:[ ./-][0-9]+)*$/i
const SCHEME_AND_SEPARATORS = /^tel:|[ ./-]/gi
const MAX_PLAIN_LENGTH = 32

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)

/**
 * A short way for the great mass of a long list: plain spellings of mobile numbers of one country, judged with the full
 * parser's own patterns. Gives E.164, or null for "ask the full parser", never a verdict of its own. Exists because the
 * parser compiles its patterns anew for each number: 100,000 of them left enough garbage to stop the event loop for 50 ms.
 */
export const createPlainMobileReader = (country: CountryCode): ((spelling: string) => string | null) => {
  const callingCode = getCountryCallingCode(country)
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  const plan = metadata.numberingPlan as unknown as NumberingPlan
  const mobile = plan.type('MOBILE')
  // With a prefix to strip, or a calling code that countries share, what the digits mean takes the full parser.
  const isPlainPlan =
    !plan.nationalPrefixForParsing() &&
    plan.IDDPrefix() === '00' &&
    getCountries().filter((other) => getCountryCallingCode(other) === callingCode).length === 1
  if (!isPlainPlan || mobile === undefined || !mobile.pattern()) return () => null

  const nationalPattern = whole(plan.nationalNumberPattern())
  const mobilePattern = whole(mobile.pattern())
  const mobileLengths = mobile.possibleLengths()
  const isMobile = (digits: string): boolean =>
    nationalPattern.test(digits) && mobilePattern.test(digits) && (mobileLengths?.includes(digits.length) ?? true)

  return (spelling) => {
    if (spelling.length > MAX_PLAIN_LENGTH || !PLAIN_SPELLING.test(spelling)) return null
    const digits = spelling.replace(SCHEME_AND_SEPARATORS, '')
    const international = digits.startsWith('+') ? digits.slice(1) : digits.startsWith('00') ? digits.slice(2) : null
    if (international === null && isMobile(digits)) return `+${callingCode}${digits}`
    // Without "+" or "00" the calling code is one only where the digits are no national number as they stand.
    if (international === null && nationalPattern.test(digits)) return null
    const withCallingCode = international ?? digits
    if (!withCallingCode.startsWith(callingCode)) return null
    return isMobile(withCallingCode.slice(callingCode.length)) ? `+${withCallingCode}` : null
  }
}
