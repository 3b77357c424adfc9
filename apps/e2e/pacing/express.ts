import { freePort, type Postgres } from '@sms/devstack'
import { ADMIN_API_KEY, openScene, rest, type Scene } from './scene.ts'
import { quantile } from './starts.ts'

export type ExpressFigure = {
  backlog: number
  ratePerSecond: number
  /** Single SMS a second, at moments by chance. */
  urgentPerSecond: number
  urgent: number
  /** From the row to its outcome, by PostgreSQL's clock. */
  p50Ms: number
  p99Ms: number
  worstMs: number
  /** From the call to the answer that it was sent: the API looks at what it waits for from time to time. */
  answerP99Ms: number
  /** Share of all starts that went to the backlog meanwhile. */
  bulkShare: number
}

/** Single SMS through the API, beside a backlog that would take days. */
export const measureExpress = async (
  postgres: Postgres,
  of: Pick<ExpressFigure, 'backlog' | 'ratePerSecond' | 'urgentPerSecond'> & { forMs: number },
): Promise<ExpressFigure> => {
  const scene = await openScene(postgres, { SIMULATOR_TPS: String(of.ratePerSecond) })
  try {
    await scene.givenBatch({ size: of.backlog })
    await scene.startWorkers(2, { ORANGE_TPS: String(of.ratePerSecond) })
    const send = await openSender(scene, of.ratePerSecond)
    await rest(5_000)
    const { accepted } = await scene.summary()
    const waits: number[] = []
    const calls: Promise<void>[] = []
    const endsAt = performance.now() + of.forMs
    for (let n = 1; performance.now() < endsAt; n += 1) {
      const calledAt = performance.now()
      calls.push(send(n).then((isSent) => void (isSent && waits.push(performance.now() - calledAt))))
      // Exponential gaps: arrivals that know nothing of each other.
      await rest((-Math.log(1 - Math.random()) / of.urgentPerSecond) * 1_000)
    }
    const seen = (await scene.sends()).slice(accepted)
    const bulk = seen.filter(({ message }) => message === 'Bonjour').length
    await Promise.all(calls)
    const sent = await scene.db.smsQueue.findMany({
      where: { batchId: null, status: 'SENT' },
      select: { createdAt: true, sentAt: true },
    })
    const untilSent = sent.map(({ createdAt, sentAt }) => Number(sentAt) - Number(createdAt))
    return {
      backlog: of.backlog,
      ratePerSecond: of.ratePerSecond,
      urgentPerSecond: of.urgentPerSecond,
      urgent: calls.length,
      p50Ms: quantile(untilSent, 0.5),
      p99Ms: quantile(untilSent, 0.99),
      worstMs: Math.max(...untilSent),
      answerP99Ms: quantile(waits, 0.99),
      bulkShare: bulk / seen.length,
    }
  } finally {
    await scene.releases.release()
  }
}

const SEND = 'mutation ($to: String!, $message: String!) { sendSms(phoneNumber: $to, message: $message) { status } }'

/** An API; the answer to a single SMS comes when its outcome is known. True: it was sent by then. */
const openSender = async (scene: Scene, ratePerSecond: number): Promise<(n: number) => Promise<boolean>> => {
  const url = `http://127.0.0.1:${await freePort()}`
  const { port } = new URL(url)
  const api = await scene.startChild('apps/api/src/main.ts', { PORT: port, ORANGE_TPS: String(ratePerSecond), LOG_LEVEL: 'info' })
  await api.waitForUrl(`${url}/livez`)
  return async (n) => {
    const to = `+22505${String(n).padStart(8, '0')}`
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: SEND, variables: { to, message: `Code ${n}` } }),
    })
    const body = (await response.json()) as { data?: { sendSms?: { status?: string } } }
    return body.data?.sendSms?.status === 'SENT'
  }
}
