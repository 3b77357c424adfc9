import { broken, doubtful, type Finding, ok } from './findings.ts'

/** A clock that was read between two moments of ours; milliseconds of the epoch. */
export type ClockReading = { nowMs: number; askedAtMs: number; answeredAtMs: number }

const DOUBTFUL_MS = 1_000
const WRONG_MS = 30_000

/** How far it is ahead of ours at least; 0 when it may well agree. */
export const skewOf = ({ nowMs, askedAtMs, answeredAtMs }: ClockReading): number => {
  if (nowMs > answeredAtMs) return nowMs - answeredAtMs
  return nowMs < askedAtMs ? nowMs - askedAtMs : 0
}

/** Leases, schedules and expiry are PostgreSQL's clock alone; what is kept until a moment, and what people read, is of all of them. */
export const judgeClock = (name: string, reading: ClockReading): Finding => {
  const skewMs = skewOf(reading)
  const distance = Math.abs(skewMs)
  const says =
    distance < 1
      ? 'agrees with the clock of this machine'
      : `${Math.round(distance)} ms ${skewMs > 0 ? 'ahead of' : 'behind'} the clock of this machine`
  const fix = 'let chrony or systemd-timesyncd keep both machines to the same NTP servers'
  if (distance >= WRONG_MS) return broken(`clock of ${name}`, says, fix)
  return distance >= DOUBTFUL_MS ? doubtful(`clock of ${name}`, says, fix) : ok(`clock of ${name}`, says)
}
