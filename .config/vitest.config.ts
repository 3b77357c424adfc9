import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Where .ci/run wants the counts. */
const report = process.env['TEST_REPORT']
const servers = fileURLToPath(new URL('./test-servers.ts', import.meta.url))

// Tests start some two hundred processes of ours. Node keeps what it made of each source, so that it strips and compiles it once;
// spawnChild hands the folder on.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../node_modules/.cache/node-compile', import.meta.url))

/** They measure time: beside another file they would measure that one too. They run alone. */
const timed = [
  'packages/core/test/event-loop.test.ts',
  'packages/queue/test/{given-back,pacer}.test.ts',
  'apps/api/test/large-lists.test.ts',
  'apps/worker/test/{accounts,fair,pace,steady,throttle}.test.ts',
]

/** Leases that run out, outages, probes, browsers, commands, hundreds of random sequences: minutes, which `pnpm check` leaves to CI. */
const long = [
  'packages/db/test/properties/*.test.ts',
  'apps/api/test/commands.test.ts',
  'apps/worker/test/{account-block,drain,frozen,late-outcomes,outages,parked,shutdown,stalls,token-lives}.test.ts',
  'apps/e2e/test/{bull-board,control,crashes,criteria,large-segment,live,old-defects}.test.ts',
]

/** Whole processes of ours run in these, several a file: five files at once were more than two cores start in time. */
const processes = ['apps/worker/test/**/*.test.ts', 'apps/e2e/test/**/*.test.ts']

export default defineConfig({
  root,
  test: {
    pool: 'forks',
    // Two cores is what everything is measured on; more would only add waiting to the timings.
    maxWorkers: 2,
    retry: 0,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'apps/e2e/{chaos,criteria,pacing}/**/*.test.ts'],
          // The long ones compare thousands of cases: seconds on a machine that does something else besides.
          testTimeout: 20_000,
          // No module of ours keeps a state, so each is loaded once a process and not once a file.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.test.ts', 'apps/{api,orange-simulator}/test/**/*.test.ts'],
          exclude: [...timed, ...long],
          globalSetup: servers,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          isolate: false,
          // Most of a test here is waiting for a server.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: processes,
          exclude: [...timed, ...long],
          globalSetup: servers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: long,
          globalSetup: servers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'timed',
          include: timed,
          globalSetup: servers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
