import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isApiPath } from '../sessions/transport.ts'

/**
 * Lets the pages of one other origin ask this service with credentials; for every other origin there is not one header of CORS. Registered
 * before the credentials are asked for: a preflight brings none, and a refusal must be readable for that page too.
 */
export const addCors = async (app: FastifyInstance, { origin }: { origin: string | null }): Promise<void> => {
  if (origin === null) return
  await app.register(cors, () => (request: FastifyRequest, done: (error: Error | null, options: FastifyCorsOptions) => void) => {
    const isTrusted = request.headers.origin === origin && isApiPath(request.url)
    done(null, {
      origin: isTrusted ? origin : false,
      credentials: true,
      methods: ['GET', 'POST'],
      allowedHeaders: ['content-type', 'authorization', 'idempotency-key'],
      exposedHeaders: ['x-request-id', 'retry-after', 'content-disposition'],
      maxAge: 600,
    })
  })
}
