import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { costOf, isOpenDocument } from './query-cost.ts'

const measure = (source: string, variables: Record<string, unknown> = {}, operationName: string | null = null) =>
  costOf({ document: parse(source), operationName, variables, entryCount: (list) => list.length })

describe('the cost of a document', () => {
  it.each([
    ['{ me { id username } }', 3],
    ['{ smsQueue { edges { node { id } } } }', 1 + 50 * 3],
    ['{ smsQueue(first: 200) { edges { node { id timeline { at } } } } }', 1 + 200 * (1 + 1 + 1 + 1 + 10)],
    ['{ a: smsQueue(first: 10) { totalCount } b: smsQueue(first: 10) { totalCount } }', 22],
    ['query($n: Int) { smsQueue(first: $n) { totalCount } }', 101],
    ['query A { me { id } } query B { smsQueue(first: 9) { totalCount } }', 10],
    ['{ ...Two } fragment Two on Query { me { ...Three } } fragment Three on User { id username }', 3],
    ['{ ... on Query { me { id } } }', 2],
    ['mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { status } }', 2 + 50],
    ['mutation($i: I!) { importContacts(input: $i) { total } }', 2 + 20],
    ['query($d: Int = 200) { smsQueue(first: $d) { totalCount } }', 201],
    ['{ constructor { id } }', 2],
    ['{ smsStatistics { byHour { hour sent } } }', 1_900 + 1 + 24 * 2],
    ['{ smsQueue(first: -3) { totalCount } }', 51],
  ])('%s', (source, cost) => {
    const variables = { n: 100, p: Array.from({ length: 5_000 }, String), i: { contacts: Array.from({ length: 2_000 }, Object) } }
    expect(measure(source, variables).cost).toBe(cost)
  })

  it('is that of the operation that is meant', () => {
    const source = 'query A { me { id } } query B { smsQueue(first: 9) { totalCount } }'
    expect([measure(source, {}, 'A').cost, measure(source, {}, 'B').cost]).toEqual([2, 10])
  })

  it('is too much for fragments that hold themselves, and for those that double each other', () => {
    expect(measure('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }').cost).toBe(1_000_000)
    const doubling = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')
    expect(measure(`{ ...F0 } ${doubling} fragment F40 on Query { me { id } }`).cost).toBe(1_000_000)
  })

  it('counts aliases wherever they stand', () => {
    expect(measure('{ a: me { b: id } ...F } fragment F on Query { c: me { id } }').aliasCount).toBe(3)
  })
})

describe('a document that is open to everybody', () => {
  it.each([
    ['mutation { login(username: "a", password: "b") }', true],
    ['{ me { id } __typename }', true],
    ['mutation { logout }', true],
    ['mutation { login(username: "a", password: "b") sendSms(phoneNumber: "1", message: "a") { id } }', false],
    ['{ login: batches { totalCount } }', false],
    ['{ ... on Query { batches { totalCount } } }', false],
    ['{ ...A } fragment A on Query { batches { totalCount } }', false],
    ['query A { me { id } } query B { batches { totalCount } }', false],
  ])('%s: %s', (source, isOpen) => {
    expect(isOpenDocument(parse(source))).toBe(isOpen)
  })
})
