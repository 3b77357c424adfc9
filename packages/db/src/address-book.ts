import { type Caller, SmsError } from '@sms/core'
import type { Database } from './client.ts'
import { isUniqueViolation } from './contact-directory.ts'
import type { Prisma } from './generated/client.ts'
import { likeText } from './like-text.ts'
import { visibleTo } from './records.ts'
import { lockOwnerSql } from './sql/contacts.ts'

export type ContactRecord = {
  id: bigint
  userId: number
  name: string
  /** E.164. */
  phoneNumber: string
  email: string | null
  notes: string | null
  createdAt: Date
  updatedAt: Date
}

/** A segment under its older name. */
export type GroupRecord = {
  id: number
  userId: number
  name: string
  description: string | null
  memberCount: number
  createdAt: Date
  updatedAt: Date
}

export type OffsetPage = { limit: number; offset: number }
export type ContactFilter = {
  /** Part of the name, the number or the address. */
  search?: string | undefined
  groupId?: number | undefined
}
export type ContactFields = Pick<ContactRecord, 'name' | 'phoneNumber' | 'email' | 'notes'>

/** Contacts and their groups one by one. Somebody else's do not exist for a caller. The maintained counts stay exact. */
export type AddressBook = {
  findContacts(caller: Caller, filter: ContactFilter, page: OffsetPage): Promise<ContactRecord[]>
  countContacts(caller: Caller, filter: ContactFilter): Promise<number>
  findContact(caller: Caller, id: bigint): Promise<ContactRecord | null>
  /** Throws ALREADY_EXISTS for a number that the user has already, UNKNOWN_SEGMENT for a group that is not theirs. */
  createContact(userId: number, fields: ContactFields, groupIds: readonly number[]): Promise<ContactRecord>
  /** What is absent stays; `groupIds` are then all its groups. Throws as `createContact`, and NOT_FOUND. */
  updateContact(
    caller: Caller,
    id: bigint,
    fields: Partial<ContactFields>,
    groupIds: readonly number[] | null,
  ): Promise<ContactRecord>
  /** False: there is none. What was sent to it stays. */
  deleteContact(caller: Caller, id: bigint): Promise<boolean>

  findGroups(caller: Caller, page: OffsetPage): Promise<GroupRecord[]>
  countGroups(caller: Caller): Promise<number>
  findGroup(caller: Caller, id: number): Promise<GroupRecord | null>
  findGroupsOf(contactIds: readonly bigint[]): Promise<{ contactId: bigint; group: GroupRecord }[]>
  /** Throws ALREADY_EXISTS and NOT_FOUND. */
  updateGroup(caller: Caller, id: number, fields: { name?: string; description?: string | null }): Promise<GroupRecord>
  /** Nothing more is sent to it; sends under way go on. False: there is none. */
  deleteGroup(caller: Caller, id: number): Promise<boolean>
  /** Returns how many joined. Throws NOT_FOUND for a group or a contact that is not there, or of another user than the group. */
  addMembers(caller: Caller, groupId: number, contactIds: readonly bigint[]): Promise<number>
  /** False: it was none. */
  removeMember(caller: Caller, groupId: number, contactId: bigint): Promise<boolean>
}

type Transaction = Prisma.TransactionClient

const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 60_000 }

const GROUP_COLUMNS = {
  id: true,
  userId: true,
  name: true,
  description: true,
  memberCount: true,
  createdAt: true,
  updatedAt: true,
} as const

export const createAddressBook = (db: Database): AddressBook => ({
  findContacts: (caller, filter, { limit, offset }) =>
    db.contact.findMany({
      where: contactsOf(caller, filter),
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
      take: limit,
      skip: offset,
    }),
  countContacts: (caller, filter) => db.contact.count({ where: contactsOf(caller, filter) }),
  findContact: (caller, id) => db.contact.findFirst({ where: { id, ...visibleTo(caller) } }),

  createContact: (userId, fields, groupIds) =>
    writing(db, async (tx) => {
      await tx.$executeRaw(lockOwnerSql(userId))
      const contact = await tx.contact.create({ data: { userId, ...fields } })
      await tx.user.update({ where: { id: userId }, data: { contactCount: { increment: 1 } }, select: { id: true } })
      await join(tx, userId, [contact.id], groupIds)
      return contact
    }),

  updateContact: (caller, id, fields, groupIds) =>
    writing(db, async (tx) => {
      const { userId } = await ownerOfContact(tx, caller, id)
      const contact = await tx.contact.update({ where: { id }, data: { ...fields, updatedAt: new Date() } })
      if (groupIds !== null) {
        await leave(tx, { contactId: id, segmentId: { notIn: [...groupIds] }, segment: { deletedAt: null } })
        await join(tx, userId, [id], groupIds)
      }
      return contact
    }),

  deleteContact: (caller, id) =>
    writing(db, async (tx) => {
      const owner = await ownerOfContact(tx, caller, id).catch(() => null)
      if (owner === null) return false
      await leave(tx, { contactId: id })
      await tx.contact.delete({ where: { id } })
      await tx.user.update({ where: { id: owner.userId }, data: { contactCount: { decrement: 1 } }, select: { id: true } })
      return true
    }),

  findGroups: (caller, { limit, offset }) =>
    db.segment.findMany({
      where: { ...visibleTo(caller), deletedAt: null },
      select: GROUP_COLUMNS,
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
      take: limit,
      skip: offset,
    }),
  countGroups: (caller) => db.segment.count({ where: { ...visibleTo(caller), deletedAt: null } }),
  findGroup: (caller, id) =>
    db.segment.findFirst({ where: { id, ...visibleTo(caller), deletedAt: null }, select: GROUP_COLUMNS }),

  findGroupsOf: async (contactIds) =>
    (
      await db.segmentMember.findMany({
        where: { contactId: { in: [...contactIds] }, segment: { deletedAt: null } },
        orderBy: { segment: { name: 'asc' } },
        select: { contactId: true, segment: { select: GROUP_COLUMNS } },
      })
    ).map(({ contactId, segment }) => ({ contactId, group: segment })),

  updateGroup: (caller, id, fields) =>
    writing(db, async (tx) => {
      await ownerOfGroup(tx, caller, id)
      return tx.segment.update({ where: { id }, data: { ...fields, updatedAt: new Date() }, select: GROUP_COLUMNS })
    }),

  deleteGroup: (caller, id) =>
    writing(db, async (tx) => {
      const group = await ownerOfGroup(tx, caller, id).catch(() => null)
      if (group === null) return false
      // Its rows stay for the sends that are being made of it, and for the names in the history; its name is free again.
      await tx.segment.update({
        where: { id },
        data: { deletedAt: new Date(), name: `${group.name} (supprimé, ${id})` },
        select: { id: true },
      })
      return true
    }),

  addMembers: (caller, groupId, contactIds) =>
    writing(db, async (tx) => {
      const { userId } = await ownerOfGroup(tx, caller, groupId)
      return join(tx, userId, contactIds, [groupId])
    }),

  removeMember: (caller, groupId, contactId) =>
    writing(db, async (tx) => {
      await ownerOfGroup(tx, caller, groupId)
      return (await leave(tx, { contactId, segmentId: groupId })) > 0
    }),
})

const contactsOf = (caller: Caller, { search, groupId }: ContactFilter): Prisma.ContactWhereInput => ({
  ...visibleTo(caller),
  ...(groupId === undefined ? {} : { memberships: { some: { segmentId: groupId, segment: { deletedAt: null } } } }),
  ...(search === undefined
    ? {}
    : {
        OR: [
          { name: { contains: likeText(search), mode: 'insensitive' } },
          { phoneNumber: { contains: likeText(search) } },
          { email: { contains: likeText(search), mode: 'insensitive' } },
        ],
      }),
})

const writing = async <Result>(db: Database, work: (tx: Transaction) => Promise<Result>): Promise<Result> => {
  try {
    return await db.$transaction(work, TRANSACTION_LIMITS)
  } catch (error) {
    if (isUniqueViolation(error)) throw new SmsError('ALREADY_EXISTS', 'Something of that name or number exists already')
    throw error
  }
}

/** The counts of a user are changed by one writer at a time, as in the imports. Throws NOT_FOUND. */
const ownerOfContact = async (tx: Transaction, caller: Caller, id: bigint): Promise<{ userId: number }> => {
  const contact = await tx.contact.findFirst({ where: { id, ...visibleTo(caller) }, select: { userId: true } })
  if (contact !== null) await tx.$executeRaw(lockOwnerSql(contact.userId))
  // Once more under the lock: another call may have deleted it.
  const isThere = contact !== null && (await tx.contact.count({ where: { id } })) > 0
  if (!isThere) throw new SmsError('NOT_FOUND', `Contact ${id} does not exist`)
  return contact
}

const ownerOfGroup = async (tx: Transaction, caller: Caller, id: number): Promise<{ userId: number; name: string }> => {
  const where = { id, ...visibleTo(caller), deletedAt: null }
  const group = await tx.segment.findFirst({ where, select: { userId: true, name: true } })
  if (group !== null) await tx.$executeRaw(lockOwnerSql(group.userId))
  const found = group === null ? null : await tx.segment.findFirst({ where, select: { userId: true, name: true } })
  if (found === null) throw new SmsError('NOT_FOUND', `Group ${id} does not exist`)
  return found
}

const join = async (
  tx: Transaction,
  userId: number,
  contactIds: readonly bigint[],
  groupIds: readonly number[],
): Promise<number> => {
  const segments = [...new Set(groupIds)]
  const contacts = [...new Set(contactIds)]
  if ((await tx.segment.count({ where: { id: { in: segments }, userId, deletedAt: null } })) !== segments.length) {
    throw new SmsError('UNKNOWN_SEGMENT', 'A group does not exist')
  }
  if ((await tx.contact.count({ where: { id: { in: contacts }, userId } })) !== contacts.length) {
    throw new SmsError('NOT_FOUND', 'A contact does not exist')
  }
  let joined = 0
  for (const segmentId of segments) {
    const { count } = await tx.segmentMember.createMany({
      data: contacts.map((contactId) => ({ segmentId, contactId })),
      skipDuplicates: true,
    })
    if (count > 0)
      await tx.segment.update({ where: { id: segmentId }, data: { memberCount: { increment: count } }, select: { id: true } })
    joined += count
  }
  return joined
}

const leave = async (tx: Transaction, where: Prisma.SegmentMemberWhereInput): Promise<number> => {
  const members = await tx.segmentMember.findMany({ where, select: { id: true, segmentId: true } })
  if (members.length === 0) return 0
  await tx.segmentMember.deleteMany({ where: { id: { in: members.map(({ id }) => id) } } })
  for (const { segmentId } of members)
    await tx.segment.update({ where: { id: segmentId }, data: { memberCount: { decrement: 1 } }, select: { id: true } })
  return members.length
}
