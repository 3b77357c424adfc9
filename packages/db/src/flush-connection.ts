import { Client, type ClientConfig } from 'pg'
import { createSharedFlush, type SharedFlush } from './shared-flush.ts'

/**
 * The connection that takes to the disk what was committed soon. A server that crashes in between loses what it had committed, and would
 * flush what is left of it, over a connection made afterwards, without a word. One that was open before the commit ends with it.
 */
export type FlushConnection = {
  /** Resolves, before a statement is sent, with the flush that proves it: over the connection that is open now, or not at all. */
  open(): Promise<SharedFlush>
  release(): Promise<void>
}

export const createFlushConnection = (config: ClientConfig, text: string): FlushConnection => {
  let current: { client: Client; flush: Promise<SharedFlush> } | null = null
  let isReleased = false

  const connect = (): { client: Client; flush: Promise<SharedFlush> } => {
    const client = new Client(config)
    const forget = (): void => {
      if (current?.client === client) current = null
    }
    // Unheard, an error would end the process; who waits for an answer hears of it.
    client.on('error', forget)
    client.on('end', forget)
    // One that has not answered is not asked again: perhaps nobody is there any more.
    const giveUp = (reason: unknown): never => {
      forget()
      void client.end().catch(() => undefined)
      throw reason
    }
    const flush = client
      .connect()
      .then(() => createSharedFlush(() => client.query({ name: 'flush', text }).catch(giveUp)), giveUp)
    return { client, flush }
  }

  return {
    open: () => {
      if (isReleased) return Promise.reject(new Error('Released'))
      current ??= connect()
      return current.flush
    },
    release: async () => {
      isReleased = true
      await current?.client.end().catch(() => undefined)
    },
  }
}
