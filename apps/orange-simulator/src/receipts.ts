import * as http from 'node:http'
import * as https from 'node:https'
import type { Ledger } from './ledger.ts'

type Receipt = { dueAtMs: number; url: string; body: string }

/** So many receipts are on their way at once; the others wait their turn. */
const CONCURRENT_COUNT = 32

/**
 * Posts delivery receipts to the caller's webhook. A receipt goes once: Orange's redelivery policy is not known, and a
 * program that counts on it would be wrong.
 */
export const createReceipts = (deps: { ledger: Ledger; now: () => number }) => {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: CONCURRENT_COUNT }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: CONCURRENT_COUNT }),
  }
  let queue: Receipt[] = []
  let head = 0
  let flying = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const post = (receipt: Receipt) => {
    flying += 1
    const settle = (delivered: boolean) => {
      flying -= 1
      deps.ledger.noteReceipt({ waiting: -1, [delivered ? 'delivered' : 'refused']: 1 })
      pump()
    }
    const secure = receipt.url.startsWith('https:')
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(receipt.body) }
    const options = { method: 'POST', headers, agent: agents[secure ? 'https:' : 'http:'], timeout: 10_000 }
    const request = (secure ? https : http).request(receipt.url, options, (response) => {
      response.resume()
      response.on('close', () => settle(response.statusCode === 200))
    })
    let isAnswered = false
    request.on('response', () => (isAnswered = true))
    request.on('timeout', () => request.destroy())
    request.on('error', () => isAnswered || settle(false))
    request.end(receipt.body)
  }

  const pump = () => {
    clearTimeout(timer)
    timer = undefined
    while (!closed && head < queue.length && flying < CONCURRENT_COUNT) {
      const next = queue[head]
      if (!next) break
      const restMs = next.dueAtMs - deps.now()
      if (restMs > 0) {
        timer = setTimeout(pump, Math.ceil(restMs))
        return
      }
      head += 1
      post(next)
    }
    // The queue is a list with a moving head: cheap to take from, given back when it has run dry.
    if (head > 0 && head === queue.length) {
      queue = []
      head = 0
    }
  }

  return {
    schedule(input: { url: string; delayMs: number; messageId: string; address: string; statuses: readonly string[] }) {
      const dueAtMs = deps.now() + input.delayMs
      for (const deliveryStatus of input.statuses) {
        const deliveryInfo = { address: input.address, deliveryStatus }
        const body = JSON.stringify({ deliveryInfoNotification: { callbackData: input.messageId, deliveryInfo } })
        queue.push({ dueAtMs, url: input.url, body })
        deps.ledger.noteReceipt({ waiting: 1 })
      }
      if (timer === undefined) pump()
    },
    close() {
      closed = true
      clearTimeout(timer)
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}
export type Receipts = ReturnType<typeof createReceipts>
