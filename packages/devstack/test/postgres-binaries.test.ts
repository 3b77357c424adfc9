import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { postgresBinaries } from '../src/postgres-binaries.ts'
import { isOpenTo, temporaryRoot } from '../src/server-user.ts'

const someone = { uid: 65_534, gid: 65_534 }

/** A clone with its binaries; `mode` is that of the folder above it. */
const openClone = async (mode: number): Promise<{ folder: string; version: string }> => {
  const top = await mkdtemp(join(temporaryRoot(someone), 'sms-clone-'))
  const folder = join(top, 'native')
  for (const name of ['bin', 'lib', 'share']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'bin', 'postgres'), 'the program', { mode: 0o700 })
  // The umask of the test must not decide what is open.
  for (const path of [folder, ...['bin', 'lib', 'share'].map((name) => join(folder, name))]) await chmod(path, 0o755)
  await chmod(top, mode)
  const version = `test-${randomBytes(4).toString('hex')}`
  onTestFinished(async () => {
    await rm(top, { recursive: true })
    await rm(join(temporaryRoot(someone), `sms-postgres-${version}-${process.arch}`), { recursive: true, force: true })
  })
  return { folder, version }
}

test('binaries that the account can reach are used where they are', async () => {
  const installed = await openClone(0o755)
  expect(await postgresBinaries(someone, installed)).toBe(installed.folder)
})

test('binaries below a closed folder are copied to where the account can reach them, once', async () => {
  const installed = await openClone(0o700)
  expect(isOpenTo(someone, installed.folder)).toBe(false)
  expect(isOpenTo(null, installed.folder)).toBe(true)

  const copies = await Promise.all([1, 2, 3].map(() => postgresBinaries(someone, installed)))

  expect(new Set(copies).size).toBe(1)
  expect(copies[0]).not.toBe(installed.folder)
  expect(isOpenTo(someone, join(copies[0]!, 'bin'))).toBe(true)
  expect(await readFile(join(copies[0]!, 'bin', 'postgres'), 'utf8')).toBe('the program')
})

test('a copy that has lost a file is made anew', async () => {
  const installed = await openClone(0o700)
  const copy = await postgresBinaries(someone, installed)
  await rm(join(copy, 'bin', 'postgres'))

  expect(await postgresBinaries(someone, installed)).toBe(copy)
  expect(existsSync(join(copy, 'bin', 'postgres'))).toBe(true)
})
