import { SmsError } from '@sms/core'
import type { FastifyInstance } from 'fastify'
import type { KeptList } from '../lists/list-messages.ts'
import type { ListReader } from '../lists/list-reader.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Long lists of this request that the list thread keeps for it. */
    keptLists: readonly KeptList[]
  }
}

/** Some thousand numbers; parsing it takes a fraction of a millisecond. */
const LONGEST_BYTES = 64 * 1024

const anonymous = (): SmsError => new SmsError('UNAUTHENTICATED', 'No valid API key or session was sent')

/** Has long JSON bodies of `app` parsed by the list thread, and forgets their lists when the request is over. */
export const addLongBodies = (app: FastifyInstance, { reader }: { reader: ListReader }): void => {
  app.decorateRequest('keptLists', null as unknown as readonly KeptList[])
  app.addHook('onRequest', async (request) => {
    request.keptLists = []
  })

  const parseShort = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    // Nobody is told how to write who has not said who they are.
    if (request.caller === null)
      return void parseShort(request, body.toString(), (error, parsed) => done(error === null ? null : anonymous(), parsed))
    if (body.byteLength <= LONGEST_BYTES) return void parseShort(request, body.toString(), done)
    reader.parse(body).then(
      (parsed) => {
        if (parsed === null) return done(new SmsError('INVALID_INPUT', 'The body is not JSON'))
        request.keptLists = parsed.lists
        done(null, parsed.body)
      },
      (error: Error) => done(error),
    )
  })

  app.addHook('onResponse', async ({ keptLists }) => {
    // Null for a request that was refused before the hook above: an error here would keep the hooks that follow from running.
    if (keptLists !== null && keptLists.length > 0)
      await reader.ask({ kind: 'forget', listIds: keptLists.map(({ listId }) => listId) }).catch(() => {})
  })
}
