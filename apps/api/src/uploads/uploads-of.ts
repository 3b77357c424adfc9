import { randomUUID } from 'node:crypto'
import type { AcceptDeps } from '@sms/core'
import { createUploadRepository, type Database, readBatchRefusals } from '@sms/db'
import type { BatchUploadsDeps } from '../plugins/batch-uploads.ts'

/** A million lines with some columns are some 60 MB; a transaction of a quarter of an hour does PostgreSQL's vacuum no harm. */
const UPLOAD_LIMITS = { fileBytes: 512 * 1024 * 1024, lineLength: 16 * 1024, stallMs: 30_000, totalMs: 15 * 60_000 }
const UPLOAD_LINES = 1_000_000
/** Each holds one of the ten connections to PostgreSQL. */
const UPLOADS_AT_ONCE = { ofOne: 2, ofAll: 4 }
const REFUSALS_A_PAGE = 5_000

/** Part of `deps.ts`: what an upload may be, and where it goes. */
export const uploadsOf = (db: Database, accept: AcceptDeps): Omit<BatchUploadsDeps, 'batches' | 'observe' | 'presentPlan'> => ({
  uploads: {
    ...accept,
    newId: () => randomUUID(),
    // Beyond the patience with a client: the commit comes after the last byte.
    uploads: createUploadRepository(db, { limitMs: UPLOAD_LIMITS.totalMs + 60_000 }),
    maxLines: UPLOAD_LINES,
  },
  readRefusals: (batchId) => readBatchRefusals(db, batchId, REFUSALS_A_PAGE),
  limits: UPLOAD_LIMITS,
  places: UPLOADS_AT_ONCE,
})
