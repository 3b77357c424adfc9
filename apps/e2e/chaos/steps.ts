import type { Proxy, ProxyTap } from '@sms/devstack'

/** The ways of one worker to the world, each through a proxy of its own. */
export type Wires = { redis: Proxy; postgres: Proxy; provider: Proxy }

/** The steps of the pipeline between which a process can die, as they are seen from outside. */
export const STEPS = [
  'before the claim',
  'claim committed',
  'request written',
  'answer received',
  'settle committed',
  'job finished',
] as const
export type Step = (typeof STEPS)[number]

export type Statement = 'claim' | 'settle'
/** Knows a worker's statements when it sees their bytes. */
export type Dialect = (chunk: Buffer) => Statement | null

/** Bind names the prepared statement behind an empty portal name. */
const BIND = { claim: Buffer.from('\0claim\0'), settle: Buffer.from('\0settle\0') }

export const ourDialect: Dialect = (chunk) =>
  chunk.includes(BIND.claim) ? 'claim' : chunk.includes(BIND.settle) ? 'settle' : null

/** The plain worker writes one row before the send and one after it, by Prisma's own UPDATE. */
export const plainDialect: Dialect = (chunk) => {
  if (!chunk.includes('UPDATE "public"."SmsQueue"')) return null
  if (chunk.includes('PROCESSING')) return 'claim'
  return chunk.includes('SENT') ? 'settle' : null
}

/** ReadyForQuery outside a transaction: what was asked is committed and answered. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** BullMQ's script that ends a job names the field it writes. */
const FINISHED = Buffer.from('$11\r\nreturnvalue\r\n')

const postgresTap = (dialect: Dialect, statement: Statement, when: 'asked' | 'committed', strike: () => void): ProxyTap => {
  const asked = new Set<number>()
  return (chunk, direction, connection) => {
    if (direction === 'to-server') {
      const isIt = dialect(chunk) === statement
      if (isIt && when === 'asked') {
        strike()
        return 'hold'
      }
      if (isIt) asked.add(connection)
      return 'pass'
    }
    if (!asked.has(connection) || !chunk.subarray(-READY.length).equals(READY)) return 'pass'
    asked.delete(connection)
    strike()
    return 'hold'
  }
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** True when the bytes so far are a whole request to send. */
export const isWholeSend = (bytes: Buffer): boolean => {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return false
  const head = bytes.subarray(0, headEnd).toString('latin1')
  if (!head.startsWith('POST ') || !head.includes('/outbound/')) return false
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  return bytes.length - headEnd - HEAD_END.length >= length
}

const providerTap = (strike: () => void): ProxyTap => {
  const requests = new Map<number, Buffer>()
  return (chunk, direction, connection) => {
    if (direction === 'to-client') {
      requests.delete(connection)
      return 'pass'
    }
    const soFar = Buffer.concat([requests.get(connection) ?? Buffer.alloc(0), chunk])
    requests.set(connection, soFar)
    if (isWholeSend(soFar)) strike()
    return 'pass'
  }
}

const redisTap = (strike: () => void): ProxyTap => {
  const tails = new Map<number, Buffer>()
  return (chunk, direction, connection) => {
    if (direction === 'to-client') return 'pass'
    const bytes = Buffer.concat([tails.get(connection) ?? Buffer.alloc(0), chunk])
    tails.set(connection, bytes.subarray(-FINISHED.length))
    if (bytes.includes(FINISHED)) strike()
    return 'pass'
  }
}

const tapOf = (step: Step, dialect: Dialect, strike: () => void): { wire: keyof Wires; tap: ProxyTap } => {
  switch (step) {
    case 'before the claim':
      return { wire: 'postgres', tap: postgresTap(dialect, 'claim', 'asked', strike) }
    case 'claim committed':
      return { wire: 'postgres', tap: postgresTap(dialect, 'claim', 'committed', strike) }
    case 'request written':
      return { wire: 'provider', tap: providerTap(strike) }
    case 'answer received':
      return { wire: 'postgres', tap: postgresTap(dialect, 'settle', 'asked', strike) }
    case 'settle committed':
      return { wire: 'postgres', tap: postgresTap(dialect, 'settle', 'committed', strike) }
    case 'job finished':
      return { wire: 'redis', tap: redisTap(strike) }
  }
}

/**
 * Strikes in the very turn in which the bytes of the step are seen, before they go on: a question that must not be asked and an
 * answer that must not arrive are held, a request that is written and a job that is finished pass. Resolves when it has struck.
 */
export const strikeAt = (input: {
  wires: Wires
  step: Step
  dialect: Dialect
  strike: () => void
  withinMs: number
}): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const { wire, tap } = tapOf(input.step, input.dialect, () => {
    input.wires[wire].watch(null)
    clearTimeout(late)
    input.strike()
    resolve(true)
  })
  const late = setTimeout(() => {
    input.wires[wire].watch(null)
    resolve(false)
  }, input.withinMs)
  input.wires[wire].watch(tap)
  return promise
}

/** The API between its commit and the dispatch: the batch is in SQL, and the answer, or its jobs, never leave. */
export const API_STEPS = ['batch committed', 'jobs not yet added'] as const
export type ApiStep = (typeof API_STEPS)[number]

const commitTap = (strike: () => void): ProxyTap => {
  const inserting = new Set<number>()
  const committing = new Set<number>()
  return (chunk, direction, connection) => {
    if (direction === 'to-server') {
      if (chunk.includes('INSERT INTO "SmsQueue"')) inserting.add(connection)
      if (inserting.has(connection) && chunk.includes('COMMIT')) committing.add(connection)
      return 'pass'
    }
    if (!committing.has(connection) || !chunk.subarray(-READY.length).equals(READY)) return 'pass'
    strike()
    return 'hold'
  }
}

/** Of a job's id; the queue's own name has one number. */
const JOB_ID = /sms-\d+-\d+/

const addTap =
  (strike: () => void): ProxyTap =>
  (chunk, direction) => {
    if (direction === 'to-client' || !JOB_ID.test(chunk.toString('latin1'))) return 'pass'
    strike()
    return 'hold'
  }

export const strikeApiAt = (input: {
  wires: Pick<Wires, 'redis' | 'postgres'>
  step: ApiStep
  strike: () => void
  withinMs: number
}): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const wire = input.step === 'batch committed' ? input.wires.postgres : input.wires.redis
  const end = (hasStruck: boolean): void => {
    wire.watch(null)
    clearTimeout(late)
    resolve(hasStruck)
  }
  const strike = (): void => {
    input.strike()
    end(true)
  }
  const late = setTimeout(() => end(false), input.withinMs)
  wire.watch(input.step === 'batch committed' ? commitTap(strike) : addTap(strike))
  return promise
}
