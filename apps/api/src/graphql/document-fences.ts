import { SmsError } from '@sms/core'
import { type DocumentNode, GraphQLError, parse, type ParseOptions } from 'graphql'
import { costOf, type QueryInput } from './query-cost.ts'

/** GraphQL's own error for what does not parse. */
export const parseDocument = (source: string, options?: ParseOptions): DocumentNode | GraphQLError => {
  try {
    return parse(source, options)
  } catch (error) {
    return error instanceof GraphQLError ? error : new GraphQLError('Syntax Error')
  }
}

/** What a document costs. Throws QUERY_TOO_COSTLY, which says how much of what was asked for. */
export const affordedCostOf = (
  input: QueryInput,
  { costLimit, aliasLimit }: { costLimit: number; aliasLimit: number },
): number => {
  const { cost, aliasCount } = costOf(input)
  if (cost > costLimit || aliasCount > aliasLimit) {
    throw new SmsError('QUERY_TOO_COSTLY', 'The document asks for too much', {
      details: { cost, costLimit, aliasCount, aliasLimit },
    })
  }
  return cost
}
