import { Worker } from 'node:worker_threads'
import type { ListAnswer, ListAnswers, ListRequest, ParsedBody } from './list-messages.ts'

/**
 * Reads long request bodies in a thread of its own. 100,000 numbers are 100,000 strings: parsing them, coercing them by GraphQL,
 * normalising them and then collecting their garbage would each stop the event loop for tens of milliseconds.
 */
export type ListReader = {
  /** Null: not JSON. The bytes are moved to the thread and unusable here from then on. */
  parse(bytes: Uint8Array): Promise<ParsedBody | null>
  ask<Kind extends 'normalize' | 'read' | 'forget'>(request: Extract<ListRequest, { kind: Kind }>): Promise<ListAnswers[Kind]>
}

type Waiting = { resolve: (answer: never) => void; reject: (error: Error) => void }

export const openListReader = (): { reader: ListReader; release: () => Promise<void> } => {
  const waiting = new Map<number, Waiting>()
  let lastTurn = 0
  let isReleased = false
  let thread = start()

  function start(): Worker {
    const worker = new Worker(new URL('./list-thread.ts', import.meta.url), { name: 'lists' })
    worker.on('message', (answer: ListAnswer) => {
      const asked = waiting.get(answer.turn)
      waiting.delete(answer.turn)
      if ('failed' in answer) asked?.reject(new Error('The list thread could not do it'))
      else asked?.resolve(answer.answer as never)
    })
    // Such as out of memory: what it was asked fails, the next call has a new one.
    worker.on('error', () => {})
    worker.on('exit', () => {
      for (const { reject } of waiting.values()) reject(new Error('The list thread has ended'))
      waiting.clear()
      if (!isReleased) thread = start()
    })
    return worker
  }

  const send = <Answer>(message: ListRequest, transfer: ArrayBuffer[] = []): Promise<Answer> =>
    new Promise((resolve, reject) => {
      lastTurn += 1
      waiting.set(lastTurn, { resolve, reject })
      thread.postMessage({ turn: lastTurn, message }, transfer)
    })

  return {
    reader: {
      parse: (bytes) => send({ kind: 'parse', bytes }, bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []),
      ask: (request) => send(request),
    },
    release: async () => {
      isReleased = true
      await thread.terminate()
    },
  }
}
