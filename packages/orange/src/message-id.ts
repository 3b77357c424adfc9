import { z } from 'zod'
import { parseJson } from './error-body.ts'
import { storable } from './orange-words.ts'

/** What `SmsQueue.messageId` holds. A longer id would be cut, and a cut id never meets its receipt. */
const MAX_ID_LENGTH = 255

const requestSchema = z.object({ outboundSMSMessageRequest: z.object({ resourceURL: z.string() }) })
// The generic OneAPI shape, and Orange's own platform of 2012.
const referenceSchema = z.object({ resourceReference: z.object({ resourceURL: z.string() }) })

/** The last non-empty segment of a resource URL, percent-decoded. Its host is never looked at: it is not always Orange's API. */
const idOfUrl = (url: string | undefined): string | null => {
  const path = (url ?? '').split(/[?#]/, 1)[0] ?? ''
  const segment = path.split('/').findLast((part) => part !== '')
  // "https://host" alone has no path: its last part is no id.
  if (segment === undefined || /^[a-z][a-z0-9+.-]*:\/\/[^/]*\/*$/i.test(path)) return null
  const id = decode(segment)
  return id !== '' && id.length <= MAX_ID_LENGTH && storable(id) === id ? id : null
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const requestUrl = (value: unknown): string | undefined =>
  requestSchema.safeParse(value).data?.outboundSMSMessageRequest.resourceURL
const referenceUrl = (value: unknown): string | undefined => referenceSchema.safeParse(value).data?.resourceReference.resourceURL

/** Where Orange's 201 says the SMS is, in the order in which it can be trusted; null when nothing readable does. */
export const readMessageId = (body: string, headers: Readonly<Record<string, string>>): string | null => {
  const value = parseJson(body)
  return idOfUrl(requestUrl(value)) ?? idOfUrl(referenceUrl(value)) ?? idOfUrl(headers['location'])
}
