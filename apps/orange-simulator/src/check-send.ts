import { gatewayError, invalidValue, noValidAddress, policyError, serviceError, type Refusal } from './envelopes.ts'

export type CheckedSend = { address: string; message: string; senderName: string | null; parts: number }
export type SendRules = { senderAddress: string; maxParts: number; senderNames: readonly string[] | null }

const GSM_BASIC = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà€[\]{}\\~^|\f]*$/
const GSM_EXTENDED = /[€[\]{}\\~^|\f]/g

/** Parts that a text is billed as. Counts septets only; a pair that straddles two parts is not this tool's concern. */
export const partsOf = (message: string): number => {
  if (!GSM_BASIC.test(message)) return message.length <= 70 ? 1 : Math.ceil(message.length / 67)
  const septets = message.length + (message.match(GSM_EXTENDED)?.length ?? 0)
  return septets <= 160 ? 1 : Math.ceil(septets / 153)
}

/** A number that could be a mobile: of Côte d'Ivoire by its prefix, of anywhere else by its length. */
const isMobileAddress = (address: string): boolean =>
  address.startsWith('tel:+225') ? /^tel:\+225(01|05|07)\d{8}$/.test(address) : /^tel:\+[1-9]\d{7,14}$/.test(address)

const parse = (body: string): { value: unknown } | null => {
  try {
    return { value: JSON.parse(body) }
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Orange takes a string; a list of one is answered like a string. */
const readAddress = (address: unknown): string | Refusal => {
  if (Array.isArray(address) && address.length > 1)
    return policyError('POL0003', 'Too many addresses specified in message part %1', ['address'])
  const single: unknown = Array.isArray(address) ? address[0] : address
  return typeof single === 'string' && isMobileAddress(single) ? single : noValidAddress('address')
}

const refuseSenderName = (senderName: unknown, allowed: readonly string[] | null): Refusal | null => {
  if (senderName === undefined) return null
  if (typeof senderName !== 'string' || !/^[A-Za-z0-9 ]{1,11}$/.test(senderName)) return invalidValue('senderName')
  return allowed === null || allowed.includes(senderName) ? null : invalidValue('senderName')
}

/** What Orange checks of a send request's content, in its order; a refusal in its own envelope. */
export const checkSend = (pathSender: string, body: string, rules: SendRules): CheckedSend | Refusal => {
  if (body === '') return gatewayError(21)
  const parsed = parse(body)
  if (!parsed || !isObject(parsed.value)) return gatewayError(22)
  const request = parsed.value['outboundSMSMessageRequest']
  if (!isObject(request)) return gatewayError(23)
  if (pathSender !== rules.senderAddress || request['senderAddress'] !== pathSender) return noValidAddress('senderAddress')
  const address = readAddress(request['address'])
  if (typeof address !== 'string') return address
  const text = request['outboundSMSTextMessage']
  const message = isObject(text) ? text['message'] : undefined
  if (typeof message !== 'string' || message === '') return invalidValue('message')
  const parts = partsOf(message)
  if (parts > rules.maxParts) {
    return serviceError('SVC0280', 'Message too long. Maximum length is %1 characters', [
      String(rules.maxParts === 1 ? 160 : rules.maxParts * 153),
    ])
  }
  const senderName = request['senderName']
  const refusal = refuseSenderName(senderName, rules.senderNames)
  return refusal ?? { address, message, senderName: typeof senderName === 'string' ? senderName : null, parts }
}
