import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'

/**
 * What a document asks for, before it is validated or run. A field costs 1 and what is selected below it; below a list that is counted
 * as often as the list is long: its `first` or `limit`, or what {@link USUAL_LENGTHS} says. A long list that is sent costs 1 for each 100 entries.
 */
export type QueryCost = { cost: number; aliasCount: number }

/** Lists without `first`, and the `first` that is taken when none is given. */
const USUAL_LENGTHS = new Map(
  Object.entries({
    smsHistory: 100,
    users: 100,
    contacts: 100,
    searchContacts: 100,
    contactsInGroup: 100,
    contactGroups: 100,
    groupsForContact: 10,
    groups: 5,
    smsQueue: 50,
    batches: 20,
    timeline: 10,
    segmentsForSMS: 50,
    apiKeys: 50,
    results: 10,
    rejections: 10,
    accounts: 5,
    senderAccounts: 20,
    pauseSending: 20,
    resumeSending: 20,
    refused: 5,
    byCode: 10,
    byHour: 24,
    byErrorCode: 50,
    replays: 20,
    operatorActs: 50,
    quietHours: 5,
    invalidByReason: 3,
    planChanges: 2,
    warnings: 1,
    forcingCharacters: 10,
  }),
)

/** What one field costs beside its entries: a look at up to some million rows. Ten of them are a whole document. */
const OWN_COSTS = new Map([['smsStatistics', 1_900]])

const SENT_ENTRIES_PER_POINT = 100

/** Enough to know that it is too much; a document must not make us count for long. */
const ENOUGH = 1_000_000
const MAX_VISITS = 20_000

export type QueryInput = {
  document: DocumentNode
  operationName: string | null
  variables: Readonly<Record<string, unknown>>
  /** Entries of a list that stands in the variables, wherever it is kept. */
  entryCount: (list: readonly unknown[]) => number
}

export const costOf = ({ document, operationName, variables, entryCount }: QueryInput): QueryCost => {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node)
  let aliasCount = 0
  let visits = 0

  // No input of ours holds a list deeper.
  const lengthOfSent = (value: unknown, levels = 3): number => {
    if (Array.isArray(value)) return entryCount(value)
    if (typeof value !== 'object' || value === null || levels === 0) return 0
    return Object.values(value).reduce<number>((sum, inner) => sum + lengthOfSent(inner, levels - 1), 0)
  }
  const lengthOfWritten = (value: ValueNode): number => {
    if (value.kind === Kind.VARIABLE) return lengthOfSent(variables[value.name.value])
    if (value.kind === Kind.LIST) return value.values.length
    if (value.kind === Kind.OBJECT) return value.fields.reduce((sum, field) => sum + lengthOfWritten(field.value), 0)
    return 0
  }

  const valueOf = (name: string): unknown => {
    if (Object.hasOwn(variables, name)) return variables[name]
    const defaults = document.definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? (node.variableDefinitions ?? []) : [],
    )
    const written = defaults.flatMap(({ variable, defaultValue }) =>
      variable.name.value === name && defaultValue?.kind === Kind.INT ? [Number(defaultValue.value)] : [],
    )
    // Operations of one document may name theirs alike.
    return written.length === 0 ? undefined : Math.max(...written)
  }

  const lengthOf = (field: FieldNode): number => {
    const first = field.arguments?.find(({ name }) => name.value === 'first' || name.value === 'limit')?.value
    const given =
      first?.kind === Kind.VARIABLE ? valueOf(first.name.value) : first?.kind === Kind.INT ? Number(first.value) : undefined
    // A `first` that is no number, or out of its bounds, is refused by its field.
    return typeof given === 'number' && given > 0 ? given : (USUAL_LENGTHS.get(field.name.value) ?? 1)
  }

  const below = (set: SelectionSetNode | undefined, within: readonly string[]): number => {
    let sum = 0
    for (const selection of set?.selections ?? []) {
      visits += 1
      if (visits > MAX_VISITS) return ENOUGH
      if (selection.kind === Kind.FIELD) {
        if (selection.alias !== undefined) aliasCount += 1
        const sent = selection.arguments?.reduce((entries, { value }) => entries + lengthOfWritten(value), 0) ?? 0
        const own = OWN_COSTS.get(selection.name.value) ?? 1
        sum += own + Math.floor(sent / SENT_ENTRIES_PER_POINT) + lengthOf(selection) * below(selection.selectionSet, within)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) sum += below(selection.selectionSet, within)
      else {
        const name = selection.name.value
        // A fragment that holds itself is refused by the validation, which comes after.
        if (within.includes(name)) return ENOUGH
        sum += below(fragments.get(name)?.selectionSet, [...within, name])
      }
    }
    return Math.min(sum, ENOUGH)
  }

  const operations = document.definitions.filter(
    (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
  )
  const meant = operations.filter(({ name }) => operationName === null || name?.value === operationName)
  return { cost: Math.max(0, ...meant.map(({ selectionSet }) => below(selectionSet, []))), aliasCount }
}

/** Root fields that answer without credentials. */
const OPEN_FIELDS = new Set([
  'login',
  'logout',
  'me',
  'verifyToken',
  'refreshToken',
  '__typename',
  'requestPasswordReset',
  'resetPassword',
])

/** True when every operation of the document asks for nothing but what is open to everybody. */
export const isOpenDocument = (document: DocumentNode): boolean =>
  document.definitions.every(
    (node) =>
      node.kind === Kind.OPERATION_DEFINITION &&
      node.selectionSet.selections.every((selection) => selection.kind === Kind.FIELD && OPEN_FIELDS.has(selection.name.value)),
  )
