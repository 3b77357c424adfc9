import { SmsError } from '@sms/core'
import type { Page, PageOf } from '@sms/db'
import { bigIdOf } from './ids.ts'

const MAX_PAGE_COUNT = 200

type Kind = 'sms' | 'batch'

/** Opaque to clients: the id of the last item seen. */
const cursorOf = (kind: Kind, id: bigint): string => Buffer.from(`${kind}:${id}`).toString('base64url')

const idOf = (kind: Kind, cursor: string): bigint => {
  const [found, id] = Buffer.from(cursor, 'base64url').toString().split(':')
  const value = found === kind ? bigIdOf(id ?? '') : null
  if (value === null)
    throw new SmsError('INVALID_INPUT', 'after is not a cursor of this list', { details: { argument: 'after' } })
  return value
}

/** Throws INVALID_INPUT. */
export const pageOf = (kind: Kind, first: number, after: string | null | undefined): Page => {
  if (first < 1 || first > MAX_PAGE_COUNT) {
    throw new SmsError('INVALID_INPUT', `first must be 1 to ${MAX_PAGE_COUNT}`, { details: { argument: 'first' } })
  }
  return { first, after: after == null ? null : idOf(kind, after) }
}

/** `count` is only called when `totalCount` is asked for. */
export const connectionOf = <Item extends { id: bigint }, Node>(input: {
  kind: Kind
  page: PageOf<Item>
  present: (item: Item) => Node
  count: () => Promise<number>
}) => {
  const edges = input.page.items.map((item) => ({ cursor: cursorOf(input.kind, item.id), node: input.present(item) }))
  return {
    edges,
    pageInfo: { hasNextPage: input.page.hasNextPage, endCursor: edges.at(-1)?.cursor ?? null },
    totalCount: input.count,
  }
}
