import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openStack, type Stack } from '@sms/devstack'
import { commandLine, wholeNumber } from '../src/command-line.ts'
import { tellStory } from '../src/demo-story.ts'
import { createProgress } from '../src/progress.ts'
import { openDemoSystem, type DemoSystem } from '../src/demo-system.ts'

const HELP = `The whole path on one machine: its own Redis and PostgreSQL, a simulator of Orange, the API and two workers.

  pnpm demo [--once] [--recipients N] [--tps N] [--help]

  --once            end when all is sent: exit 0 if the account balances, 1 if not
  --recipients N    contacts in two segments, all of them sent to (default 200, 2 to 1,000,000)
  --tps N           SMS a second that the simulated Orange allows
                    (default 5, as Orange does; more for more than 200 recipients, so that it takes some 40 s)
Nothing stays behind: all data is in one temporary folder, and all processes end with this one.
Exit: 0 done, 1 it failed or does not balance, 64 wrong arguments, 130 interrupted with --once.
`

type Options = { once: boolean; recipients: number; tps: number }

const say = (line: string): void => {
  console.log(line)
}

/** One file a process, in the folder that goes when the demo goes. */
const createLogs = async (stack: Stack): Promise<{ folder: string; write: (name: string, line: string) => void }> => {
  const folder = join(stack.folder, 'logs')
  await mkdir(folder)
  const files = new Map<string, ReturnType<typeof createWriteStream>>()
  const fileOf = (name: string): ReturnType<typeof createWriteStream> => {
    const file = files.get(name) ?? createWriteStream(join(folder, `${name}.log`))
    files.set(name, file)
    return file
  }
  return { folder, write: (name, line) => void fileOf(name).write(`${line}\n`) }
}

const describe = (system: DemoSystem, stack: Stack, logFolder: string): void => {
  const query =
    'mutation { sendBulkSms(phoneNumbers: [\\"07 07 07 07 07\\", \\"+2250505050505\\"], message: \\"Bonjour\\") { status batchId results { phoneNumber status message } } }'
  say(`
It stays up. Ctrl-C ends it and removes everything.

  GraphQL      ${system.apiUrl}/graphql      in the browser: ${system.apiUrl}/graphiql
  health       ${system.apiUrl}/readyz
  simulator    ${system.simulatorUrl}/_simulator/summary      what it accepted: ${system.simulatorUrl}/_simulator/ledger
  PostgreSQL   ${stack.postgres.databaseUrl('sms')}
  Redis        ${stack.redis.url}
  logs         ${logFolder}

Send two SMS yourself:

  curl ${system.apiUrl}/graphql \\
    -H 'Authorization: Bearer ${system.apiKey}' \\
    -H 'Content-Type: application/json' \\
    -d '{"query": "${query}"}'
`)
}

/** Resolves at the first Ctrl-C or SIGTERM. A second one ends at once; what is left is still cleared up behind us. */
const interrupted = new Promise<'interrupted'>((resolve) => {
  const onSignal = (): void => {
    resolve('interrupted')
    process.once('SIGINT', () => process.exit(130))
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
})

const run = async (options: Options, stack: Stack): Promise<number> => {
  const logs = await createLogs(stack)
  say('Starting the simulator of Orange, the API and two workers')
  const system = await openDemoSystem({
    stack,
    workerCount: 2,
    tps: options.tps,
    preferredPorts: { api: 3000, worker: 3001, simulator: 3900 },
    onLine: logs.write,
  })
  const story = { system, recipients: options.recipients, say, progress: createProgress(process.stdout) }
  say(`Orange allows ${options.tps} SMS a second`)
  const isBalanced = await Promise.race([tellStory(story), system.broken])
  if (options.once) return isBalanced ? 0 : 1
  describe(system, stack, logs.folder)
  return system.broken
}

const demo = async (options: Options): Promise<number> => {
  say('Starting a Redis and a PostgreSQL of its own')
  const stack = await openStack()
  try {
    const outcome = await Promise.race([run(options, stack), interrupted])
    if (outcome !== 'interrupted') return outcome
    say('\nStopping')
    return options.once ? 130 : 0
  } finally {
    await stack.release()
  }
}

const runDemo = commandLine({
  help: HELP,
  options: {
    once: { type: 'boolean', default: false },
    recipients: { type: 'string', default: '200' },
    tps: { type: 'string' },
  },
  run: async (values) => {
    const recipients = wholeNumber('recipients', values.recipients, { min: 2, max: 1_000_000 })
    const tps =
      values.tps === undefined
        ? Math.max(5, Math.ceil(recipients / 40))
        : wholeNumber('tps', values.tps, { min: 1, max: 100_000 })
    return demo({ once: values.once, recipients, tps })
  },
})

try {
  process.exitCode = await runDemo(process.argv.slice(2))
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
process.exit()
