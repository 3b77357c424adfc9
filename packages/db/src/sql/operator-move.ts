import type { Caller, ReplayChannel, UnknownDecision } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { dueOf } from './credits.ts'

/**
 * `lastId` is the whole chunk's. An empty chunk gives no row. `parts` of one SMS: of its batch; null for a single one, whose `text`
 * then has to be measured. Both are null for what was not UNKNOWN.
 */
export type MoveRow = {
  verdict: string
  status: string
  smsCount: number
  parts: number | null
  text: string | null
  lastId: bigint
  accountIds: number[]
}

export type OperatorMove = {
  act: 'REPLAY' | UnknownDecision
  caller: Caller
  via: ReplayChannel
  reason: string | null
  moreAttempts: number
  /** Moves also what its user's credits do not cover: the user then owes it. */
  mayOwe: boolean
  /** What was asked for, JSON. */
  filter: string | null
  /** An expression over the row `f` and its batch `b`, as they are under their locks; 'MOVED' for what is moved. */
  verdict: Prisma.Sql
}

/** Younger UNKNOWN may still be settled by the proof that is on its way. */
const UNKNOWN_RESTS = Prisma.sql`interval '10 minutes'`

/** Of a SMALLINT. */
const MOST_ATTEMPTS = 32_767

/**
 * Reasons not to send an SMS again, the same for a replay and for an UNKNOWN. What was assumed not to be sent rests as long as an
 * UNKNOWN: the assumption is no way round the rest.
 */
export const sendAgainRefusals = Prisma.sql`
    WHEN (f.was = 'UNKNOWN' OR f."errorCode" = 'ASSUMED_NOT_SENT') AND f."lastAttemptAt" > clock_timestamp() - ${UNKNOWN_RESTS} THEN 'TOO_RECENT'
    WHEN b.status = 'CANCELLED' THEN 'BATCH_CANCELLED'
    WHEN f."validUntil" <= clock_timestamp() THEN 'EXPIRED'`

/** Columns of an SMS that are judged, named as in the statement below. */
export const JUDGED_COLUMNS = Prisma.sql`s.id, s."batchId", s."accountId", s.status AS was, s.attempts, s.dispatch, s."errorCode",
    s."validUntil", s."lastAttemptAt", s."failedAt", s."claimId", s."userId", s.credit, CASE WHEN s."batchId" IS NULL AND s.status = 'UNKNOWN' THEN s.message END AS text`

/**
 * What a person moves by hand: FAILED or UNKNOWN → PENDING, UNKNOWN → SENT or FAILED, on the same rows, with the counters of their
 * batches, the evidence of each SMS and the operator's act, in one statement: none is ever without the others.
 *
 * Judged under the locks, batches by id, then SMS by id: a second press finds what the first one left, a cancel that was first finds
 * CANCELLED, late proof that was first finds SENT. The claim id goes: a late word about the attempt that is superseded must not
 * settle the next one, nor undo the decision; the evidence keeps it, so that such a word is recognised. Attempts stay counted and their
 * limit rises with what is sent again. A batch that was done has work again, if something of it is PENDING.
 *
 * What is sent again takes its credits here, of each user so many as the batches and SMS do not hold any more (an UNKNOWN was never given
 * back, a FAILED not always yet): the balance finds nothing left to take. The user's row comes last, as in a send, and a user whose credits
 * do not cover all that would be moved of theirs keeps it as it is. Were they looked at before, two replays could both find the same credits.
 */
export const operatorMoveSql = (move: OperatorMove, chosen: Prisma.Sql) => {
  const { written, to, target, event } = EFFECTS[move.act](move)
  return Prisma.sql`
WITH chosen AS MATERIALIZED (${chosen}),
batch AS MATERIALIZED (
  SELECT b.id, b.status, b.parts, b.credits, ${dueOf} AS due FROM "SmsBatch" b
  WHERE b.id IN (SELECT c."batchId" FROM chosen c)
  ORDER BY b.id
  FOR NO KEY UPDATE
),
found AS MATERIALIZED (
  SELECT ${JUDGED_COLUMNS}
  FROM "SmsQueue" s JOIN chosen c ON c.id = s.id
  WHERE (SELECT count(*) FROM batch) >= 0
  ORDER BY s.id
  FOR NO KEY UPDATE OF s
),
asked AS MATERIALIZED (
  SELECT f.*, CASE WHEN f.was = 'UNKNOWN' THEN b.parts END AS parts, ${move.verdict} AS answer
  FROM found f LEFT JOIN batch b ON b.id = f."batchId"
),
${CREDITS_OF[move.act](move.mayOwe)},
judged AS MATERIALIZED (
  SELECT a.*, CASE WHEN a.answer = 'MOVED' AND a."userId" IN (SELECT p.id FROM payer p WHERE NOT p."isCovered") THEN 'INSUFFICIENT_CREDIT'
    ELSE a.answer END AS verdict
  FROM asked a
),
paid AS (
  UPDATE "User" u SET "smsCredit" = u."smsCredit" - p.owed FROM payer p WHERE u.id = p.id AND p."isCovered"
),
written AS (
  UPDATE "SmsQueue" s SET ${written}, "claimId" = NULL
  FROM judged j WHERE s.id = j.id AND j.verdict = 'MOVED'
),
act AS (
  INSERT INTO "OperatorAct" ("userId", via, kind, reason, filter, "smsCount", "batchId", before, after)
  SELECT ${move.caller.userId}, ${move.via}, ${move.act}, ${move.reason}, ${move.filter}, n.n,
    -- Of several batches, or of singles too, it is no act on one batch.
    CASE WHEN n.batched = n.n AND n.first = n.last THEN n.first END,
    json_strip_nulls(json_build_object('FAILED', nullif(n.failed, 0), 'UNKNOWN', nullif(n.n - n.failed, 0)))::text,
    json_strip_nulls(json_build_object(${to}::text, n.n))::text
  FROM (
    SELECT count(*)::int AS n, count(*) FILTER (WHERE j.was = 'FAILED')::int AS failed, count(j."batchId")::int AS batched,
      min(j."batchId") AS first, max(j."batchId") AS last
    FROM judged j WHERE j.verdict = 'MOVED'
  ) n WHERE n.n > 0
  RETURNING id
),
evidence AS (
  INSERT INTO "SmsEvent" ("smsId", at, kind, attempt, code, text, "actId", "claimId")
  SELECT j.id, clock_timestamp(), ${event}, j.attempts, j."errorCode", ${move.reason}, a.id, j."claimId"
  FROM judged j CROSS JOIN act a WHERE j.verdict = 'MOVED'
),
counted AS (
  UPDATE "SmsBatch" b SET ${target}
  FROM (
    SELECT j."batchId" AS id, count(*)::int AS n, count(*) FILTER (WHERE j.was = 'FAILED')::int AS failed,
      coalesce((SELECT d.owed FROM debt d WHERE d."batchId" = j."batchId"), 0) AS owed
    FROM judged j WHERE j.verdict = 'MOVED' AND j."batchId" IS NOT NULL GROUP BY j."batchId"
  ) m WHERE b.id = m.id
)
SELECT j.verdict, j.was::text AS status, count(*)::int AS "smsCount", j.parts::int AS parts, j.text,
  max(max(j.id)) OVER () AS "lastId", array_agg(DISTINCT j."accountId") AS "accountIds"
FROM judged j GROUP BY j.verdict, j.was, j.parts, j.text`
}

/**
 * `debt`: credits that have to be taken for what was asked for, a row for each batch and one for each user's single SMS. `payer`: of whom.
 * The row is locked before it is looked at.
 */
const takesCredits = (mayOwe: boolean): Prisma.Sql => Prisma.sql`
debt AS MATERIALIZED (
  SELECT a."userId", a."batchId", least(count(*), greatest(b.due + count(*) - b.credits, 0))::int AS owed
  FROM asked a JOIN batch b ON b.id = a."batchId"
  WHERE a.answer = 'MOVED' AND a.was = 'FAILED' AND b.credits IS NOT NULL
  GROUP BY a."userId", a."batchId", b.due, b.credits
  UNION ALL
  SELECT a."userId", NULL, count(*)::int FROM asked a
  WHERE a.answer = 'MOVED' AND a."batchId" IS NULL AND a.credit = 0 GROUP BY a."userId"
),
due AS MATERIALIZED (SELECT d."userId", sum(d.owed)::int AS owed FROM debt d GROUP BY d."userId" HAVING sum(d.owed) > 0),
locked AS MATERIALIZED (
  SELECT u.id, u."smsCredit" FROM "User" u WHERE u.id IN (SELECT d."userId" FROM due d) ORDER BY u.id FOR NO KEY UPDATE
),
payer AS MATERIALIZED (
  SELECT l.id, d.owed, (${mayOwe}::bool OR l."smsCredit" >= d.owed) AS "isCovered" FROM locked l JOIN due d ON d."userId" = l.id
)`

const takesNothing = (): Prisma.Sql => Prisma.sql`
debt AS (SELECT NULL::bigint AS "batchId", 0 AS owed WHERE FALSE),
payer AS (SELECT NULL::int AS id, 0 AS owed, TRUE AS "isCovered" WHERE FALSE)`

const CREDITS_OF: Record<OperatorMove['act'], (mayOwe: boolean) => Prisma.Sql> = {
  REPLAY: takesCredits,
  SEND_AGAIN: takesCredits,
  ASSUME_SENT: takesNothing,
  ASSUME_NOT_SENT: takesNothing,
}

type Effect = {
  /** What becomes of an SMS `s`. */
  written: Prisma.Sql
  to: 'PENDING' | 'SENT' | 'FAILED'
  /** What becomes of a batch `b` of whose SMS `m` were moved: `n` in all, `failed` of them from FAILED, `owed` credits taken. */
  target: Prisma.Sql
  event: string
}

/** A receipt may still tell what became of the attempt. Of several that were given up the last stands for all of them. */
const keepsItsStart = Prisma.sql`"supersededAttemptAt" = CASE WHEN j.was = 'UNKNOWN' THEN j."lastAttemptAt" ELSE s."supersededAttemptAt" END`

const sendsAgain = ({ moreAttempts }: Pick<OperatorMove, 'moreAttempts'>): Effect => ({
  written: Prisma.sql`status = 'PENDING', "maxAttempts" = least(${MOST_ATTEMPTS}, j.attempts + ${moreAttempts}::int),
    "errorCode" = NULL, "errorMessage" = NULL, "failedAt" = NULL, "dispatchedAt" = NULL, "nextAttemptAt" = clock_timestamp(),
    credit = CASE WHEN s.credit = 0 THEN 1 ELSE s.credit END, ${keepsItsStart}`,
  to: 'PENDING',
  target: Prisma.sql`credits = b.credits + m.owed, pending = b.pending + m.n, failed = b.failed - m.failed, unknown = b.unknown - (m.n - m.failed),
    status = CASE WHEN b.status = 'COMPLETED' THEN 'ACTIVE' ELSE b.status END, "completedAt" = NULL,
    -- Whoever sends it again wants it sent: the pause under which it had completed is over.
    "pausedAt" = CASE WHEN b.status <> 'COMPLETED' THEN b."pausedAt" END`,
  event: 'REPLAYED',
})

const EFFECTS: Record<OperatorMove['act'], (move: Pick<OperatorMove, 'moreAttempts'>) => Effect> = {
  REPLAY: sendsAgain,
  SEND_AGAIN: sendsAgain,
  // UNKNOWN keeps no batch open and neither do SENT and FAILED: its status stays, also that of a cancelled one.
  ASSUME_SENT: () => ({
    written: Prisma.sql`status = 'SENT', "sentAt" = clock_timestamp(), "errorCode" = NULL, "errorMessage" = NULL, "failedAt" = NULL`,
    to: 'SENT',
    target: Prisma.sql`sent = b.sent + m.n, unknown = b.unknown - m.n`,
    event: 'ASSUMED_SENT',
  }),
  ASSUME_NOT_SENT: () => ({
    written: Prisma.sql`status = 'FAILED', "errorCode" = 'ASSUMED_NOT_SENT',
    "errorMessage" = 'It was UNKNOWN; an administrator decided that it was not sent.', "failedAt" = clock_timestamp(),
    ${keepsItsStart}`,
    to: 'FAILED',
    target: Prisma.sql`failed = b.failed + m.n, unknown = b.unknown - m.n`,
    event: 'ASSUMED_NOT_SENT',
  }),
}
