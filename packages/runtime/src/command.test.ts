import { describe, expect, it } from 'vitest'
import { readArguments, runCommand, toJson, wholeArgument, wrong } from './command.ts'

const play = async (
  args: string[],
  run: () => Promise<{ output: string; exit?: 66 }>,
  isDatabaseAway?: (error: unknown) => boolean,
) => {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommand(
    {
      name: 'sms:try',
      help: 'how to',
      read: (given) => {
        const read = readArguments(given, { help: { type: 'boolean', default: false } })
        if (read.kind === 'wrong') return read
        return read.values.help ? { kind: 'help' } : { kind: 'try' as const }
      },
      run,
      ...(isDatabaseAway && { isDatabaseAway }),
    },
    { args, write: (line) => out.push(line), writeError: (line) => err.push(line) },
  )
  return { code, out, err }
}

describe('a command', () => {
  it('prints what it found, and exits as it says', async () => {
    expect(await play([], async () => ({ output: 'found' }))).toEqual({ code: 0, out: ['found'], err: [] })
    expect(await play(['--'], async () => ({ output: 'none', exit: 66 }))).toMatchObject({ code: 66 })
  })

  it('prints its help, and with it what is wrong with the arguments', async () => {
    const never = async () => Promise.reject(new Error('not to be run'))
    expect(await play(['--help'], never)).toEqual({ code: 0, out: ['how to'], err: [] })
    const refused = await play(['--else'], never)
    expect(refused).toMatchObject({ code: 64, out: [] })
    expect(refused.err.join('')).toMatch(/--else[^]*how to/)
  })

  it('says no more of an error than its code', async () => {
    const failing = (code: unknown) => play([], () => Promise.reject(Object.assign(new Error('row +2250707070707'), { code })))
    expect(await failing('P2010')).toEqual({ code: 1, out: [], err: ['sms:try failed: P2010'] })
    expect(await failing('host +2250707070707')).toMatchObject({ err: ['sms:try failed: INTERNAL'] })
  })

  it('says in words that PostgreSQL is what does not answer', async () => {
    const failing = () => Promise.reject(Object.assign(new Error('at db:5432'), { code: 'P1001' }))
    expect((await play([], failing, () => true)).err).toEqual([
      'sms:try failed: P1001: PostgreSQL does not answer (DATABASE_URL)',
    ])
    expect((await play([], failing, () => false)).err).toEqual(['sms:try failed: P1001'])
  })

  it('reads whole numbers within bounds', () => {
    expect(wholeArgument('hours', '24', { min: 1, max: 48 })).toBe(24)
    for (const text of ['0', '49', '-1', '1.5', '', 'x'])
      expect(wholeArgument('hours', text, { min: 1, max: 48 })).toEqual(wrong('--hours is not a whole number from 1 to 48'))
  })

  it('writes ids as GraphQL does', () => {
    expect(toJson({ id: 9_007_199_254_740_993n })).toBe('{"id":"9007199254740993"}')
  })
})
