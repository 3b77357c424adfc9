import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * Generates the Prisma client of prisma/schema.prisma into packages/db/src/generated; does nothing when it is up to
 * date. Runs after every install, so it is quiet, and works offline.
 */
const root = fileURLToPath(new URL('../../..', import.meta.url))
const schema = join(root, 'prisma/schema.prisma')
const generated = join(root, 'packages/db/src/generated')
const stamp = join(generated, '.schema-hash')
const client = join(generated, 'client.ts')

const findPrisma = (): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve('prisma/package.json')
  } catch {
    return undefined
  }
}

const hashOf = async (prisma: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(prisma, 'utf8')) as { version: string }
  return createHash('sha256')
    .update(version)
    .update('\0')
    .update(await readFile(schema))
    .digest('hex')
}

const isCurrent = async (hash: string): Promise<boolean> =>
  existsSync(client) && (await readFile(stamp, 'utf8').catch(() => '')).trim() === hash

const runPrisma = async (prisma: string): Promise<void> => {
  const { bin } = JSON.parse(await readFile(prisma, 'utf8')) as { bin: { prisma: string } }
  const command = join(dirname(prisma), bin.prisma)
  await promisify(execFile)(process.execPath, [command, 'generate', '--schema', schema, '--no-hints'], {
    cwd: root,
    // Naming any file as its engine keeps Prisma from downloading one: generating needs none.
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
}

const generate = async (): Promise<void> => {
  const prisma = findPrisma()
  if (prisma === undefined) {
    if (!existsSync(client))
      throw new Error(
        'prisma is not installed and no client was generated before: install with the development dependencies first',
      )
    console.log('prisma is not installed (production): the client that was generated before is used')
    return
  }
  const hash = await hashOf(prisma)
  if (await isCurrent(hash)) return
  await runPrisma(prisma)
  await writeFile(stamp, `${hash}\n`)
}

try {
  await generate()
} catch (error) {
  const { stderr, stdout, message } = error as Error & { stderr?: string; stdout?: string }
  console.error(`The Prisma client could not be generated: ${message}\n${stdout ?? ''}${stderr ?? ''}`.trimEnd())
  process.exit(1)
}
