import { afterEach, describe, expect, it, vi } from 'vitest'
import { commandLine, wholeNumber } from './command-line.ts'

const HELP = 'pnpm example [--sms N]\n'

const create = () => {
  const ran: unknown[] = []
  const run = commandLine({
    help: HELP,
    options: { sms: { type: 'string', default: '300' }, quick: { type: 'boolean', default: false } },
    run: async (values) => {
      const sms = wholeNumber('sms', values.sms, { min: 1, max: 1_000 })
      ran.push({ sms, quick: values.quick })
      if (sms === 13) throw new Error('the server is away')
      return sms === 7 ? 1 : 0
    },
  })
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const written = (spy: typeof out): string => spy.mock.calls.map(([text]) => String(text)).join('')
  return { run, ran, written: () => ({ out: written(out), err: written(err) }) }
}

afterEach(() => void vi.restoreAllMocks())

describe('a command line', () => {
  it('runs with its defaults, with what is given, and behind the "--" of pnpm', async () => {
    const { run, ran } = create()
    expect([await run([]), await run(['--sms', '7']), await run(['--', '--quick'])]).toEqual([0, 1, 0])
    expect(ran).toEqual([
      { sms: 300, quick: false },
      { sms: 7, quick: false },
      { sms: 300, quick: true },
    ])
  })

  it.each([['--help'], ['-h']])('prints its help for %s and does nothing', async (flag) => {
    const { run, ran, written } = create()
    expect(await run([flag])).toBe(0)
    expect([ran, written()]).toEqual([[], { out: HELP, err: '' }])
  })

  it.each([
    [['--sms', 'many'], '--sms is not a whole number from 1 to 1000'],
    [['--sms', '0'], '--sms is not a whole number from 1 to 1000'],
    [['--sms', '-1'], "Option '--sms' argument is ambiguous"],
    [['--speed'], "Unknown option '--speed'"],
    [['quick'], "Unexpected argument 'quick'"],
  ])('says what is wrong with %j, then its help, and ends with 64', async (args, problem) => {
    const { run, ran, written } = create()
    expect(await run(args)).toBe(64)
    const { out, err } = written()
    expect([ran, out]).toEqual([[], ''])
    expect(err.startsWith(problem)).toBe(true)
    expect(err.endsWith(HELP)).toBe(true)
  })

  it('does not take a failure for a wrong argument', async () => {
    const { run } = create()
    await expect(run(['--sms', '13'])).rejects.toThrow('the server is away')
  })
})
