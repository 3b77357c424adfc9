import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, exitOnBadConfig, parseConfig } from './config.ts'

const schema = z.object({
  NAME: z.string().meta({ description: 'a name' }),
  SIZE: z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .default(3)
    .meta({ description: 'a whole number', isShown: true }),
  SECRET: z.string().min(8, 'is shorter than 8 characters').meta({ description: '8 characters or more' }),
})

const linesOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    parseConfig(schema, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
  return []
}

describe('a configuration', () => {
  it('is read with its defaults', () => {
    expect(parseConfig(schema, { NAME: 'n', SECRET: '12345678', OTHER: 'ignored' })).toEqual({
      NAME: 'n',
      SIZE: 3,
      SECRET: '12345678',
    })
  })

  it('names every problem at once, what is wrong and what is expected', () => {
    expect(linesOf({ SIZE: 'big', SECRET: 'hunter2' })).toEqual([
      'NAME: is missing; expected a name',
      'SIZE: is not a whole number (it is "big"); expected a whole number',
      'SECRET: is shorter than 8 characters; expected 8 characters or more',
    ])
  })

  it('takes an empty value, or white space, for a missing one', () => {
    expect(linesOf({ NAME: '', SIZE: '  ', SECRET: '12345678' })).toEqual(['NAME: is missing; expected a name'])
  })

  it('shows no value that may be secret', () => {
    expect(linesOf({ SECRET: 'hunter2' }).join()).not.toContain('hunter2')
  })
})

describe('a process with a bad configuration', () => {
  const record = () => {
    const written: string[] = []
    const exitCodes: number[] = []
    const port = {
      write: (line: string) => written.push(line),
      exit: (code: number): never => {
        exitCodes.push(code)
        throw new Error('exited')
      },
    }
    return { written, exitCodes, port }
  }

  it('prints one problem a line and exits 78', () => {
    const { written, exitCodes, port } = record()
    expect(() => exitOnBadConfig(schema, {}, port)).toThrow('exited')
    expect(written).toEqual(['NAME: is missing; expected a name\n', 'SECRET: is missing; expected 8 characters or more\n'])
    expect(exitCodes).toEqual([78])
  })

  it('says nothing when all is well', () => {
    const { written, exitCodes, port } = record()
    expect(exitOnBadConfig(schema, { NAME: 'n', SECRET: '12345678' }, port).NAME).toBe('n')
    expect([written, exitCodes]).toEqual([[], []])
  })
})
