import { request } from 'node:http'

type Answer = { data?: Record<string, unknown> | null; errors?: { message: string; extensions?: { code?: string } }[] }

/** One GraphQL call with a key. By node:http, because fetch gives up on an answer after five minutes, and the old flow may take longer. */
export const call = <Data>(url: string, key: string, query: string, variables: Record<string, unknown>): Promise<Data> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
    const asked = request(`${url}/graphql`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        try {
          const { data, errors } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer
          if (data && !errors) resolve(data as Data)
          else reject(new Error(`answered ${response.statusCode} ${errors?.map(({ message }) => message).join('; ')}`))
        } catch (error) {
          reject(new Error(`answered ${response.statusCode} with something that is no JSON`, { cause: error }))
        }
      })
    })
    asked.on('error', reject)
    asked.end(JSON.stringify({ query, variables }))
  })
