import type { ErrorCode } from '@sms/core'

/** What a person reads for each code. Clients decide by the code. */
export const FRENCH: Readonly<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'Utilisateur non authentifié',
  FORBIDDEN: 'Permission refusée : seul un administrateur peut faire cela.',
  NOT_FOUND: 'Introuvable.',
  EMPTY_INPUT: 'Il n’y a rien à traiter : la saisie est vide.',
  EMPTY_MESSAGE: 'Le message ne contient aucun caractère visible.',
  MESSAGE_TOO_LONG: 'Le message est trop long : raccourcissez-le.',
  TOO_MANY_RECIPIENTS: 'Trop d’entrées pour un seul appel : divisez la liste ou utilisez un segment.',
  UNKNOWN_SEGMENT: 'Segment introuvable.',
  INVALID_OPTIONS: 'Une option d’envoi est incorrecte.',
  INVALID_INPUT: 'Une valeur est incorrecte.',
  IDEMPOTENCY_CONFLICT: 'Cette clé d’idempotence a déjà servi à un autre envoi.',
  ALREADY_EXISTS: 'Ce nom existe déjà.',
  RATE_LIMITED: 'Trop de requêtes : attendez un instant.',
  BAD_ORIGIN: 'Cette requête vient d’un autre site.',
  INSECURE_TRANSPORT: 'La connexion demande HTTPS.',
  QUERY_TOO_COSTLY: 'La requête demande trop de choses à la fois.',
  NOT_REPLAYABLE: 'Ce SMS ne peut pas être renvoyé : son état ne le permet pas.',
  ACTION_DISABLED: 'Cette action est désactivée ici.',
  UNAVAILABLE: 'Service momentanément indisponible : rien n’a été enregistré, réessayez.',
  INTERNAL: 'Erreur interne.',
  EMPTY_NUMBER: 'Aucun numéro.',
  INVALID_NUMBER: 'Numéro de téléphone non valide.',
  NOT_MOBILE: 'Ce numéro ne peut pas recevoir de SMS.',
  DUPLICATE: 'Numéro déjà présent plus haut dans la liste : un seul SMS est envoyé.',
  OPTED_OUT: 'Ce destinataire ne souhaite plus être contacté.',
  BATCH_CANCELLED: 'L’envoi a été annulé.',
  EXPIRED: 'La date limite d’envoi est passée.',
  BAD_PAYLOAD: 'Tâche illisible.',
}

/** The old interface's own sentences for an empty call. */
export const EMPTY_CALL = {
  sms: 'Numéro et message requis.',
  bulk: 'Liste de numéros et message requis.',
  segment: 'ID de segment et message requis.',
  allContacts: 'Message requis.',
} as const
