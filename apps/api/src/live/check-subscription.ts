import { SmsError } from '@sms/core'
import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql'
import { affordedCostOf, parseDocument } from '../graphql/document-fences.ts'

export type SubscriptionLimits = {
  documentLimit: number
  costLimit: number
  aliasLimit: number
  queryDepthLimit: number
  costPerRequest: number
}

export type Asked = {
  query: string
  operationName?: string | null | undefined
  variables?: Record<string, unknown> | null | undefined
}

type Checked = { document: DocumentNode } | { errors: GraphQLError[] }

/** The fences of `POST /graphql` before an operation of a socket. Throws INVALID_INPUT, QUERY_TOO_COSTLY and RATE_LIMITED. */
export const checkSubscription = (
  { query, operationName, variables }: Asked,
  deps: {
    schema: GraphQLSchema
    limits: SubscriptionLimits
    rules: readonly ValidationRule[]
    take: (points: number) => boolean
  },
): Checked => {
  const { schema, limits, rules, take } = deps
  const { documentLimit, queryDepthLimit } = limits
  if (query.length > documentLimit)
    throw new SmsError('INVALID_INPUT', 'The document is too long', { details: { documentLimit } })
  // Asked before the work: what does not parse costs too.
  if (!take(1)) throw new SmsError('RATE_LIMITED', 'Too much is asked with this key')
  const document = parseDocument(query)
  if (document instanceof GraphQLError) return { errors: [document] }

  const asked = { document, operationName: operationName ?? null, variables: variables ?? {} }
  const cost = affordedCostOf({ ...asked, entryCount: (list) => list.length }, limits)
  const more = Math.ceil(cost / limits.costPerRequest) - 1
  if (more > 0 && !take(more)) throw new SmsError('RATE_LIMITED', 'Too much is asked with this key')
  if (depthOf(document) > queryDepthLimit) throw new SmsError('QUERY_TOO_COSTLY', 'The document is too deep')

  const errors = validate(schema, document, [...specifiedRules, ...rules])
  if (errors.length > 0) return { errors: [...errors] }
  if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) {
    throw new SmsError('INVALID_INPUT', 'A socket carries subscriptions; queries and mutations are sent by POST')
  }
  return { document }
}

/** Fragments count as much as fields. The cost has refused what holds itself. */
const depthOf = (document: DocumentNode): number => {
  const fragments = new Map<string, SelectionSetNode>()
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node.selectionSet)
  const known = new Map<SelectionSetNode, number>()
  const below = (set: SelectionSetNode | undefined): number => {
    if (set === undefined) return 0
    const before = known.get(set)
    if (before !== undefined) return before
    // Stands for a fragment that holds itself but is used by no operation; the validation refuses it.
    known.set(set, 0)
    const depth = set.selections.reduce(
      (most, selection) =>
        Math.max(
          most,
          1 + below(selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection.selectionSet),
        ),
      0,
    )
    known.set(set, depth)
    return depth
  }
  return document.definitions.reduce((most, node) => Math.max(most, 'selectionSet' in node ? below(node.selectionSet) : 0), 0)
}
