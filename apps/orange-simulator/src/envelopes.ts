/** A refusal in one of the shapes in which Orange answers. */
export type Refusal = { status: number; code: string; body: string; headers?: Readonly<Record<string, string>> }

/** OAuth's own envelope. */
export const oauthError = (description: string): Refusal => ({
  status: 401,
  code: 'invalid_client',
  body: JSON.stringify({ error: 'invalid_client', error_description: description }),
  headers: { 'WWW-Authenticate': 'Basic realm="Authorization Required"' },
})

const GATEWAY_MESSAGES: Readonly<Record<number, readonly [status: number, message: string, description: string]>> = {
  1: [500, 'Internal error', 'The server encountered an unexpected condition.'],
  5: [503, 'Service unavailable', 'The requested service is currently unavailable.'],
  6: [503, 'Over capacity', 'The requested service is over capacity.'],
  21: [400, 'Missing body', 'The request needs a body.'],
  22: [400, 'Invalid body', 'The body of the request is not valid.'],
  23: [400, 'Missing body field', 'The body of the request lacks a mandatory field.'],
  24: [400, 'Invalid body field', 'A field of the body is not valid.'],
  40: [401, 'Missing credentials', 'The requested service needs credentials, but none were provided.'],
  41: [401, 'Invalid credentials', 'The requested service needs credentials, but the ones provided were invalid.'],
  42: [401, 'Expired credentials', 'The requested service needs credentials, and the ones provided were out-of-date.'],
  50: [403, 'Access denied', 'The application is not allowed to use this service.'],
  51: [403, 'Forbidden requester', 'The requester is not allowed.'],
  52: [403, 'Forbidden user', 'The user is not allowed.'],
  53: [403, 'Too many requests', 'The application has made too many calls.'],
  60: [404, 'Resource not found', 'The requested URI does not map to any resource.'],
  61: [405, 'Method not allowed', 'The method is not supported by this resource.'],
  62: [406, 'Not acceptable', 'The Accept header cannot be satisfied.'],
  68: [415, 'Unsupported media type', 'The format of the posted body is not supported.'],
}

/** The gateway's envelope; its codes carry their status. */
export const gatewayError = (code: number, headers?: Readonly<Record<string, string>>): Refusal => {
  const [status, message, description] = GATEWAY_MESSAGES[code] ?? [500, 'Internal error', '']
  return { status, code: String(code), body: JSON.stringify({ code, message, description }), ...(headers && { headers }) }
}

export const serviceError = (messageId: string, text: string, variables: readonly string[], status = 400): Refusal => ({
  status,
  code: messageId,
  body: JSON.stringify({ requestError: { serviceException: { messageId, text, variables } } }),
})

export const policyError = (messageId: string, text: string, variables: readonly string[], status = 403): Refusal => ({
  status,
  code: messageId,
  body: JSON.stringify({ requestError: { policyException: { messageId, text, variables } } }),
})

export const noValidAddress = (part: 'address' | 'senderAddress'): Refusal =>
  serviceError('SVC0004', 'No valid addresses provided in message part %1', [part])

export const invalidValue = (part: string): Refusal => serviceError('SVC0002', 'Invalid input value for message part %1', [part])

const EXPIRED_CONTRACT =
  'Expired contract. You can buy a new bundle on https://developer.orange.com to reactivate it or contact Orange local team ' +
  'via https://developer.orange.com/sms-api-queries/ to renew it.'

export const expiredContract = (): Refusal =>
  policyError('POL0001', 'A policy error occurred. Error code is %1', [EXPIRED_CONTRACT])

export const noUnitsLeft = (): Refusal =>
  policyError('POL0001', 'A policy error occurred. Error code is %1', ['Insufficient balance. You can buy a new bundle.'])

/** What a proxy in front of the service answers when the service itself is gone. */
export const htmlError = (status: number, headers?: Readonly<Record<string, string>>): Refusal => ({
  status,
  code: `html-${status}`,
  body: `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center><hr><center>nginx</center></body></html>\n`,
  headers: { 'Content-Type': 'text/html', ...headers },
})
