import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import {
  type BatchId,
  type Caller,
  enqueueUpload,
  planUpload,
  type RefusedLine,
  SmsError,
  type UploadAccepted,
  type UploadDeps,
  type UploadPlan,
} from '@sms/core'
import type { BatchQueries } from '@sms/db'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { FRENCH } from '../graphql/french.ts'
import { bigIdOf } from '../graphql/ids.ts'
import type { ServiceEvent } from '../graphql/service.ts'
import type { UploadLimits } from '../uploads/file-text.ts'
import { receiveUpload } from '../uploads/receive-upload.ts'
import { createUploadPlaces } from '../uploads/upload-places.ts'

export type BatchUploadsDeps = {
  uploads: UploadDeps
  batches: Pick<BatchQueries, 'findById'>
  readRefusals: (batchId: BatchId) => AsyncGenerator<RefusedLine[]>
  limits: UploadLimits
  /** Uploads at once, of one user and of all. */
  places: { ofOne: number; ofAll: number }
  presentPlan: (plan: UploadPlan) => Promise<object>
  observe: (event: ServiceEvent) => void
}

/** How long the rest of a refused upload is read and thrown away, so that its client can read why. */
const FAREWELL_MS = 10_000
const RETRY_AFTER_SECONDS = 5

/** A list of any size as a file: read from the socket only as fast as PostgreSQL takes its rows. */
export const addBatchUploads = async (app: FastifyInstance, deps: BatchUploadsDeps): Promise<void> => {
  const places = createUploadPlaces(deps.places)

  // In a scope of its own: no other route reads forms.
  await app.register(async (scope) => {
    await scope.register(multipart)
    scope.post('/v1/batches', async (request, reply) => {
      const caller = callerOf(request)
      reply.raw.once('finish', () => sendOff(request))
      const place = takePlace(places, caller, (seconds) => void reply.header('retry-after', seconds))
      try {
        const input = await receiveUpload(request, caller, deps.limits)
        if (input.isPlan) {
          const plan = await planUpload(deps.uploads, input)
          return await reply
            .header('cache-control', 'no-store')
            .send({ ...(await deps.presentPlan(plan)), ...presentLines(plan) })
        }
        const accepted = await enqueueUpload(deps.uploads, input)
        if (accepted.batch !== null && !accepted.isRepeated) {
          const { id: batchId, userId, kind: batchKind, announced: smsCount } = accepted.batch
          deps.observe({ kind: 'batch-accepted', batchId, userId, batchKind, smsCount })
        }
        const statusCode = accepted.batch === null ? 422 : accepted.isRepeated ? 200 : 201
        return await reply.code(statusCode).header('cache-control', 'no-store').send(presentUpload(accepted))
      } finally {
        place.release()
      }
    })
  })

  app.get('/v1/batches/:id/refused.csv', async (request, reply) => {
    const { id } = request.params as { id: string }
    const batchId = bigIdOf(id)
    const batch = batchId === null ? null : await deps.batches.findById(callerOf(request), batchId)
    // Somebody else's batch does not exist.
    if (batch === null) throw new SmsError('NOT_FOUND', 'The batch does not exist')
    return reply
      .header('content-type', 'text/csv; charset=utf-8; header=present')
      .header('content-disposition', `attachment; filename="batch-${batch.id}-refused.csv"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(refusedCsv(deps.readRefusals(batch.id)), { objectMode: false, highWaterMark: 64 * 1024 }))
  })
}

const callerOf = ({ caller }: FastifyRequest): Caller => {
  if (caller === null) throw new SmsError('UNAUTHENTICATED', 'No valid API key or session was sent')
  return caller
}

const takePlace = (places: ReturnType<typeof createUploadPlaces>, { userId }: Caller, retryAfter: (seconds: number) => void) => {
  try {
    // Not by key: anybody may make more keys of their own, and with two of them nobody else would have a place.
    return places.take(`user ${userId}`)
  } catch (error) {
    retryAfter(RETRY_AFTER_SECONDS)
    throw error
  }
}

/** Node reads what is left of the body after the answer; a client that goes on sending is cut off. */
const sendOff = ({ raw }: FastifyRequest): void => {
  if (raw.complete || raw.destroyed) return
  // Nobody takes the form apart any more.
  raw.unpipe()
  raw.resume()
  const timer = setTimeout(() => raw.destroy(), FAREWELL_MS)
  timer.unref()
  raw.once('close', () => clearTimeout(timer))
}

async function* refusedCsv(pages: AsyncIterable<readonly RefusedLine[]>): AsyncGenerator<string> {
  yield 'line,code,reason\r\n'
  for await (const page of pages) yield page.map(({ line, code }) => `${line},${code},"${FRENCH[code]}"\r\n`).join('')
}

const presentUpload = ({ batch, isRepeated, lineCount, refused }: UploadAccepted) => ({
  batchId: batch === null ? null : String(batch.id),
  status: batch === null ? 'FAILED' : refused.total === 0 ? 'QUEUED' : 'PARTIAL',
  batchStatus: batch?.status ?? null,
  isRepeated,
  ...presentLines({
    lineCount,
    refused,
    all: batch === null || refused.total === 0 ? null : `/v1/batches/${batch.id}/refused.csv`,
  }),
})

const presentLines = ({
  lineCount,
  refused,
  all = null,
}: Pick<UploadAccepted, 'lineCount' | 'refused'> & { all?: string | null }) => ({
  summary: { total: lineCount, accepted: lineCount - refused.total, refused: refused.total },
  refused: {
    total: refused.total,
    byCode: refused.byCode,
    lines: refused.first.map(({ line, code }) => ({ line, code, reason: FRENCH[code] })),
    all,
  },
})
