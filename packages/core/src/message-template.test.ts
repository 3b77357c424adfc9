import { describe, expect, it } from 'vitest'
import { longestTexts, parseTemplate, typicalText } from './message-template.ts'

describe('a template', () => {
  it('is its text and its variables, in their order, with what stands for a missing one', () => {
    expect(parseTemplate('Bonjour {name|cher client}, {email}!')).toEqual([
      'Bonjour ',
      { variable: 'name', fallback: 'cher client' },
      ', ',
      { variable: 'email', fallback: null },
      '!',
    ])
    expect(parseTemplate('{ phoneNumber | }')).toEqual([{ variable: 'phoneNumber', fallback: ' ' }])
    expect(parseTemplate('{name|}')).toEqual([{ variable: 'name', fallback: '' }])
  })

  it('is none where it holds no variable', () => {
    expect(parseTemplate('Bonjour')).toBeNull()
    expect(parseTemplate('a } b { c')).toBeNull()
  })

  it.each(['{nom}', '{prénom}', '{}', '{Name}', 'x {name} {age|3}'])(
    'is refused with a variable that no contact has: %s',
    (text) => {
      expect(() => parseTemplate(text)).toThrow(expect.objectContaining({ code: 'INVALID_TEMPLATE' }))
    },
  )

  it('is measured as most get it, and limited by the dearest that anybody could get', () => {
    const template = parseTemplate('A {name|un très long remplacement} B') ?? []
    expect(typicalText(template)).toBe('A xxxxxxxxxxxx B')
    expect(longestTexts(template)).toEqual([`A ${'😀'.repeat(40)} B`, 'A un très long remplacement B'])
  })
})
