import { SmsError } from '@sms/core'
import type { DeliveryReceipt } from '@sms/core'
import { createGroupCommit, type ReceiptRepository } from '@sms/db'
import { isSameSecret, type Metrics } from '@sms/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readReceipts } from '../receipts/read-receipts.ts'

export type ReceiptsDeps = {
  receipts: Pick<ReceiptRepository, 'store' | 'countOrphans'>
  /** ORANGE_RECEIPT_TOKEN. */
  token: string
  /** A database that does not answer for so long is away. */
  limitMs: number
  metrics: Metrics
}

/** Some thousand receipts; Orange sends one a call. */
const BODY_BYTES = 256 * 1024

/** Orange sends one receipt a body. */
const BODIES_AT_ONCE = 100

/** Orange cannot say who it is: the last part of the URL is what only it and we know. */
const RECEIPTS_PATH = '/webhooks/orange/receipts/:token'

/**
 * Orange's delivery receipts: stored as they come in one statement, then answered 200; a worker makes something of them. Nothing here is
 * limited by rate: a receipt that is refused may never come again, and a wrong token costs a digest.
 */
export const addReceipts = async (app: FastifyInstance, deps: ReceiptsDeps): Promise<void> => {
  const received = deps.metrics.counter({
    name: 'sms_receipts_received_total',
    help: 'Delivery receipts that came, by what they were: new, repeated or malformed',
    labelNames: ['result'],
  })
  deps.metrics.gauge({
    name: 'sms_orphan_receipts',
    help: 'Delivery receipts whose SMS has not been found, up to 100,000',
    collect: async (gauge) => {
      // An old figure would be a lie, and so would 0.
      gauge.remove()
      await within(deps.limitMs, deps.receipts.countOrphans()).then(
        (count) => gauge.set(count),
        () => undefined,
      )
    },
  })

  // One connection, however many come: the rest of the pool is everybody else's. A group of bodies is one statement.
  const stores = createGroupCommit<readonly DeliveryReceipt[], void>({
    maxSize: BODIES_AT_ONCE,
    maxWaitMs: 0,
    write: async (bodies) => {
      const receipts = bodies.flat()
      const newCount = await deps.receipts.store(receipts)
      received.inc({ result: 'new' }, newCount)
      received.inc({ result: 'repeated' }, receipts.length - newCount)
      return bodies.map(() => undefined)
    },
  })
  const store = async (receipts: readonly DeliveryReceipt[]): Promise<void> => {
    if (receipts.length === 0) return
    // What would wait in vain is not kept.
    if (stores.pendingForMs() > deps.limitMs) throw new SmsError('UNAVAILABLE', 'The database did not answer in time')
    await within(deps.limitMs, stores.add(receipts))
  }

  const take = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { receipts, malformedCount } = readReceipts(typeof request.body === 'string' ? request.body : '')
    await store(receipts)
    request.log.debug({ receiptCount: receipts.length }, 'Receipts stored')
    if (malformedCount === 0) return reply.send({ stored: receipts.length })

    // What of it was well-formed is kept all the same; brought again it changes nothing.
    received.inc({ result: 'malformed' }, malformedCount)
    request.log.warn({ malformedCount, receiptCount: receipts.length }, 'Receipts malformed')
    throw new SmsError('BAD_RECEIPT', 'The body is no delivery receipt', { details: { malformedCount } })
  }

  /** Before a byte of the body is read; the same answer as for a route that is not there. */
  const requireToken = async (request: FastifyRequest): Promise<void> => {
    const { token } = request.params as { token: string }
    if (!isSameSecret(token, deps.token)) throw new SmsError('NOT_FOUND', 'No such route')
    // One that cannot be read would be answered 415.
    request.headers['content-type'] = 'text/plain'
  }

  await app.register(async (scope) => {
    // Whatever the type says it is: the body decides. And not the parsers of the rest, which ask who sends long ones.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    scope.post(RECEIPTS_PATH, { bodyLimit: BODY_BYTES, config: { isOpen: true }, onRequest: requireToken }, take)
  })
}

/** The statement may land later all the same, which is harmless: receipts are stored once. */
const within = async <Value>(limitMs: number, work: Promise<Value>): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new SmsError('UNAVAILABLE', 'The database did not answer in time')), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
