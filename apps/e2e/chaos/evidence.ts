/** Everything a run left behind, from outside: what the checker judges. */

export type Status = 'PENDING' | 'PROCESSING' | 'SENT' | 'FAILED' | 'CANCELLED' | 'UNKNOWN'

export type AuditRow = {
  phoneNumber: string
  batchId: string | null
  status: Status
  messageId: string | null
  deliveryStatus: string | null
  errorCode: string | null
  /** Kinds of its events, oldest first. */
  events: string[]
}

/** One acceptance at the simulator, at its own clock. */
export type Accept = { phoneNumber: string; messageId: string | null; atMs: number; outcome: string }

/** One look at the counters, all from the same moment. */
export type Reading = {
  atMs: number
  source: 'sql' | 'api'
  batchId: string
  /** Recipients the batch was accepted with. */
  announced: number
  counts: Record<Lowercase<Status>, number>
  /** The rows themselves, counted in the same statement; null where only the API was asked. */
  rows: Record<Lowercase<Status>, number> | null
  isCancelled: boolean
}

export type FaultRecord = {
  kind: string
  /** How often; what the simulator does by chance is one record a kind. */
  count: number
  startedAtMs: number
  endedAtMs: number
  /** Recipients whose SMS was PROCESSING while the fault was there (of the process that was hit, where it was one). */
  onWire: string[]
  /** What the system waits by design after it, whatever the lease; 0: nothing. */
  restMs: number
  /** From its end until what was on the wire had an outcome and new SMS were accepted; null: not seen. */
  recoveredAfterMs: number | null
}

export type Cancellation = {
  batchId: string
  /** The simulator's clock when the cancel had been answered. */
  afterMs: number
  /** PROCESSING when the cancel had been answered. */
  inFlight: string[]
}

export type Evidence = {
  /** Every recipient that the API was asked for and took: one SMS each. */
  recipients: string[]
  rows: AuditRow[]
  accepts: Accept[]
  readings: Reading[]
  faults: FaultRecord[]
  /** Recipients whose request the simulator itself answered in a way that proves nothing. */
  ambiguous: string[]
  cancellation: Cancellation | null
  leaseMs: number
  /** From the end of the last fault until nothing was PENDING or PROCESSING; null: it never was. */
  endedAfterMs: number | null
  /** The longest time outside every fault in which work was left and nothing moved. */
  standstillMs: number
  /** UNKNOWN for a time, accepted, and their receipts came: those that need no person. Null where receipts are not the subject. */
  resolvable: string[] | null
  /** What the handset's network said of an SMS, whatever the order in which it was heard. */
  deliveries: { phoneNumber: string; means: string | null }[]
  /** What the run had to hold at least. */
  asked: { sms: number; faults: number; kinds: string[] }
}
