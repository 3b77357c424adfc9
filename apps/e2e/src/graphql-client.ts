export type GraphqlClient = <T>(query: string, variables?: Record<string, unknown>) => Promise<T>

type Answer<T> = { data?: T; errors?: { message: string; extensions?: { code?: string } }[] }

/** Calls the API as its clients do. Errors of GraphQL are thrown, with their codes. */
export const createGraphqlClient = (input: { url: string; apiKey: string }): GraphqlClient => {
  return async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const response = await fetch(`${input.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${input.apiKey}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(30_000),
    })
    const answer = (await response.json()) as Answer<T>
    if (answer.errors !== undefined || answer.data === undefined) {
      const errors = (answer.errors ?? []).map(({ message, extensions }) => `${extensions?.code ?? 'error'}: ${message}`)
      throw new Error(`the API answered ${response.status} ${errors.join('; ')}`)
    }
    return answer.data
  }
}
