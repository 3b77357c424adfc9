import { readArguments, type Help, wrong, type Wrong } from '@sms/runtime'
import { bigIdOf } from '../graphql/ids.ts'

export type InspectArguments = {
  kind: 'inspect'
  id: bigint
  isBatch: boolean
  showNumbers: boolean
  showTexts: boolean
  asJson: boolean
}

export const INSPECT_HELP = `pnpm sms:inspect ID [--batch] [--show-numbers] [--show-texts] [--json]
node apps/api/bin/sms-inspect.ts …   where there is no pnpm

Everything about one SMS: its row, what happened to it and when, its batch, its account, its job in Redis, and what it waits for.

  --batch         ID is a batch: its row, its SMS by status and code, and whether its counters agree with its rows
  --show-numbers  numbers are masked without it
  --show-texts    only their length is shown without it
  --json          as JSON
  --help

Changes nothing. Reads DATABASE_URL and REDIS_URL. Without Redis all else is shown.
Exit: 0 done, 1 failed, 64 wrong arguments, 66 there is none of that id, 78 wrong configuration.`

const OPTIONS = {
  batch: { type: 'boolean', default: false },
  'show-numbers': { type: 'boolean', default: false },
  'show-texts': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

export const readInspectArguments = (args: readonly string[]): InspectArguments | Help | Wrong => {
  const read = readArguments(args, OPTIONS, { allowPositionals: true })
  if (read.kind === 'wrong') return read
  const { values, positionals } = read
  if (values.help) return { kind: 'help' }
  const [text, ...more] = positionals
  if (text === undefined || more.length > 0) return wrong('One id is needed')
  const id = bigIdOf(text)
  if (id === null) return wrong('That is not the id of an SMS or batch')
  return {
    kind: 'inspect',
    id,
    isBatch: values.batch,
    showNumbers: values['show-numbers'],
    showTexts: values['show-texts'],
    asJson: values.json,
  }
}
