import { type Api, numbers, type Tenant } from './harness.ts'

type Ended = {
  status: 'SENT' | 'FAILED' | 'UNKNOWN'
  /** Null: of one that was sent. */
  code: string | null
  attempts: number
  minutesAgo: number
}

/** A batch of the tenant's that is over, its SMS ended as they are given; with the counters that go with it. */
export const givenFinishedBatch = async (api: Api, tenant: Tenant, ends: readonly Ended[]): Promise<string> => {
  const made = await tenant.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { batchId } }', {
    p: numbers(ends.length),
  })
  const batchId: string = made.data['sendBulkSms'].batchId
  await api.db.$executeRaw`
    UPDATE "SmsQueue" s SET status = e.status::"SmsStatus", "errorCode" = e.code, attempts = e.attempts, "dispatchedAt" = NULL,
      "claimId" = gen_random_uuid(), "lastAttemptAt" = now() - make_interval(mins => e."minutesAgo"),
      "failedAt" = CASE WHEN e.code IS NOT NULL THEN now() END, "sentAt" = CASE WHEN e.code IS NULL THEN now() END
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(ends)}::jsonb) AS (status text, code text, attempts int, "minutesAgo" int))
        WITH ORDINALITY AS e(status, code, attempts, "minutesAgo", n),
      (SELECT id, row_number() OVER (ORDER BY id) AS n FROM "SmsQueue" WHERE "batchId" = ${BigInt(batchId)}) r
    WHERE s.id = r.id AND r.n = e.n`
  const count = (status: Ended['status']): number => ends.filter((end) => end.status === status).length
  await api.db.smsBatch.update({
    where: { id: BigInt(batchId) },
    data: {
      status: 'COMPLETED',
      completedAt: new Date(),
      pending: 0,
      sent: count('SENT'),
      failed: count('FAILED'),
      unknown: count('UNKNOWN'),
    },
  })
  return batchId
}
