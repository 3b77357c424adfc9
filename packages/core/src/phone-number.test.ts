import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSupportedCountry, normalizePhoneNumber, normalizeRecipients } from './phone-number.ts'

const CI = { ok: true, phoneNumber: '+2250707070707', country: 'CI' }

describe('a phone number', () => {
  it.each([
    '0707070707',
    '07 07 07 07 07',
    '07.07.07.07.07',
    '07-07-07-07-07',
    '07/07/07/07/07',
    '07\u00A007\u202F07 07 07',
    '002250707070707',
    '00 225 07 07 07 07 07',
    '2250707070707',
    '225 07 07 07 07 07',
    '+2250707070707',
    '+225-07.07/07(07)07',
    '+225–07–07–07–07–07',
    'tel:+2250707070707',
    'TEL:+225 07 07 07 07 07',
    'tel:0707070707',
    'tel:2250707070707',
    '０７０７０７０７０７',
    '＋２２５０７０７０７０７０７',
    '٠٧٠٧٠٧٠٧٠٧',
    '07\u200907\u200907\u200907\u200907',
    '  0707070707\r\n',
    '\u202A+225 07 07 07 07 07\u202C',
    '\uFEFF0707070707',
  ])('is the same however it is written: %j', (spelling) => {
    expect(normalizePhoneNumber(spelling, 'CI')).toEqual(CI)
  })

  it.each([
    ['0504030201', '+2250504030201'],
    ['+225 05 04 03 02 01', '+2250504030201'],
    ['0101010101', '+2250101010101'],
  ])('keeps its leading 0 in Côte d’Ivoire: %s', (spelling, phoneNumber) => {
    expect(normalizePhoneNumber(spelling, 'CI')).toEqual({ ok: true, phoneNumber, country: 'CI' })
  })

  it.each(['', ' ', '\t\n', '\u200B', 'tel:', 'tel: '])('is missing from %j', (spelling) => {
    expect(normalizePhoneNumber(spelling, 'CI')).toEqual({ ok: false, code: 'EMPTY_NUMBER' })
  })

  it.each([
    '07070707',
    '+22507070707',
    '22507070707',
    '+2250907070707',
    '2721000000',
    '+2250000',
    'abc',
    '+',
    '0',
    'call me 0707070707',
    '0707070707, 0505050505',
    '0707070707 0505050505',
    '0707070707/0505050505',
    '++2250707070707',
    '+225 +225 0707070707',
    '0707070707x12',
    '+2250707070707;ext=3',
    'sms:+2250707070707',
    '+225070707070707',
    '7'.repeat(300),
    ' '.repeat(300),
    '\u0000',
    '\uD800',
  ])('is refused when it is none: %j', (spelling) => {
    expect(normalizePhoneNumber(spelling, 'CI')).toEqual({ ok: false, code: 'INVALID_NUMBER' })
  })

  it.each(['2720212223', '+225 27 20 21 22 23', '+33 1 42 68 53 00', '+33 800 00 00 00', '+800 1234 5678'])(
    'is refused when it cannot receive SMS: %s',
    (spelling) => {
      expect(normalizePhoneNumber(spelling, 'CI')).toEqual({ ok: false, code: 'NOT_MOBILE' })
    },
  )

  it('is taken from another country when it says so', () => {
    expect(normalizePhoneNumber('+33 6 12 34 56 78', 'CI')).toEqual({ ok: true, phoneNumber: '+33612345678', country: 'FR' })
    expect(normalizePhoneNumber('00221771234567', 'CI')).toEqual({ ok: true, phoneNumber: '+221771234567', country: 'SN' })
  })

  it('belongs to the default country when it does not', () => {
    expect(normalizePhoneNumber('771234567', 'SN')).toEqual({ ok: true, phoneNumber: '+221771234567', country: 'SN' })
    expect(normalizePhoneNumber('771234567', 'CI')).toEqual({ ok: false, code: 'INVALID_NUMBER' })
  })

  it('counts as mobile where the plan does not tell mobiles from fixed lines', () => {
    expect(normalizePhoneNumber('+1 415 555 2671', 'CI')).toEqual({ ok: true, phoneNumber: '+14155552671', country: 'US' })
  })

  it('reads back what it wrote, whatever was put in', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[+0-9 ().-]{6,18}$/), fc.stringMatching(/^0[157][0-9]{8}$/)),
        (raw) => {
          const number = normalizePhoneNumber(raw, 'CI')
          if (!number.ok) return
          expect(number.phoneNumber).toMatch(/^\+[1-9]\d{6,14}$/)
          expect(normalizePhoneNumber(number.phoneNumber, 'CI')).toEqual(number)
          expect(normalizePhoneNumber(number.phoneNumber, 'FR')).toEqual(number)
        },
      ),
    )
  })
})

describe('a default country', () => {
  it('is one of those that have a numbering plan', () => {
    expect(['CI', 'SN', 'XX', 'ci', ''].map(isSupportedCountry)).toEqual([true, true, false, false, false])
  })
})

const atOnce = { defaultCountry: 'CI' as const, yieldNow: () => Promise.resolve(), now: () => 0 }

describe('a list of recipients', () => {
  it('is accepted once a number, each other entry refused with its reason, in input order', async () => {
    const entries = ['0707070707', '+2250707070707', 'tel:+2250707070707', '07070707', '2721000000', '', '0505050505']
    expect(await normalizeRecipients({ ...atOnce, entries })).toEqual({
      accepted: [
        { index: 0, phoneNumber: '+2250707070707' },
        { index: 6, phoneNumber: '+2250505050505' },
      ],
      refused: [
        { index: 1, code: 'DUPLICATE', firstIndex: 0 },
        { index: 2, code: 'DUPLICATE', firstIndex: 0 },
        { index: 3, code: 'INVALID_NUMBER' },
        { index: 4, code: 'INVALID_NUMBER' },
        { index: 5, code: 'EMPTY_NUMBER' },
      ],
    })
  })

  it('may be empty', async () => {
    expect(await normalizeRecipients({ ...atOnce, entries: [] })).toEqual({ accepted: [], refused: [] })
  })

  it('keeps every entry exactly once, in order, and no number twice', async () => {
    const entry = fc.oneof(
      fc.constantFrom('', 'abc', '0707070707', '+225 07 07 07 07 07'),
      fc.stringMatching(/^0[157]0000000[0-9]$/),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 60 }), async (entries) => {
        const { accepted, refused } = await normalizeRecipients({ ...atOnce, entries })
        const ascending = (indexes: number[]) => expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
        ascending(accepted.map(({ index }) => index))
        ascending(refused.map(({ index }) => index))
        const seen = [...accepted, ...refused].map(({ index }) => index).toSorted((a, b) => a - b)
        expect(seen).toEqual(entries.map((_, index) => index))
        expect(new Set(accepted.map(({ phoneNumber }) => phoneNumber)).size).toBe(accepted.length)
        for (const refusal of refused) {
          if (refusal.code !== 'DUPLICATE') continue
          const first = accepted.find(({ index }) => index === refusal.firstIndex)
          expect(first).toBeDefined()
          expect(refusal.firstIndex).toBeLessThan(refusal.index)
        }
      }),
      { numRuns: 50 },
    )
  })

  const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `07${String(index).padStart(8, '0')}`)

  it('yields by count on a clock that stands still', async () => {
    let yieldCount = 0
    const yieldNow = async () => {
      yieldCount += 1
    }
    await normalizeRecipients({ entries: numbers(5_000), defaultCountry: 'CI', yieldNow, now: () => 0 })
    expect(yieldCount).toBe(4)
  })

  it('yields by time when each entry is slow', async () => {
    let clock = 0
    const sliceLengthsMs: number[] = []
    let sliceStartedAt = 0
    const yieldNow = async () => {
      sliceLengthsMs.push(clock - sliceStartedAt)
      sliceStartedAt = clock
    }
    // A proxy stands for entries that take a quarter of a millisecond each.
    const entries = new Proxy(numbers(400), {
      get: (target, property, receiver) => {
        if (typeof property === 'string' && /^\d+$/.test(property)) clock += 0.25
        return Reflect.get(target, property, receiver)
      },
    })
    await normalizeRecipients({ entries, defaultCountry: 'CI', yieldNow, now: () => clock })
    expect(sliceLengthsMs.length).toBeGreaterThan(10)
    expect(Math.max(...sliceLengthsMs)).toBeLessThanOrEqual(8)
  })
})
