import { setTimeout as wait } from 'node:timers/promises'
import type { FaultRecord, Reading, Status } from './evidence.ts'
import type { System } from './systems.ts'

/** What one look at the whole table, the ledger and the clock showed. */
export type Look = {
  atMs: number
  /** Accepted by the simulator so far. */
  accepted: number
  /** PENDING or PROCESSING rows that will still be sent. */
  open: number
  processing: { phoneNumber: string; claimId: string; claimedBy: string }[]
}

export type OpenFault = { kind: string; startedAtMs: number; endedAtMs: number | null; pid: number | null }

export type Observer = {
  looks: readonly Look[]
  readings: readonly Reading[]
  faults: readonly OpenFault[]
  /** Reads now; null while PostgreSQL is away. */
  look: () => Promise<Look | null>
  /** From now on this fault is there; `pid`: it hits this process alone. */
  begin: (kind: string, pid?: number) => Promise<OpenFault>
  end: (fault: OpenFault) => Promise<void>
  /** Of a fault that is a moment: it has just happened. */
  struck: (kind: string, pid: number) => Promise<void>
  /** Resolves when a look passes; false when it did not within the time. */
  until: (passes: (look: Look) => boolean, withinMs: number) => Promise<boolean>
  stop: () => Promise<void>
}

const EVERY_MS = 200
const API_EVERY = 3

const STATE = `SELECT
  (SELECT coalesce(json_agg(json_build_object('id', b.id::text, 'status', b.status, 'announced', b.announced, 'counts', json_build_object(
    'pending', b.pending, 'processing', b.processing, 'sent', b.sent, 'failed', b.failed, 'cancelled', b.cancelled, 'unknown', b.unknown))), '[]')
   FROM "SmsBatch" b) AS batches,
  (SELECT coalesce(json_agg(json_build_object('batchId', r."batchId"::text, 'status', r.status, 'count', r.count)), '[]')
   FROM (SELECT "batchId", status, count(*)::int AS count FROM "SmsQueue" GROUP BY 1, 2) r) AS rows,
  (SELECT coalesce(json_agg(json_build_object('phoneNumber', s."phoneNumber", 'claimId', s."claimId", 'claimedBy', s."claimedBy")), '[]')
   FROM "SmsQueue" s WHERE s.status = 'PROCESSING') AS processing`

type State = {
  batches: { id: string; status: string; announced: number; counts: Reading['counts'] }[]
  rows: { batchId: string | null; status: Status; count: number }[]
  processing: Look['processing']
}

const rowCounts = (state: State, batchId: string): Reading['counts'] => {
  const counts = { pending: 0, processing: 0, sent: 0, failed: 0, cancelled: 0, unknown: 0 }
  for (const row of state.rows) if (row.batchId === batchId) counts[row.status.toLowerCase() as keyof typeof counts] = row.count
  return counts
}

const openOf = (state: State): number => {
  const cancelled = new Set(state.batches.filter(({ status }) => status === 'CANCELLED').map(({ id }) => id))
  return state.rows
    .filter(({ status, batchId }) => status === 'PROCESSING' || (status === 'PENDING' && !cancelled.has(batchId ?? '')))
    .reduce((sum, { count }) => sum + count, 0)
}

/** Looks at the system from outside, five times a second, as long as it runs. */
export const startObserver = (system: System): Observer => {
  const { sql, simulator } = system.ground
  const looks: Look[] = []
  const readings: Reading[] = []
  const faults: OpenFault[] = []
  const batchIds = new Set<string>()
  let isStopping = false

  const look = async (): Promise<Look | null> => {
    const asked = performance.now()
    try {
      const { rows } = await sql.query<State>(STATE)
      const state = rows[0] as State
      const { accepted } = await simulator.summary()
      const now: Look = { atMs: asked, accepted, open: openOf(state), processing: state.processing }
      for (const { id, status, announced, counts } of state.batches) {
        batchIds.add(id)
        const isCancelled = status === 'CANCELLED'
        readings.push({ atMs: asked, source: 'sql', batchId: id, announced, counts, rows: rowCounts(state, id), isCancelled })
      }
      looks.push(now)
      return now
    } catch {
      // The fault of the moment is PostgreSQL's: there is nothing to read.
      return null
    }
  }

  const readApi = async (): Promise<void> => {
    for (const id of system.api === null ? [] : batchIds) {
      const asked = performance.now()
      const batch = await system.api?.read(id).catch(() => null)
      if (!batch) continue
      const { announced, counts, status } = batch
      readings.push({
        atMs: asked,
        source: 'api',
        batchId: id,
        announced,
        counts,
        rows: null,
        isCancelled: status === 'CANCELLED',
      })
    }
  }

  const run = async (): Promise<void> => {
    while (!isStopping) {
      await look()
      await wait(EVERY_MS)
    }
  }
  const runApi = async (): Promise<void> => {
    while (!isStopping) {
      await readApi()
      await wait(EVERY_MS * API_EVERY)
    }
  }
  const running = Promise.all([run(), runApi()])

  const begin: Observer['begin'] = async (kind, pid) => {
    await look()
    const fault: OpenFault = { kind, startedAtMs: performance.now(), endedAtMs: null, pid: pid ?? null }
    faults.push(fault)
    return fault
  }

  return {
    looks,
    readings,
    faults,
    look,
    begin,
    end: async (fault) => {
      fault.endedAtMs = performance.now()
      await look()
    },
    struck: async (kind, pid) => {
      const atMs = performance.now()
      faults.push({ kind, startedAtMs: atMs, endedAtMs: atMs, pid })
      // What the process had asked PostgreSQL for in its last moment is done by then.
      await wait(50)
      await look()
    },
    until: async (passes, withinMs) => {
      const deadline = performance.now() + withinMs
      while (performance.now() < deadline) {
        const last = looks.at(-1)
        if (last && passes(last)) return true
        await wait(EVERY_MS / 2)
      }
      return false
    },
    stop: async () => {
      isStopping = true
      await running
    },
  }
}

/**
 * What was on the wire at a fault, and when it was over, from the looks alone: PROCESSING in any look from its begin to the first
 * one after its end; recovered when none of those claims is PROCESSING any more and new SMS were accepted, or none was left.
 */
export const recordOf = (fault: OpenFault & { endedAtMs: number }, looks: readonly Look[], restMs = 0): FaultRecord => {
  const isItsOwn = (claimedBy: string): boolean => fault.pid === null || claimedBy.endsWith(`-${fault.pid}`)
  const firstAfter = looks.find(({ atMs }) => atMs >= fault.endedAtMs)
  const during = looks.filter(({ atMs }) => atMs >= fault.startedAtMs && atMs <= (firstAfter?.atMs ?? Infinity))
  const held = during.flatMap(({ processing }) => processing).filter(({ claimedBy }) => isItsOwn(claimedBy))
  const claims = new Set(held.map(({ claimId }) => claimId))
  const recovered = looks.find(
    ({ atMs, accepted, open, processing }) =>
      atMs >= fault.endedAtMs &&
      !processing.some(({ claimId }) => claims.has(claimId)) &&
      (open === 0 || accepted > (firstAfter?.accepted ?? Infinity)),
  )
  return {
    kind: fault.kind,
    count: 1,
    restMs,
    startedAtMs: Math.round(fault.startedAtMs),
    endedAtMs: Math.round(fault.endedAtMs),
    onWire: [...new Set(held.map(({ phoneNumber }) => phoneNumber))],
    recoveredAfterMs: recovered ? Math.max(0, Math.round(recovered.atMs - fault.endedAtMs)) : null,
  }
}

/** The longest time outside every fault, and the rest after it, in which SMS were open, and neither an acceptance nor an outcome came. */
export const standstillOf = (
  looks: readonly Look[],
  faults: readonly Pick<FaultRecord, 'startedAtMs' | 'endedAtMs' | 'restMs'>[],
): number => {
  const spans = faults.map(({ startedAtMs, endedAtMs, restMs }) => ({ startedAtMs, endedAtMs: endedAtMs + restMs }))
  let longest = 0
  let since = looks[0]?.atMs ?? 0
  looks.forEach((look, index) => {
    const before = looks[index - 1]
    const hasMoved = !before || look.accepted > before.accepted || look.open !== before.open || look.open === 0
    const isInFault = spans.some(({ startedAtMs, endedAtMs }) => startedAtMs <= look.atMs && look.atMs <= endedAtMs)
    const ends = spans.map(({ endedAtMs }) => endedAtMs).filter((endedAtMs) => endedAtMs <= look.atMs)
    since = hasMoved || isInFault ? look.atMs : Math.max(since, ...ends)
    longest = Math.max(longest, look.atMs - since)
  })
  return Math.round(longest)
}
