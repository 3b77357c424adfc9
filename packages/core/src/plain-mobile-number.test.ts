import fc from 'fast-check'
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' }
import { getCountries, getCountryCallingCode, getExampleNumber, Metadata, type CountryCode } from 'libphonenumber-js/max'
import { describe, expect, it } from 'vitest'
import { normalizePhoneNumber } from './phone-number.ts'
import { createPlainMobileReader } from './plain-mobile-number.ts'

/** Lengths that the country's numbers have, so that random digits often hit one. */
const possibleLengthsOf = (country: CountryCode): number[] => {
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  return metadata.numberingPlan?.possibleLengths() ?? [9]
}

/** Random digits behind the beginning of a real mobile number: all of it, part of it or none. */
const digitsOf = (country: CountryCode) => {
  const example = [...(getExampleNumber(country, examples)?.nationalNumber ?? '')]
  return fc
    .tuple(fc.constantFrom(...possibleLengthsOf(country), example.length), fc.nat({ max: 4 }))
    .chain(([length, keptCount]) =>
      fc
        .array(fc.constantFrom(...'0123456789'), { minLength: length, maxLength: length })
        .map((digits) => digits.map((digit, index) => (index < keptCount ? (example[index] ?? digit) : digit))),
    )
}

/** Digits behind every kind of prefix, sometimes with separators put anywhere. */
const spellingOf = (country: CountryCode) => {
  const callingCode = getCountryCallingCode(country)
  const prefix = fc.constantFrom(
    '',
    '+',
    '00',
    callingCode,
    `+${callingCode}`,
    `00${callingCode}`,
    `+${callingCode}0`,
    `0`,
    `+${callingCode}${callingCode}`,
  )
  const separator = fc.oneof({ weight: 20, arbitrary: fc.constant('') }, fc.constantFrom(' ', '.', '-', '/', '  ', ' -'))
  const scheme = fc.constantFrom('', '', '', 'tel:', 'Tel:', 'tel: ')
  return fc
    .tuple(scheme, prefix, digitsOf(country))
    .chain(([uri, start, digits]) =>
      fc
        .array(separator, { minLength: digits.length, maxLength: digits.length })
        .map(
          (separators) =>
            uri + start + digits.map((digit, index) => digit + (index + 1 < digits.length ? separators[index] : '')).join(''),
        ),
    )
}

/** Compares the two on one country; gives how many spellings took the short way. */
const compare = (country: CountryCode, numRuns: number): number => {
  const read = createPlainMobileReader(country)
  let shortCount = 0
  fc.assert(
    fc.property(spellingOf(country), (spelling) => {
      const phoneNumber = read(spelling)
      if (phoneNumber === null) return
      shortCount += 1
      expect({ ok: true, phoneNumber, country }, spelling).toEqual(normalizePhoneNumber(spelling, country))
    }),
    { numRuns },
  )
  return shortCount
}

describe('the short way for plain mobile numbers', () => {
  it('says of Ivorian numbers what the full parser says', () => {
    expect(compare('CI', 3_000)).toBeGreaterThan(300)
  })

  it('says what the full parser says in every country', () => {
    const shortCounts = getCountries().map((country) => compare(country, 150))
    expect(shortCounts.filter((count) => count > 0).length).toBeGreaterThan(50)
  })

  it.each([
    '0707070707',
    '+2250707070707',
    '2250707070707',
    '002250707070707',
    '07 07 07 07 07',
    '+225 07-07-07-07-07',
    '0102030405',
    'tel:+225 07 07 07 07 07',
    'TEL:0707070707',
  ])('is taken by %s', (spelling) => {
    const phoneNumber = createPlainMobileReader('CI')(spelling)
    expect(phoneNumber).not.toBeNull()
    expect(normalizePhoneNumber(spelling, 'CI')).toEqual({ ok: true, phoneNumber, country: 'CI' })
  })

  it.each(['', 'abc', '07070707', '2720212223', '+33612345678', 'tel:', '０７０７０７０７０７', '0707070707x1', '7'.repeat(40)])(
    'leaves %j to the full parser',
    (spelling) => {
      expect(createPlainMobileReader('CI')(spelling)).toBeNull()
    },
  )
})
