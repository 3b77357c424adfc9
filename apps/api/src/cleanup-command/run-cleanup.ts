import { createTextEraser, openDatabase, RESERVED_ADMIN_ID, type TextEraser } from '@sms/db'
import { type databaseConfigSchema, toJson } from '@sms/runtime'
import type { z } from 'zod'
import type { CleanupArguments } from './arguments.ts'

/** Some milliseconds of row locks each, whatever the size of the table. */
const ROWS_A_CHUNK = 2_000

export type Erased = { sms: number; batches: number; isStopped: boolean }

/** Chunk after chunk until none is left, or until told to stop: each is committed by itself, and finds what the one before left. */
export const eraseAll = async (
  eraser: TextEraser,
  { olderThanMs, includeFailed, dryRun }: Pick<CleanupArguments, 'olderThanMs' | 'includeFailed' | 'dryRun'>,
  signal: AbortSignal,
): Promise<Erased> => {
  const rule = { olderThanMs, includeFailed }
  const limit = ROWS_A_CHUNK
  const erased: Erased = { sms: 0, batches: 0, isStopped: false }
  let after: bigint | null = 0n
  while (after !== null && !signal.aborted) {
    const chunk = await eraser.eraseChunk(rule, { after, limit, dryRun })
    erased.sms += chunk.erased
    after = chunk.lastId
  }
  for (let count = limit; count >= limit && !dryRun && !signal.aborted;) {
    count = await eraser.eraseBatches(rule, { limit, dryRun })
    erased.batches += count
  }
  if (dryRun && !signal.aborted) erased.batches = await eraser.eraseBatches(rule, { limit, dryRun })
  return { ...erased, isStopped: signal.aborted }
}

export const runCleanup = async (
  config: z.output<typeof databaseConfigSchema>,
  given: CleanupArguments,
  signal: AbortSignal,
): Promise<{ output: string }> => {
  const { db, release } = openDatabase({ url: config.DATABASE_URL, poolSize: 1, applicationName: 'sms-cleanup' })
  try {
    const { dryRun, asJson } = given
    const erased = await eraseAll(createTextEraser(db, { userId: RESERVED_ADMIN_ID }), given, signal)
    if (asJson) return { output: toJson({ dryRun, ...erased }) }
    const verb = dryRun ? 'would be erased' : 'erased'
    const stopped = erased.isStopped ? '\nStopped before the end: the next run goes on' : ''
    return { output: `Texts of ${erased.sms} SMS and ${erased.batches} batches ${verb}${stopped}` }
  } finally {
    await release()
  }
}
