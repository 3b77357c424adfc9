import { describe, expect, it } from 'vitest'
import { classifyResponse } from './classify-response.ts'

const outcomeOf = (status: number, body: unknown, headers: Record<string, string> = {}, hidden: string[] = []) =>
  classifyResponse({ kind: 'answer', status, headers, body: JSON.stringify(body), isComplete: true }, { nowMs: 0, hidden })
const HOST = 'https://api.orange.com/smsmessaging/v1/outbound/tel:+2250000/requests'
const accepted = (resourceURL: string) => ({ outboundSMSMessageRequest: { resourceURL } })

describe('the message id', () => {
  const idOf = (body: unknown, headers?: Record<string, string>) => outcomeOf(201, body, headers)
  it.each([
    [
      'is found whatever the host',
      accepted('https://backend.dck.cloud.orange/smsmessaging/v1/outbound/tel:+2250700000000/requests/id-1'),
      'id-1',
    ],
    ['ignores a slash at the end', accepted(`${HOST}/id-2/`), 'id-2'],
    ['ignores a query', accepted(`${HOST}/id-3?x=/y`), 'id-3'],
    ['is percent-decoded', accepted(`${HOST}/id%2F4%3A`), 'id/4:'],
    ['stays as it is when it cannot be decoded', accepted(`${HOST}/id%zz`), 'id%zz'],
    ['is taken from resourceReference too', { resourceReference: { resourceURL: `${HOST}/id-5` } }, 'id-5'],
    ['is null for a host alone', accepted('https://api.orange.com/'), null],
    ['is null when it is too long to meet its receipt', accepted(`${HOST}/${'x'.repeat(256)}`), null],
    ['is null when PostgreSQL could not keep it', accepted(`${HOST}/a%00b`), null],
    ['is null when the URL is no string', { outboundSMSMessageRequest: { resourceURL: 5 } }, null],
  ])('%s', (_name, body, messageId) => {
    expect(idOf(body)).toMatchObject({ kind: 'accepted', messageId })
  })
  it('prefers the body, then the reference, then Location', () => {
    const location = { location: `${HOST}/from-location` }
    const both = { ...accepted(`${HOST}/from-body`), resourceReference: { resourceURL: `${HOST}/from-reference` } }
    expect(idOf(both, location)).toMatchObject({ messageId: 'from-body' })
    expect(idOf({ resourceReference: both.resourceReference }, location)).toMatchObject({ messageId: 'from-reference' })
    expect(idOf({}, location)).toMatchObject({ messageId: 'from-location' })
    expect(idOf(accepted(`${HOST}/${'x'.repeat(300)}`), location)).toMatchObject({ messageId: 'from-location' })
  })
})
