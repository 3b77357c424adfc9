import { Prisma } from '../../src/generated/client.ts'
import type { Database } from '../../src/index.ts'

/** A condition or a lock of the claim or the settle that closes a hole, and what happens where it is missing. */
export type Guard = {
  name: string
  statement: 'claim' | 'settle'
  /** Found once each in the SQL, however it is broken into lines. */
  cut: readonly { fragment: string; leaving?: string }[]
  /** The promise that is broken then, or the constraint that refuses. */
  breaks: RegExp
}

/** `seed`: of sequences among which one of the first dozen breaks the promise; others are as good and take longer. */
export type SequenceGuard = Guard & { seed: number }

/** Without a fence, what is found first is a matter of chance. */
const ANY_PROMISE =
  /violates (check|unique) constraint|Nobody gets an SMS twice|Attempts are|Every status has|The counters are|are final|UNKNOWN is left/

const BATCH_MAY_SEND = `WHEN b.status NOT IN ('ACTIVE', 'EXPANDING') THEN 'PAUSED'`

/** Those that random sequences find missing; locks are in locks.test.ts. */
export const GUARDS: readonly SequenceGuard[] = [
  {
    name: 'the dispatch number of the job',
    statement: 'claim',
    cut: [{ fragment: `AND f.dispatch = f."jobDispatch"` }],
    // The second where its new dispatch comes in the same round as its claim.
    breaks: /A job of an older dispatch is stale|A job outside the window is stale/,
    seed: 102,
  },
  {
    name: 'the row is in the window',
    statement: 'claim',
    cut: [{ fragment: `AND f."dispatchedAt" IS NOT NULL` }],
    breaks: /A job outside the window is stale/,
    seed: 103,
  },
  {
    name: 'the row is PENDING',
    statement: 'claim',
    cut: [{ fragment: `f.status = 'PENDING' AND f.dispatch`, leaving: 'f.dispatch' }],
    breaks: /Attempts are the claims that count|Nobody gets an SMS twice/,
    seed: 101,
  },
  {
    name: 'the batch is not paused',
    statement: 'claim',
    cut: [{ fragment: BATCH_MAY_SEND }],
    breaks: /Nothing is claimed while its batch is paused/,
    seed: 104,
  },
  {
    name: 'the batch is not cancelled',
    statement: 'claim',
    cut: [{ fragment: `WHEN b.status = 'CANCELLED' THEN 'BATCH_CANCELLED'` }, { fragment: BATCH_MAY_SEND }],
    breaks: /SmsBatch_(cancelled|counts)_check|Nothing is claimed after a cancel/,
    seed: 101,
  },
  {
    name: 'one SMS to a number on the wire',
    statement: 'claim',
    cut: [
      {
        fragment: `WHEN EXISTS (SELECT 1 FROM "SmsQueue" p WHERE p."accountId" = f."accountId" AND p."phoneNumber" = f."phoneNumber"
          AND p.status = 'PROCESSING') THEN 'BUSY'`,
      },
    ],
    breaks: /SmsQueue_on_wire_key/,
    seed: 103,
  },
  {
    name: 'the claim id',
    statement: 'settle',
    cut: [{ fragment: `f.held IS NOT DISTINCT FROM i."claimId" AND (f.was`, leaving: '(f.was' }],
    breaks: ANY_PROMISE,
    seed: 103,
  },
  {
    name: 'a status that takes an outcome',
    statement: 'settle',
    cut: [{ fragment: `AND (f.was = 'PROCESSING' OR (f.was = 'UNKNOWN' AND i.proved))` }],
    breaks: ANY_PROMISE,
    seed: 102,
  },
  {
    name: 'nothing comes back to a cancelled batch',
    statement: 'settle',
    cut: [
      {
        fragment: `CASE WHEN i.target = 'PENDING' AND b.status = 'CANCELLED' THEN 'CANCELLED'::"SmsStatus" ELSE i.target END`,
        leaving: 'i.target',
      },
    ],
    breaks: ANY_PROMISE,
    seed: 101,
  },
]

const patternOf = (fragment: string): RegExp =>
  new RegExp(
    fragment
      .trim()
      .split(/\s+/)
      .map((word) => RegExp.escape(word))
      .join(String.raw`\s+`),
    'g',
  )

/** The statement without the guard. Throws when it does not hold each fragment exactly once: then the table above is out of date. */
export const cutGuard = (sql: Prisma.Sql, guard: Guard): Prisma.Sql => {
  let { strings } = sql
  for (const { fragment, leaving = '' } of guard.cut) {
    const pattern = patternOf(fragment)
    const foundCount = strings.reduce((sum, text) => sum + [...text.matchAll(pattern)].length, 0)
    if (foundCount !== 1)
      throw new Error(`The ${guard.statement} holds "${fragment}" ${foundCount} times: bring this table up to date`)
    strings = strings.map((text) => text.replace(pattern, () => leaving))
  }
  return Prisma.sql(strings, ...sql.values)
}

/**
 * The client with that one guard cut from its statement. It needs connections of its own: a plan that was prepared from the true
 * text has the same name.
 */
export const withoutGuard = (db: Database, guard: Guard): { db: Database; cutCount: () => number } => {
  let cutCount = 0
  const mark = `/* prepared: ${guard.statement} */`
  const cut = new Proxy(db, {
    get: (target, property): unknown => {
      if (property === 'queryPrepared')
        return (sql: Prisma.Sql) => {
          if (!sql.strings[0]?.includes(mark)) return target.queryPrepared(sql)
          cutCount += 1
          return target.queryPrepared(cutGuard(sql, guard))
        }
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { db: cut, cutCount: () => cutCount }
}
