import type { Readiness } from '@sms/runtime'
import type { FastifyInstance } from 'fastify'

/** `/livez`: the process answers. `/readyz`: so do the services it needs. A status word only: both are open. */
export const addHealth = (app: FastifyInstance, deps: { readiness: () => Promise<Readiness> }): void => {
  app.get('/livez', { config: { isOpen: true } }, async () => ({ status: 'ok' }))

  app.get('/readyz', { config: { isOpen: true } }, async (request, reply) => {
    const { ok, failing } = await deps.readiness()
    if (!ok) request.log.warn({ failing }, 'Not ready')
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ready' : 'unavailable' })
  })
}
