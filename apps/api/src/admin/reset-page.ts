import { html, type Html, type Language } from './html.ts'

export type ResetProblem = 'OVER' | 'RATE_LIMITED' | 'INVALID'

const WORDS = {
  fr: {
    title: 'Nouveau mot de passe',
    password: 'Nouveau mot de passe',
    revoke:
      'Révoquer aussi mes clés d’API : à cocher si quelqu’un d’autre a eu accès au compte. Les programmes qui s’en servent s’arrêtent.',
    submit: 'Changer le mot de passe',
    done: 'Votre mot de passe est changé et toutes vos sessions sont fermées.',
    keys: { kept: 'Vos clés d’API restent valables.', revoked: 'Vos clés d’API sont révoquées.' },
    logIn: 'Se connecter',
    problems: {
      OVER: 'Ce lien n’est plus valable : demandez-en un autre.',
      RATE_LIMITED: 'Trop d’essais : attendez une minute.',
      INVALID: 'Un mot de passe a de 1 à 1 024 caractères.',
    },
  },
  en: {
    title: 'New password',
    password: 'New password',
    revoke: 'Revoke my API keys as well: tick this if somebody else had access to the account. Programs that use them stop.',
    submit: 'Change the password',
    done: 'Your password is changed and all your sessions are over.',
    keys: { kept: 'Your API keys stay valid.', revoked: 'Your API keys are revoked.' },
    logIn: 'Log in',
    problems: {
      OVER: 'This link is over: ask for another one.',
      RATE_LIMITED: 'Too many attempts: wait a minute.',
      INVALID: 'A password has 1 to 1,024 characters.',
    },
  },
} as const

export const resetPage = (input: { language: Language; action: string; token: string; problem: ResetProblem | null }) => {
  const words = WORDS[input.language]
  return {
    title: words.title,
    main: html`<main class="narrow">
      <h1>${words.title}</h1>
      ${input.problem === null ? null : html`<p class="problem" role="alert">${words.problems[input.problem]}</p>`}
      <form method="post" action="${input.action}?lang=${input.language}">
        <input type="hidden" name="token" value="${input.token}" />
        <label for="password">${words.password}</label>
        <input id="password" name="password" type="password" autocomplete="new-password" maxlength="1024" required autofocus />
        <label><input name="revoke" type="checkbox" value="yes" /> ${words.revoke}</label>
        <button type="submit">${words.submit}</button>
      </form>
    </main>`,
  } satisfies { title: string; main: Html }
}

export const resetDonePage = (input: { language: Language; login: string; revokesApiKeys: boolean }) => {
  const words = WORDS[input.language]
  return {
    title: words.title,
    main: html`<main class="narrow">
      <p role="status">${words.done} ${input.revokesApiKeys ? words.keys.revoked : words.keys.kept}</p>
      <nav><a href="${input.login}">${words.logIn}</a></nav>
    </main>`,
  } satisfies { title: string; main: Html }
}
