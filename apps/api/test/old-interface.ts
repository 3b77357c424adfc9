import { type Api, openApi, type Tenant } from './harness.ts'

/** How the old interface writes a date. */
export const DATE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

export const HISTORY = `query($l: Int, $o: Int, $u: ID, $st: String, $s: String, $g: ID) {
  smsHistory(limit: $l, offset: $o, userId: $u, status: $st, search: $s, segmentId: $g) {
    id phoneNumber message status messageId errorMessage senderAddress senderName createdAt sentAt deliveredAt failedAt segment { id name } userId }
  smsHistoryCount(userId: $u, status: $st, search: $s, segmentId: $g) }`

export type OldInterface = { api: Api; awa: Tenant; koffi: Tenant }

export const openOldInterface = async (): Promise<OldInterface> => {
  // One key asks all of this, and how fast is the machine's affair.
  const api = await openApi({ API_REQUESTS_PER_SECOND: '10000' })
  return { api, awa: await api.createTenant('awa'), koffi: await api.createTenant('koffi') }
}

export const send = async (tenant: Tenant, phoneNumber: string, message = 'Bonjour'): Promise<string> =>
  (
    await tenant.ask('mutation($p: String!, $m: String!) { sendSms(phoneNumber: $p, message: $m) { id } }', {
      p: phoneNumber,
      m: message,
    })
  ).data['sendSms'].id

/** As a settle would leave the row. */
export const settleIn = (api: Api, id: string, status: 'SENT' | 'FAILED' | 'CANCELLED' | 'UNKNOWN') =>
  api.db.$executeRaw`UPDATE "SmsQueue" SET status = ${status}::"SmsStatus", attempts = 1, "dispatchedAt" = NULL,
    "sentAt" = CASE WHEN ${status} = 'SENT' THEN now() END, "messageId" = CASE WHEN ${status} = 'SENT' THEN 'm-1' END,
    "failedAt" = CASE WHEN ${status} <> 'SENT' THEN now() END, "errorCode" = CASE WHEN ${status} <> 'SENT' THEN 'SVC0004' END,
    "errorMessage" = CASE WHEN ${status} <> 'SENT' THEN 'No valid addresses provided' END
    WHERE id = ${BigInt(id)}`
