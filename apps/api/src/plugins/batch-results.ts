import { type BatchId, SmsError } from '@sms/core'
import type { BatchQueries, BatchResult } from '@sms/db'
import type { FastifyInstance } from 'fastify'
import { bigIdOf } from '../graphql/ids.ts'
import { resultsStream } from '../results/results-csv.ts'

export type BatchResultsDeps = {
  batches: Pick<BatchQueries, 'findById'>
  readResults: (batchId: BatchId) => AsyncGenerator<BatchResult[]>
}

/** The outcome of a batch as a file, of any size: a page is read when the client has taken the one before it. */
export const addBatchResults = (app: FastifyInstance, { batches, readResults }: BatchResultsDeps): void => {
  app.get('/v1/batches/:id/results.csv', async (request, reply) => {
    const { id } = request.params as { id: string }
    const batchId = bigIdOf(id)
    const batch = batchId === null || request.caller === null ? null : await batches.findById(request.caller, batchId)
    // Somebody else's batch does not exist.
    if (batch === null) throw new SmsError('NOT_FOUND', 'The batch does not exist')
    return reply
      .header('content-type', 'text/csv; charset=utf-8; header=present')
      .header('content-disposition', `attachment; filename="batch-${batch.id}-results.csv"`)
      .header('cache-control', 'no-store')
      .send(resultsStream(readResults(batch.id)))
  })
}
