import { type Child, eventually } from '@sms/devstack'
import { ADMIN_API_KEY, type Databases, openScene, type Scene } from '../pacing/scene.ts'
import { call } from './call.ts'
import { type FlowName, ledgerFigures, type LedgerLine, type Reading } from './reading.ts'

/** The load and the Orange that both flows meet. */
export type Terms = {
  sms: number
  /** People who send at the same moment, an equal part each. */
  senders: number
  ratePerSecond: number
  seed: number
  tokenLatencyMs: number
  sendLatencyMs: number
}

/** What the plan's criteria were set against: Orange's token endpoint as the old service met it. */
export const TOKEN_CALLS_PER_SECOND = 5
export const TOKEN_FAULT_SHARE = 0.01

const MESSAGE = 'Bonjour, votre rendez-vous est confirmé.'
const NO_TOKEN = 'Unable to obtain access token'
const BULK =
  'mutation ($phoneNumbers: [String!]!, $message: String!) { sendBulkSms(phoneNumbers: $phoneNumbers, message: $message) { status message batchId summary { total successful failed } results { message } } }'

type Sent = {
  sendBulkSms: { status: string; batchId: string | null; summary: { successful: number }; results: { message: string }[] }
}

/** A flow that is up: whoever sends has a key, and can be told in the end how many of their SMS were sent. */
type Flow = { url: string; keys: string[]; sentOf(key: string, answer: Sent['sendBulkSms']): Promise<number> }

/** One flow under one load, everything started anew: cold processes, empty servers, the same faults for the same seed. */
export const measureFlow = async (databases: Databases, name: FlowName, terms: Terms): Promise<Reading> => {
  const scene = await openScene(databases, simulatorEnv(terms))
  try {
    const flow = await (name === 'ours' ? openOurs(scene, terms) : openOld(scene, terms))
    const calledAt = performance.now()
    const answers = await Promise.all(
      flow.keys.map(async (key, sender) => {
        const { sendBulkSms } = await call<Sent>(flow.url, key, BULK, {
          phoneNumbers: numbersOf(terms, sender),
          message: MESSAGE,
        })
        return { key, sendBulkSms, tookMs: performance.now() - calledAt }
      }),
    )
    const sent = await Promise.all(answers.map(({ key, sendBulkSms }) => flow.sentOf(key, sendBulkSms)))
    const { lines, nowMs, readAt } = await ledgerOf(scene.simulatorUrl)
    const lastAtMs = lines.findLast(({ accepted }) => accepted)?.atMs ?? nowMs
    return {
      flow: name,
      senders: terms.senders,
      sms: terms.sms,
      saidNoToken: answers.flatMap(({ sendBulkSms }) => sendBulkSms.results).filter(({ message }) => message === NO_TOKEN).length,
      reportedSent: sent.reduce((sum, count) => sum + count, 0),
      answersMs: answers.map(({ tookMs }) => tookMs),
      // Two clocks that both only measure durations, compared at the moment of the reading.
      allSentMs: readAt - (nowMs - lastAtMs) - calledAt,
      ...ledgerFigures(lines, terms.ratePerSecond),
    }
  } finally {
    await scene.releases.release()
  }
}

const simulatorEnv = (terms: Terms): Record<string, string> => ({
  SIMULATOR_TPS: String(terms.ratePerSecond),
  SIMULATOR_SEED: String(terms.seed),
  SIMULATOR_LATENCY_MS: String(terms.sendLatencyMs),
  SIMULATOR_TOKEN_LATENCY_MS: String(terms.tokenLatencyMs),
  SIMULATOR_TOKEN_TPS: String(TOKEN_CALLS_PER_SECOND),
  SIMULATOR_FAULTS: JSON.stringify({ tokenRandom: [{ probability: TOKEN_FAULT_SHARE, fault: '503' }] }),
})

/** Each sender's part of the list; the last one has what does not divide. */
export const numbersOf = ({ sms, senders }: Pick<Terms, 'sms' | 'senders'>, sender: number): string[] => {
  const from = Math.floor((sms * sender) / senders)
  const to = Math.floor((sms * (sender + 1)) / senders)
  return Array.from({ length: to - from }, (_, index) => `+22507${String(from + index + 1).padStart(8, '0')}`)
}

const portOf = async (child: Child): Promise<string> => {
  const { port } = JSON.parse(await child.waitForLine(/API listening/)) as { port: number }
  return `http://127.0.0.1:${port}`
}

const openOld = async (scene: Scene, { senders }: Terms): Promise<Flow> => ({
  url: await portOf(await scene.startChild('apps/e2e/bench/old-service.ts', {})),
  keys: Array.from({ length: senders }, (_, sender) => `session-${sender}`),
  sentOf: (_key, { summary }) => Promise.resolve(summary.successful),
})

const BATCH = 'query ($id: ID!) { batch(id: $id) { status counts { sent } } }'

/** API and two workers; each sender is a user with a key and just enough credits. */
const openOurs = async (scene: Scene, terms: Terms): Promise<Flow> => {
  const env = { ORANGE_TPS: String(terms.ratePerSecond) }
  const [api, workers] = await Promise.all([
    scene.startChild('apps/api/src/main.ts', { ...env, PORT: '0' }),
    scene.startWorkers(2, env),
  ])
  await Promise.all(workers.map((worker) => worker.waitForUrl(`${worker.url}/readyz`)))
  const url = await portOf(api)
  const asAdmin = <Data>(query: string, variables: Record<string, unknown>): Promise<Data> =>
    call<Data>(url, ADMIN_API_KEY, query, variables)
  const keys: string[] = []
  for (let sender = 0; sender < terms.senders; sender += 1) {
    const { createUser } = await asAdmin<{ createUser: { id: string } }>(
      'mutation ($u: String!, $c: Int!) { createUser(username: $u, password: "a long password", smsCredit: $c) { id } }',
      { u: `sender-${sender}`, c: numbersOf(terms, sender).length },
    )
    const { createApiKey } = await asAdmin<{ createApiKey: { key: string } }>(
      'mutation ($u: ID!) { createApiKey(userId: $u, name: "bench") { key } }',
      { u: createUser.id },
    )
    keys.push(createApiKey.key)
  }
  const timeoutMs = 60_000 + (2_000 * terms.sms) / terms.ratePerSecond
  return {
    url,
    keys,
    // A batch that does not end in twice its time is read as it stands: what is not sent by then counts against us.
    sentOf: async (key, { batchId }) => {
      if (batchId === null) return 0
      const read = () => call<{ batch: { status: string; counts: { sent: number } } }>(url, key, BATCH, { id: batchId })
      await eventually(async () => (await read()).batch.status === 'COMPLETED', { timeoutMs, everyMs: 250 }).catch(() => null)
      return (await read()).batch.counts.sent
    },
  }
}

const ledgerOf = async (simulatorUrl: string): Promise<{ lines: LedgerLine[]; nowMs: number; readAt: number }> => {
  const response = await fetch(`${simulatorUrl}/_simulator/ledger?limit=1000000`)
  const { entries, nowMs } = (await response.json()) as { entries: LedgerLine[]; nowMs: number }
  return { lines: entries, nowMs, readAt: performance.now() }
}
