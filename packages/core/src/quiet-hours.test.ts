import { describe, expect, it } from 'vitest'
import { floorOf, parseQuietHours, quietFloors, quietUntil } from './quiet-hours.ts'

const NIGHT = { fromMinute: 21 * 60, toMinute: 7 * 60 }
const at = (iso: string): number => Date.parse(iso)
const until = (iso: string, timeZone: string, hours = NIGHT): string | null => {
  const ms = quietUntil(at(iso), timeZone, hours)
  return ms === null ? null : new Date(ms).toISOString()
}

describe('quiet hours', () => {
  it('are over at the next morning of the recipient, before and after midnight', () => {
    expect(until('2026-11-22T20:59:59Z', 'Africa/Abidjan')).toBeNull()
    expect(until('2026-11-22T21:00:00Z', 'Africa/Abidjan')).toBe('2026-11-23T07:00:00.000Z')
    expect(until('2026-11-23T06:59:59.999Z', 'Africa/Abidjan')).toBe('2026-11-23T07:00:00.000Z')
    expect(until('2026-11-23T07:00:00Z', 'Africa/Abidjan')).toBeNull()
  })

  it("go by the recipient's own clock", () => {
    expect(until('2026-11-22T18:30:00Z', 'Indian/Antananarivo')).toBe('2026-11-23T04:00:00.000Z')
    expect(until('2026-11-22T20:30:00Z', 'Africa/Douala')).toBe('2026-11-23T06:00:00.000Z')
    expect(until('2026-11-23T06:30:00Z', 'Africa/Douala')).toBeNull()
  })

  it('end at the right time where clocks change in the night', () => {
    // Cairo: forward on the last Friday of April at midnight, back on the last Friday of October at 24:00.
    expect(until('2026-04-23T20:00:00Z', 'Africa/Cairo')).toBe('2026-04-24T04:00:00.000Z')
    expect(until('2026-10-29T19:00:00Z', 'Africa/Cairo')).toBe('2026-10-30T05:00:00.000Z')
  })

  it('may lie within one day', () => {
    const noon = { fromMinute: 12 * 60, toMinute: 14 * 60 }
    expect(until('2026-11-22T13:00:00Z', 'Africa/Abidjan', noon)).toBe('2026-11-22T14:00:00.000Z')
    expect(until('2026-11-22T15:00:00Z', 'Africa/Abidjan', noon)).toBeNull()
  })

  it('are known for each country, with one for all others', () => {
    const floors = quietFloors(at('2026-11-22T20:30:00Z'), NIGHT)
    expect(floorOf('+2250707070707', floors)).toMatchObject({ country: 'CI', notBefore: null })
    expect(floorOf('+261321234567', floors)).toMatchObject({ country: 'MG', notBefore: new Date('2026-11-23T04:00:00Z') })
    expect(floorOf('+33612345678', floors)).toMatchObject({ country: null, notBefore: null })
  })

  it('are none where it is day everywhere, or none are wanted', () => {
    expect(quietFloors(at('2026-11-22T12:00:00Z'), NIGHT)).toEqual([])
    expect(quietFloors(at('2026-11-22T23:00:00Z'), null)).toEqual([])
  })

  it('no prefix begins with another, so that the order of the countries plays no part', () => {
    const prefixes = quietFloors(at('2026-11-22T23:00:00Z'), NIGHT)
      .map(({ prefix }) => prefix)
      .slice(0, -1)
    for (const one of prefixes) expect(prefixes.filter((other) => other.startsWith(one))).toEqual([one])
  })

  it.each([
    ['21:00-07:00', NIGHT],
    ['00:00-06:30', { fromMinute: 0, toMinute: 390 }],
    ['24:00-07:00', null],
    ['9:00-10:00', null],
    ['07:00-07:00', null],
    ['', null],
  ])('are read from %s', (text, hours) => expect(parseQuietHours(text)).toEqual(hours))
})
