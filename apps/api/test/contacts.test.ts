import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, type Tenant } from './harness.ts'
import { DATE, openOldInterface, send, settleIn } from './old-interface.ts'

let api: Api
let awa: Tenant
let koffi: Tenant
beforeAll(async () => {
  ;({ api, awa, koffi } = await openOldInterface())
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

describe('contacts and their groups', () => {
  const CONTACT = `id name phoneNumber email notes createdAt updatedAt groups { id name contactCount }
    smsHistory { status } smsTotalCount smsSentCount smsFailedCount smsScore`
  const create = async (name: string, phoneNumber: string, groupIds: string[] = [], tenant = awa) =>
    tenant.ask(
      `mutation($n: String!, $p: String!, $g: [ID!]) { createContact(name: $n, phoneNumber: $p, email: "a@example.ci", notes: "n", groupIds: $g) { ${CONTACT} } }`,
      { n: name, p: phoneNumber, g: groupIds },
    )
  const newGroup = async (name: string, tenant = awa): Promise<string> =>
    (await tenant.ask('mutation($n: String!) { createContactGroup(name: $n, description: "d") { id } }', { n: name })).data[
      'createContactGroup'
    ].id
  const maintained = async () => {
    const user = await api.db.user.findUniqueOrThrow({ where: { id: Number(awa.userId) } })
    const segments = await api.db.segment.findMany({ include: { _count: { select: { members: true } } } })
    expect(user.contactCount).toBe(await api.db.contact.count({ where: { userId: user.id } }))
    for (const { memberCount, _count } of segments) expect(memberCount).toBe(_count.members)
  }

  it('are made, changed, found and deleted, and every count stays exact', async () => {
    const [clients, vip] = [await newGroup('Clients'), await newGroup('VIP')]
    const made = (await create('Awa', '07 07 07 07 01', [clients])).data['createContact']
    expect(made).toMatchObject({ name: 'Awa', phoneNumber: '+2250707070701', email: 'a@example.ci', notes: 'n' })
    expect(made).toMatchObject({ createdAt: expect.stringMatching(DATE), groups: [{ name: 'Clients', contactCount: 1 }] })
    await create('Bintou', '0707070702')
    await maintained()

    const changed = await awa.ask(
      'mutation($id: ID!, $g: [ID!]) { updateContact(id: $id, name: "Awa K.", phoneNumber: "0707070703", groupIds: $g) { name phoneNumber email groups { name } } }',
      { id: made.id, g: [vip] },
    )
    expect(changed.data['updateContact']).toEqual({
      name: 'Awa K.',
      phoneNumber: '+2250707070703',
      email: 'a@example.ci',
      groups: [{ name: 'VIP' }],
    })
    await maintained()

    const found = await awa.ask(
      `query($g: ID!, $c: ID!) { contactsCount contacts { name } searchContacts(query: "bint") { name } contactsInGroup(groupId: $g) { name }
        contactsInGroupCount(groupId: $g) groupsForContact(contactId: $c) { name } contactGroupsCount contactGroups { name contactCount } contact(id: $c) { name } }`,
      { g: vip, c: made.id },
    )
    expect(found.data).toEqual({
      contactsCount: 2,
      contacts: [{ name: 'Awa K.' }, { name: 'Bintou' }],
      searchContacts: [{ name: 'Bintou' }],
      contactsInGroup: [{ name: 'Awa K.' }],
      contactsInGroupCount: 1,
      groupsForContact: [{ name: 'VIP' }],
      contactGroupsCount: 2,
      contactGroups: [
        { name: 'Clients', contactCount: 0 },
        { name: 'VIP', contactCount: 1 },
      ],
      contact: { name: 'Awa K.' },
    })
    expect((await awa.ask('mutation($id: ID!) { deleteContact(id: $id) }', { id: made.id })).data).toEqual({
      deleteContact: true,
    })
    expect((await awa.ask('mutation($id: ID!) { deleteContact(id: $id) }', { id: made.id })).data).toEqual({
      deleteContact: false,
    })
    await maintained()
  })

  it('refuse a number that is no mobile one, or that is there already', async () => {
    await create('Awa', '0707070701')
    expect((await create('Encore', '+225 0707070701')).errors).toMatchObject([{ extensions: { code: 'ALREADY_EXISTS' } }])
    expect((await create('Fixe', '07070707')).errors).toMatchObject([{ extensions: { code: 'INVALID_NUMBER' } }])
    expect((await create('Groupe', '0707070702', [await newGroup('De Koffi', koffi)])).errors).toMatchObject([
      { extensions: { code: 'UNKNOWN_SEGMENT' } },
    ])
    await maintained()
  })

  it('belong to one user', async () => {
    const id = (await create('Awa', '0707070701')).data['createContact'].id
    const group = await newGroup('Clients')
    const { data } = await koffi.ask(
      'query($c: ID!, $g: ID!) { contact(id: $c) { name } contactGroup(id: $g) { name } contacts { name } }',
      {
        c: id,
        g: group,
      },
    )
    expect(data).toEqual({ contact: null, contactGroup: null, contacts: [] })
    const join = await koffi.ask('mutation($c: ID!, $g: ID!) { addContactToGroup(contactId: $c, groupId: $g) }', {
      c: id,
      g: group,
    })
    expect(join.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  })

  it('join and leave groups; a deleted group is sent to no more and its name is free', async () => {
    const group = await newGroup('Clients')
    const ids = [
      (await create('Awa', '0707070701')).data['createContact'].id,
      (await create('Bintou', '0707070702')).data['createContact'].id,
    ]
    const add = 'mutation($c: [ID!]!, $g: ID!) { addContactsToGroup(contactIds: $c, groupId: $g) }'
    for (let again = 0; again < 2; again += 1) await awa.ask(add, { c: ids, g: group })
    await awa.ask('mutation($c: ID!, $g: ID!) { removeContactFromGroup(contactId: $c, groupId: $g) }', { c: ids[0], g: group })
    await maintained()
    const sent = await awa.ask(
      'mutation($g: ID!) { sendSmsToSegment(segmentId: $g, message: "x") { status summary { total } } }',
      {
        g: group,
      },
    )
    expect(sent.data['sendSmsToSegment']).toEqual({ status: 'QUEUED', summary: { total: 1 } })
    expect((await awa.ask('mutation($g: ID!) { deleteContactGroup(id: $g) }', { g: group })).data).toEqual({
      deleteContactGroup: true,
    })
    const after = await awa.ask('mutation($g: ID!) { sendSmsToSegment(segmentId: $g, message: "x") { status errorCode } }', {
      g: group,
    })
    expect(after.data['sendSmsToSegment']).toEqual({ status: 'ERROR', errorCode: 'UNKNOWN_SEGMENT' })
    expect((await awa.ask('{ segmentsForSMS { name } contactGroupsCount }')).data).toEqual({
      segmentsForSMS: [],
      contactGroupsCount: 0,
    })
    expect(await newGroup('Clients')).not.toBe(group)
  })

  it('know what became of the SMS of their user alone', async () => {
    await create('Awa', '0700000000')
    const ids = [await send(awa, '0700000000', 'a'), await send(awa, '0700000000', 'b'), await send(awa, '0700000000', 'c')]
    await send(koffi, '0700000000', 'd')
    await settleIn(api, ids[0] ?? '', 'SENT')
    await settleIn(api, ids[1] ?? '', 'FAILED')
    const { data } = await awa.ask(`{ contacts { ${CONTACT} } }`)
    expect(data['contacts']).toMatchObject([{ smsTotalCount: 3, smsSentCount: 1, smsFailedCount: 1, smsScore: 0.33 }])
    expect(data['contacts'][0].smsHistory.map(({ status }: any) => status)).toEqual(['PENDING', 'FAILED', 'SENT'])
  })

  it('come from a list of numbers, those that are none apart', async () => {
    const group = Number(await newGroup('Import'))
    const IMPORT =
      'mutation($n: [String!]!, $g: [Int!], $s: Boolean) { importPhoneNumbers(numbers: $n, groupIds: $g, skipInvalid: $s) { status total imported duplicates invalid errors } }'
    const n = ['0707070701', '+2250707070701', '0707070702', 'abc']
    expect((await awa.ask(IMPORT, { n, g: [group], s: false })).errors).toMatchObject([
      { extensions: { code: 'INVALID_NUMBER' } },
    ])
    expect(await api.db.contact.count()).toBe(0)
    expect((await awa.ask(IMPORT, { n, g: [group] })).data['importPhoneNumbers']).toEqual({
      status: 'partial',
      total: 4,
      imported: 2,
      duplicates: 1,
      invalid: 1,
      errors: expect.arrayContaining([expect.stringContaining('Ligne 4 :')]),
    })
    // What is there already is a duplicate too: every number is in one of the three counts.
    const more = { n: ['0707070702', '0707070703', 'abc'], g: [group] }
    expect((await awa.ask(IMPORT, more)).data['importPhoneNumbers']).toMatchObject({
      total: 3,
      imported: 1,
      duplicates: 1,
      invalid: 1,
    })
    await maintained()
  })
})
