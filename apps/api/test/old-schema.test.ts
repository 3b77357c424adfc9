import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { expect, it } from 'vitest'

const schemaOf = (path: string): GraphQLSchema => buildSchema(readFileSync(new URL(path, import.meta.url), 'utf8'))
const old = schemaOf('./old-interface.graphql')
const ours = schemaOf('../src/graphql/schema.graphql')

/** Every field of an object type of the old interface, as `Type.field`. */
const fieldsOf = (schema: GraphQLSchema): Map<string, GraphQLField<unknown, unknown>> =>
  new Map(
    Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
      .flatMap((type) =>
        isObjectType(type) ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field] as const) : [],
      ),
  )

const described = ({ type, defaultValue }: GraphQLArgument): string => `${String(type)} = ${JSON.stringify(defaultValue)}`

const kept = fieldsOf(ours)
const asked = [...fieldsOf(old)]

it('has the whole old interface', () => {
  expect(asked.length).toBeGreaterThan(100)
})

it.each(asked)('keeps %s with its type and its arguments, and asks for nothing more', (name, field) => {
  const found = kept.get(name)
  expect(found && String(found.type), 'type, nullability included').toBe(String(field.type))
  const given = new Map((found?.args ?? []).map((argument) => [argument.name, argument]))
  for (const argument of field.args) {
    const same = given.get(argument.name)
    expect(same && described(same), argument.name).toBe(described(argument))
    given.delete(argument.name)
  }
  // What is new must not be asked of a client that does not know it.
  for (const argument of given.values()) expect(isRequiredArgument(argument), argument.name).toBe(false)
})

it('answers nothing as null that old clients are promised', () => {
  const promised = asked.filter(([, field]) => isNonNullType(field.type))
  expect(promised.every(([name]) => isNonNullType(kept.get(name)?.type))).toBe(true)
})
