import { Client, type ClientConfig } from 'pg'

/**
 * A statement that is given up here takes the connection with it. Those behind it are with the server already, and it would run them,
 * nobody knows when: it has to notice that nobody is there any more.
 */
const LOOK_FOR_CLIENT = `SET client_connection_check_interval = '500ms'`

/** After a connection that could not be had. */
const REST_MS = 5_000

const prepare = async (client: Client): Promise<void> => {
  await client.connect()
  await client.query(LOOK_FOR_CLIENT)
}

type Statement = { name: string; text: string; values: unknown[] }

type Pipeline = {
  /** Null: it is not open yet, or the oldest statement on it has waited for its answer so long that this one had better go another way. */
  query<Row>(statement: Statement): Promise<Row[]> | null
  /** Lets what is under way end. */
  release(): Promise<void>
}

/**
 * One connection on which statements are sent without waiting for the answers to those before; each is a transaction of its own. For
 * statements that would meet on the same row: on connections of their own one waits for the other in PostgreSQL, finds the row changed
 * and sets up its whole plan again to look at it anew; and where they take turns the server stands still until this process, busy with
 * what the former answer brought, sends the next.
 *
 * It is opened by the first statement that asks, again after it broke, and closed when it was idle for `idleMs`: a network may forget a
 * quiet one.
 */
export const createPipeline = (
  config: ClientConfig,
  { patienceMs, idleMs }: { patienceMs: number; idleMs: number },
): Pipeline => {
  let current: { client: Client; isOpen: boolean } | null = null
  /** What is not answered, the oldest first. */
  const sent = new Set<{ at: number }>()
  let idle: NodeJS.Timeout | undefined
  let isReleased = false
  /** A server that is not there, or too old to look for its client, is not asked again with every statement. */
  let mayOpenAt = -Infinity

  const open = (): void => {
    const opening = { client: new Client({ ...config, pipeline: true }), isOpen: false }
    const forget = (): void => {
      if (current === opening) current = null
    }
    // Unheard, an error would end the process; who waits for an answer hears of it.
    opening.client.on('error', forget)
    opening.client.on('end', forget)
    current = opening
    const end = (): void => void opening.client.end().catch(() => undefined)
    prepare(opening.client).then(
      () => {
        // Released meanwhile.
        if (current === opening) opening.isOpen = true
        else end()
      },
      () => {
        mayOpenAt = performance.now() + REST_MS
        forget()
        end()
      },
    )
  }

  const close = async (): Promise<void> => {
    const closing = current
    current = null
    if (closing?.isOpen) await closing.client.end().catch(() => undefined)
  }

  const send = async <Row>(client: Client, statement: Statement): Promise<Row[]> => {
    const entry = { at: performance.now() }
    sent.add(entry)
    clearTimeout(idle)
    try {
      return (await client.query<Row & object>(statement)).rows
    } finally {
      sent.delete(entry)
      if (sent.size === 0 && !isReleased) idle = setTimeout(() => void close(), idleMs).unref()
    }
  }

  return {
    query: (statement) => {
      if (isReleased) return null
      if (current === null && performance.now() >= mayOpenAt) open()
      const [oldest] = sent
      if (!current?.isOpen || (oldest !== undefined && performance.now() - oldest.at > patienceMs)) return null
      return send(current.client, statement)
    },
    release: () => {
      isReleased = true
      clearTimeout(idle)
      return close()
    },
  }
}
