import type { Caller, SmsRecord } from '@sms/core'
import { type ContactRecord, type GroupRecord, RESERVED_ADMIN_ID, type UserRecord } from '@sms/db'
import { FRENCH } from './french.ts'
import { oldStatus } from './present.ts'
import { oldDate } from './scalars.ts'
import type { GraphqlService } from './service.ts'

/**
 * Records as the old interface shows them. What needs another look at the database is a function that GraphQL calls when it is asked for;
 * it looks once for all records of a page.
 */

const HISTORY_OF_CONTACT = 100

const dateOrNull = (date: Date | null): string | null => (date === null ? null : oldDate(date))

/** The first call looks; the others wait for the same answer. */
const once = <Result>(look: () => Promise<Result>): (() => Promise<Result>) => {
  let found: Promise<Result> | undefined
  return () => (found ??= look())
}

type HistoryService = Pick<GraphqlService, 'contacts' | 'defaultAccount'> & { manage: Pick<GraphqlService['manage'], 'store'> }

const errorOf = ({ errorMessage, errorCode, status }: SmsRecord): string | null => {
  if (status !== 'FAILED' && status !== 'CANCELLED') return null
  const french: string | undefined = errorCode === null ? undefined : (FRENCH as Record<string, string>)[errorCode]
  return french ?? errorMessage ?? errorCode
}

export const presentHistory = (service: HistoryService, rows: readonly SmsRecord[]) => {
  const segments = once(async () => {
    const ids = new Set(rows.flatMap(({ segmentId }) => (segmentId === null ? [] : [segmentId])))
    const found = ids.size === 0 ? [] : await service.contacts.findSegmentsById([...ids])
    return new Map(found.map(({ id, name }) => [id, { id: String(id), name }]))
  })
  const addresses = once(async () => new Map((await service.manage.store.findRecords()).map((account) => [account.id, account])))

  return rows.map((sms) => {
    const status = oldStatus(sms.status)
    return {
      id: String(sms.id),
      phoneNumber: sms.phoneNumber,
      message: sms.message,
      status,
      messageId: sms.messageId,
      errorMessage: errorOf(sms),
      senderAddress: async () => (await addresses()).get(sms.accountId)?.senderAddress ?? service.defaultAccount.senderAddress,
      senderName: async () =>
        sms.senderName ??
        (sms.accountId === service.defaultAccount.id
          ? service.defaultAccount.senderName
          : ((await addresses()).get(sms.accountId)?.senderNames[0] ?? null)),
      createdAt: oldDate(sms.createdAt),
      sentAt: dateOrNull(sms.sentAt),
      deliveredAt: dateOrNull(sms.deliveredAt),
      failedAt: status === 'FAILED' ? dateOrNull(sms.failedAt) : null,
      segment: async () => (sms.segmentId === null ? null : ((await segments()).get(sms.segmentId) ?? null)),
      userId: String(sms.userId),
    }
  })
}
export type PresentedHistory = ReturnType<typeof presentHistory>[number]

export const presentGroup = ({ id, userId, name, description, memberCount, createdAt, updatedAt }: GroupRecord) => ({
  id: String(id),
  userId: String(userId),
  name,
  description,
  createdAt: oldDate(createdAt),
  updatedAt: oldDate(updatedAt),
  contactCount: memberCount,
})

/** Two users may have the same number: what one has sent is nothing to the other. */
const keyOf = ({ userId, phoneNumber }: { userId: number; phoneNumber: string }): string => `${userId} ${phoneNumber}`

export const presentContacts = (
  service: HistoryService & Pick<GraphqlService, 'book' | 'history'>,
  contacts: readonly ContactRecord[],
) => {
  const groups = once(async () => {
    const found = await service.book.findGroupsOf(contacts.map(({ id }) => id))
    return Map.groupBy(found, ({ contactId }) => contactId)
  })
  const tallies = once(async () => new Map((await service.history.tally(contacts)).map((tally) => [keyOf(tally), tally])))

  return contacts.map((contact) => {
    const tally = async () => (await tallies()).get(keyOf(contact)) ?? { total: 0, sent: 0, failed: 0 }
    return {
      id: String(contact.id),
      name: contact.name,
      phoneNumber: contact.phoneNumber,
      email: contact.email,
      notes: contact.notes,
      createdAt: oldDate(contact.createdAt),
      updatedAt: oldDate(contact.updatedAt),
      groups: async () => ((await groups()).get(contact.id) ?? []).map(({ group }) => presentGroup(group)),
      smsHistory: async () => presentHistory(service, await service.history.findByRecipient(contact, HISTORY_OF_CONTACT)),
      smsTotalCount: async () => (await tally()).total,
      smsSentCount: async () => (await tally()).sent,
      smsFailedCount: async () => (await tally()).failed,
      smsScore: async () => {
        const { sent, total } = await tally()
        return total === 0 ? 0 : Math.round((100 * sent) / total) / 100
      },
    }
  })
}
export type PresentedContact = ReturnType<typeof presentContacts>[number]

export const presentUser = ({ id, smsCredit, smsLimit, createdAt, updatedAt, ...user }: UserRecord) => ({
  ...user,
  id: String(id),
  smsCredit,
  // Whoever is not metered has no credits and needs none.
  smsLimit: smsCredit <= 0 && id !== RESERVED_ADMIN_ID ? 0 : smsLimit,
  createdAt: oldDate(createdAt),
  updatedAt: oldDate(updatedAt),
  apiKey: null,
})

/** Another user than the caller needs an administrator. */
export const mayActFor = (caller: Caller, userId: number): boolean => caller.isAdmin || caller.userId === userId
