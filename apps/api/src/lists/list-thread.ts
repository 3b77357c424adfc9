import { setImmediate as yieldNow } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { compactRecipients, normalizeRecipients } from '@sms/core'
import type { KeptList, ListAnswer, ListAnswers, ListRequest, Numbered, ParsedBody } from './list-messages.ts'

/** Shorter lists go through GraphQL in well under a millisecond. */
const SHORTEST_COUNT = 1_000

const kept = new Map<number, readonly string[]>()
let lastListId = 0

const listOf = (listId: number): readonly string[] => {
  const list = kept.get(listId)
  if (list === undefined) throw new Error('The list is not here')
  return list
}

const parse = (bytes: Uint8Array): ParsedBody | null => {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
  const variables = (body as { variables?: unknown } | null)?.variables
  // A GraphQL body has its lists in its variables, that of a REST twin in itself.
  const holder = typeof variables === 'object' && variables !== null ? variables : body
  return { body, lists: isRecord(holder) ? keepLists(holder) : [] }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const keepLists = (variables: Record<string, unknown>, depth = 2): KeptList[] =>
  (depth === 0 ? [] : Object.entries(variables)).flatMap(([name, value]): KeptList[] => {
    // A list within an input, such as planSend's.
    if (isRecord(value)) return keepLists(value, depth - 1)
    if (!Array.isArray(value) || value.length < SHORTEST_COUNT || typeof value[0] !== 'string') return []
    lastListId += 1
    const placeholder = `kept-list:${lastListId}`
    const holdsOnlyStrings = value.every((entry) => typeof entry === 'string')
    if (holdsOnlyStrings) kept.set(lastListId, value)
    variables[name] = [placeholder]
    return [{ listId: lastListId, placeholder, entryCount: value.length, holdsOnlyStrings }]
  })

const answer = async (request: ListRequest): Promise<ListAnswers[keyof ListAnswers]> => {
  switch (request.kind) {
    case 'parse':
      return parse(request.bytes)
    case 'normalize': {
      const entries = listOf(request.listId)
      // Between the slices of a long list this thread parses the bodies of others.
      const input = { entries, defaultCountry: request.country, yieldNow: () => yieldNow(), now: () => performance.now() }
      return compactRecipients(entries.length, await normalizeRecipients(input))
    }
    case 'read': {
      const entries = listOf(request.listId)
      return request.indexes.map((index) => entries[index] ?? '')
    }
    case 'forget':
      for (const listId of request.listIds) kept.delete(listId)
      return null
  }
}

parentPort?.on('message', ({ turn, message }: Numbered<ListRequest>) => {
  void answer(message).then(
    (value) => parentPort?.postMessage({ turn, answer: value } satisfies ListAnswer),
    () => parentPort?.postMessage({ turn, failed: true } satisfies ListAnswer),
  )
})
