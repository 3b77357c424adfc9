import { type Caller, normalizePhoneNumber, SmsError, type SmsStatus } from '@sms/core'
import { intIdOf, NO_ID, userIdOf } from './ids.ts'
import { offsetPageOf, searchOf } from './offset-page.ts'
import { mayActFor, presentHistory } from './present-old.ts'
import { oldStatus } from './present.ts'
import type { QueryResolvers, QuerySmsHistoryCountArgs } from './resolver-types.generated.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'smsHistory' | 'smsHistoryCount'>>

const STATUSES: readonly SmsStatus[] = ['PENDING', 'PROCESSING', 'SENT', 'FAILED', 'CANCELLED', 'UNKNOWN']

export const createHistoryQueries = (service: GraphqlService): Queries => {
  const filterOf = (caller: Caller, args: Partial<QuerySmsHistoryCountArgs>) => {
    const userId = userIdOf(args.userId) ?? undefined
    if (userId !== undefined && !mayActFor(caller, userId))
      throw new SmsError('FORBIDDEN', "Another user's history needs an administrator")
    const search = searchOf(args.search)
    const number = search === undefined ? null : normalizePhoneNumber(search, service.accept.policy.defaultCountry)
    return {
      userId,
      segmentId: args.segmentId == null || args.segmentId === '' ? undefined : (intIdOf(args.segmentId) ?? NO_ID),
      statuses: statusesOf(args.status),
      search,
      phoneNumber: number?.ok ? number.phoneNumber : undefined,
    }
  }
  return {
    smsHistory: async (_parent, args, { caller }) =>
      presentHistory(service, await service.history.find(caller, filterOf(caller, args), offsetPageOf(args))),
    smsHistoryCount: (_parent, args, { caller }) => service.history.count(caller, filterOf(caller, args)),
  }
}

/** The old word, in any case, as the statuses that it stands for. Its filter has an empty word for all. */
const statusesOf = (word: string | null | undefined): SmsStatus[] | undefined => {
  const asked = (word ?? '').trim().toUpperCase()
  if (asked === '' || asked === 'ALL') return undefined
  const statuses = STATUSES.filter((status) => oldStatus(status) === asked)
  if (statuses.length > 0) return statuses
  throw new SmsError('INVALID_INPUT', 'status must be SENT, FAILED or PENDING', { details: { argument: 'status' } })
}
