import { readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import type { ServerUser } from './server-process.ts'

/** PostgreSQL refuses to run as root: another account that exists already. Null when we are not root. */
export const unprivilegedUser = (): ServerUser => {
  if (process.getuid?.() !== 0) return null
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody', 'daemon']) {
    const account = accounts.find((fields) => fields[0] === name)
    if (account !== undefined && Number(account[2]) > 0) return { uid: Number(account[2]), gid: Number(account[3]) }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user postgres, nobody or daemon to run it: start this as another user',
  )
}

const mayEnter = (folder: string, user: { uid: number; gid: number }): boolean => {
  const { mode, uid, gid } = statSync(folder)
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
  return ((mode >> shift) & 0o5) === 0o5 || (folder === '/' && ((mode >> shift) & 0o1) === 0o1)
}

/** True when the user may enter this folder and every folder above it. */
export const isOpenTo = (user: ServerUser, folder: string): boolean => {
  if (user === null) return true
  for (let at = folder; ; at = dirname(at)) {
    if (!mayEnter(at, user)) return false
    if (at === dirname(at)) return true
  }
}

/** A temporary folder that the user can reach: TMPDIR may lie in a home that is closed to others. */
export const temporaryRoot = (user: ServerUser): string => {
  const root = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => {
    try {
      return isOpenTo(user, folder)
    } catch {
      return false
    }
  })
  if (root === undefined) throw new Error('no temporary folder is open to the user that PostgreSQL would run as: set TMPDIR')
  return root
}
