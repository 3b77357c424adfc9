import { getCountryCallingCode } from 'libphonenumber-js/max'
import { dateOf } from './date-of.ts'
import type { CountryCode } from './phone-number.ts'

/** When promotional SMS rest, in minutes after the recipient's midnight: from the first, until the second. */
export type QuietHours = { fromMinute: number; toMinute: number }

/** From when on numbers that begin with `prefix` may be sent to. `notBefore` null: at once. */
export type QuietFloor = { country: CountryCode | null; timeZone: string; prefix: string; notBefore: Date | null }

/** Of every country at one instant; the last one, of the empty prefix, is of all others. Empty: it is quiet nowhere. */
export type QuietFloors = readonly QuietFloor[]

/** Countries that Orange sends to. The Democratic Republic of the Congo has a second zone, an hour later, that no number tells. */
const TIME_ZONES: Readonly<Partial<Record<CountryCode, string>>> = {
  BF: 'Africa/Ouagadougou',
  BW: 'Africa/Gaborone',
  CD: 'Africa/Kinshasa',
  CF: 'Africa/Bangui',
  CI: 'Africa/Abidjan',
  CM: 'Africa/Douala',
  EG: 'Africa/Cairo',
  GN: 'Africa/Conakry',
  GW: 'Africa/Bissau',
  JO: 'Asia/Amman',
  LR: 'Africa/Monrovia',
  MA: 'Africa/Casablanca',
  MG: 'Indian/Antananarivo',
  ML: 'Africa/Bamako',
  NE: 'Africa/Niamey',
  SL: 'Africa/Freetown',
  SN: 'Africa/Dakar',
  TN: 'Africa/Tunis',
}
/** Of everybody else: that of Côte d'Ivoire, which is UTC. */
const OTHER_TIME_ZONE = 'Africa/Abidjan'

const ZONES: readonly Omit<QuietFloor, 'notBefore'>[] = [
  ...(Object.entries(TIME_ZONES) as [CountryCode, string][]).map(([country, timeZone]) => ({
    country,
    timeZone,
    prefix: `+${getCountryCallingCode(country)}`,
  })),
  { country: null, timeZone: OTHER_TIME_ZONE, prefix: '' },
]

/** Of the countries whose hours are known; no one begins with another. */
export const QUIET_PREFIXES: readonly string[] = ZONES.map(({ prefix }) => prefix).filter((prefix) => prefix !== '')

const DAY_MINUTES = 24 * 60
const MINUTE_MS = 60_000

/** `HH:MM-HH:MM`; null for anything else, and for hours that begin when they end. */
export const parseQuietHours = (text: string): QuietHours | null => {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return null
  const [fromHour = 0, from = 0, toHour = 0, to = 0] = parts
  const hours = { fromMinute: fromHour * 60 + from, toMinute: toHour * 60 + to }
  return hours.fromMinute === hours.toMinute ? null : hours
}

const clocks = new Map<string, Intl.DateTimeFormat>()

const minuteOfDay = (atMs: number, timeZone: string): number => {
  const clock =
    clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  clocks.set(timeZone, clock)
  const parts = clock.formatToParts(atMs)
  const read = (type: 'hour' | 'minute'): number => Number(parts.find((part) => part.type === type)?.value)
  return read('hour') * 60 + read('minute')
}

/** Minutes from one time of day forward to another. */
const forward = (from: number, to: number): number => (to - from + DAY_MINUTES) % DAY_MINUTES

/** When the quiet hours that `atMs` lies in are over; null: it lies in none. */
export const quietUntil = (atMs: number, timeZone: string, hours: QuietHours): number | null => {
  const minute = minuteOfDay(atMs, timeZone)
  const isQuiet = forward(hours.fromMinute, minute) < forward(hours.fromMinute, hours.toMinute)
  if (!isQuiet) return null
  const end = Math.floor(atMs / MINUTE_MS) * MINUTE_MS + forward(minute, hours.toMinute) * MINUTE_MS
  // Where clocks are put forward or back in the night, the end is an hour off.
  const early = forward(minuteOfDay(end, timeZone), hours.toMinute)
  return end + (early > DAY_MINUTES / 2 ? early - DAY_MINUTES : early) * MINUTE_MS
}

/** What a promotional SMS that would go at `atMs` has to wait for, by its number. `hours` null: there are no quiet hours. */
export const quietFloors = (atMs: number, hours: QuietHours | null): QuietFloors => {
  if (hours === null) return []
  const floors = ZONES.map((zone) => {
    const untilMs = quietUntil(atMs, zone.timeZone, hours)
    return { ...zone, notBefore: untilMs === null ? null : dateOf(untilMs) }
  })
  return floors.some(({ notBefore }) => notBefore !== null) ? floors : []
}

export const floorOf = (phoneNumber: string, floors: QuietFloors): QuietFloor | null =>
  floors.find(({ prefix }) => phoneNumber.startsWith(prefix)) ?? null
