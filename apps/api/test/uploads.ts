import { type Api, openApi, type Tenant } from './harness.ts'

export type SentFile = {
  fields?: Record<string, string>
  headers?: Record<string, string>
  name?: string
  type?: string
  as?: Tenant
}

type File = string | Uint8Array<ArrayBuffer>

export const openUploads = async () => {
  const api = await openApi()
  const [awa, koffi] = [await api.createTenant('awa'), await api.createTenant('koffi')]
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  return {
    api,
    awa,
    koffi,
    url,
    upload: async (file: File, { fields, headers, name, type, as }: SentFile = {}) => {
      const form = new FormData()
      for (const [field, value] of Object.entries({ message: 'Bonjour', ...fields })) form.set(field, value)
      form.set('file', new Blob([file], { type: type ?? 'text/csv' }), name ?? 'list.csv')
      const answer = await fetch(`${url}/v1/batches`, {
        method: 'POST',
        headers: { authorization: `Bearer ${(as ?? awa).key}`, ...headers },
        body: form,
      })
      const body = (await answer.json()) as Record<string, any>
      const code = body['errors']?.[0].extensions.code as string | undefined
      return { status: answer.status, body, code, headers: answer.headers }
    },
  }
}

export type Uploads = Awaited<ReturnType<typeof openUploads>>

export const openTransactions = async (api: Api) =>
  (
    await api.db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`
  )[0]?.count

export const creditOf = async (api: Api, tenant: Tenant) =>
  (await api.db.user.findUniqueOrThrow({ where: { id: Number(tenant.userId) } })).smsCredit
