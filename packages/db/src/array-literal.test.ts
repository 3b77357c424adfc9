import { expect, it } from 'vitest'
import { arrayLiteral, textArrayLiteral } from './array-literal.ts'

it('writes plain values without quotes and null as NULL', () => {
  expect(arrayLiteral([1n, 2n])).toBe('{1,2}')
  expect(arrayLiteral([true, null, 201])).toBe('{true,NULL,201}')
  expect(arrayLiteral([])).toBe('{}')
})

it('quotes texts, so that commas, braces, quotes, backslashes and the word NULL are themselves', () => {
  expect(textArrayLiteral(['a,b', '{}', 'say "no"', 'back\\slash', 'NULL', '', null])).toBe(
    String.raw`{"a,b","{}","say \"no\"","back\\slash","NULL","",NULL}`,
  )
})
