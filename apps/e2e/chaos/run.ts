import { setTimeout as wait } from 'node:timers/promises'
import type { Accept, AuditRow, Cancellation, Evidence, FaultRecord } from './evidence.ts'
import { AMBIGUOUS } from './faults/provider.ts'
import { RECEIPTS_BY_ENDING } from './faults/receipts.ts'
import { type Figures, figuresOf } from './figures.ts'
import { acceptsOf, type LedgerEntry, openGround } from './ground.ts'
import { violationsOf, type Violation, wasUnknown } from './invariants.ts'
import { type Look, type OpenFault, recordOf, standstillOf, startObserver, type Observer } from './observer.ts'
import { createRandom } from './random.ts'
import { readRows } from './rows.ts'
import type { Context, Scenario } from './scenario.ts'
import { openBaseline, openProduct, SETTINGS, type System } from './systems.ts'

export type ColumnName = 'product' | 'baseline'
export type ColumnResult = { column: ColumnName; evidence: Evidence; figures: Figures; violations: Violation[] }

export type RunOptions = { scenario: Scenario; column: ColumnName; sms: number; seed: number; logFolder: string | null }

const RATE_PER_SECOND = 60
/** No acceptance for so long: the run goes no further by itself. */
const STALLED_AFTER_MS = 40_000
/** After the last fault: what the product may need at most, and what a plain worker's defaults need to notice a death (30 + 30 s). */
const PATIENCE_MS = { product: 40_000, baseline: 75_000 }
const CANCEL_SHARE = 0.25
const CANCEL_WITHIN_MS = 60_000
const CANCELLED_OF_SMS = 0.2

const createRecipients = (): ((count: number) => string[]) => {
  let last = 0
  return (count) => Array.from({ length: count }, () => `+22507${String(++last).padStart(8, '0')}`)
}

const createProgress =
  (observer: Observer, sms: number) =>
  async (share: number): Promise<boolean> => {
    let best = -1
    let since = performance.now()
    for (;;) {
      const accepted = observer.looks.at(-1)?.accepted ?? 0
      if (accepted >= share * sms) return true
      if (accepted > best) [best, since] = [accepted, performance.now()]
      if (performance.now() - since > STALLED_AFTER_MS) return false
      await wait(50)
    }
  }

/** Cancels when a quarter of the list was sent, as often as it takes for the API to answer. */
const cancelDuring = async (system: System, observer: Observer, batchId: string): Promise<Cancellation | null> => {
  if (!system.api) return null
  const isUnderWay = (): boolean => {
    const last = observer.readings.findLast((reading) => reading.batchId === batchId)
    return last !== undefined && last.counts.sent >= last.announced * CANCEL_SHARE
  }
  if (!(await observer.until(isUnderWay, CANCEL_WITHIN_MS))) return null
  const { sql, simulator } = system.ground
  for (let turn = 0; turn < 200; turn += 1) {
    try {
      await system.api.cancel(batchId)
      const { rows } = await sql.query<{ phoneNumber: string }>(
        `SELECT "phoneNumber" FROM "SmsQueue" WHERE "batchId" = $1 AND status = 'PROCESSING'`,
        [batchId],
      )
      // Read after the rows: what was accepted before this moment may have been settled before they were read.
      const { nowMs } = await simulator.summary()
      return { batchId, afterMs: nowMs, inFlight: rows.map(({ phoneNumber }) => phoneNumber) }
    } catch {
      await wait(250)
    }
  }
  return null
}

const untilEnded = async (options: RunOptions, system: System, observer: Observer): Promise<boolean> => {
  const deadline = performance.now() + PATIENCE_MS[options.column] + (observer.looks.at(-1)?.open ?? 0) * 20
  while (performance.now() < deadline) {
    const look = await observer.look()
    if (look?.open === 0) return true
    // No job is left, and none will come: what is open now stays open.
    if (await system.isDead().catch(() => false)) return false
    await wait(200)
  }
  return false
}

/** What the simulator did by itself, one record a kind, in the clock of the looks. */
const ledgerFaults = (
  { kinds }: Scenario,
  entries: LedgerEntry[],
  clock: { offsetMs: number; looks: readonly Look[] },
): FaultRecord[] => {
  const sends = entries.filter(({ kind, address }) => kind === 'send' && address !== null)
  const kindsOf = ({ outcome, accepted, address }: LedgerEntry): string[] => {
    const byEnding = RECEIPTS_BY_ENDING[String(address).slice(-1)]?.kind
    return [outcome, ...(accepted && byEnding !== undefined ? [byEnding] : [])].filter((kind) => kinds.includes(kind))
  }
  const groups = new Map<string, LedgerEntry[]>()
  for (const entry of sends) for (const kind of kindsOf(entry)) groups.set(kind, [...(groups.get(kind) ?? []), entry])
  return [...groups].map(([kind, group]) => {
    const times = group.map(({ atMs }) => atMs + clock.offsetMs)
    const [startedAtMs, endedAtMs] = [Math.min(...times), Math.max(...times)]
    const numbers = new Set(group.map(({ address }) => String(address).replace('tel:', '')))
    // From the last one until none of these SMS waits for its outcome.
    const over = clock.looks.find(
      ({ atMs, processing }) => atMs > endedAtMs && !processing.some(({ phoneNumber }) => numbers.has(phoneNumber)),
    )
    const recoveredAfterMs = over ? Math.round(over.atMs - endedAtMs) : null
    return { kind, count: group.length, startedAtMs, endedAtMs, restMs: 0, onWire: [], recoveredAfterMs }
  })
}

/** What receipts should have made of the run, where they are its subject. */
const receiptsOf = (scenario: Scenario, rows: AuditRow[], accepts: Accept[]): Pick<Evidence, 'resolvable' | 'deliveries'> => {
  if (scenario.id !== 'F7') return { resolvable: null, deliveries: [] }
  const means = (phoneNumber: string): string | null => {
    const special = RECEIPTS_BY_ENDING[phoneNumber.slice(-1)]
    return special === undefined ? 'DELIVERED' : special.ends
  }
  const accepted = new Set(accepts.map(({ phoneNumber }) => phoneNumber))
  const unknown = rows.filter((row) => wasUnknown(row) && accepted.has(row.phoneNumber))
  return {
    resolvable: unknown.map(({ phoneNumber }) => phoneNumber).filter((phoneNumber) => means(phoneNumber) !== null),
    deliveries: [...accepted].map((phoneNumber) => ({ phoneNumber, means: means(phoneNumber) })),
  }
}

const lastEnd = (faults: FaultRecord[]): number => Math.max(...faults.map(({ endedAtMs }) => endedAtMs))

type Gathered = {
  system: System
  observer: Observer
  recipients: string[]
  cancellation: Cancellation | null
  hasEnded: boolean
}

const evidenceOf = async (options: RunOptions, gathered: Gathered): Promise<{ evidence: Evidence; entries: LedgerEntry[] }> => {
  const { scenario } = options
  const { system, observer, recipients, cancellation, hasEnded } = gathered
  const { nowMs } = await system.ground.simulator.summary()
  const offsetMs = performance.now() - nowMs
  const entries = await system.ground.simulator.ledger()
  const closed = observer.faults.filter((fault): fault is OpenFault & { endedAtMs: number } => fault.endedAtMs !== null)
  const observed = closed.map((fault) => recordOf(fault, observer.looks, scenario.restsMs?.[fault.kind]))
  const faults = [...observed, ...ledgerFaults(scenario, entries, { offsetMs, looks: observer.looks })]
  const endOfFaults = lastEnd(faults)
  const ended = observer.looks.find(({ atMs, open }) => atMs >= endOfFaults && open === 0)
  const ambiguous = entries
    .filter(({ outcome }) => AMBIGUOUS.has(outcome))
    .map(({ address }) => String(address).replace('tel:', ''))
  const rows = await readRows(system.ground.sql)
  const accepts = acceptsOf(entries)
  const evidence: Evidence = {
    recipients,
    rows,
    accepts,
    readings: [...observer.readings],
    faults,
    ambiguous,
    cancellation,
    leaseMs: SETTINGS.leaseMs,
    endedAfterMs: hasEnded && ended ? Math.round(ended.atMs - endOfFaults) : null,
    standstillMs: standstillOf(observer.looks, observed),
    ...receiptsOf(scenario, rows, accepts),
    asked: { sms: options.sms, faults: scenario.leastFaults, kinds: scenario.kinds },
  }
  return { evidence, entries }
}

/** One fault against one system, on servers of its own. */
export const runColumn = async (options: RunOptions): Promise<ColumnResult> => {
  const { scenario, column, sms, seed } = options
  const startedAt = performance.now()
  const ground = await openGround({
    seed,
    latencyMs: SETTINGS.latencyMs,
    simulatorEnv: scenario.simulatorEnv ?? {},
    logFolder: options.logFolder === null ? null : `${options.logFolder}/${scenario.id}-${column}`,
  })
  try {
    const open = column === 'product' ? openProduct : openBaseline
    const system = await open(ground, scenario.ratePerSecond ?? RATE_PER_SECOND)
    const observer = startObserver(system)
    const newRecipients = createRecipients()
    const recipients: string[] = []
    const context: Context = {
      system,
      observer,
      random: createRandom(seed),
      progress: createProgress(observer, sms),
      newRecipients,
      expect: (numbers) => recipients.push(...numbers),
    }
    const send = async (count: number): Promise<string | null> => {
      const to = newRecipients(count)
      context.expect(to)
      return system.send(to)
    }
    await scenario.before?.(context)
    await send(sms)
    const second = system.api === null ? null : await send(Math.round(sms * CANCELLED_OF_SMS))
    const [cancellation] = await Promise.all([
      second === null ? null : cancelDuring(system, observer, second),
      scenario.run(context),
    ])
    const hasEnded = await untilEnded(options, system, observer)
    if (column === 'product') await untilQuiet(system)
    await observer.stop()
    const { evidence, entries } = await evidenceOf(options, { system, observer, recipients, cancellation, hasEnded })
    const figures = figuresOf(evidence, entries, {
      seconds: (performance.now() - startedAt) / 1_000,
      restarts: system.restartCount(),
    })
    return { column, evidence, figures, violations: column === 'product' ? violationsOf(evidence) : [] }
  } finally {
    await ground.release()
  }
}

/** Receipts and late words come after the end. */
const LOOKED_ON_MS = 40_000
/** Longer than a lease, so that whoever still held one had to act. */
const QUIET_MS = 6_000

/** Looks on until nothing has changed for a while: nothing may be sent any more, and what a receipt proves is proved by then. */
const untilQuiet = async (system: System): Promise<void> => {
  const { sql, simulator } = system.ground
  const deadline = performance.now() + LOOKED_ON_MS
  let last = ''
  let since = performance.now()
  while (performance.now() < deadline && performance.now() - since <= QUIET_MS) {
    const { rows } = await sql.query<{ unknown: number }>(
      `SELECT count(*)::int AS unknown FROM "SmsQueue" WHERE status = 'UNKNOWN'`,
    )
    const now = `${rows[0]?.unknown} ${(await simulator.summary()).accepted}`
    if (now !== last) [last, since] = [now, performance.now()]
    await wait(250)
  }
}
