import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as resolvers from '@graphql-codegen/typescript-resolvers'
import { parse } from 'graphql'

// Writes src/graphql/resolver-types.generated.ts from the SDL; with --check it only says whether that file is the SDL's.
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const target = here('../src/graphql/resolver-types.generated.ts')

const config = {
  useTypeImports: true,
  enumsAsTypes: true,
  skipTypename: true,
  immutableTypes: true,
  contextType: './context.ts#GraphqlContext',
  scalars: { ID: { input: 'string', output: 'string' }, DateTime: 'Date' },
  mappers: {
    Sms: './present.ts#PresentedSms',
    SmsBatch: './present.ts#PresentedBatch',
    SenderAccount: './present-accounts.ts#PresentedAccount',
    SmsConnection: './present.ts#PresentedSmsConnection',
    SmsBatchConnection: './present.ts#PresentedBatchConnection',
    SMSHistory: './present-old.ts#PresentedHistory',
    Contact: './present-old.ts#PresentedContact',
    SMSResult: './present-sends.ts#PresentedSmsResult',
    BulkSMSResult: './present-sends.ts#PresentedBulkResult',
    SegmentSMSResult: './present-sends.ts#PresentedSegmentResult',
  },
}

const generated = await codegen({
  filename: target,
  schema: parse(await readFile(here('../src/graphql/schema.graphql'), 'utf8')),
  documents: [],
  config,
  plugins: [{ typescript: {} }, { resolvers: {} }],
  pluginMap: { typescript, resolvers },
})
const text = `// Generated from schema.graphql by \`pnpm --filter @sms/api generate\`. Not edited.\n${generated}\n`

if (process.argv.includes('--check')) {
  const isCurrent = (await readFile(target, 'utf8').catch(() => '')) === text
  if (!isCurrent)
    console.error('src/graphql/resolver-types.generated.ts is not that of schema.graphql: pnpm --filter @sms/api generate')
  process.exitCode = isCurrent ? 0 : 1
} else {
  await writeFile(target, text)
}
