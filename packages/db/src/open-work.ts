import type { Database } from './client.ts'
import { type OpenWorkRow, openWorkSql } from './sql/open-work.ts'

export type OpenWork = 'due' | 'in the window' | 'on the wire' | 'expanding' | 'cancelled, to be swept' | 'receipts' | 'replays'

const WORDS: Record<keyof OpenWorkRow, OpenWork> = {
  isDue: 'due',
  isInWindow: 'in the window',
  isOnWire: 'on the wire',
  isExpanding: 'expanding',
  isUnswept: 'cancelled, to be swept',
  hasReceipts: 'receipts',
  isReplaying: 'replays',
}

/** What there is for a worker to do now; empty: nothing. */
export const findOpenWork = async (db: Database): Promise<OpenWork[]> => {
  const [row] = await db.$queryRaw<OpenWorkRow[]>(openWorkSql())
  return (Object.keys(WORDS) as (keyof OpenWorkRow)[]).filter((name) => row?.[name] === true).map((name) => WORDS[name])
}
