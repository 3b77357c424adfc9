import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, openStack, spawnChild } from '@sms/devstack'
import { commandLine, wholeNumber } from '../src/command-line.ts'

const HELP = `pnpm bench upload [--lines N] [--json FILE] [--help]

POST /v1/batches with a CSV of N lines (default 1000000) and two variables, written by a streaming client: how long it takes, how much the memory
of the API grows, and how long a GraphQL query takes meanwhile. On servers of its own.
`

const BOUNDARY = 'bench-upload'
const HEAD = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="message"\r\n\r\nBonjour {prenom}, rendez-vous à {ville}\r\n--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="list.csv"\r\n\r\nphoneNumber,prenom,ville\r\n`
const MEBIBYTE = 1024 * 1024
const LINES_A_WRITE = 1_000
const CONTROL_MS = 3_000
const LIMIT_MIB = 140

type Api = { url: string; key: string; pid: number }
type Memory = { rss: number; heap: number }

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** The exit code: 0 when the memory grew by less than 140 MiB (150 MB would be 143). */
export const runUpload = commandLine({
  help: HELP,
  options: { lines: { type: 'string', default: '1000000' }, json: { type: 'string' } },
  run: async (values) => {
    const lineCount = wholeNumber('lines', values.lines, { min: 1, max: 10_000_000 })
    const stack = await openStack()
    try {
      const figures = await measure(await openApi(stack), lineCount)
      process.stdout.write(tableOf(figures))
      if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`)
      return figures.memoryGrowthMiB.rss < LIMIT_MIB && figures.memoryGrowthMiB.heap < LIMIT_MIB ? 0 : 1
    } finally {
      await stack.release()
    }
  },
})

const openApi = async (stack: Awaited<ReturnType<typeof openStack>>): Promise<Api> => {
  const databaseUrl = await stack.postgres.createDatabase('upload')
  const migration = spawnChild({ main: file('packages/db/bin/migrate.ts'), env: { DATABASE_URL: databaseUrl } })
  const { code } = await migration.exited
  if (code !== 0) throw new Error(`db:migrate failed (${code})`)
  const key = randomBytes(16).toString('hex')
  const port = await freePort()
  const child = spawnChild({
    name: 'api',
    main: file('apps/api/src/main.ts'),
    env: {
      DATABASE_URL: databaseUrl,
      REDIS_URL: stack.redis.url,
      HOST: '127.0.0.1',
      PORT: String(port),
      ORANGE_RECEIPT_TOKEN: randomBytes(16).toString('hex'),
      ADMIN_API_KEY: key,
      APP_SECRET: randomBytes(32).toString('hex'),
    },
  })
  stack.push(child.release)
  const url = `http://127.0.0.1:${port}`
  await child.waitForUrl(`${url}/readyz`)
  return { url, key, pid: child.pid }
}

const measure = async (api: Api, lineCount: number) => {
  const alone = await probe(api, wait(CONTROL_MS))
  const before = await readMemory(api)
  const most = { ...before }
  const startedAt = performance.now()
  const running = upload(api, lineCount)
  const watched = watch(running, async () => {
    const now = await readMemory(api)
    most.rss = Math.max(most.rss, now.rss)
    most.heap = Math.max(most.heap, now.heap)
  })
  const beside = await probe(api, running)
  const answer = await running
  const seconds = (performance.now() - startedAt) / 1_000
  await watched
  if (answer.summary?.accepted !== lineCount) throw new Error(`The upload was answered ${JSON.stringify(answer).slice(0, 500)}`)
  return {
    lineCount,
    seconds,
    linesPerSecond: lineCount / seconds,
    memoryBeforeMiB: { rss: before.rss / MEBIBYTE, heap: before.heap / MEBIBYTE },
    memoryGrowthMiB: { rss: (most.rss - before.rss) / MEBIBYTE, heap: (most.heap - before.heap) / MEBIBYTE },
    graphqlMs: { alone, beside },
  }
}

type Answer = { summary?: { accepted: number } }

/** Waits wherever the socket does. */
const upload = ({ url, key }: Api, lineCount: number): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/batches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(JSON.parse(text) as Answer))
    })
    const write = async (): Promise<void> => {
      sent.write(HEAD)
      for (let line = 0; line < lineCount; line += LINES_A_WRITE) {
        const lines = Array.from(
          { length: Math.min(LINES_A_WRITE, lineCount - line) },
          (_, index) => `07${String(line + index).padStart(8, '0')},Prénom ${line + index},"Abidjan, Cocody"\r\n`,
        )
        if (!sent.write(lines.join(''))) await new Promise((go) => void sent.once('drain', go))
      }
      sent.end(`\r\n--${BOUNDARY}--\r\n`)
    }
    write().catch(reject)
  })

const watch = async (running: Promise<unknown>, look: () => Promise<void>): Promise<void> => {
  let isOver = false
  void running.then(
    () => (isOver = true),
    () => (isOver = true),
  )
  while (!isOver) {
    await look()
    await wait(500)
  }
  await look()
}

/** Times of one query after another while `running` runs. */
const probe = async ({ url, key }: Api, running: Promise<unknown>) => {
  const times: number[] = []
  await watch(running, async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const startedAt = performance.now()
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{"query":"{ me { username } }"}',
      })
      await answer.arrayBuffer()
      times.push(performance.now() - startedAt)
    }
  })
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), most: at(1) }
}

const readMemory = async ({ url, key, pid }: Api): Promise<Memory> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text()
  return {
    rss: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024,
    heap: Number(/^nodejs_heap_size_used_bytes\S* ([\d.e+]+)/m.exec(metrics)?.[1] ?? 0),
  }
}

const tableOf = (figures: Awaited<ReturnType<typeof measure>>): string => {
  const { lineCount, seconds, linesPerSecond, memoryBeforeMiB, memoryGrowthMiB, graphqlMs } = figures
  const latency = ({ p50, p99, most }: (typeof graphqlMs)['alone']) =>
    `${p50.toFixed(1)} / ${p99.toFixed(1)} / ${most.toFixed(1)} ms`
  return [
    `\n| upload of ${lineCount} lines, two variables | |\n|---|---|`,
    `| from the first byte to the answer | ${seconds.toFixed(1)} s (${Math.round(linesPerSecond)} lines/s) |`,
    `| RSS of the API before, growth at most | ${memoryBeforeMiB.rss.toFixed(0)} MiB, ${memoryGrowthMiB.rss.toFixed(0)} MiB |`,
    `| heap in use before, growth at most | ${memoryBeforeMiB.heap.toFixed(0)} MiB, ${memoryGrowthMiB.heap.toFixed(0)} MiB |`,
    `| GraphQL query, p50 / p99 / most, alone | ${latency(graphqlMs.alone)} |`,
    `| the same beside the upload | ${latency(graphqlMs.beside)} |\n`,
  ].join('\n')
}
