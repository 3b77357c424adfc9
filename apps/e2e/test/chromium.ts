import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const find = (): string | undefined =>
  ['chromium', 'chromium-browser', 'google-chrome'].find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  )

const MISSING = 'No Chromium on the PATH. Install one, then try again:\n  sudo apt-get update && sudo apt-get install -y chromium'

/** The name of a Chromium on the PATH. On Debian, as root, a missing one is installed. */
const chromiumProgram = async (): Promise<string> => {
  const found = find()
  if (found !== undefined) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.error('No Chromium on this machine: apt-get update && apt-get install -y chromium')
    const options = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' } }
    await promisify(execFile)('apt-get', ['update'], options)
    await promisify(execFile)(
      'apt-get',
      ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', 'chromium'],
      options,
    )
    const installed = find()
    if (installed !== undefined) return installed
  }
  throw new Error(MISSING)
}

const pathOf = (program: string): string => {
  const { stdout } = spawnSync('which', [program], { encoding: 'utf8' })
  return stdout.trim()
}

/** A browser without a window. It ends with `close`, and with this process. */
export const openChromium = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: pathOf(await chromiumProgram()),
    // As root there is no sandbox; the rest keeps it from asking the network for what no page has asked.
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
