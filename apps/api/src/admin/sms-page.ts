import type { PresentedSms, timelineOf } from '../graphql/present.ts'
import { html, type Html, type Language } from './html.ts'

const WORDS = {
  fr: {
    back: 'Files d’attente',
    events: 'Ce qui s’est passé',
    columns: ['Quand', 'Quoi', 'Essai', 'HTTP', 'Code', 'Texte', 'Qui, où'],
    again: 'autres avant',
    fields: {
      status: 'État',
      phoneNumber: 'Destinataire',
      message: 'Texte',
      userId: 'Utilisateur',
      batchId: 'Envoi',
      senderName: 'Émetteur',
      attempts: 'Essais',
      messageId: 'Identifiant chez Orange',
      deliveryStatus: 'Accusé de réception',
      errorCode: 'Code',
      errorMessage: 'Message',
      createdAt: 'Créé',
      lastAttemptAt: 'Dernier essai',
      nextAttemptAt: 'Pas avant',
      sentAt: 'Accepté par Orange',
    },
  },
  en: {
    back: 'Queues',
    events: 'What happened',
    columns: ['When', 'What', 'Attempt', 'HTTP', 'Code', 'Text', 'Who, where'],
    again: 'more before',
    fields: {
      status: 'Status',
      phoneNumber: 'Recipient',
      message: 'Text',
      userId: 'User',
      batchId: 'Batch',
      senderName: 'Sender',
      attempts: 'Attempts',
      messageId: 'Orange’s id',
      deliveryStatus: 'Delivery',
      errorCode: 'Code',
      errorMessage: 'Message',
      createdAt: 'Created',
      lastAttemptAt: 'Last attempt',
      nextAttemptAt: 'Not before',
      sentAt: 'Accepted by Orange',
    },
  },
} as const

const FIELDS = Object.keys(WORDS.en.fields) as (keyof typeof WORDS.en.fields)[]

const show = (value: string | number | Date | null | undefined): string =>
  value instanceof Date ? value.toISOString() : String(value ?? '–')

/** One SMS and its story: the audit, so number and text are here. */
export const smsPage = (input: {
  language: Language
  sms: PresentedSms
  timeline: ReturnType<typeof timelineOf>
  queues: string
}): { title: string; main: Html } => {
  const words = WORDS[input.language]
  const title = `SMS ${input.sms.id}`
  return {
    title,
    main: html`<main>
      <h1>${title}</h1>
      <table>
        ${FIELDS.map(
          (field) =>
            html`<tr>
              <th scope="row">${words.fields[field]}</th>
              <td>${show(input.sms[field])}</td>
            </tr> `,
        )}
      </table>
      <h2>${words.events}</h2>
      <table>
        <thead>
          <tr>
            ${words.columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${input.timeline.map(
            (event) =>
              html`<tr>
                <td>${show(event.at)}${event.repeats === 0 ? '' : `\n+ ${event.repeats} ${words.again}`}</td>
                <td>${event.kind}</td>
                <td>${show(event.attempt)}</td>
                <td>${show(event.httpStatus)}</td>
                <td>${show(event.code)}</td>
                <td>${[event.text, event.messageId].filter((text) => text !== null).join('\n') || '–'}</td>
                <td>${event.by === null ? show(event.worker) : `${event.by} (${event.via})`}</td>
              </tr> `,
          )}
        </tbody>
      </table>
      <nav><a href="${input.queues}">${words.back}</a></nav>
    </main>`,
  }
}
