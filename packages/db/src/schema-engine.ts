import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

export type SchemaEngine = bindings.SchemaEngine

export type OpenedSchemaEngine = { engine: SchemaEngine; release: () => Promise<void> }

type Exports = { __wbindgen_start: () => void }
/** What is used of the global of that name; the DOM's types, where it is declared, are not ours. */
type WebAssemblyGlobal = { instantiate: (bytes: Uint8Array, imports: object) => Promise<{ instance: { exports: Exports } }> }

/**
 * The bindings hold one instance for the whole process. A test runner may load this module twice, and a second instance
 * would take the memory from under the first: what was loaded is therefore remembered with the process.
 */
const LOADED = Symbol.for('sms.schema-engine.loaded')
const ofProcess = globalThis as { [LOADED]?: Promise<void> }

/**
 * Prisma's own schema engine compiled to WebAssembly: nothing is downloaded, so it works offline. The package's own
 * entry imports the .wasm file as a module, which Node does not do; these steps are what it would do.
 */
const load = (): Promise<void> =>
  (ofProcess[LOADED] ??= (async () => {
    const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const bytes = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'))
    const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings })
    // The engine reports a panic here before it traps; without this nobody would learn its message.
    const panics = {
      set_message: (message: string): never => {
        throw new Error(`Prisma's schema engine panicked: ${message}`)
      },
    }
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics })
    bindings.__wbg_set_wasm(instance.exports)
    instance.exports.__wbindgen_start()
  })())

const CATALOG_CHAR = 18
const TEXT = 25

/** Which columns of a result were `"char"`, by its array of rows: what pool and adapter both hold. */
const catalogChars = new WeakMap<object, number[]>()

/**
 * PostgreSQL's one-byte `"char"`, of which the system catalogs are full, is unknown to the adapter, which refuses the
 * whole result, so that the engine could not read a schema back. The pool calls such columns text, the adapter below
 * calls them what the engine expects.
 */
class CatalogPool extends pg.Pool {
  constructor(config: pg.PoolConfig) {
    super(config)
    const query = this.query.bind(this) as (...args: unknown[]) => Promise<pg.QueryArrayResult>
    this.query = (async (...args: unknown[]) => {
      const result = await query(...args)
      const chars = (result.fields ?? []).flatMap((field, index) => (field.dataTypeID === CATALOG_CHAR ? [index] : []))
      for (const index of chars) result.fields[index]!.dataTypeID = TEXT
      if (chars.length > 0) catalogChars.set(result.rows, chars)
      return result
    }) as typeof this.query
  }
}

class CatalogAdapterFactory extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect()
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query)
      for (const index of catalogChars.get(result.rows) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character
      return result
    }
    return adapter
  }
}

/** The engine over a small pool of its own. Its log has nothing that its errors do not say. */
export const openSchemaEngine = async (url: string): Promise<OpenedSchemaEngine> => {
  await load()
  const pool = new CatalogPool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 10_000,
    application_name: 'sms-migrate',
  })
  pool.on('error', () => {})
  const adapter = bindMigrationAwareSqlAdapterFactory(new CatalogAdapterFactory(pool))
  try {
    const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => {}, adapter)
    return {
      engine,
      release: async () => {
        engine.free()
        await pool.end()
      },
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}
