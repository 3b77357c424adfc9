import type { PlannedUpload, RefusedLine, UploadChunk, UploadDraft, UploadEnd, UploadRepository } from '@sms/core'
import { batchData, batchOf, bindKey, claimKey, NobodyLeft } from './accept-repository.ts'
import { createRefusalTally, readRefusedLines } from './batch-refusals.ts'
import type { Database } from './client.ts'
import { takeCredits } from './credits.ts'
import type { Prisma } from './generated/client.ts'
import { batchRecordOf } from './records.ts'
import { type Route, routesSql } from './sql/route.ts'
import { type InsertedChunk, insertRefusalsSql, insertUploadSql, type UploadGroup, uploadGroupsSql } from './sql/upload.ts'

type Transaction = Prisma.TransactionClient

/** Thrown to take everything back: an earlier call with this key has answered. */
class Answered extends Error {
  readonly earlier: Exclude<Awaited<ReturnType<typeof claimKey>>, null>
  constructor(earlier: Answered['earlier']) {
    super('The key has an answer')
    this.earlier = earlier
  }
}

/** Thrown to take everything back: it was asked for a plan. */
class Planned extends Error {
  readonly plan: Omit<PlannedUpload, 'refused'>
  constructor(plan: Planned['plan']) {
    super('It was a plan')
    this.plan = plan
  }
}

/**
 * One transaction from the first line to the last: until its commit nobody sees the batch, so nothing of it is dispatched, and what breaks
 * off (the client, this process, PostgreSQL) leaves nothing to clean. `limitMs` bounds how long it may hold PostgreSQL's vacuum back.
 */
export const createUploadRepository = (db: Database, { limitMs }: { limitMs: number }): UploadRepository => ({
  acceptUpload: async (draft, chunks, end) => {
    const tally = createRefusalTally()
    try {
      const batch = await db.$transaction((tx) => acceptUpload(tx, { draft, chunks, end, tally }), {
        maxWait: 10_000,
        timeout: limitMs,
      })
      return { kind: 'accepted', batch: batchRecordOf(batch), isRepeated: false, refused: tally.read() }
    } catch (error) {
      if (error instanceof NobodyLeft) return { kind: 'nobody', refused: tally.read() }
      if (!(error instanceof Answered)) throw error
      const { earlier } = error
      if (earlier === 'conflict') return { kind: 'conflict' }
      return db.$transaction(async (tx) => {
        const batch = await batchOf(tx, earlier)
        return { kind: 'accepted' as const, batch, isRepeated: true, refused: await readRefusedLines(tx, batch.id) }
      })
    }
  },

  planUpload: async (draft, chunks) => {
    const tally = createRefusalTally()
    try {
      return await db.$transaction(
        async (tx) => {
          const { batchId, made, optedOut } = await insertUpload(tx, { draft, chunks, tally })
          throw new Planned({ count: made, optedOut, ...(await figuresOf(tx, batchId)) })
        },
        { maxWait: 10_000, timeout: limitMs },
      )
    } catch (error) {
      if (!(error instanceof Planned)) throw error
      return { ...error.plan, refused: tally.read() }
    }
  },
})

const figuresOf = async (tx: Transaction, batchId: bigint): Promise<Pick<PlannedUpload, 'accounts' | 'delayed'>> => {
  const groups = await tx.$queryRaw<UploadGroup[]>(uploadGroupsSql(batchId))
  const waiting = groups.filter(({ delayed }) => delayed > 0)
  const until = Math.max(0, ...waiting.map((group) => group.until?.getTime() ?? 0))
  return {
    accounts: groups.map(({ accountId, count }) => ({ accountId, count })),
    delayed:
      waiting.length === 0 ? null : { count: waiting.reduce((sum, { delayed }) => sum + delayed, 0), until: new Date(until) },
  }
}

type Input = {
  draft: UploadDraft
  chunks: AsyncIterable<UploadChunk>
  end: () => UploadEnd
  tally: ReturnType<typeof createRefusalTally>
}

/** The batch, seen by nobody before the commit, with its rows and refused lines. */
const insertUpload = async (tx: Transaction, { draft, chunks, tally }: Omit<Input, 'end'>) => {
  const { isTemplate, ...columns } = draft
  // Nobody sees it before the commit; ACTIVE and SCHEDULED are for batches that have SMS.
  const data = { ...batchData({ ...columns, parts: 1, template: null, verify: null, idempotency: null }, 'LIST', 0), isTemplate }
  const opened = await tx.smsBatch.create({
    data: { ...data, announced: 0, status: 'COMPLETED', completedAt: new Date() },
    select: { id: true },
  })
  const routes = draft.isAccountNamed ? [] : await tx.$queryRaw<Route[]>(routesSql())
  const found = new Set<number>()
  const optedOut: number[] = []
  let made = 0
  let readCount = 0
  for await (const chunk of chunks) {
    const refused: RefusedLine[] = [...chunk.refused]
    if (chunk.lines.length > 0) {
      const [inserted] = await tx.$queryRaw<InsertedChunk[]>(insertUploadSql(opened.id, chunk, { routes, quiet: draft.quiet }))
      if (inserted === undefined) throw new Error('An insert gave no answer')
      made += inserted.made
      for (const accountId of inserted.accountIds) found.add(accountId)
      for (const place of inserted.optedOut) {
        refused.push({ line: chunk.lines[place] ?? 0, code: 'OPTED_OUT' })
        optedOut.push(readCount + place)
      }
      for (const place of inserted.duplicates) refused.push({ line: chunk.lines[place] ?? 0, code: 'DUPLICATE' })
    }
    readCount += chunk.lines.length
    if (refused.length === 0) continue
    const inOrder = refused.toSorted((a, b) => a.line - b.line)
    tally.add(inOrder)
    await tx.$executeRaw(insertRefusalsSql(opened.id, inOrder))
  }
  return { batchId: opened.id, isMetered: data.credits !== null, made, found, optedOut }
}

const acceptUpload = async (tx: Transaction, { draft, chunks, end, tally }: Input) => {
  const { batchId, isMetered, made, found, optedOut } = await insertUpload(tx, { draft, chunks, tally })
  const { idempotency, parts, verify } = end()
  const keyed = { userId: draft.userId, idempotency }
  // A key is claimed by its input, which is known only now: of two uploads at once the second waits here for the first.
  const earlier = await claimKey(tx, keyed)
  if (earlier !== null) throw new Answered(earlier)
  if (made === 0) throw new NobodyLeft()
  verify?.({ count: made, optedOut, bound: null })
  // The batch's own account is one that has SMS of it.
  const accounts = [...found].toSorted((a, b) => a - b)
  const accountId = found.has(draft.accountId) ? draft.accountId : (accounts[0] ?? draft.accountId)
  const batch = await tx.smsBatch.update({
    where: { id: batchId },
    data: {
      status: draft.scheduledAt === null ? 'ACTIVE' : 'SCHEDULED',
      completedAt: null,
      pending: made,
      announced: made,
      parts,
      accountId,
      otherAccountIds: accounts.filter((id) => id !== accountId),
      ...(isMetered && { credits: made }),
    },
  })
  await bindKey(tx, keyed, { batchId: batch.id })
  await takeCredits(tx, draft.userId, made)
  return batch
}
