import { html, type Html, type Language } from './html.ts'

export type LoginProblem = 'WRONG' | 'RATE_LIMITED' | 'BAD_ORIGIN' | 'INSECURE_TRANSPORT' | 'FORBIDDEN'

const WORDS = {
  fr: {
    title: 'Connexion',
    username: 'Nom d’utilisateur',
    password: 'Mot de passe',
    submit: 'Se connecter',
    logOut: 'Se déconnecter',
    loggedOut: 'Fin de la session',
    other: 'English',
    problems: {
      WRONG: 'Nom d’utilisateur ou mot de passe incorrect.',
      RATE_LIMITED: 'Trop d’essais : attendez une minute.',
      BAD_ORIGIN: 'Cette page a été ouverte depuis un autre site : rechargez-la et recommencez.',
      INSECURE_TRANSPORT: 'Ouvrez cette page en HTTPS : en HTTP, le mot de passe serait lisible en chemin.',
      FORBIDDEN: 'Cette page est réservée aux administrateurs.',
    },
  },
  en: {
    title: 'Log in',
    username: 'Username',
    password: 'Password',
    submit: 'Log in',
    logOut: 'Log out',
    loggedOut: 'End of the session',
    other: 'Français',
    problems: {
      WRONG: 'The username or the password is wrong.',
      RATE_LIMITED: 'Too many attempts: wait a minute.',
      BAD_ORIGIN: 'This page was opened from another site: reload it and try again.',
      INSECURE_TRANSPORT: 'Open this page over HTTPS: over HTTP the password could be read on its way.',
      FORBIDDEN: 'This page is for administrators.',
    },
  },
} as const

const PROBLEM_ID = 'problem'

/** `action` is a path of ours; `next` was checked by {@link safeNext}. */
export const loginPage = (input: {
  language: Language
  action: string
  next: string
  problem: LoginProblem | null
}): { title: string; main: Html } => {
  const words = WORDS[input.language]
  const other = input.language === 'fr' ? 'en' : 'fr'
  const described = input.problem === null ? { html: '' } : { html: ` aria-describedby="${PROBLEM_ID}"` }
  return {
    title: words.title,
    main: html`<main class="narrow">
      <h1>${words.title}</h1>
      ${input.problem === null ? null : html`<p class="problem" id="${PROBLEM_ID}" role="alert">${words.problems[input.problem]}</p>`}
      <form method="post" action="${input.action}?lang=${input.language}">
        <input type="hidden" name="next" value="${input.next}" />
        <label for="username">${words.username}</label>
        <input id="username" name="username" autocomplete="username" autocapitalize="none" required autofocus${described} />
        <label for="password">${words.password}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required${described} />
        <button type="submit">${words.submit}</button>
      </form>
      <nav>
        <a href="${input.action}?lang=${other}&amp;next=${encodeURIComponent(input.next)}" lang="${other}" hreflang="${other}"
          >${words.other}</a
        >
      </nav>
    </main>`,
  }
}

export const logoutPage = (input: { language: Language; action: string }): { title: string; main: Html } => {
  const words = WORDS[input.language]
  return {
    title: words.logOut,
    main: html`<main class="narrow">
      <h1>${words.loggedOut}</h1>
      <form method="post" action="${input.action}"><button type="submit">${words.logOut}</button></form>
    </main>`,
  }
}

export const forbiddenPage = (input: { language: Language; logout: string }): { title: string; main: Html } => {
  const words = WORDS[input.language]
  return {
    title: words.title,
    main: html`<main class="narrow">
      <p class="problem" role="alert">${words.problems.FORBIDDEN}</p>
      <form method="post" action="${input.logout}"><button type="submit">${words.logOut}</button></form>
    </main>`,
  }
}

/** Where to go after the login: a page of ours, never another site. */
export const safeNext = (next: unknown, fallback: string): string =>
  typeof next === 'string' && /^\/admin(\/[\w-]+)+(\?[\w\-=&%]*)?$/.test(next) && !next.startsWith('/admin/login')
    ? next
    : fallback
