import type { BlockReason, ErrorCode, UnknownDecision } from '@sms/core'

/** What a person reads for each code. Clients decide by the code. */
export const FRENCH: Readonly<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'User not authenticated',
  FORBIDDEN: 'Permission denied: seul un administrateur peut faire cela.',
  NOT_FOUND: 'Introuvable.',
  EMPTY_INPUT: 'Il n’y a rien à traiter : la saisie est vide.',
  EMPTY_MESSAGE: 'Le message ne contient aucun caractère visible.',
  MESSAGE_TOO_LONG: 'Le message est trop long : raccourcissez-le.',
  TOO_MANY_RECIPIENTS: 'Trop d’entrées pour un seul appel : divisez la liste ou utilisez un segment.',
  UNKNOWN_SEGMENT: 'Segment introuvable.',
  INSUFFICIENT_CREDIT: 'Crédits SMS insuffisants.',
  INVALID_OPTIONS: 'Une option d’envoi est incorrecte.',
  INVALID_TEMPLATE:
    'Une variable entre accolades n’existe pas : {name}, {email}, {phoneNumber} ou, pour un fichier, le nom d’une de ses colonnes.',
  INVALID_INPUT: 'Une valeur est incorrecte.',
  UNKNOWN_ACCOUNT: 'Ce compte d’envoi n’existe pas ou est désactivé.',
  INVALID_ACCOUNT: 'Une donnée du compte d’envoi est incorrecte.',
  COUNTRY_TAKEN: 'Un autre compte d’envoi sert déjà ce pays.',
  ACCOUNT_DISABLED: 'Ce compte d’envoi est désactivé.',
  IDEMPOTENCY_CONFLICT: 'Cette clé d’idempotence a déjà servi à un autre envoi.',
  PLAN_CHANGED: 'L’envoi n’est plus celui qui était prévu : refaites le calcul.',
  ALREADY_EXISTS: 'Ce nom existe déjà.',
  RATE_LIMITED: 'Trop de requêtes : attendez un instant.',
  BAD_ORIGIN: 'Cette requête vient d’un autre site.',
  INSECURE_TRANSPORT: 'La connexion demande HTTPS.',
  QUERY_TOO_COSTLY: 'La requête demande trop de choses à la fois.',
  ON_THE_WIRE: 'Ce SMS est en cours d’envoi : il ne peut plus être arrêté.',
  ALREADY_OVER: 'Ce SMS est déjà terminé : il n’y a plus rien à annuler.',
  NOT_REPLAYABLE: 'Ce SMS ne peut pas être renvoyé : son état ne le permet pas.',
  ACTION_DISABLED: 'Cette action est désactivée ici.',
  UNSUPPORTED_FORMAT: 'Le format n’est pas accepté : envoyez un fichier CSV ou NDJSON en multipart/form-data.',
  INVALID_FILE: 'Le fichier ne peut pas être lu : rien n’a été enregistré.',
  FILE_TOO_LARGE: 'Le fichier ou une de ses lignes est trop long : rien n’a été enregistré.',
  UPLOAD_TIMEOUT: 'L’envoi du fichier s’est arrêté ou a duré trop longtemps : rien n’a été enregistré.',
  MAIL_DISABLED: 'La réinitialisation par e-mail n’est pas configurée : demandez à un administrateur.',
  UNAVAILABLE: 'Service momentanément indisponible : rien n’a été enregistré, réessayez.',
  INTERNAL: 'Erreur interne.',
  INVALID_LINE: 'Cette ligne n’est pas lisible.',
  EMPTY_NUMBER: 'Aucun numéro.',
  INVALID_NUMBER: 'Numéro de téléphone non valide.',
  NOT_MOBILE: 'Ce numéro ne peut pas recevoir de SMS.',
  DUPLICATE: 'Numéro déjà présent plus haut dans la liste : un seul SMS est envoyé.',
  OPTED_OUT: 'Ce destinataire ne souhaite plus être contacté.',
  MISSING_VARIABLE: 'Il manque à ce contact une donnée que le texte demande.',
  BATCH_CANCELLED: 'L’envoi a été annulé.',
  SMS_CANCELLED: 'Ce SMS a été annulé.',
  EXPIRED: 'La date limite d’envoi est passée.',
  ASSUMED_NOT_SENT: 'Sort inconnu ; un administrateur a décidé qu’il n’était pas parti.',
  ACCEPTED_LATE: 'Tenu pour non parti, mais Orange l’avait accepté : il ne sera pas renvoyé.',
  BAD_RECEIPT: 'Accusé de réception illisible.',
  BAD_PAYLOAD: 'Tâche illisible.',
}

/** Why an account has paused by itself, for those who send. */
export const FRENCH_BLOCK: Readonly<Record<BlockReason, string>> = {
  INVALID_CLIENT: 'Orange refuse nos identifiants : prévenez l’administrateur.',
  TOKEN_REFUSED: 'Orange refuse l’accès de notre application : prévenez l’administrateur.',
  ACCESS_DENIED: 'Notre application n’a pas le droit d’envoyer des SMS : prévenez l’administrateur.',
  ACCOUNT_SUSPENDED: 'Orange n’a pas ouvert ce service pour le compte, ou l’a suspendu : voyez avec Orange.',
  WRONG_SENDER: 'Le numéro émetteur n’est pas celui du contrat : prévenez l’administrateur.',
  CONTRACT_EXPIRED: 'Le contrat Orange a expiré : renouvelez-le ou achetez un forfait.',
  NO_UNITS: 'Il ne reste plus d’unités chez Orange : achetez un forfait.',
  UNREACHABLE: 'Orange est injoignable : rien à faire, l’envoi reprendra tout seul.',
  TOKEN_UNAVAILABLE: 'Orange ne délivre pas d’accès en ce moment : rien à faire, l’envoi reprendra tout seul.',
  OUTAGE: 'Orange est en panne : rien à faire, l’envoi reprendra tout seul.',
}

/** The old interface's own sentences for an empty call. */
export const EMPTY_CALL = {
  sms: 'Numéro et message requis.',
  bulk: 'Liste de numéros et message requis.',
  segment: 'ID de segment et message requis.',
  allContacts: 'Message requis.',
  retry: 'ID de SMS requis.',
} as const

/** What remains uncertain after a decision about UNKNOWN, for the person who takes it. */
export const UNKNOWN_RISKS: Readonly<Record<UnknownDecision, string>> = {
  ASSUME_SENT: 'Si Orange ne les a pas acceptés, ces destinataires ne recevront jamais le SMS, qui sera affiché comme envoyé.',
  ASSUME_NOT_SENT:
    'Si Orange les a acceptés, ces destinataires ont reçu le SMS et il est facturé, alors qu’il sera affiché comme échoué.',
  SEND_AGAIN:
    'Si Orange les avait acceptés, ces destinataires recevront le SMS deux fois et il sera facturé deux fois. Dix minutes après l’essai, cela reste possible.',
}
