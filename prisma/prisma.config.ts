import { fileURLToPath } from 'node:url'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default {
  schema: here('./schema.prisma'),
  migrations: { path: here('./migrations') },
}
