import Fastify, { type FastifyInstance } from 'fastify'
import { isSameSecret, type Metrics, type Readiness } from '@sms/runtime'

/** Health for the supervisor and metrics for Prometheus; the latter ask for the administrator's key. */
export const createHttpServer = (deps: {
  adminApiKey: string
  metrics: Metrics
  readiness: () => Promise<Readiness>
}): FastifyInstance => {
  const server = Fastify({ logger: false, bodyLimit: 1_024 })

  server.get('/livez', () => ({ status: 'ok' }))

  server.get('/readyz', async (_request, reply) => {
    const { ok } = await deps.readiness()
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'unavailable' })
  })

  server.get('/metrics', async (request, reply) => {
    const [, key] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (key === undefined || !isSameSecret(key, deps.adminApiKey)) {
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({ code: 'UNAUTHENTICATED', message: 'The administrator key is needed' })
    }
    return reply.type(deps.metrics.contentType).send(await deps.metrics.text())
  })

  return server
}
