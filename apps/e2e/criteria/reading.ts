/** A request as the simulator saw it. */
export type LedgerLine = { atMs: number; kind: string; accepted: boolean; outcome: string; address: string | null }

export type FlowName = 'old' | 'ours'

/** What one flow did with one load: as many SMS, from as many people at once. */
export type Reading = {
  flow: FlowName
  senders: number
  sms: number
  /** SMS that Orange accepted, each counted once. */
  accepted: number
  /** Accepts beyond the first of an SMS. */
  duplicates: number
  /** SMS that the flow's own account says were sent. */
  reportedSent: number
  /** Calls for a token, and those that brought none. */
  tokenCalls: number
  tokenErrors: number
  /** SMS of which the answer says so in these words. */
  saidNoToken: number
  /** Sends that Orange refused because they were too many. */
  rateLimited: number
  /** From the call to its whole answer, one for each sender. */
  answersMs: number[]
  /** From the first call to the last accept. */
  allSentMs: number
  /** Share of the allowed rate used from the first accept to the last. */
  rateUsed: number
  /** The pace of the last third of the SMS, of that of the first. */
  paceKept: number
}

/** SMS a second of the accepts between two places in their order. */
const rateBetween = (times: readonly number[], from: number, to: number): number =>
  (to - from) / (((times[to] ?? 0) - (times[from] ?? 0)) / 1_000)

/** What the simulator's ledger says of a load. */
export const ledgerFigures = (
  lines: readonly LedgerLine[],
  ratePerSecond: number,
): Pick<Reading, 'accepted' | 'duplicates' | 'tokenCalls' | 'tokenErrors' | 'rateLimited' | 'rateUsed' | 'paceKept'> => {
  const accepts = lines.filter(({ accepted }) => accepted)
  const tokens = lines.filter(({ kind }) => kind === 'token')
  const times = accepts.map(({ atMs }) => atMs)
  const accepted = new Set(accepts.map(({ address }) => address)).size
  const last = times.length - 1
  const third = Math.floor(last / 3)
  return {
    accepted,
    duplicates: accepts.length - accepted,
    tokenCalls: tokens.length,
    tokenErrors: tokens.filter(({ outcome }) => outcome !== 'issued').length,
    rateLimited: lines.filter(({ outcome }) => outcome === 'rate-limited').length,
    rateUsed: last > 0 ? rateBetween(times, 0, last) / ratePerSecond : 0,
    paceKept: third > 0 ? rateBetween(times, last - third, last) / rateBetween(times, 0, third) : 0,
  }
}

export const successOf = ({ accepted, duplicates, reportedSent, sms }: Reading): number =>
  // What the account and Orange's ledger do not both say is no success, and neither is an SMS that came twice.
  Math.max(0, Math.min(accepted, reportedSent) - duplicates) / sms

export const slowest = ({ answersMs }: Reading): number => Math.max(...answersMs)
export const quickest = ({ answersMs }: Reading): number => Math.min(...answersMs)
