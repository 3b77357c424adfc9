import type { SmsId } from '@sms/core'
import type { Database } from './client.ts'
import { foldEvidenceSql } from './sql/fold-evidence.ts'

/** Bounds the evidence of these SMS. */
export const foldEvidence = async (db: Database, smsIds: readonly SmsId[]): Promise<void> => {
  await db.$executeRaw(foldEvidenceSql(smsIds))
}
