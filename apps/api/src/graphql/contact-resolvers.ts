import { type Caller, cleanText, importContacts, normalizePhoneNumber, SmsError } from '@sms/core'
import { FRENCH } from './french.ts'
import { bigIdOf, intIdOf, NO_ID } from './ids.ts'
import { invalid, nameOf } from './named.ts'
import { offsetPageOf, searchOf } from './offset-page.ts'
import { mayActFor, presentContacts, presentGroup, type PresentedContact } from './present-old.ts'
import type { MutationResolvers, QueryResolvers } from './resolver-types.generated.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<
  Pick<
    QueryResolvers,
    | 'contacts'
    | 'contact'
    | 'searchContacts'
    | 'contactsCount'
    | 'contactGroups'
    | 'contactGroup'
    | 'contactGroupsCount'
    | 'contactsInGroup'
    | 'contactsInGroupCount'
    | 'groupsForContact'
  >
>
type Mutations = Required<
  Pick<
    MutationResolvers,
    | 'createContact'
    | 'updateContact'
    | 'deleteContact'
    | 'createContactGroup'
    | 'updateContactGroup'
    | 'deleteContactGroup'
    | 'addContactToGroup'
    | 'removeContactFromGroup'
    | 'addContactsToGroup'
    | 'importPhoneNumbers'
  >
>

const NOTES_LENGTH = 10_000
const CONTACTS_A_CALL = 5_000

const contactIdOf = (id: string): bigint => bigIdOf(id) ?? BigInt(NO_ID)
const groupIdOf = (id: string): number => intIdOf(id) ?? NO_ID
const optionalGroupOf = (id: string | null | undefined): number | undefined =>
  id == null || id === '' ? undefined : groupIdOf(id)

export const createContactQueries = (service: GraphqlService): Queries => {
  const { book } = service
  const find = async (
    caller: Caller,
    filter: Parameters<typeof book.findContacts>[1],
    page: Parameters<typeof offsetPageOf>[0],
  ) => presentContacts(service, await book.findContacts(caller, filter, offsetPageOf(page)))

  return {
    contacts: (_parent, args, { caller }) =>
      find(caller, { search: searchOf(args.search), groupId: optionalGroupOf(args.groupId) }, args),
    contact: async (_parent, { id }, { caller }) => {
      const contact = await book.findContact(caller, contactIdOf(id))
      return contact === null ? null : presentOne(service, contact)
    },
    searchContacts: (_parent, args, { caller }) => find(caller, { search: searchOf(args.query) }, args),
    contactsCount: (_parent, { search, groupId }, { caller }) =>
      book.countContacts(caller, { search: searchOf(search), groupId: optionalGroupOf(groupId) }),
    contactGroups: async (_parent, args, { caller }) => (await book.findGroups(caller, offsetPageOf(args))).map(presentGroup),
    contactGroup: async (_parent, { id }, { caller }) => {
      const group = await book.findGroup(caller, groupIdOf(id))
      return group && presentGroup(group)
    },
    contactGroupsCount: (_parent, _args, { caller }) => book.countGroups(caller),
    contactsInGroup: (_parent, args, { caller }) => find(caller, { groupId: groupIdOf(args.groupId) }, args),
    contactsInGroupCount: (_parent, { groupId }, { caller }) => book.countContacts(caller, { groupId: groupIdOf(groupId) }),
    groupsForContact: async (_parent, { contactId }, { caller }) => {
      const contact = await book.findContact(caller, contactIdOf(contactId))
      return contact === null ? [] : (await book.findGroupsOf([contact.id])).map(({ group }) => presentGroup(group))
    },
  }
}

export const createContactMutations = (service: GraphqlService): Mutations => {
  const { book } = service
  const numberOf = (raw: string): string => {
    const number = normalizePhoneNumber(raw, service.accept.policy.defaultCountry)
    if (!number.ok) throw new SmsError(number.code, 'The number cannot receive SMS')
    return number.phoneNumber
  }
  return {
    createContact: async (_parent, { name, phoneNumber, email, notes, groupIds }, { caller }) => {
      const fields = {
        name: nameOf('name', name),
        phoneNumber: numberOf(phoneNumber),
        email: addressOf(email) ?? null,
        notes: notesOf(notes) ?? null,
      }
      return presentOne(service, await book.createContact(caller.userId, fields, (groupIds ?? []).map(groupIdOf)))
    },

    updateContact: async (_parent, { id, name, phoneNumber, email, notes, groupIds }, { caller }) => {
      const [address, words] = [addressOf(email), notesOf(notes)]
      const fields = {
        name: nameOf('name', name),
        phoneNumber: numberOf(phoneNumber),
        ...(address === undefined ? {} : { email: address }),
        ...(words === undefined ? {} : { notes: words }),
      }
      return presentOne(service, await book.updateContact(caller, contactIdOf(id), fields, groupIds?.map(groupIdOf) ?? null))
    },

    deleteContact: (_parent, { id }, { caller }) => book.deleteContact(caller, contactIdOf(id)),

    createContactGroup: async (_parent, { name, description }, { caller }) => {
      const { id } = await service.contacts.createSegment({
        userId: caller.userId,
        name: nameOf('name', name),
        description: description == null ? null : cleanText(description),
      })
      const group = await book.findGroup(caller, id)
      if (group === null) throw new SmsError('NOT_FOUND', `Group ${id} does not exist`)
      return presentGroup(group)
    },

    updateContactGroup: async (_parent, { id, name, description }, { caller }) =>
      presentGroup(
        await book.updateGroup(caller, groupIdOf(id), {
          name: nameOf('name', name),
          ...(description === undefined ? {} : { description: description === null ? null : cleanText(description) }),
        }),
      ),

    deleteContactGroup: (_parent, { id }, { caller }) => book.deleteGroup(caller, groupIdOf(id)),

    // True also for who was a member before: a repeated call changes nothing.
    addContactToGroup: async (_parent, { contactId, groupId }, { caller }) => {
      await book.addMembers(caller, groupIdOf(groupId), [contactIdOf(contactId)])
      return true
    },

    removeContactFromGroup: (_parent, { contactId, groupId }, { caller }) =>
      book.removeMember(caller, groupIdOf(groupId), contactIdOf(contactId)),

    addContactsToGroup: async (_parent, { contactIds, groupId }, { caller }) => {
      if (contactIds.length > CONTACTS_A_CALL) throw new SmsError('TOO_MANY_RECIPIENTS', `One call may carry ${CONTACTS_A_CALL}`)
      await book.addMembers(caller, groupIdOf(groupId), contactIds.map(contactIdOf))
      return true
    },

    importPhoneNumbers: async (_parent, args, context) => {
      const userId = args.userId ?? context.caller.userId
      if (!mayActFor(context.caller, userId)) throw new SmsError('FORBIDDEN', 'Importing for another user needs an administrator')
      if (!(await service.users.exists(userId))) throw new SmsError('NOT_FOUND', `User ${userId} does not exist`)
      const list = context.lists.find(args.numbers)
      if (list.entryCount > service.imports.maxContacts)
        throw new SmsError('TOO_MANY_RECIPIENTS', `One call may carry ${service.imports.maxContacts} contacts`)
      const numbers = await list.read([...Array.from({ length: list.entryCount }).keys()])
      return importNumbers(service, { userId, numbers, skipInvalid: args.skipInvalid ?? true, groupIds: args.groupIds ?? [] })
    },
  }
}

const presentOne = (service: GraphqlService, contact: Parameters<typeof presentContacts>[1][number]): PresentedContact => {
  const [presented] = presentContacts(service, [contact])
  if (presented === undefined) throw new Error('One contact is presented as one')
  return presented
}

/** Undefined: it stays. Null or empty: none. */
const addressOf = (email: string | null | undefined): string | null | undefined =>
  email == null ? email : email.trim() === '' ? null : nameOf('email', email)

const notesOf = (notes: string | null | undefined): string | null | undefined => {
  if (notes == null) return notes
  if (notes.length > NOTES_LENGTH) throw invalid('notes', `at most ${NOTES_LENGTH} characters`)
  return cleanText(notes)
}

type NumberImport = { userId: number; numbers: readonly string[]; skipInvalid: boolean; groupIds: readonly number[] }

const importNumbers = async (service: GraphqlService, { userId, numbers, skipInvalid, groupIds }: NumberImport) => {
  const owner: Caller = { userId, isAdmin: false }
  const contacts = numbers.map((phoneNumber) => ({ phoneNumber, name: null, email: null }))
  if (!skipInvalid) {
    const wrong = numbers.find((number) => !normalizePhoneNumber(number, service.imports.defaultCountry).ok)
    if (wrong !== undefined) throw new SmsError('INVALID_NUMBER', 'One of the numbers cannot receive SMS')
  }
  // Every group is looked for before anything is written.
  for (const segmentId of groupIds) {
    if ((await service.contacts.findSegment(owner, segmentId)) === null)
      throw new SmsError('UNKNOWN_SEGMENT', `Segment ${segmentId} does not exist`)
  }
  const [first = null, ...others] = groupIds
  const report = await importContacts(service.imports, { caller: owner, segmentId: first, contacts })
  for (const segmentId of others) await importContacts(service.imports, { caller: owner, segmentId, contacts })
  const invalidCount = report.refused.filter(({ code }) => code !== 'DUPLICATE').length
  const duplicates = numbers.length - report.created - invalidCount
  const status = invalidCount === 0 ? 'success' : invalidCount === numbers.length ? 'error' : 'partial'
  return {
    status,
    message: `${report.created} numéros importés, ${duplicates} en double, ${invalidCount} refusés.`,
    total: numbers.length,
    imported: report.created,
    duplicates,
    invalid: invalidCount,
    errors: report.refused.map(({ index, code }) => `Ligne ${index + 1} : ${FRENCH[code]}`),
  }
}
