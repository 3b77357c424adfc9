import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** A piece of a page; everything else that is put into one is escaped. */
export type Html = { html: string }
type Piece = Html | string | number | null | readonly Html[]

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const htmlOf = (piece: Piece): string => {
  if (piece === null) return ''
  if (typeof piece === 'string' || typeof piece === 'number')
    return String(piece).replace(/[&<>"']/g, (found) => ESCAPES[found] ?? '')
  return 'html' in piece ? piece.html : piece.map(({ html }) => html).join('')
}

export const html = (texts: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  html: texts.reduce((all, text, index) => `${all}${htmlOf(pieces[index - 1] ?? null)}${text}`),
})

const STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1rem }
main.narrow { max-width: 22rem; margin: 10vh auto 0 }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
label { margin-top: 1rem }
input, button { padding: .6rem; border: 1px solid #767676; border-radius: .3rem }
button { margin-top: 1.5rem; background: #0b57d0; border-color: #0b57d0; color: #fff; font-weight: 600 }
:focus-visible { outline: 3px solid #f50; outline-offset: 2px }
.problem { border-left: .3rem solid #c00; padding: .5rem 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #7676764d }
td { overflow-wrap: anywhere; white-space: pre-wrap }
nav { margin-top: 2rem }
`

/** Nothing but this style and forms that are sent to this host. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export type Language = 'fr' | 'en'

/** French unless the browser asks for English first. */
export const languageOf = (asked: string | undefined, accepted: string | undefined): Language => {
  if (asked === 'fr' || asked === 'en') return asked
  const first = /\b(fr|en)\b/i.exec(accepted ?? '')?.[1]
  return first?.toLowerCase() === 'en' ? 'en' : 'fr'
}

export const sendPage = (
  reply: FastifyReply,
  page: { statusCode?: number; language: Language; title: string; main: Html },
): FastifyReply => {
  const { html: text } = html`<!doctype html>
    <html lang="${page.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${page.title}</title>
        <style>
          ${{ html: STYLE }}
        </style>
      </head>
      <body>
        ${page.main}
      </body>
    </html> `
  return reply
    .code(page.statusCode ?? 200)
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'same-origin')
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(text)
}
