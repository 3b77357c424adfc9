import { setTimeout as wait } from 'node:timers/promises'
import { addCounts, imbalances, readSimulator, sumOf, type Counts } from './account.ts'
import type { Progress } from './progress.ts'
import type { DemoSystem } from './demo-system.ts'

export type Story = { system: DemoSystem; recipients: number; say: (line: string) => void; progress: Progress }

type Segment = { id: string; name: string; size: number; text: string }
type Batch = { status: string; announced: number; etaSeconds: number | null; counts: Counts }
type Preview = {
  encoding: 'GSM7' | 'UCS2'
  parts: number
  units: number
  forcingCharacters: { character: string; count: number; suggestion: string | null }[]
  cheaperMessage: string | null
  cheaperParts: number | null
}

/** `ç` is not in the alphabet of SMS, and `é` is: one letter halves what fits. */
const COSTLY =
  'Bonjour, votre reçu de paiement est disponible. Présentez-le au guichet avant vendredi 18 h. Merci de votre confiance.'
const CHEAP =
  'Bonjour, votre facture du mois est disponible. Présentez-la au guichet avant vendredi 18 h. Merci de votre confiance.'
/** The API takes this many in one call. */
const IMPORT_ROWS = 5_000
/** Without any SMS settled for so long, something is wrong. */
const STANDSTILL_MS = 60_000

const FIRST_NAMES = ['Awa', 'Kouassi', 'Mariam', 'Yao', 'Fatou', 'Koffi', 'Aya', 'Ibrahim', 'Adjoua', 'Moussa']

/** Mobile numbers of Côte d'Ivoire, as people write them: with and without the country, with and without spaces. */
const contact = (index: number): { phoneNumber: string; name: string } => {
  const number = `07${String(7_000_000 + index).padStart(8, '0')}`
  const spellings = [number, `+225${number}`, number.replaceAll(/(..)(?=.)/g, '$1 ')]
  return { phoneNumber: spellings[index % spellings.length]!, name: `${FIRST_NAMES[index % FIRST_NAMES.length]} ${index + 1}` }
}

const importSegment = async (
  story: Story,
  input: { name: string; first: number; size: number; text: string },
): Promise<Segment> => {
  const { graphql } = story.system
  const { createSegment } = await graphql<{ createSegment: { id: string } }>(
    'mutation ($name: String!) { createSegment(name: $name) { id } }',
    { name: input.name },
  )
  let added = 0
  for (let from = 0; from < input.size; from += IMPORT_ROWS) {
    const contacts = Array.from({ length: Math.min(IMPORT_ROWS, input.size - from) }, (_, row) =>
      contact(input.first + from + row),
    )
    const { importContacts } = await graphql<{ importContacts: { addedToSegment: number } }>(
      'mutation ($input: ImportContactsInput!) { importContacts(input: $input) { addedToSegment } }',
      { input: { contacts, segmentId: createSegment.id } },
    )
    added += importContacts.addedToSegment
  }
  if (added !== input.size) throw new Error(`segment ${input.name} has ${added} members instead of ${input.size}`)
  story.say(`  ${input.name}: ${added} contacts`)
  return { id: createSegment.id, name: input.name, size: added, text: input.text }
}

const each = (parts: number): string => `${parts} SMS for each recipient`

/** Says what the text costs; returns what Orange bills for each recipient. */
const preview = async (story: Story, segment: Segment): Promise<number> => {
  const { previewMessage } = await story.system.graphql<{ previewMessage: Preview }>(
    `query ($message: String!) { previewMessage(message: $message) {
       encoding parts units forcingCharacters { character count suggestion } cheaperMessage cheaperParts } }`,
    { message: segment.text },
  )
  const { parts, forcingCharacters, cheaperParts } = previewMessage
  story.say(`  "${segment.text}"`)
  if (previewMessage.encoding === 'GSM7') {
    story.say(
      `    plain SMS alphabet (GSM-7), ${previewMessage.units} characters: ${each(parts)}, ${parts * segment.size} in all.`,
    )
    return parts
  }
  const culprits = forcingCharacters.map(({ character, count }) => `"${character}" (${count}x)`).join(', ')
  story.say(`    ${culprits} forces UCS-2: ${each(parts)}, ${parts * segment.size} in all.`)
  if (cheaperParts !== null && cheaperParts < parts) {
    const advice = forcingCharacters.map(({ character, suggestion }) => `"${suggestion ?? ''}" for "${character}"`).join(', ')
    story.say(`    With ${advice} it would be ${each(cheaperParts)}: ${(parts - cheaperParts) * segment.size} SMS less to pay.`)
  }
  return parts
}

const send = async (story: Story, segment: Segment): Promise<string> => {
  const startedAt = performance.now()
  const { sendSmsToSegment } = await story.system.graphql<{
    sendSmsToSegment: { status: string; message: string; batchId: string | null; summary: { total: number } }
  }>(
    `mutation ($segmentId: ID!, $message: String!) { sendSmsToSegment(segmentId: $segmentId, message: $message) {
       status message batchId summary { total } } }`,
    { segmentId: segment.id, message: segment.text },
  )
  const { status, message, batchId, summary } = sendSmsToSegment
  if (batchId === null) throw new Error(`sendSmsToSegment answered ${status}: ${message}`)
  story.say(
    `  ${segment.name}: ${status} in ${Math.round(performance.now() - startedAt)} ms, batch ${batchId}, ${summary.total} recipients`,
  )
  return batchId
}

const readBatches = async (story: Story, ids: string[]): Promise<Batch[]> => {
  const fields = 'status announced etaSeconds counts { total pending processing sent failed cancelled unknown }'
  const query = `{ ${ids.map((id, index) => `b${index}: batch(id: "${id}") { ${fields} }`).join(' ')} }`
  const batches = Object.values(await story.system.graphql<Record<string, Batch>>(query))
  for (const { counts } of batches) {
    if (sumOf(counts) !== counts.total) throw new Error(`counts out of balance while sending: ${JSON.stringify(counts)}`)
  }
  return batches
}

const watch = async (story: Story, ids: string[]): Promise<Batch[]> => {
  let settled = -1
  let movedAt = performance.now()
  for (;;) {
    const batches = await readBatches(story, ids)
    const counts = addCounts(batches.map((batch) => batch.counts))
    const done = sumOf(counts) - counts.pending - counts.processing
    // Each batch counts on the whole rate for itself.
    const eta = batches.reduce((sum, batch) => sum + (batch.etaSeconds ?? 0), 0)
    const note = `sent ${counts.sent}  failed ${counts.failed}  on the wire ${counts.processing}${eta > 0 ? `  about ${eta} s left` : ''}`
    story.progress.show({ done, total: story.recipients, note })
    if (batches.every((batch) => batch.status === 'COMPLETED')) return batches
    if (done > settled) movedAt = performance.now()
    settled = done
    if (performance.now() - movedAt > STANDSTILL_MS) throw new Error(`nothing was settled for ${STANDSTILL_MS / 1000} s: ${note}`)
    await wait(250)
  }
}

const row = (cells: (string | number)[]): string =>
  `  ${cells.map((cell, index) => (index === 0 ? String(cell).padEnd(22) : String(cell).padStart(10))).join('')}`

const account = async (story: Story, segments: Segment[], batches: Batch[], parts: number[]): Promise<boolean> => {
  const { say } = story
  const counts = addCounts(batches.map((batch) => batch.counts))
  const simulator = await readSimulator(story.system.simulatorUrl)
  say(row(['', 'total', 'SENT', 'FAILED', 'CANCELLED', 'UNKNOWN', 'billed']))
  segments.forEach((segment, index) => {
    const { total, sent, failed, cancelled, unknown } = batches[index]!.counts
    say(row([segment.name, total, sent, failed, cancelled, unknown, sent * parts[index]!]))
  })
  say(row(['together', counts.total, counts.sent, counts.failed, counts.cancelled, counts.unknown, sentParts(batches, parts)]))
  say(row(['simulator accepted', '', simulator.accepted, '', '', '', simulator.unitsSpent]))
  say(row(['  of them duplicates', '', simulator.duplicates]))
  say('')
  say(
    `  ${simulator.tokenCalls} token call(s); at most ${simulator.peakAcceptedPerSecond} SMS in any second; refused for the rate: ${simulator.rateLimited}`,
  )
  const problems = imbalances({ recipients: story.recipients, counts, simulator })
  for (const problem of problems) say(`  OUT OF BALANCE: ${problem}`)
  if (problems.length === 0)
    say(`  The account balances: accepted by the simulator ${simulator.accepted} = SENT ${counts.sent}, duplicates 0.`)
  return problems.length === 0
}

const sentParts = (batches: Batch[], parts: number[]): number =>
  batches.reduce((sum, batch, index) => sum + batch.counts.sent * parts[index]!, 0)

/** The demo from its first contact to its account. True when the account balances. */
export const tellStory = async (story: Story): Promise<boolean> => {
  const { say, recipients } = story
  const half = Math.ceil(recipients / 2)
  say('\nContacts')
  const abidjan = await importSegment(story, { name: 'Clients Abidjan', first: 0, size: half, text: COSTLY })
  const bouake = await importSegment(story, { name: 'Clients Bouaké', first: half, size: recipients - half, text: CHEAP })
  const segments = [abidjan, bouake]
  say('\nWhat each text costs, asked before anything is sent')
  const parts = [await preview(story, abidjan), await preview(story, bouake)]
  say('\nSend')
  const ids = [await send(story, abidjan), await send(story, bouake)]
  say('')
  const batches = await watch(story, ids)
  story.progress.end()
  say('\nAccount')
  return account(story, segments, batches, parts)
}
