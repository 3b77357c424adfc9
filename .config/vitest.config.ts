import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Where .ci/run wants the counts. */
const report = process.env['TEST_REPORT']
const servers = fileURLToPath(new URL('./test-servers.ts', import.meta.url))

/** They measure time: beside another file they would measure that one too. They run alone, with the e2e files. */
const timed = [
  'packages/queue/test/pacer.test.ts',
  'apps/api/test/large-lists.test.ts',
  'apps/worker/test/{accounts,fair,pace,steady,throttle}.test.ts',
]

export default defineConfig({
  root,
  test: {
    pool: 'forks',
    // Two cores is what everything is measured on; a third process would only add waiting to the timings.
    maxWorkers: 2,
    retry: 0,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'apps/e2e/{chaos,criteria,pacing}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.test.ts', 'apps/{api,worker,orange-simulator}/test/**/*.test.ts'],
          exclude: timed,
          globalSetup: servers,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['apps/e2e/test/**/*.test.ts', ...timed],
          globalSetup: servers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Whole processes of ours run in each of these files: one file at a time.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
