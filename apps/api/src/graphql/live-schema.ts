import { buildSchema, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql'
import type { MercuriusLoaders } from 'mercurius'

type Loader = (asked: readonly { obj: object; params: object }[], context: unknown) => Promise<readonly unknown[]>
type Resolvers = Record<string, Record<string, unknown>>

/**
 * The schema as sockets see it: no query or mutation has a resolver, and what a loader finds is found once for each object, which all
 * listeners of a batch share. Mercurius' own copy keeps its loaders behind the answer of an HTTP request.
 */
export const createLiveSchema = (
  sdl: string,
  resolvers: Resolvers,
  loaders: MercuriusLoaders,
  types: Resolvers,
): GraphQLSchema => {
  const schema = buildSchema(sdl)
  const fieldsOf = (name: string) => {
    const type = schema.getType(name)
    if (!isObjectType(type)) throw new Error(`${name} is no object type of the schema`)
    return type.getFields()
  }
  for (const [name, byField] of Object.entries(loaders)) {
    for (const [field, loader] of Object.entries(byField)) fieldsOf(name)[field]!.resolve = onceEach(loader as Loader)
  }
  for (const [name, byField] of Object.entries(resolvers)) {
    for (const [field, resolver] of Object.entries(byField)) {
      if (typeof resolver === 'function') fieldsOf(name)[field]!.resolve = resolver as GraphQLFieldResolver<unknown, unknown>
      else Object.assign(fieldsOf(name)[field]!, resolver)
    }
  }
  // Scalars: in place, for every field already refers to them.
  for (const [name, behaviour] of Object.entries(types)) Object.assign(schema.getType(name)!, behaviour)
  return schema
}

/** Only for what depends on its object alone, as everything that a subscription can reach does. */
const onceEach = (loader: Loader): GraphQLFieldResolver<object, unknown> => {
  const found = new WeakMap<object, Promise<unknown>>()
  return (obj, params, context) => {
    const before = found.get(obj)
    if (before !== undefined) return before
    const value = loader([{ obj, params }], context).then(([first]) => first)
    found.set(obj, value)
    return value
  }
}
