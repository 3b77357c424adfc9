import { writeFile } from 'node:fs/promises'
import { eventually, freePort } from '@sms/devstack'
import { ADMIN_API_KEY, openScene, openServer, rest, type Scene, type Seen } from '../pacing/scene.ts'
import { commandLine, wholeNumber } from '../src/command-line.ts'

const HELP = `pnpm bench cancel [--sms N] [--rate N] [--workers N] [--json FILE] [--help]

Cancels a batch of N waiting SMS over GraphQL while workers send it: how long until the answer, until the last SMS on the wire, and whether
the receipt is exact, against the simulator's ledger and every row.

  --sms N      SMS that wait (default 1000000)
  --rate N     SMS a second meanwhile (default 200)
  --workers N  (default 2)
  --json FILE  also writes the figures there
`

/** What is on the wire takes so long to be answered, so that there is something on it. */
const ORANGE_LATENCY_MS = 100
const SENT_BEFORE_COUNT = 300
/** Long enough for whatever should not come any more to come. */
const WATCHED_MS = 3_000

type Receipt = { stopped: number; notMade: number; onTheWire: number; onTheWireIds: string[] }

export type CancelFigures = {
  sms: number
  answerMs: number
  /** From the call to the last arrival at the simulator; 0: nothing arrived after the call. */
  lastOnWireMs: number
  sent: number
  receipt: Omit<Receipt, 'onTheWireIds'>
  /** Arrivals after the answer that the receipt does not name; must be 0. */
  unnamedCount: number
  /** SMS by which receipt, counters, rows and ledger differ; must be 0. */
  differenceCount: number
}

const CANCEL = 'mutation ($id: ID!) { cancelBatch(id: $id) { cancellation { stopped notMade onTheWire onTheWireIds } } }'

const LOOK = 'query ($id: ID!) { batch(id: $id) { status counts { pending } cancellation { stopped } } }'

/** Whoever cancels has looked at the batch before. */
const lookOver = async (url: string, batchId: bigint): Promise<void> => void (await askOver(url, LOOK, batchId))

const cancelOver = async (url: string, batchId: bigint): Promise<Receipt> => {
  const receipt = (await askOver(url, CANCEL, batchId)).cancelBatch?.cancellation
  if (receipt == null) throw new Error('the cancel gave no receipt')
  return receipt
}

type Answer = { cancelBatch?: { cancellation?: Receipt } }

const askOver = async (url: string, query: string, batchId: bigint): Promise<Answer> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { id: String(batchId) } }),
  })
  return ((await response.json()) as { data?: Answer }).data ?? {}
}

/** What to add to our clock to have the simulator's. */
const offsetOf = async (scene: Scene): Promise<number> => {
  const askedAt = performance.now()
  const { nowMs } = (await (await fetch(`${scene.simulatorUrl}/_simulator/summary`)).json()) as { nowMs: number }
  return nowMs - (askedAt + performance.now()) / 2
}

const idsOf = async (scene: Scene, batchId: bigint, arrivals: readonly Seen[]): Promise<string[]> => {
  const numbers = arrivals.map(({ address }) => (address ?? '').replace('tel:', ''))
  const rows = await scene.db.$queryRaw<{ id: string }[]>`
    SELECT s.id::text AS id FROM "SmsQueue" s WHERE s."batchId" = ${batchId} AND s."phoneNumber" = ANY(${numbers}::text[])`
  return rows.map(({ id }) => id)
}

/** Receipt, counters and rows against each other; the sweep, which is under way, changes none of these sums. */
const differenceOf = async (scene: Scene, batchId: bigint, receipt: Receipt, accepted: number): Promise<number> => {
  const batch = await scene.db.smsBatch.findUniqueOrThrow({ where: { id: batchId } })
  const [rows] = await scene.db.$queryRaw<{ sent: number; stopped: number; total: number }[]>`
    SELECT count(*) FILTER (WHERE s.status = 'SENT')::int AS sent,
      count(*) FILTER (WHERE s.status IN ('PENDING', 'CANCELLED'))::int AS stopped, count(*)::int AS total
    FROM "SmsQueue" s WHERE s."batchId" = ${batchId}`
  if (rows === undefined) throw new Error('nothing was counted')
  return (
    Math.abs(rows.sent - accepted) +
    Math.abs(rows.sent - batch.sent) +
    Math.abs(rows.stopped - batch.cancelled) +
    Math.abs(rows.total - batch.sent - batch.cancelled) +
    // The simulator accepts all that reaches it: only what gave its slot up on the way came back, and was stopped then.
    Math.max(0, receipt.stopped - batch.cancelled) +
    Math.max(0, batch.cancelled - receipt.stopped - receipt.onTheWire)
  )
}

const measureCancel = async (scene: Scene, size: { sms: number; rate: number; workers: number }): Promise<CancelFigures> => {
  const batchId = await scene.givenBatch({ size: size.sms })
  const url = `http://127.0.0.1:${await freePort()}`
  const rate = String(size.rate)
  const api = await scene.startChild('apps/api/src/main.ts', { PORT: new URL(url).port, ORANGE_TPS: rate })
  await api.waitForUrl(`${url}/livez`)
  await scene.startWorkers(size.workers, { ORANGE_TPS: rate })
  await eventually(async () => (await scene.summary()).accepted >= SENT_BEFORE_COUNT, { timeoutMs: 60_000, everyMs: 100 })

  await lookOver(url, batchId)
  const offset = await offsetOf(scene)
  const calledAt = performance.now()
  const receipt = await cancelOver(url, batchId)
  const answeredAt = performance.now()
  await rest(WATCHED_MS)

  const sends = await scene.sends()
  const after = (moment: number): Seen[] => sends.filter(({ atMs }) => atMs > moment + offset)
  const named = new Set(receipt.onTheWireIds)
  const late = await idsOf(scene, batchId, after(answeredAt))
  const { accepted } = await scene.summary()
  const { stopped, notMade, onTheWire } = receipt
  return {
    sms: size.sms,
    answerMs: answeredAt - calledAt,
    lastOnWireMs: Math.max(0, ...after(calledAt).map(({ atMs }) => atMs - offset - calledAt)),
    sent: accepted,
    receipt: { stopped, notMade, onTheWire },
    unnamedCount: late.filter((id) => !named.has(id)).length,
    differenceCount: await differenceOf(scene, batchId, receipt, accepted),
  }
}

const tableOf = (figures: CancelFigures): string => {
  const { stopped, onTheWire } = figures.receipt
  const rows = [
    ['SMS in the batch', String(figures.sms), ''],
    ['from the call to the answer', `${Math.round(figures.answerMs)} ms`, ''],
    ['from the call to the last SMS on the wire', `${Math.round(figures.lastOnWireMs)} ms`, '< 1000 ms'],
    ['stopped, says the receipt', String(stopped), ''],
    ['on the wire, says the receipt', String(onTheWire), ''],
    ['accepted by the simulator', String(figures.sent), ''],
    ['on the wire after the answer and not named', String(figures.unnamedCount), '0'],
    ['receipt, counters, rows and ledger differ by', String(figures.differenceCount), '0'],
  ]
  return `| what | measured | must be |\n|---|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`
}

/** The exit code: 1 when a figure is not what it must be. */
export const runCancel = commandLine({
  help: HELP,
  options: {
    sms: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '200' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
  run: async (values) => {
    const size = {
      // So many that they are still being sent when the cancel comes.
      sms: wholeNumber('sms', values.sms, { min: 1_000, max: 10_000_000 }),
      rate: wholeNumber('rate', values.rate, { min: 10, max: 1_000 }),
      workers: wholeNumber('workers', values.workers, { min: 1, max: 20 }),
    }
    const postgres = await openServer()
    try {
      const scene = await openScene(postgres, { SIMULATOR_TPS: '0', SIMULATOR_LATENCY_MS: String(ORANGE_LATENCY_MS) })
      try {
        const figures = await measureCancel(scene, size)
        process.stdout.write(tableOf(figures))
        if (values.json) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`)
        return figures.lastOnWireMs < 1_000 && figures.unnamedCount === 0 && figures.differenceCount === 0 ? 0 : 1
      } finally {
        await scene.releases.release()
      }
    } finally {
      await postgres.release()
    }
  },
})
