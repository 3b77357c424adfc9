import { describe, expect, it } from 'vitest'
import { type ContactDraft, importContacts } from './import-contacts.ts'

const createFake = () => {
  const written: { userId: number; segmentId: number | null; contacts: readonly ContactDraft[] }[] = []
  const segment = { id: 7, userId: 2, name: 'Clients', description: null, memberCount: 0 }
  return {
    written,
    deps: {
      contacts: {
        findSegment: async (caller: { userId: number; isAdmin: boolean }, id: number) =>
          id === 7 && (caller.isAdmin || caller.userId === 2) ? segment : null,
        importContacts: async (input: (typeof written)[number]) => {
          written.push(input)
          return { created: input.contacts.length, updated: 0, joined: input.segmentId === null ? 0 : input.contacts.length }
        },
      },
      maxContacts: 5,
      defaultCountry: 'CI' as const,
      now: () => 0,
      yieldNow: async () => {},
    },
  }
}
const contact = (phoneNumber: string, name: string | null = null) => ({ phoneNumber, name, email: null })
const caller = { userId: 2, isAdmin: false }

describe('importContacts', () => {
  it('writes the first mention of each good number, cleaned, and reports the rest', async () => {
    const { deps, written } = createFake()
    const contacts = [
      contact('0707070707', ' Awa\u0000 '),
      contact('abc'),
      contact('+2250707070707', 'twice'),
      contact('0505050505', '  '),
    ]
    const report = await importContacts(deps, { caller, segmentId: 7, contacts })
    expect(report).toEqual({
      created: 2,
      updated: 0,
      joined: 2,
      refused: [
        { index: 1, code: 'INVALID_NUMBER' },
        { index: 2, code: 'DUPLICATE', firstIndex: 0 },
      ],
    })
    expect(written).toEqual([
      { userId: 2, segmentId: 7, contacts: [contact('+2250707070707', 'Awa'), contact('+2250505050505')] },
    ])
  })

  it("gives contacts to the segment's owner when an administrator imports", async () => {
    const { deps, written } = createFake()
    await importContacts(deps, { caller: { userId: 1, isAdmin: true }, segmentId: 7, contacts: [contact('0707070707')] })
    expect(written[0]?.userId).toBe(2)
  })

  it.each([
    ['EMPTY_INPUT', null, []],
    ['TOO_MANY_RECIPIENTS', null, Array.from({ length: 6 }, () => contact('0707070707'))],
    ['UNKNOWN_SEGMENT', 8, [contact('0707070707')]],
  ])('throws %s', async (code, segmentId, contacts) => {
    const { deps, written } = createFake()
    await expect(importContacts(deps, { caller, segmentId, contacts })).rejects.toMatchObject({ code })
    expect(written).toEqual([])
  })
})
