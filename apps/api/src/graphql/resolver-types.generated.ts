// Generated from schema.graphql by `pnpm --filter @sms/api generate`. Not edited.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { PresentedSms, PresentedBatch, PresentedSmsConnection, PresentedBatchConnection } from './present.ts';
import type { PresentedAccount } from './present-accounts.ts';
import type { PresentedHistory, PresentedContact } from './present-old.ts';
import type { PresentedSmsResult, PresentedBulkResult, PresentedSegmentResult } from './present-sends.ts';
import type { GraphqlContext } from './context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An instant in ISO 8601 with its zone, such as 2026-11-22T14:00:00.000Z. */
  DateTime: { input: Date; output: Date; }
};

export type Query = {
  /** Segments the caller may send to, by name. */
  readonly segmentsForSMS: ReadonlyArray<Segment>;
  /** One's own, or as an administrator anybody's; the newest 1,000. The keys themselves are shown once, by `createApiKey`. */
  readonly apiKeys: ReadonlyArray<ApiKey>;
  /** One accepted send; null, with the error NOT_FOUND, when the caller has none of that id. */
  readonly batch?: Maybe<SmsBatch>;
  /** Accepted sends, newest first. */
  readonly batches: SmsBatchConnection;
  /** One SMS; null, with the error NOT_FOUND, when the caller has none of that id. */
  readonly sms?: Maybe<Sms>;
  /** Every SMS of the caller, newest first. `first` may be 1 to 200. */
  readonly smsQueue: SmsConnection;
  /** What stands where at this moment: the caller's own SMS, or everybody's for an administrator. */
  readonly queueStats: QueueStats;
  /**
   * What a period came to, from `from` on and before `to`: at most 31 days; default the last 24 hours. The caller's own, or for an administrator
   * everybody's without `userId` and anybody's with it. The same question gets the same answer for 10 seconds. Throws UNAVAILABLE when it takes
   * longer than 20 s: ask for a shorter period.
   */
  readonly smsStatistics: SmsStatistics;
  /** Administrators only. Every account that SMS are sent by; credentials are write-only. */
  readonly senderAccounts: ReadonlyArray<SenderAccount>;
  /** What a replay would do now: how many SMS, in how many parts, at what price, failed with which codes. `startReplay` with the same input does it. */
  readonly planReplay: ReplayPlan;
  /** Replays that were started with `startReplay` or `pnpm sms:replay`, newest first; for administrators those of everybody. `first` may be 1 to 100. */
  readonly replays: ReadonlyArray<ReplayOperation>;
  /** One of them; null, with the error NOT_FOUND, when the caller has none of that id. */
  readonly replay?: Maybe<ReplayOperation>;
  /**
   * Administrators only. What people did to the queue, to batches, SMS, accounts and credits: who, when, why, before and after; newest first. It is
   * never changed. `batchId`: acts on that batch, and those that moved SMS of it alone. `first` may be 1 to 200.
   */
  readonly operatorActs: ReadonlyArray<OperatorAct>;
  /**
   * How a text would travel and what it costs, before it is sent. With `recipientCount`, also whether the account (by its name; default: the
   * default one) has the units for it.
   */
  readonly previewMessage: MessagePreview;
  /**
   * What a send would be, before it is sent: to whom, in how many parts, at what price, until when. Exactly one of phoneNumbers, segmentId and
   * allContacts must be given. A send that carries the plan's id (`SendOptions.planId`) is that one, or is refused with PLAN_CHANGED.
   */
  readonly planSend: SendPlan;
  /** Who asks; null for nobody. Open without credentials. */
  readonly me?: Maybe<User>;
  /**
   * SMS in the words of the old interface, newest first. `status` is SENT, FAILED or PENDING; `search` is a part of the text or of the number.
   * Another `userId` than one's own needs an administrator, who without one sees everybody's. `limit` may be 1 to 1,000; default 100.
   */
  readonly smsHistory: ReadonlyArray<SmsHistory>;
  readonly smsHistoryCount: Scalars['Int']['output'];
  /** Administrators only. By name; default limit 100. */
  readonly users: ReadonlyArray<User>;
  /** Oneself, or for administrators anybody. */
  readonly user?: Maybe<User>;
  /** As `user`. */
  readonly userByUsername?: Maybe<User>;
  /** Whether a token of a session is good at this moment, and whose it is. */
  readonly verifyToken: TokenVerificationResult;
  /** Over all users for administrators; for others of themselves. */
  readonly dashboardStats: DashboardStats;
  /** By name; `search` is a part of the name, the number or the address. Default limit 100. */
  readonly contacts: ReadonlyArray<Contact>;
  readonly contact?: Maybe<Contact>;
  readonly searchContacts: ReadonlyArray<Contact>;
  readonly contactsCount: Scalars['Int']['output'];
  /** A contact group is a segment: what is sent to one is sent to the other. By name; default limit 100. */
  readonly contactGroups: ReadonlyArray<ContactGroup>;
  readonly contactGroup?: Maybe<ContactGroup>;
  readonly contactGroupsCount: Scalars['Int']['output'];
  readonly contactsInGroup: ReadonlyArray<Contact>;
  readonly contactsInGroupCount: Scalars['Int']['output'];
  readonly groupsForContact: ReadonlyArray<ContactGroup>;
};


export type QueryApiKeysArgs = {
  userId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryBatchArgs = {
  id: Scalars['ID']['input'];
};


export type QueryBatchesArgs = {
  status?: InputMaybe<BatchStatus>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};


export type QuerySmsArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySmsQueueArgs = {
  filter?: InputMaybe<SmsFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
};


export type QuerySmsStatisticsArgs = {
  from?: InputMaybe<Scalars['DateTime']['input']>;
  to?: InputMaybe<Scalars['DateTime']['input']>;
  userId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryPlanReplayArgs = {
  input: ReplayInput;
};


export type QueryReplaysArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryReplayArgs = {
  id: Scalars['ID']['input'];
};


export type QueryOperatorActsArgs = {
  batchId?: InputMaybe<Scalars['ID']['input']>;
  kind?: InputMaybe<Scalars['String']['input']>;
  userId?: InputMaybe<Scalars['ID']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryPreviewMessageArgs = {
  message: Scalars['String']['input'];
  recipientCount?: InputMaybe<Scalars['Int']['input']>;
  senderAccount?: InputMaybe<Scalars['String']['input']>;
};


export type QueryPlanSendArgs = {
  input: PlanSendInput;
};


export type QuerySmsHistoryArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
  offset?: InputMaybe<Scalars['Int']['input']>;
  userId?: InputMaybe<Scalars['ID']['input']>;
  status?: InputMaybe<Scalars['String']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  segmentId?: InputMaybe<Scalars['ID']['input']>;
};


export type QuerySmsHistoryCountArgs = {
  userId?: InputMaybe<Scalars['ID']['input']>;
  status?: InputMaybe<Scalars['String']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  segmentId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryUsersArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
  offset?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};


export type QueryUserArgs = {
  id: Scalars['ID']['input'];
};


export type QueryUserByUsernameArgs = {
  username: Scalars['String']['input'];
};


export type QueryVerifyTokenArgs = {
  token: Scalars['String']['input'];
};


export type QueryContactsArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
  offset?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  groupId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryContactArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySearchContactsArgs = {
  query: Scalars['String']['input'];
  limit?: InputMaybe<Scalars['Int']['input']>;
  offset?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryContactsCountArgs = {
  search?: InputMaybe<Scalars['String']['input']>;
  groupId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryContactGroupsArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
  offset?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryContactGroupArgs = {
  id: Scalars['ID']['input'];
};


export type QueryContactsInGroupArgs = {
  groupId: Scalars['ID']['input'];
  limit?: InputMaybe<Scalars['Int']['input']>;
  offset?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryContactsInGroupCountArgs = {
  groupId: Scalars['ID']['input'];
};


export type QueryGroupsForContactArgs = {
  contactId: Scalars['ID']['input'];
};

/**
 * Over graphql-transport-ws at /graphql, with the key in the Authorization header or in `connectionParams` as `authorization: "Bearer …"`.
 * What is sent is always the whole state, never a difference: whoever was away has missed nothing once the next update is there.
 */
export type Subscription = {
  /**
   * The batch as it stands, then at most two updates a second as it changes, from whichever worker; ends after the update in which it is
   * over. With `since`, the `version` last seen, that very state is not sent again.
   */
  readonly batchProgress: SmsBatch;
  /** As the query of this name, at most once a second. `since` as in `batchProgress`. */
  readonly queueStats: QueueStats;
};


/**
 * Over graphql-transport-ws at /graphql, with the key in the Authorization header or in `connectionParams` as `authorization: "Bearer …"`.
 * What is sent is always the whole state, never a difference: whoever was away has missed nothing once the next update is there.
 */
export type SubscriptionBatchProgressArgs = {
  batchId: Scalars['ID']['input'];
  since?: InputMaybe<Scalars['String']['input']>;
};


/**
 * Over graphql-transport-ws at /graphql, with the key in the Authorization header or in `connectionParams` as `authorization: "Bearer …"`.
 * What is sent is always the whole state, never a difference: whoever was away has missed nothing once the next update is there.
 */
export type SubscriptionQueueStatsArgs = {
  since?: InputMaybe<Scalars['String']['input']>;
};

export type Mutation = {
  /**
   * Sends one SMS, before lists and segments, and waits some seconds for its outcome. A second call with the same number and
   * text while the first is open gives the first: it is not a second SMS.
   */
  readonly sendSms: SmsResult;
  /** Sends one text to a list of at most 100,000 numbers in any spelling. Each number gets it once. */
  readonly sendBulkSms: BulkSmsResult;
  /** Sends one text to the members of a segment, of any size, in the same time. */
  readonly sendSmsToSegment: SegmentSmsResult;
  /** Sends one text to every contact of the caller. */
  readonly sendSmsToAllContacts: BulkSmsResult;
  /**
   * Sends a FAILED SMS again, on the same row (`id` as in `smsHistory`), and waits some seconds for its outcome. Anything that is not
   * FAILED stays as it is and answers ERROR.
   */
  readonly retrySms: SmsResult;
  /**
   * Stops what has not been sent of a batch. A finished or cancelled batch is given back as it is. `cancellation` says how many were stopped and
   * which were on the wire at that moment: no other SMS of it is sent after the answer.
   */
  readonly cancelBatch: SmsBatch;
  /** Nothing more of the batch is sent until `resumeBatch`. A finished or cancelled batch is given back as it is. */
  readonly pauseBatch: SmsBatch;
  /** Goes on with a paused batch; any other is given back as it is. */
  readonly resumeBatch: SmsBatch;
  /**
   * 0 (low) to 10 (high), as in `SendOptions`; 8 and more goes before all other batches. Holds at once for whatever waits. A finished or cancelled
   * batch is given back as it is.
   */
  readonly setBatchPriority: SmsBatch;
  /** Stops one SMS that waits. ON_THE_WIRE: it is being sent at this moment. ALREADY_OVER: it is SENT, FAILED, CANCELLED or UNKNOWN. */
  readonly cancelSms: Sms;
  /**
   * Puts FAILED SMS back to PENDING on the same rows; they get as many attempts anew. At least one of batchId, errorCode and since must be
   * given. Who, when and why are kept. SMS of a cancelled batch stay as they are.
   */
  readonly replayFailed: ReplayResult;
  /**
   * A replay that is followed: the set is chosen now (what fails later is not in it), moved in the background, and looked at with `replay`. Any
   * worker goes on with it should this service end.
   */
  readonly startReplay: ReplayOperation;
  /** Ends a replay after the chunk under way; what is back to PENDING stays so. One that is over is given back as it is. */
  readonly cancelReplay: ReplayOperation;
  /**
   * Administrators only. Decides about UNKNOWN SMS, of which nobody can prove whether Orange accepted them; at least one of ids, batchId,
   * userId, errorCode and since must be given. Who, when and why are kept. With dryRun it shows how many, at what risk and for how much.
   */
  readonly resolveUnknown: ResolveUnknownResult;
  /**
   * Administrators only. Nothing more is sent by the account, or without an id by any (those made later included), until `resumeSending`: whoever
   * is on the wire is settled, the rest stays PENDING. Who and why are kept.
   */
  readonly pauseSending: ReadonlyArray<SenderAccount>;
  /**
   * Administrators only. Lifts an operator's pause of the account, and a block at once instead of at the next probe. Without an id: the pause of
   * everything and all blocks; accounts and batches that were paused one by one stay paused.
   */
  readonly resumeSending: ReadonlyArray<SenderAccount>;
  /** Administrators only. Workers send by it within seconds. Who and when are kept; the credentials are encrypted and never shown again. */
  readonly createSenderAccount: SenderAccount;
  /** Administrators only. Changes what is given; client id and secret are changed together. SMS that exist keep their account. */
  readonly updateSenderAccount: SenderAccount;
  /** Administrators only. It gets no new SMS and sends none; those it has stay PENDING until it is enabled or their batch is cancelled. */
  readonly disableSenderAccount: SenderAccount;
  /** Administrators only. */
  readonly enableSenderAccount: SenderAccount;
  /**
   * Opens a session of 12 hours in a cookie; false for a wrong name or password. Open without credentials. Requests by cookie must come
   * from a page of this very host.
   */
  readonly login: Scalars['Boolean']['output'];
  /** Ends the session of this browser. Open without credentials. */
  readonly logout: Scalars['Boolean']['output'];
  /**
   * Mails a link to choose another password, valid once and for an hour, to whoever has this address. Always true, at once, whether anybody has.
   * Open without credentials. Throws RATE_LIMITED, and MAIL_DISABLED where this service sends no mail.
   */
  readonly requestPasswordReset: Scalars['Boolean']['output'];
  /**
   * Changes the password and ends every session of its user. API keys stay valid, for programs use them, unless `revokeApiKeys` is true: who
   * lost control of the account revokes them too. False: the token is wrong, was used or is older than an hour. Open without credentials.
   */
  readonly resetPassword: Scalars['Boolean']['output'];
  /**
   * Administrators only. A send takes a credit for each SMS when it is accepted, or is refused as a whole with INSUFFICIENT_CREDIT; FAILED and
   * CANCELLED ones are given back within seconds. Default: 10.
   */
  readonly createUser: User;
  /** For oneself the address alone; the rest for administrators. What is absent stays. */
  readonly updateUser: User;
  /** For oneself, or as an administrator for anybody. Ends their sessions, but for the one that asks. */
  readonly changePassword: User;
  /** Administrators only. Who and how many are kept. */
  readonly addCredits: User;
  /** Administrators only. What was sent stays; keys and sessions end, and what waits is sent. */
  readonly deleteUser: Scalars['Boolean']['output'];
  /** A new token of the session of a token that is still good, for 12 hours more. */
  readonly refreshToken: AuthPayload;
  readonly createContact: Contact;
  /** `groupIds` are then all its groups; absent, they stay, as `email` and `notes` do. */
  readonly updateContact: Contact;
  readonly deleteContact: Scalars['Boolean']['output'];
  readonly createContactGroup: ContactGroup;
  readonly updateContactGroup: ContactGroup;
  /** Its contacts stay. Sends to it that are under way go on. */
  readonly deleteContactGroup: Scalars['Boolean']['output'];
  readonly addContactToGroup: Scalars['Boolean']['output'];
  readonly removeContactFromGroup: Scalars['Boolean']['output'];
  readonly addContactsToGroup: Scalars['Boolean']['output'];
  /**
   * Makes contacts of at most 5,000 numbers, and members of each group named. `skipInvalid` false: one number that cannot receive SMS and
   * none is imported. `segmentImmediately` has no effect: an SMS finds its country's account by itself.
   */
  readonly importPhoneNumbers: ImportResult;
  /** For oneself, or as an administrator for anybody. The key is shown this once. */
  readonly createApiKey: NewApiKey;
  /** One's own, or as an administrator anybody's; the next call with it is refused. Throws NOT_FOUND, also for one that is revoked. */
  readonly revokeApiKey: Scalars['Boolean']['output'];
  /**
   * What a recipient replied, from whatever takes replies in. One of the configured words (SMS_STOP_WORDS) and nothing besides puts the number
   * on the opt-out list of the user: the caller, or, for an administrator, anybody.
   */
  readonly recordReply: RecordedReply;
  /** The name must be new among the caller's segments. */
  readonly createSegment: Segment;
  /**
   * Creates or updates at most 5,000 contacts by number and makes them members of the segment, if one is named. Repeating a call
   * changes nothing. Contacts belong to the owner of the segment, or to the caller.
   */
  readonly importContacts: ImportContactsResult;
};


export type MutationSendSmsArgs = {
  phoneNumber: Scalars['String']['input'];
  message: Scalars['String']['input'];
  userId?: InputMaybe<Scalars['ID']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  options?: InputMaybe<SendOptions>;
};


export type MutationSendBulkSmsArgs = {
  phoneNumbers: ReadonlyArray<Scalars['String']['input']>;
  message: Scalars['String']['input'];
  userId?: InputMaybe<Scalars['ID']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  options?: InputMaybe<SendOptions>;
};


export type MutationSendSmsToSegmentArgs = {
  segmentId: Scalars['ID']['input'];
  message: Scalars['String']['input'];
  userId?: InputMaybe<Scalars['ID']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  options?: InputMaybe<SendOptions>;
};


export type MutationSendSmsToAllContactsArgs = {
  message: Scalars['String']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  options?: InputMaybe<SendOptions>;
};


export type MutationRetrySmsArgs = {
  id: Scalars['ID']['input'];
  userId?: InputMaybe<Scalars['ID']['input']>;
};


export type MutationCancelBatchArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationPauseBatchArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationResumeBatchArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationSetBatchPriorityArgs = {
  id: Scalars['ID']['input'];
  priority: Scalars['Int']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationCancelSmsArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationReplayFailedArgs = {
  input: ReplayInput;
};


export type MutationStartReplayArgs = {
  input: ReplayInput;
};


export type MutationCancelReplayArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationResolveUnknownArgs = {
  input: ResolveUnknownInput;
};


export type MutationPauseSendingArgs = {
  accountId?: InputMaybe<Scalars['ID']['input']>;
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationResumeSendingArgs = {
  accountId?: InputMaybe<Scalars['ID']['input']>;
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationCreateSenderAccountArgs = {
  input: CreateSenderAccountInput;
};


export type MutationUpdateSenderAccountArgs = {
  id: Scalars['ID']['input'];
  input: UpdateSenderAccountInput;
};


export type MutationDisableSenderAccountArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationEnableSenderAccountArgs = {
  id: Scalars['ID']['input'];
  reason?: InputMaybe<Scalars['String']['input']>;
};


export type MutationLoginArgs = {
  username: Scalars['String']['input'];
  password: Scalars['String']['input'];
};


export type MutationRequestPasswordResetArgs = {
  email: Scalars['String']['input'];
};


export type MutationResetPasswordArgs = {
  token: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
  revokeApiKeys?: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationCreateUserArgs = {
  username: Scalars['String']['input'];
  password: Scalars['String']['input'];
  email?: InputMaybe<Scalars['String']['input']>;
  smsCredit?: InputMaybe<Scalars['Int']['input']>;
  smsLimit?: InputMaybe<Scalars['Int']['input']>;
  isAdmin?: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationUpdateUserArgs = {
  id: Scalars['ID']['input'];
  email?: InputMaybe<Scalars['String']['input']>;
  smsLimit?: InputMaybe<Scalars['Int']['input']>;
  isAdmin?: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationChangePasswordArgs = {
  id: Scalars['ID']['input'];
  newPassword: Scalars['String']['input'];
};


export type MutationAddCreditsArgs = {
  id: Scalars['ID']['input'];
  amount: Scalars['Int']['input'];
};


export type MutationDeleteUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRefreshTokenArgs = {
  token: Scalars['String']['input'];
};


export type MutationCreateContactArgs = {
  name: Scalars['String']['input'];
  phoneNumber: Scalars['String']['input'];
  email?: InputMaybe<Scalars['String']['input']>;
  notes?: InputMaybe<Scalars['String']['input']>;
  groupIds?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};


export type MutationUpdateContactArgs = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
  phoneNumber: Scalars['String']['input'];
  email?: InputMaybe<Scalars['String']['input']>;
  notes?: InputMaybe<Scalars['String']['input']>;
  groupIds?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};


export type MutationDeleteContactArgs = {
  id: Scalars['ID']['input'];
};


export type MutationCreateContactGroupArgs = {
  name: Scalars['String']['input'];
  description?: InputMaybe<Scalars['String']['input']>;
};


export type MutationUpdateContactGroupArgs = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
  description?: InputMaybe<Scalars['String']['input']>;
};


export type MutationDeleteContactGroupArgs = {
  id: Scalars['ID']['input'];
};


export type MutationAddContactToGroupArgs = {
  contactId: Scalars['ID']['input'];
  groupId: Scalars['ID']['input'];
};


export type MutationRemoveContactFromGroupArgs = {
  contactId: Scalars['ID']['input'];
  groupId: Scalars['ID']['input'];
};


export type MutationAddContactsToGroupArgs = {
  contactIds: ReadonlyArray<Scalars['ID']['input']>;
  groupId: Scalars['ID']['input'];
};


export type MutationImportPhoneNumbersArgs = {
  numbers: ReadonlyArray<Scalars['String']['input']>;
  skipInvalid?: InputMaybe<Scalars['Boolean']['input']>;
  segmentImmediately?: InputMaybe<Scalars['Boolean']['input']>;
  groupIds?: InputMaybe<ReadonlyArray<Scalars['Int']['input']>>;
  userId?: InputMaybe<Scalars['Int']['input']>;
};


export type MutationCreateApiKeyArgs = {
  userId: Scalars['ID']['input'];
  name: Scalars['String']['input'];
};


export type MutationRevokeApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRecordReplyArgs = {
  phoneNumber: Scalars['String']['input'];
  text: Scalars['String']['input'];
  userId?: InputMaybe<Scalars['ID']['input']>;
};


export type MutationCreateSegmentArgs = {
  name: Scalars['String']['input'];
  description?: InputMaybe<Scalars['String']['input']>;
};


export type MutationImportContactsArgs = {
  input: ImportContactsInput;
};

export type SendOptions = {
  /** 0 (low) to 10 (high); higher goes sooner. Default: 10 for one SMS, 5 for the rest. */
  readonly priority?: InputMaybe<Scalars['Int']['input']>;
  /** 1 to 11 letters, digits or spaces, and known to Orange. Default: the sender account's. */
  readonly senderName?: InputMaybe<Scalars['String']['input']>;
  /** The sender account by its name, for all recipients. Default: for each recipient the account of its country, else the default one. */
  readonly senderAccount?: InputMaybe<Scalars['String']['input']>;
  /** Not before. An instant that has passed means at once. */
  readonly scheduledAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** What has not been sent by then is cancelled with EXPIRED. */
  readonly validUntil?: InputMaybe<Scalars['DateTime']['input']>;
  /** Default: TRANSACTIONAL. */
  readonly kind?: InputMaybe<SendKind>;
  /**
   * The text holds {name}, {email} or {phoneNumber} of the sender's contact of that number, or {name|instead} for who has none; a longer
   * value is cut to 40 characters. Who lacks one is refused with MISSING_VARIABLE. Default: braces are sent as they stand.
   */
  readonly template?: InputMaybe<Scalars['Boolean']['input']>;
  /** Of an answer of `planSend`: exactly that is sent, or nothing and PLAN_CHANGED. */
  readonly planId?: InputMaybe<Scalars['ID']['input']>;
};

/** One thing that is not as it was planned. */
export type PlanChange = {
  /**
   * plan (it does not exist, or is over), message (figures: parts), options, recipients (another list or segment), optedOut (somebody of the
   * list opted out, or in again) or audience (members joined or left). Figures, but for message: recipients.
   */
  readonly field: Scalars['String']['output'];
  readonly planned?: Maybe<Scalars['Int']['output']>;
  readonly now?: Maybe<Scalars['Int']['output']>;
};

export type PlanSendInput = {
  /** At most 100,000, in any spelling. */
  readonly phoneNumbers?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly segmentId?: InputMaybe<Scalars['ID']['input']>;
  /** Every contact of the sender. */
  readonly allContacts?: InputMaybe<Scalars['Boolean']['input']>;
  readonly message: Scalars['String']['input'];
  /** For whom; another than the caller needs an administrator. */
  readonly userId?: InputMaybe<Scalars['ID']['input']>;
  /** As they will be sent; `planId` plays no part. */
  readonly options?: InputMaybe<SendOptions>;
};

export type SendPlan = {
  /** For `SendOptions.planId`. */
  readonly id: Scalars['ID']['output'];
  /** The plan cannot be sent by from then on. */
  readonly expiresAt: Scalars['DateTime']['output'];
  readonly kind: BatchKind;
  /** Entries of the list, or members. */
  readonly entries: Scalars['Int']['output'];
  /** Who gets an SMS. */
  readonly recipients: Scalars['Int']['output'];
  readonly duplicates: Scalars['Int']['output'];
  /** Entries without a number that can receive SMS. */
  readonly invalid: Scalars['Int']['output'];
  readonly invalidByReason: ReadonlyArray<PlanRefusal>;
  readonly optedOut: Scalars['Int']['output'];
  /** Of a list: the first 1,000 entries that make no SMS of their own. */
  readonly refused: ReadonlyArray<SmsDetailResult>;
  /**
   * Figures that are estimates: none for a list. For a segment or all contacts `recipients` and `entries` are the counts that the imports
   * maintain; above 10,000 members the shares of countries (quietHours, accounts) are those of the first 10,000, and optedOut is at least
   * so many for who has more than 10,000 opted-out recipients.
   */
  readonly estimated: ReadonlyArray<Scalars['String']['output']>;
  /** Encoding, parts, and the characters that make it expensive with a cheaper spelling. */
  readonly preview: MessagePreview;
  /** Recipients times parts. */
  readonly unitsNeeded: Scalars['Int']['output'];
  readonly price: MoneyAtStake;
  /** SMS credits of the sender. */
  readonly creditLeft: Scalars['Int']['output'];
  /** Of the contracts of the accounts that would send, when they were last read; null: not known. */
  readonly accountUnitsLeft?: Maybe<Scalars['Int']['output']>;
  /** Units that other accepted sends still need of them; null: not known. */
  readonly accountUnitsWaiting?: Maybe<Scalars['Int']['output']>;
  /** SMS that wait before it at these accounts, should all go first; rows of segments that are not made yet are not in it. */
  readonly backlog: Scalars['Int']['output'];
  /** SMS a second that these accounts send now; 0: all are paused. */
  readonly ratePerSecond: Scalars['Float']['output'];
  /** Until the last one is sent, at the pace and behind the backlog of now; null when an account that is needed is paused. */
  readonly etaSeconds?: Maybe<Scalars['Int']['output']>;
  /** Promotional only: who has to wait for the end of quiet hours. */
  readonly quietHours: ReadonlyArray<QuietHoursTouched>;
  /** Recipients who would still be waiting for that when validUntil has passed: they get nothing. */
  readonly expiring: Scalars['Int']['output'];
  readonly warnings: ReadonlyArray<SendWarning>;
};

export type PlanRefusal = {
  readonly code: Scalars['String']['output'];
  /** In French. */
  readonly message: Scalars['String']['output'];
  readonly count: Scalars['Int']['output'];
};

export type QuietHoursTouched = {
  /** ISO 3166-1; null: of any other country. */
  readonly country?: Maybe<Scalars['String']['output']>;
  readonly timeZone: Scalars['String']['output'];
  readonly recipients: Scalars['Int']['output'];
  readonly delayedUntil: Scalars['DateTime']['output'];
};

export type SendKind =
  /** Rests during the quiet hours of each recipient's country (SMS_QUIET_HOURS) and goes when they are over. */
  | 'PROMOTIONAL'
  /** Goes at any hour. */
  | 'TRANSACTIONAL';

/** What a sender should know; nothing is refused for it. */
export type SendWarning = {
  /** NOT_ENOUGH_UNITS: beside all else that was accepted, fewer units are left than this needs. The rest waits for a new bundle. */
  readonly code: Scalars['String']['output'];
  /** In French, for a person. */
  readonly message: Scalars['String']['output'];
  /** Recipients that are still to be sent to, times parts. */
  readonly unitsNeeded: Scalars['Int']['output'];
  /** As the contracts stood when they were last read, some minutes ago at most while the account sends. */
  readonly unitsMissing: Scalars['Int']['output'];
};

export type SmsResult = {
  /** Of the SMS; 0 when none was made. */
  readonly id: Scalars['ID']['output'];
  readonly phoneNumber: Scalars['String']['output'];
  /** The text; with status ERROR, what is wrong. */
  readonly message: Scalars['String']['output'];
  /** SENT, FAILED, PENDING, or ERROR when no SMS was made. */
  readonly status: Scalars['String']['output'];
  /** `Y-m-d H:i:s`, UTC. */
  readonly createdAt: Scalars['String']['output'];
  readonly errorCode?: Maybe<Scalars['String']['output']>;
  /** Why it is FAILED or ERROR. */
  readonly errorMessage?: Maybe<Scalars['String']['output']>;
  /** With errorCode PLAN_CHANGED: what is not as it was planned; else null. */
  readonly planChanges?: Maybe<ReadonlyArray<PlanChange>>;
  readonly warnings: ReadonlyArray<SendWarning>;
  /** Always null: a single SMS has no batch. */
  readonly batchId?: Maybe<Scalars['ID']['output']>;
  readonly batch?: Maybe<SmsBatch>;
};

export type BulkSmsResult = {
  /**
   * QUEUED, PARTIAL when some entries were refused, FAILED when all were, ERROR when the call was. Where the service is told to wait for short
   * lists and all was over in time: COMPLETED, PARTIAL or FAILED by what became of the SMS.
   */
  readonly status: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  readonly summary: SmsSummary;
  /** One item an entry in input order, up to 2,000 entries; above, and for all contacts, the first 1,000 refused or repeated ones. */
  readonly results: ReadonlyArray<SmsDetailResult>;
  /** With status ERROR. */
  readonly errorCode?: Maybe<Scalars['String']['output']>;
  /** With errorCode PLAN_CHANGED: what is not as it was planned; else null. */
  readonly planChanges?: Maybe<ReadonlyArray<PlanChange>>;
  readonly warnings: ReadonlyArray<SendWarning>;
  /** Null when nothing was queued. */
  readonly batchId?: Maybe<Scalars['ID']['output']>;
  readonly batch?: Maybe<SmsBatch>;
};

export type SegmentSmsResult = {
  /** QUEUED or ERROR; as `BulkSMSResult.status` where the service waits. */
  readonly status: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  readonly segment?: Maybe<SegmentInfo>;
  readonly summary: SmsSummary;
  /** Empty, for the members are read after the answer, unless the service has waited for them. */
  readonly results: ReadonlyArray<SmsDetailResult>;
  /** With status ERROR. */
  readonly errorCode?: Maybe<Scalars['String']['output']>;
  /** With errorCode PLAN_CHANGED: what is not as it was planned; else null. */
  readonly planChanges?: Maybe<ReadonlyArray<PlanChange>>;
  readonly warnings: ReadonlyArray<SendWarning>;
  readonly batchId?: Maybe<Scalars['ID']['output']>;
  readonly batch?: Maybe<SmsBatch>;
};

export type SmsSummary = {
  /** Entries, or members. */
  readonly total: Scalars['Int']['output'];
  /** Queued, or repeated in the list. */
  readonly successful: Scalars['Int']['output'];
  /** Refused. */
  readonly failed: Scalars['Int']['output'];
};

export type SmsDetailResult = {
  /** As it was written. */
  readonly phoneNumber: Scalars['String']['output'];
  /** QUEUED or FAILED; SENT where the service has waited. */
  readonly status: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  /** Position in the list, from 0. */
  readonly index: Scalars['Int']['output'];
  /** Why the entry made no SMS of its own: EMPTY_NUMBER, INVALID_NUMBER, NOT_MOBILE, OPTED_OUT, MISSING_VARIABLE or DUPLICATE. */
  readonly code?: Maybe<Scalars['String']['output']>;
};

export type Segment = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  /** Members; counted as they are imported. */
  readonly phoneNumberCount: Scalars['Int']['output'];
};

export type SegmentInfo = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
};

export type SmsStatus =
  /** Accepted by this service; safe to send. */
  | 'PENDING'
  /** May be on the wire. */
  | 'PROCESSING'
  /** Accepted by Orange. */
  | 'SENT'
  /** Proved not accepted, and no attempt is left or none would help. */
  | 'FAILED'
  /** Stopped before the wire. */
  | 'CANCELLED'
  /** May have been accepted; never sent again by itself. */
  | 'UNKNOWN';

/** What the handset's network reported; it only moves forward. */
export type DeliveryStatus =
  | 'WAITING'
  | 'ON_NETWORK'
  | 'UNCERTAIN'
  | 'UNDELIVERED'
  | 'DELIVERED';

export type BatchKind =
  | 'LIST'
  | 'SEGMENT'
  | 'ALL_CONTACTS';

export type BatchStatus =
  /** Waits for `scheduledAt`. */
  | 'SCHEDULED'
  /** Its SMS are being made; those that exist are sent meanwhile. */
  | 'EXPANDING'
  /** Every SMS exists. */
  | 'ACTIVE'
  | 'PAUSED'
  /** Every SMS exists and none is pending or processing. */
  | 'COMPLETED'
  | 'CANCELLED';

/** One accepted request that fanned out. */
export type SmsBatch = {
  readonly id: Scalars['ID']['output'];
  /** Of what the batch shows of itself at this moment: another state has another version, on every instance. */
  readonly version: Scalars['String']['output'];
  /** Accounts that have SMS of it, as far as these are made; the first has those of countries without an account of their own. */
  readonly senderAccountIds: ReadonlyArray<Scalars['ID']['output']>;
  readonly kind: BatchKind;
  readonly status: BatchStatus;
  readonly message: Scalars['String']['output'];
  /** What Orange bills for each SMS. */
  readonly parts: Scalars['Int']['output'];
  readonly senderName?: Maybe<Scalars['String']['output']>;
  readonly priority: Scalars['Int']['output'];
  readonly segmentId?: Maybe<Scalars['ID']['output']>;
  readonly segment?: Maybe<SegmentInfo>;
  readonly userId: Scalars['ID']['output'];
  readonly counts: SmsCounts;
  /** Empty once it is over. */
  readonly warnings: ReadonlyArray<SendWarning>;
  /** Recipients known when it was accepted; `counts.total` grows to the exact number. */
  readonly announced: Scalars['Int']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  readonly scheduledAt?: Maybe<Scalars['DateTime']['output']>;
  readonly validUntil?: Maybe<Scalars['DateTime']['output']>;
  readonly completedAt?: Maybe<Scalars['DateTime']['output']>;
  readonly cancelledAt?: Maybe<Scalars['DateTime']['output']>;
  readonly cancelReason?: Maybe<Scalars['String']['output']>;
  /** The receipt of its cancel; null when it was not cancelled. */
  readonly cancellation?: Maybe<BatchCancellation>;
  /** At least, at the allowed rate and with nothing else to send; null when nothing is to come or it does not run. */
  readonly etaSeconds?: Maybe<Scalars['Int']['output']>;
  /** Of its UNKNOWN SMS; null when there are none. `resolveUnknown` decides about them. */
  readonly unknownAtStake?: Maybe<MoneyAtStake>;
};

/** What a cancel found, at the one moment after which nothing of the batch goes on the wire any more. It does not change. */
export type BatchCancellation = {
  readonly at: Scalars['DateTime']['output'];
  /** SMS that waited and are never sent. */
  readonly stopped: Scalars['Int']['output'];
  /** Recipients of a segment that had no SMS yet and get none. */
  readonly notMade: Scalars['Int']['output'];
  /** SMS that were being sent: they are settled as they end. */
  readonly onTheWire: Scalars['Int']['output'];
  /** Of these, the first 1,000. */
  readonly onTheWireIds: ReadonlyArray<Scalars['ID']['output']>;
};

/** `total` is always the sum of the others. */
export type SmsCounts = {
  readonly total: Scalars['Int']['output'];
  readonly pending: Scalars['Int']['output'];
  readonly processing: Scalars['Int']['output'];
  readonly sent: Scalars['Int']['output'];
  readonly failed: Scalars['Int']['output'];
  readonly cancelled: Scalars['Int']['output'];
  readonly unknown: Scalars['Int']['output'];
};

/** Each figure counts what happened in the period, under its own time: an SMS accepted before it and sent in it is in `byHour.sent`, not in `byStatus`. */
export type SmsStatistics = {
  readonly from: Scalars['DateTime']['output'];
  readonly to: Scalars['DateTime']['output'];
  /** Null: over all users. */
  readonly userId?: Maybe<Scalars['ID']['output']>;
  /** What this service accepted in the period, by its status now. */
  readonly byStatus: SmsCounts;
  /** Every hour (UTC) that has a part in the period, oldest first; the first and the last may lie in it in part. */
  readonly byHour: ReadonlyArray<SmsHour>;
  /** What became FAILED, CANCELLED or UNKNOWN in the period and still is, by its code: the 50 most frequent. */
  readonly byErrorCode: ReadonlyArray<SmsErrorCount>;
  /** The codes that are not in `byErrorCode`. */
  readonly otherErrorCodes: SmsOtherErrors;
  /**
   * Of what Orange accepted in the period: from when it was due to Orange's acceptance. Due is when it was accepted here, or its `scheduledAt`, or
   * the end of the quiet hours it was accepted in. Pauses, retries and blocked accounts count. A single or promotional SMS that needed another
   * attempt counts from its acceptance here (or its batch's `scheduledAt`), for its own due time is not kept then.
   */
  readonly acceptanceLatency: SmsLatency;
  /** Of what was delivered in the period: from Orange's acceptance to the arrival of the receipt. */
  readonly deliveryLatency: SmsLatency;
  readonly delivery: SmsDelivery;
};

export type SmsHour = {
  /** Its beginning. */
  readonly hour: Scalars['DateTime']['output'];
  /** By this service. */
  readonly accepted: Scalars['Int']['output'];
  /** Accepted by Orange. */
  readonly sent: Scalars['Int']['output'];
  /** Became so in this hour and still are; what is replayed or resolved leaves the hour it ended in. */
  readonly failed: Scalars['Int']['output'];
  readonly cancelled: Scalars['Int']['output'];
  readonly unknown: Scalars['Int']['output'];
  /** By receipt. */
  readonly delivered: Scalars['Int']['output'];
};

export type SmsErrorCount = {
  readonly code: Scalars['String']['output'];
  /** The sum of the others. */
  readonly count: Scalars['Int']['output'];
  readonly failed: Scalars['Int']['output'];
  readonly cancelled: Scalars['Int']['output'];
  readonly unknown: Scalars['Int']['output'];
};

export type SmsOtherErrors = {
  readonly codes: Scalars['Int']['output'];
  readonly count: Scalars['Int']['output'];
};

/** In milliseconds, by nearest rank, to three digits rounded down: exact below a second, else less than 1 % too low. Null: there were none. */
export type SmsLatency = {
  /** SMS that it was taken from. */
  readonly count: Scalars['Int']['output'];
  readonly p50?: Maybe<Scalars['Float']['output']>;
  readonly p95?: Maybe<Scalars['Float']['output']>;
  readonly p99?: Maybe<Scalars['Float']['output']>;
  readonly max?: Maybe<Scalars['Float']['output']>;
};

/** Of what Orange accepted in the period, as far as receipts have come. */
export type SmsDelivery = {
  readonly sent: Scalars['Int']['output'];
  /** Of these, with a final receipt: DELIVERED or UNDELIVERED. */
  readonly final: Scalars['Int']['output'];
  readonly delivered: Scalars['Int']['output'];
  /** `delivered` of `final`, 0 to 1: of those whose end is known. Null: of none. */
  readonly rate?: Maybe<Scalars['Float']['output']>;
  /** `delivered` of `sent`, 0 to 1: rises as receipts come. Null: of none. */
  readonly rateOfSent?: Maybe<Scalars['Float']['output']>;
};

/** One message to one recipient. */
export type Sms = {
  readonly id: Scalars['ID']['output'];
  readonly senderAccountId: Scalars['ID']['output'];
  readonly phoneNumber: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  readonly status: SmsStatus;
  readonly deliveryStatus?: Maybe<DeliveryStatus>;
  /** Tries at Orange that count. */
  readonly attempts: Scalars['Int']['output'];
  readonly priority: Scalars['Int']['output'];
  readonly senderName?: Maybe<Scalars['String']['output']>;
  readonly segmentId?: Maybe<Scalars['ID']['output']>;
  readonly batchId?: Maybe<Scalars['ID']['output']>;
  readonly userId: Scalars['ID']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  readonly lastAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** PENDING only: not before. */
  readonly nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  readonly sentAt?: Maybe<Scalars['DateTime']['output']>;
  readonly deliveredAt?: Maybe<Scalars['DateTime']['output']>;
  readonly errorCode?: Maybe<Scalars['String']['output']>;
  readonly errorMessage?: Maybe<Scalars['String']['output']>;
  /** Orange's id of it. */
  readonly messageId?: Maybe<Scalars['String']['output']>;
  /** What happened, oldest first. */
  readonly timeline: ReadonlyArray<SmsEvent>;
};

export type SmsEvent = {
  readonly at: Scalars['DateTime']['output'];
  /**
   * The SMS: CREATED, SENT, FAILED, CANCELLED, UNKNOWN, DELIVERED. What an attempt ended in: throttled, blocked, unauthorized,
   * unavailable, rejected, unknown. By hand: REPLAYED, ASSUMED_SENT, ASSUMED_NOT_SENT, BATCH_CANCELLED, SMS_CANCELLED. An acceptance after its attempt
   * was given up: DUPLICATE_ACCEPTED (another one was accepted or may have been), ACCEPTED_LATE, CONFIRMED.
   * What Orange reported: RECEIPT (its word is the code), RECEIPT_PROOF (it was UNKNOWN, and can be no other).
   */
  readonly kind: Scalars['String']['output'];
  /** Null: not an attempt. */
  readonly attempt?: Maybe<Scalars['Int']['output']>;
  readonly code?: Maybe<Scalars['String']['output']>;
  /** Orange's words, with digits masked; of what was done by hand, the reason. */
  readonly text?: Maybe<Scalars['String']['output']>;
  readonly httpStatus?: Maybe<Scalars['Int']['output']>;
  /** Administrators only: the worker whose attempt it was. */
  readonly worker?: Maybe<Scalars['String']['output']>;
  /** Of what was done by hand: who, for administrators and for that very person. */
  readonly by?: Maybe<Scalars['String']['output']>;
  /** GRAPHQL, BULL_BOARD or COMMAND; as `by`. */
  readonly via?: Maybe<Scalars['String']['output']>;
  /** Orange's id of an acceptance. */
  readonly messageId?: Maybe<Scalars['String']['output']>;
  /** So many more of the same attempt, kind and code came before this one: of more than ten the first nine and the last are kept. */
  readonly repeats: Scalars['Int']['output'];
};

export type SmsFilter = {
  readonly status?: InputMaybe<SmsStatus>;
  readonly batchId?: InputMaybe<Scalars['ID']['input']>;
  readonly segmentId?: InputMaybe<Scalars['ID']['input']>;
  /** In any spelling. */
  readonly phoneNumber?: InputMaybe<Scalars['String']['input']>;
  /** Administrators only. */
  readonly userId?: InputMaybe<Scalars['ID']['input']>;
  readonly createdAfter?: InputMaybe<Scalars['DateTime']['input']>;
  /** Exclusive. */
  readonly createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
};

export type ReplayInput = {
  readonly batchId?: InputMaybe<Scalars['ID']['input']>;
  /** As it stands in `Sms.errorCode`. */
  readonly errorCode?: InputMaybe<Scalars['String']['input']>;
  /** FAILED (or UNKNOWN) since then. */
  readonly since?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before then. */
  readonly until?: InputMaybe<Scalars['DateTime']['input']>;
  /** Sent to that segment. */
  readonly segmentId?: InputMaybe<Scalars['ID']['input']>;
  /** Whose SMS. Another one's need an administrator. */
  readonly userId?: InputMaybe<Scalars['ID']['input']>;
  /** Counts and changes nothing; only for `replayFailed`. */
  readonly dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /**
   * Also UNKNOWN, whose recipients may have got the SMS already: it may arrive, and be paid, twice. Needs an administrator and a reason,
   * and takes only those whose last attempt is ten minutes old.
   */
  readonly includeUnknown?: InputMaybe<Scalars['Boolean']['input']>;
  /** Kept with every SMS. At most 500 characters. */
  readonly reason?: InputMaybe<Scalars['String']['input']>;
};

export type ReplayResult = {
  readonly dryRun: Scalars['Boolean']['output'];
  /** SMS that matched. */
  readonly matched: Scalars['Int']['output'];
  /** Back to PENDING; with dryRun, those that would be. */
  readonly replayed: Scalars['Int']['output'];
  /** Of the replayed, those that were UNKNOWN. */
  readonly replayedUnknown: Scalars['Int']['output'];
  /** What those may cost a second time; null when there are none. */
  readonly atStake?: Maybe<MoneyAtStake>;
  readonly refused: ReadonlyArray<ReplayRefusal>;
};

export type ReplayPlan = {
  /** SMS that match. */
  readonly matched: Scalars['Int']['output'];
  /** That would go back to PENDING. */
  readonly replayed: Scalars['Int']['output'];
  /** Of these, UNKNOWN. */
  readonly replayedUnknown: Scalars['Int']['output'];
  /** What those may cost a second time; null when there are none. */
  readonly atStake?: Maybe<MoneyAtStake>;
  readonly refused: ReadonlyArray<ReplayRefusal>;
  /** Of what would go back. */
  readonly parts: Scalars['Int']['output'];
  /** Of what would go back, if Orange accepts all of it. */
  readonly price: MoneyAtStake;
  /** Of what would go back, by the code it failed with, the largest first. */
  readonly byCode: ReadonlyArray<ReplayPlanCode>;
};

export type ReplayPlanCode = {
  readonly code?: Maybe<Scalars['String']['output']>;
  readonly count: Scalars['Int']['output'];
  readonly parts: Scalars['Int']['output'];
};

export type ReplayStatus =
  | 'RUNNING'
  | 'DONE'
  | 'CANCELLED'
  /** It could not go on; `code` says why. What was moved stays moved. */
  | 'STOPPED';

export type ReplayOperation = {
  readonly id: Scalars['ID']['output'];
  readonly status: ReplayStatus;
  /** Of a STOPPED one: INSUFFICIENT_CREDIT, the user's credits do not cover the next chunk. */
  readonly code?: Maybe<Scalars['String']['output']>;
  readonly userId: Scalars['ID']['output'];
  /** GRAPHQL or COMMAND. */
  readonly via: Scalars['String']['output'];
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** What was asked for, JSON. */
  readonly filter: Scalars['String']['output'];
  /** What failed after it is not in the set. */
  readonly startedAt: Scalars['DateTime']['output'];
  readonly finishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** SMS in the set. */
  readonly total: Scalars['Int']['output'];
  /** Of them, looked at. */
  readonly done: Scalars['Int']['output'];
  /** Back to PENDING. */
  readonly replayed: Scalars['Int']['output'];
  /** Of these, UNKNOWN before. */
  readonly replayedUnknown: Scalars['Int']['output'];
  /** Left as they are; STALE: replayed by somebody else meanwhile, and failed again. */
  readonly refused: ReadonlyArray<ReplayRefusal>;
};

/** What a person did by hand. `filter`, `before` and `after` are JSON; no number and no text is in them. */
export type OperatorAct = {
  readonly id: Scalars['ID']['output'];
  readonly at: Scalars['DateTime']['output'];
  readonly userId: Scalars['ID']['output'];
  /** Null: the user is gone. */
  readonly username?: Maybe<Scalars['String']['output']>;
  /** GRAPHQL, BULL_BOARD or COMMAND. */
  readonly via: Scalars['String']['output'];
  readonly kind: Scalars['String']['output'];
  readonly reason?: Maybe<Scalars['String']['output']>;
  readonly filter?: Maybe<Scalars['String']['output']>;
  readonly before?: Maybe<Scalars['String']['output']>;
  readonly after?: Maybe<Scalars['String']['output']>;
  /** SMS moved. */
  readonly smsCount: Scalars['Int']['output'];
  readonly batchId?: Maybe<Scalars['ID']['output']>;
  readonly smsId?: Maybe<Scalars['ID']['output']>;
};

export type ReplayRefusal = {
  /** BATCH_CANCELLED, EXPIRED, TOO_RECENT, INSUFFICIENT_CREDIT, or NOT_FAILED when something else was quicker. */
  readonly code: Scalars['String']['output'];
  readonly count: Scalars['Int']['output'];
};

export type UnknownDecision =
  /** It becomes SENT, without Orange's id. If Orange did not accept it, the recipient never gets it. */
  | 'ASSUME_SENT'
  /** It becomes FAILED with ASSUMED_NOT_SENT. If Orange accepted it, it was delivered and billed all the same. */
  | 'ASSUME_NOT_SENT'
  /** It goes back to PENDING. If Orange accepted it, the recipient gets it twice and it is billed twice. */
  | 'SEND_AGAIN';

export type ResolveUnknownInput = {
  readonly decision: UnknownDecision;
  /** Why: kept with every SMS and shown to its sender. At most 500 characters. */
  readonly reason: Scalars['String']['input'];
  /** At most 1,000. Those that are not UNKNOWN are counted as NOT_UNKNOWN. */
  readonly ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  readonly batchId?: InputMaybe<Scalars['ID']['input']>;
  /** Whose SMS. */
  readonly userId?: InputMaybe<Scalars['ID']['input']>;
  /** As it stands in `Sms.errorCode`. */
  readonly errorCode?: InputMaybe<Scalars['String']['input']>;
  /** UNKNOWN since then. */
  readonly since?: InputMaybe<Scalars['DateTime']['input']>;
  /** Counts and changes nothing. */
  readonly dryRun?: InputMaybe<Scalars['Boolean']['input']>;
};

export type ResolveUnknownResult = {
  readonly dryRun: Scalars['Boolean']['output'];
  readonly decision: UnknownDecision;
  /** SMS that matched. */
  readonly matched: Scalars['Int']['output'];
  /** Decided about; with dryRun, those that would be. */
  readonly resolved: Scalars['Int']['output'];
  /**
   * Left as they are. With SEND_AGAIN: TOO_RECENT (last attempt less than ten minutes old), BATCH_CANCELLED, EXPIRED. With any decision:
   * NOT_UNKNOWN.
   */
  readonly refused: ReadonlyArray<ReplayRefusal>;
  /** What remains uncertain after this decision, in French. */
  readonly risk: Scalars['String']['output'];
  /** Of the resolved. */
  readonly atStake: MoneyAtStake;
};

/** What Orange may have billed for some UNKNOWN SMS, and bills once more if they are sent again: parts × unitPrice. */
export type MoneyAtStake = {
  readonly smsCount: Scalars['Int']['output'];
  readonly parts: Scalars['Int']['output'];
  /** Of one part, as SMS_UNIT_PRICE says. */
  readonly unitPrice: Scalars['Float']['output'];
  readonly amount: Scalars['Float']['output'];
  /** ISO 4217. */
  readonly currency: Scalars['String']['output'];
};

export type PageInfo = {
  readonly hasNextPage: Scalars['Boolean']['output'];
  readonly endCursor?: Maybe<Scalars['String']['output']>;
};

export type SmsConnection = {
  readonly edges: ReadonlyArray<SmsEdge>;
  readonly pageInfo: PageInfo;
  /** Counted only when it is asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

export type SmsEdge = {
  readonly cursor: Scalars['String']['output'];
  readonly node: Sms;
};

export type SmsBatchConnection = {
  readonly edges: ReadonlyArray<SmsBatchEdge>;
  readonly pageInfo: PageInfo;
  /** Counted only when it is asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

export type SmsBatchEdge = {
  readonly cursor: Scalars['String']['output'];
  readonly node: SmsBatch;
};

/** Everything stands, over all accounts and batches, until `resumeSending` without an id. */
export type SendingPause = {
  readonly pausedAt: Scalars['DateTime']['output'];
  /** For administrators. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** For administrators. */
  readonly userId?: Maybe<Scalars['ID']['output']>;
};

export type QueueStats = {
  /** As `SmsBatch.version`. */
  readonly version: Scalars['String']['output'];
  /** Null: what is not paused alone sends. */
  readonly pause?: Maybe<SendingPause>;
  /** Every SMS by status. */
  readonly counts: SmsCounts;
  /** Waiting or on the wire: what is still to be done. */
  readonly backlog: Scalars['Int']['output'];
  /** Sending accounts; a paused one sends nothing. */
  readonly accounts: ReadonlyArray<SenderAccount>;
  /** At least, at the allowed rate; null when every account is paused. */
  readonly etaSeconds?: Maybe<Scalars['Int']['output']>;
};

export type SenderAccountState =
  /** It sends. */
  | 'ACTIVE'
  /** By an operator, until `resumeSending`. */
  | 'PAUSED'
  /** Orange refuses it as a whole, or cannot be reached; it is probed. */
  | 'BLOCKED'
  /** A worker cannot open its credentials: its APP_SECRET is another. Give them anew. */
  | 'UNREADABLE'
  /** By an administrator, until `enableSenderAccount`. */
  | 'DISABLED';

/** What says "for administrators" is null in `queueStats`. */
export type SenderAccount = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  /** The account of the ORANGE_* variables. */
  readonly isDefault: Scalars['Boolean']['output'];
  readonly state: SenderAccountState;
  /** ISO 3166-1: whose recipients it sends to. Countries with one calling code go together. */
  readonly countries: ReadonlyArray<Scalars['String']['output']>;
  /** The first is for SMS that name none. */
  readonly senderNames: ReadonlyArray<Scalars['String']['output']>;
  /** SMS a second that Orange allows it. */
  readonly ratePerSecond: Scalars['Float']['output'];
  /** For administrators. SMS a second that it sends at most now: less for a while after Orange asked for less. Null: not known. */
  readonly currentRatePerSecond?: Maybe<Scalars['Float']['output']>;
  /** For administrators. Milliseconds for which nothing is sent, because Orange asked for a rest; 0: none. Null: not known. */
  readonly heldForMs?: Maybe<Scalars['Int']['output']>;
  readonly pausedAt?: Maybe<Scalars['DateTime']['output']>;
  /** BLOCKED only: when one SMS finds out whether it works again. */
  readonly nextProbeAt?: Maybe<Scalars['DateTime']['output']>;
  readonly disabledAt?: Maybe<Scalars['DateTime']['output']>;
  /** For administrators. */
  readonly senderAddress?: Maybe<Scalars['String']['output']>;
  /** For administrators. Null: that of the default account. */
  readonly apiUrl?: Maybe<Scalars['String']['output']>;
  /** For administrators. SMS that are dispatched and not claimed: some seconds of work. */
  readonly window?: Maybe<Scalars['Int']['output']>;
  /** For administrators. SMS that wait or are on the wire; rows of segments that are not made yet are not in it. */
  readonly backlog?: Maybe<Scalars['Int']['output']>;
  /** For administrators. At least, at the allowed rate; null when nothing waits or it does not send. */
  readonly etaSeconds?: Maybe<Scalars['Int']['output']>;
  /** For administrators. Of its contracts at Orange at `unitsCheckedAt`; null: not known. */
  readonly unitsLeft?: Maybe<Scalars['Int']['output']>;
  /** For administrators. */
  readonly unitsExpireAt?: Maybe<Scalars['DateTime']['output']>;
  /** For administrators. */
  readonly unitsCheckedAt?: Maybe<Scalars['DateTime']['output']>;
  readonly isPaused: Scalars['Boolean']['output'];
  /** Why: an operator's words, or of a BLOCKED account a code such as NO_UNITS, CONTRACT_EXPIRED or INVALID_CLIENT (README). */
  readonly pausedReason?: Maybe<Scalars['String']['output']>;
  /** In French, for a person: what an operator wrote, or what the code means and what to do. */
  readonly pausedExplanation?: Maybe<Scalars['String']['output']>;
  /** True: only a person resumes it; false: it is tried again by itself. */
  readonly isPausedByOperator: Scalars['Boolean']['output'];
  /** True: everything is paused, and this account with it; `resumeSending` without an id lifts that. */
  readonly isPausedWithAll: Scalars['Boolean']['output'];
};

export type CreateSenderAccountInput = {
  /** New among all accounts; `SendOptions.senderAccount` may name it. */
  readonly name: Scalars['String']['input'];
  /** ISO 3166-1. No other enabled account may have one, or one of the same calling code. None: only who names it sends by it. */
  readonly countries?: ReadonlyArray<Scalars['String']['input']>;
  readonly clientId: Scalars['String']['input'];
  readonly clientSecret: Scalars['String']['input'];
  /** Default: that of the default account. https:// only, but on this very machine and in development. */
  readonly apiUrl?: InputMaybe<Scalars['String']['input']>;
  /** `tel:+` and 5 to 15 digits. */
  readonly senderAddress: Scalars['String']['input'];
  /** Registered with Orange; the first is for SMS that name none. */
  readonly senderNames?: ReadonlyArray<Scalars['String']['input']>;
  /** SMS a second that Orange allows it. */
  readonly ratePerSecond: Scalars['Float']['input'];
  /** Kept in the audit. */
  readonly reason?: InputMaybe<Scalars['String']['input']>;
};

/** What is left out stays. */
export type UpdateSenderAccountInput = {
  readonly name?: InputMaybe<Scalars['String']['input']>;
  readonly countries?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** With clientSecret. */
  readonly clientId?: InputMaybe<Scalars['String']['input']>;
  readonly clientSecret?: InputMaybe<Scalars['String']['input']>;
  /** Null: that of the default account. */
  readonly apiUrl?: InputMaybe<Scalars['String']['input']>;
  readonly senderAddress?: InputMaybe<Scalars['String']['input']>;
  readonly senderNames?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly ratePerSecond?: InputMaybe<Scalars['Float']['input']>;
  /** Kept in the audit. */
  readonly reason?: InputMaybe<Scalars['String']['input']>;
};

export type MessageEncoding =
  /** 160 characters in one SMS, 153 in each part of a longer one. */
  | 'GSM7'
  /** 70 characters in one SMS, 67 in each part of a longer one. */
  | 'UCS2';

export type MessagePreview = {
  readonly encoding: MessageEncoding;
  /** What Orange bills for each recipient. */
  readonly parts: Scalars['Int']['output'];
  /** Length: septets in GSM7, UTF-16 units in UCS2. */
  readonly units: Scalars['Int']['output'];
  readonly unitsPerPart: Scalars['Int']['output'];
  /** Units that still fit before one more part is billed. */
  readonly charactersLeft: Scalars['Int']['output'];
  /** More are refused with MESSAGE_TOO_LONG. */
  readonly maxParts: Scalars['Int']['output'];
  /** Characters that GSM7 lacks: one of them makes the whole SMS UCS2. */
  readonly forcingCharacters: ReadonlyArray<ForcingCharacter>;
  /** The text with every suggestion taken; null when that would save nothing. */
  readonly cheaperMessage?: Maybe<Scalars['String']['output']>;
  readonly cheaperParts?: Maybe<Scalars['Int']['output']>;
  readonly warnings: ReadonlyArray<SendWarning>;
};

export type ForcingCharacter = {
  readonly character: Scalars['String']['output'];
  readonly count: Scalars['Int']['output'];
  /** A spelling that costs nothing extra; empty: leave it out; null: there is none. */
  readonly suggestion?: Maybe<Scalars['String']['output']>;
};

export type User = {
  readonly id?: Maybe<Scalars['ID']['output']>;
  readonly username: Scalars['String']['output'];
  readonly email?: Maybe<Scalars['String']['output']>;
  /** SMS that may still be sent. */
  readonly smsCredit: Scalars['Int']['output'];
  /** 0 without credits. Not enforced. */
  readonly smsLimit?: Maybe<Scalars['Int']['output']>;
  /** `Y-m-d H:i:s`, UTC. */
  readonly createdAt: Scalars['String']['output'];
  /** `Y-m-d H:i:s`, UTC. */
  readonly updatedAt: Scalars['String']['output'];
  readonly isAdmin: Scalars['Boolean']['output'];
  /** Always null: a key is shown once, by `createApiKey`. */
  readonly apiKey?: Maybe<Scalars['String']['output']>;
};

export type RecordedReply = {
  /** The reply asked to stop: nothing more is sent to that number by that user. */
  readonly optedOut: Scalars['Boolean']['output'];
};

/** One SMS in the words of the old interface. Dates are `Y-m-d H:i:s`, UTC. */
export type SmsHistory = {
  readonly id: Scalars['ID']['output'];
  readonly phoneNumber: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  /** SENT; FAILED, also when it was cancelled; PENDING, also on the wire and when nobody knows how it ended. */
  readonly status: Scalars['String']['output'];
  readonly messageId?: Maybe<Scalars['String']['output']>;
  readonly errorMessage?: Maybe<Scalars['String']['output']>;
  readonly senderAddress?: Maybe<Scalars['String']['output']>;
  readonly senderName?: Maybe<Scalars['String']['output']>;
  readonly createdAt: Scalars['String']['output'];
  readonly sentAt?: Maybe<Scalars['String']['output']>;
  readonly deliveredAt?: Maybe<Scalars['String']['output']>;
  readonly failedAt?: Maybe<Scalars['String']['output']>;
  readonly segment?: Maybe<SegmentInfo>;
  readonly userId?: Maybe<Scalars['ID']['output']>;
};

export type Contact = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly phoneNumber: Scalars['String']['output'];
  readonly email?: Maybe<Scalars['String']['output']>;
  readonly notes?: Maybe<Scalars['String']['output']>;
  /** `Y-m-d H:i:s`, UTC. */
  readonly createdAt: Scalars['String']['output'];
  /** `Y-m-d H:i:s`, UTC. */
  readonly updatedAt: Scalars['String']['output'];
  readonly groups?: Maybe<ReadonlyArray<ContactGroup>>;
  /** The newest 100. */
  readonly smsHistory?: Maybe<ReadonlyArray<SmsHistory>>;
  readonly smsTotalCount: Scalars['Int']['output'];
  readonly smsSentCount: Scalars['Int']['output'];
  readonly smsFailedCount: Scalars['Int']['output'];
  /** Sent of all, rounded to hundredths; 0 when there are none. */
  readonly smsScore: Scalars['Float']['output'];
};

export type ContactGroup = {
  readonly id: Scalars['ID']['output'];
  readonly userId: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  /** `Y-m-d H:i:s`, UTC. */
  readonly createdAt: Scalars['String']['output'];
  /** `Y-m-d H:i:s`, UTC. */
  readonly updatedAt: Scalars['String']['output'];
  /** Maintained. */
  readonly contactCount: Scalars['Int']['output'];
};

export type DashboardStats = {
  readonly usersCount: Scalars['Int']['output'];
  readonly totalSmsCredits: Scalars['Int']['output'];
  /** `Y-m-d H:i:s`, UTC. */
  readonly lastUpdated: Scalars['String']['output'];
};

export type TokenVerificationResult = {
  readonly valid: Scalars['Boolean']['output'];
  readonly user?: Maybe<User>;
};

export type AuthPayload = {
  readonly token: Scalars['String']['output'];
  readonly user: User;
};

export type ImportResult = {
  /** success, partial when some were refused, or error when all were. */
  readonly status: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  readonly total: Scalars['Int']['output'];
  /** Contacts that did not exist. */
  readonly imported: Scalars['Int']['output'];
  /** Repeated in the call, or contacts already. */
  readonly duplicates: Scalars['Int']['output'];
  readonly invalid: Scalars['Int']['output'];
  /** Why a row was refused, in French, with its place from 1. */
  readonly errors: ReadonlyArray<Scalars['String']['output']>;
};

export type ApiKey = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  /** Null: it is valid. */
  readonly revokedAt?: Maybe<Scalars['DateTime']['output']>;
};

export type NewApiKey = {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  /** Shown this once: only its hash is kept. */
  readonly key: Scalars['String']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
};

export type ImportContactsInput = {
  readonly contacts: ReadonlyArray<ContactInput>;
  readonly segmentId?: InputMaybe<Scalars['ID']['input']>;
};

export type ContactInput = {
  /** In any spelling. */
  readonly phoneNumber: Scalars['String']['input'];
  /** Default: what the contact has, or its number. */
  readonly name?: InputMaybe<Scalars['String']['input']>;
  readonly email?: InputMaybe<Scalars['String']['input']>;
};

export type ImportContactsResult = {
  /** Rows of the call. */
  readonly total: Scalars['Int']['output'];
  /** Contacts that did not exist. */
  readonly created: Scalars['Int']['output'];
  /** Contacts that existed and changed. */
  readonly updated: Scalars['Int']['output'];
  /** Contacts that existed and were the same. */
  readonly unchanged: Scalars['Int']['output'];
  /** Contacts that became members of the segment. */
  readonly addedToSegment: Scalars['Int']['output'];
  /** Rows whose number stands earlier in the call. */
  readonly duplicates: Scalars['Int']['output'];
  /** Rows without a number that can receive SMS. */
  readonly refused: Scalars['Int']['output'];
  /** Every refused or repeated row, in input order. */
  readonly rejections: ReadonlyArray<ContactRejection>;
};

export type ContactRejection = {
  /** Position in the call, from 0. */
  readonly index: Scalars['Int']['output'];
  readonly phoneNumber: Scalars['String']['output'];
  /** EMPTY_NUMBER, INVALID_NUMBER, NOT_MOBILE or DUPLICATE. */
  readonly code: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  SendOptions: SendOptions;
  PlanChange: ResolverTypeWrapper<PlanChange>;
  PlanSendInput: PlanSendInput;
  SendPlan: ResolverTypeWrapper<SendPlan>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  PlanRefusal: ResolverTypeWrapper<PlanRefusal>;
  QuietHoursTouched: ResolverTypeWrapper<QuietHoursTouched>;
  SendKind: SendKind;
  SendWarning: ResolverTypeWrapper<SendWarning>;
  SMSResult: ResolverTypeWrapper<PresentedSmsResult>;
  BulkSMSResult: ResolverTypeWrapper<PresentedBulkResult>;
  SegmentSMSResult: ResolverTypeWrapper<PresentedSegmentResult>;
  SMSSummary: ResolverTypeWrapper<SmsSummary>;
  SMSDetailResult: ResolverTypeWrapper<SmsDetailResult>;
  Segment: ResolverTypeWrapper<Segment>;
  SegmentInfo: ResolverTypeWrapper<SegmentInfo>;
  SmsStatus: SmsStatus;
  DeliveryStatus: DeliveryStatus;
  BatchKind: BatchKind;
  BatchStatus: BatchStatus;
  SmsBatch: ResolverTypeWrapper<PresentedBatch>;
  BatchCancellation: ResolverTypeWrapper<BatchCancellation>;
  SmsCounts: ResolverTypeWrapper<SmsCounts>;
  SmsStatistics: ResolverTypeWrapper<SmsStatistics>;
  SmsHour: ResolverTypeWrapper<SmsHour>;
  SmsErrorCount: ResolverTypeWrapper<SmsErrorCount>;
  SmsOtherErrors: ResolverTypeWrapper<SmsOtherErrors>;
  SmsLatency: ResolverTypeWrapper<SmsLatency>;
  SmsDelivery: ResolverTypeWrapper<SmsDelivery>;
  Sms: ResolverTypeWrapper<PresentedSms>;
  SmsEvent: ResolverTypeWrapper<SmsEvent>;
  SmsFilter: SmsFilter;
  ReplayInput: ReplayInput;
  ReplayResult: ResolverTypeWrapper<ReplayResult>;
  ReplayPlan: ResolverTypeWrapper<ReplayPlan>;
  ReplayPlanCode: ResolverTypeWrapper<ReplayPlanCode>;
  ReplayStatus: ReplayStatus;
  ReplayOperation: ResolverTypeWrapper<ReplayOperation>;
  OperatorAct: ResolverTypeWrapper<OperatorAct>;
  ReplayRefusal: ResolverTypeWrapper<ReplayRefusal>;
  UnknownDecision: UnknownDecision;
  ResolveUnknownInput: ResolveUnknownInput;
  ResolveUnknownResult: ResolverTypeWrapper<ResolveUnknownResult>;
  MoneyAtStake: ResolverTypeWrapper<MoneyAtStake>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  SmsConnection: ResolverTypeWrapper<PresentedSmsConnection>;
  SmsEdge: ResolverTypeWrapper<Omit<SmsEdge, 'node'> & { node: ResolversTypes['Sms'] }>;
  SmsBatchConnection: ResolverTypeWrapper<PresentedBatchConnection>;
  SmsBatchEdge: ResolverTypeWrapper<Omit<SmsBatchEdge, 'node'> & { node: ResolversTypes['SmsBatch'] }>;
  SendingPause: ResolverTypeWrapper<SendingPause>;
  QueueStats: ResolverTypeWrapper<Omit<QueueStats, 'accounts'> & { accounts: ReadonlyArray<ResolversTypes['SenderAccount']> }>;
  SenderAccountState: SenderAccountState;
  SenderAccount: ResolverTypeWrapper<PresentedAccount>;
  CreateSenderAccountInput: CreateSenderAccountInput;
  UpdateSenderAccountInput: UpdateSenderAccountInput;
  MessageEncoding: MessageEncoding;
  MessagePreview: ResolverTypeWrapper<MessagePreview>;
  ForcingCharacter: ResolverTypeWrapper<ForcingCharacter>;
  User: ResolverTypeWrapper<User>;
  RecordedReply: ResolverTypeWrapper<RecordedReply>;
  SMSHistory: ResolverTypeWrapper<PresentedHistory>;
  Contact: ResolverTypeWrapper<PresentedContact>;
  ContactGroup: ResolverTypeWrapper<ContactGroup>;
  DashboardStats: ResolverTypeWrapper<DashboardStats>;
  TokenVerificationResult: ResolverTypeWrapper<TokenVerificationResult>;
  AuthPayload: ResolverTypeWrapper<AuthPayload>;
  ImportResult: ResolverTypeWrapper<ImportResult>;
  ApiKey: ResolverTypeWrapper<ApiKey>;
  NewApiKey: ResolverTypeWrapper<NewApiKey>;
  ImportContactsInput: ImportContactsInput;
  ContactInput: ContactInput;
  ImportContactsResult: ResolverTypeWrapper<ImportContactsResult>;
  ContactRejection: ResolverTypeWrapper<ContactRejection>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  DateTime: Scalars['DateTime']['output'];
  Query: Record<PropertyKey, never>;
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  Mutation: Record<PropertyKey, never>;
  Boolean: Scalars['Boolean']['output'];
  SendOptions: SendOptions;
  PlanChange: PlanChange;
  PlanSendInput: PlanSendInput;
  SendPlan: SendPlan;
  Float: Scalars['Float']['output'];
  PlanRefusal: PlanRefusal;
  QuietHoursTouched: QuietHoursTouched;
  SendWarning: SendWarning;
  SMSResult: PresentedSmsResult;
  BulkSMSResult: PresentedBulkResult;
  SegmentSMSResult: PresentedSegmentResult;
  SMSSummary: SmsSummary;
  SMSDetailResult: SmsDetailResult;
  Segment: Segment;
  SegmentInfo: SegmentInfo;
  SmsBatch: PresentedBatch;
  BatchCancellation: BatchCancellation;
  SmsCounts: SmsCounts;
  SmsStatistics: SmsStatistics;
  SmsHour: SmsHour;
  SmsErrorCount: SmsErrorCount;
  SmsOtherErrors: SmsOtherErrors;
  SmsLatency: SmsLatency;
  SmsDelivery: SmsDelivery;
  Sms: PresentedSms;
  SmsEvent: SmsEvent;
  SmsFilter: SmsFilter;
  ReplayInput: ReplayInput;
  ReplayResult: ReplayResult;
  ReplayPlan: ReplayPlan;
  ReplayPlanCode: ReplayPlanCode;
  ReplayOperation: ReplayOperation;
  OperatorAct: OperatorAct;
  ReplayRefusal: ReplayRefusal;
  ResolveUnknownInput: ResolveUnknownInput;
  ResolveUnknownResult: ResolveUnknownResult;
  MoneyAtStake: MoneyAtStake;
  PageInfo: PageInfo;
  SmsConnection: PresentedSmsConnection;
  SmsEdge: Omit<SmsEdge, 'node'> & { node: ResolversParentTypes['Sms'] };
  SmsBatchConnection: PresentedBatchConnection;
  SmsBatchEdge: Omit<SmsBatchEdge, 'node'> & { node: ResolversParentTypes['SmsBatch'] };
  SendingPause: SendingPause;
  QueueStats: Omit<QueueStats, 'accounts'> & { accounts: ReadonlyArray<ResolversParentTypes['SenderAccount']> };
  SenderAccount: PresentedAccount;
  CreateSenderAccountInput: CreateSenderAccountInput;
  UpdateSenderAccountInput: UpdateSenderAccountInput;
  MessagePreview: MessagePreview;
  ForcingCharacter: ForcingCharacter;
  User: User;
  RecordedReply: RecordedReply;
  SMSHistory: PresentedHistory;
  Contact: PresentedContact;
  ContactGroup: ContactGroup;
  DashboardStats: DashboardStats;
  TokenVerificationResult: TokenVerificationResult;
  AuthPayload: AuthPayload;
  ImportResult: ImportResult;
  ApiKey: ApiKey;
  NewApiKey: NewApiKey;
  ImportContactsInput: ImportContactsInput;
  ContactInput: ContactInput;
  ImportContactsResult: ImportContactsResult;
  ContactRejection: ContactRejection;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type QueryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  segmentsForSMS?: Resolver<ReadonlyArray<ResolversTypes['Segment']>, ParentType, ContextType>;
  apiKeys?: Resolver<ReadonlyArray<ResolversTypes['ApiKey']>, ParentType, ContextType, Partial<QueryApiKeysArgs>>;
  batch?: Resolver<Maybe<ResolversTypes['SmsBatch']>, ParentType, ContextType, RequireFields<QueryBatchArgs, 'id'>>;
  batches?: Resolver<ResolversTypes['SmsBatchConnection'], ParentType, ContextType, RequireFields<QueryBatchesArgs, 'first'>>;
  sms?: Resolver<Maybe<ResolversTypes['Sms']>, ParentType, ContextType, RequireFields<QuerySmsArgs, 'id'>>;
  smsQueue?: Resolver<ResolversTypes['SmsConnection'], ParentType, ContextType, RequireFields<QuerySmsQueueArgs, 'first'>>;
  queueStats?: Resolver<ResolversTypes['QueueStats'], ParentType, ContextType>;
  smsStatistics?: Resolver<ResolversTypes['SmsStatistics'], ParentType, ContextType, Partial<QuerySmsStatisticsArgs>>;
  senderAccounts?: Resolver<ReadonlyArray<ResolversTypes['SenderAccount']>, ParentType, ContextType>;
  planReplay?: Resolver<ResolversTypes['ReplayPlan'], ParentType, ContextType, RequireFields<QueryPlanReplayArgs, 'input'>>;
  replays?: Resolver<ReadonlyArray<ResolversTypes['ReplayOperation']>, ParentType, ContextType, RequireFields<QueryReplaysArgs, 'first'>>;
  replay?: Resolver<Maybe<ResolversTypes['ReplayOperation']>, ParentType, ContextType, RequireFields<QueryReplayArgs, 'id'>>;
  operatorActs?: Resolver<ReadonlyArray<ResolversTypes['OperatorAct']>, ParentType, ContextType, RequireFields<QueryOperatorActsArgs, 'first'>>;
  previewMessage?: Resolver<ResolversTypes['MessagePreview'], ParentType, ContextType, RequireFields<QueryPreviewMessageArgs, 'message' | 'recipientCount'>>;
  planSend?: Resolver<ResolversTypes['SendPlan'], ParentType, ContextType, RequireFields<QueryPlanSendArgs, 'input'>>;
  me?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  smsHistory?: Resolver<ReadonlyArray<ResolversTypes['SMSHistory']>, ParentType, ContextType, Partial<QuerySmsHistoryArgs>>;
  smsHistoryCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType, Partial<QuerySmsHistoryCountArgs>>;
  users?: Resolver<ReadonlyArray<ResolversTypes['User']>, ParentType, ContextType, Partial<QueryUsersArgs>>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType, RequireFields<QueryUserArgs, 'id'>>;
  userByUsername?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType, RequireFields<QueryUserByUsernameArgs, 'username'>>;
  verifyToken?: Resolver<ResolversTypes['TokenVerificationResult'], ParentType, ContextType, RequireFields<QueryVerifyTokenArgs, 'token'>>;
  dashboardStats?: Resolver<ResolversTypes['DashboardStats'], ParentType, ContextType>;
  contacts?: Resolver<ReadonlyArray<ResolversTypes['Contact']>, ParentType, ContextType, Partial<QueryContactsArgs>>;
  contact?: Resolver<Maybe<ResolversTypes['Contact']>, ParentType, ContextType, RequireFields<QueryContactArgs, 'id'>>;
  searchContacts?: Resolver<ReadonlyArray<ResolversTypes['Contact']>, ParentType, ContextType, RequireFields<QuerySearchContactsArgs, 'query'>>;
  contactsCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType, Partial<QueryContactsCountArgs>>;
  contactGroups?: Resolver<ReadonlyArray<ResolversTypes['ContactGroup']>, ParentType, ContextType, Partial<QueryContactGroupsArgs>>;
  contactGroup?: Resolver<Maybe<ResolversTypes['ContactGroup']>, ParentType, ContextType, RequireFields<QueryContactGroupArgs, 'id'>>;
  contactGroupsCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  contactsInGroup?: Resolver<ReadonlyArray<ResolversTypes['Contact']>, ParentType, ContextType, RequireFields<QueryContactsInGroupArgs, 'groupId'>>;
  contactsInGroupCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType, RequireFields<QueryContactsInGroupCountArgs, 'groupId'>>;
  groupsForContact?: Resolver<ReadonlyArray<ResolversTypes['ContactGroup']>, ParentType, ContextType, RequireFields<QueryGroupsForContactArgs, 'contactId'>>;
};

export type SubscriptionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  batchProgress?: SubscriptionResolver<ResolversTypes['SmsBatch'], "batchProgress", ParentType, ContextType, RequireFields<SubscriptionBatchProgressArgs, 'batchId'>>;
  queueStats?: SubscriptionResolver<ResolversTypes['QueueStats'], "queueStats", ParentType, ContextType, Partial<SubscriptionQueueStatsArgs>>;
};

export type MutationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  sendSms?: Resolver<ResolversTypes['SMSResult'], ParentType, ContextType, RequireFields<MutationSendSmsArgs, 'phoneNumber' | 'message'>>;
  sendBulkSms?: Resolver<ResolversTypes['BulkSMSResult'], ParentType, ContextType, RequireFields<MutationSendBulkSmsArgs, 'phoneNumbers' | 'message'>>;
  sendSmsToSegment?: Resolver<ResolversTypes['SegmentSMSResult'], ParentType, ContextType, RequireFields<MutationSendSmsToSegmentArgs, 'segmentId' | 'message'>>;
  sendSmsToAllContacts?: Resolver<ResolversTypes['BulkSMSResult'], ParentType, ContextType, RequireFields<MutationSendSmsToAllContactsArgs, 'message'>>;
  retrySms?: Resolver<ResolversTypes['SMSResult'], ParentType, ContextType, RequireFields<MutationRetrySmsArgs, 'id'>>;
  cancelBatch?: Resolver<ResolversTypes['SmsBatch'], ParentType, ContextType, RequireFields<MutationCancelBatchArgs, 'id'>>;
  pauseBatch?: Resolver<ResolversTypes['SmsBatch'], ParentType, ContextType, RequireFields<MutationPauseBatchArgs, 'id'>>;
  resumeBatch?: Resolver<ResolversTypes['SmsBatch'], ParentType, ContextType, RequireFields<MutationResumeBatchArgs, 'id'>>;
  setBatchPriority?: Resolver<ResolversTypes['SmsBatch'], ParentType, ContextType, RequireFields<MutationSetBatchPriorityArgs, 'id' | 'priority'>>;
  cancelSms?: Resolver<ResolversTypes['Sms'], ParentType, ContextType, RequireFields<MutationCancelSmsArgs, 'id'>>;
  replayFailed?: Resolver<ResolversTypes['ReplayResult'], ParentType, ContextType, RequireFields<MutationReplayFailedArgs, 'input'>>;
  startReplay?: Resolver<ResolversTypes['ReplayOperation'], ParentType, ContextType, RequireFields<MutationStartReplayArgs, 'input'>>;
  cancelReplay?: Resolver<ResolversTypes['ReplayOperation'], ParentType, ContextType, RequireFields<MutationCancelReplayArgs, 'id'>>;
  resolveUnknown?: Resolver<ResolversTypes['ResolveUnknownResult'], ParentType, ContextType, RequireFields<MutationResolveUnknownArgs, 'input'>>;
  pauseSending?: Resolver<ReadonlyArray<ResolversTypes['SenderAccount']>, ParentType, ContextType, Partial<MutationPauseSendingArgs>>;
  resumeSending?: Resolver<ReadonlyArray<ResolversTypes['SenderAccount']>, ParentType, ContextType, Partial<MutationResumeSendingArgs>>;
  createSenderAccount?: Resolver<ResolversTypes['SenderAccount'], ParentType, ContextType, RequireFields<MutationCreateSenderAccountArgs, 'input'>>;
  updateSenderAccount?: Resolver<ResolversTypes['SenderAccount'], ParentType, ContextType, RequireFields<MutationUpdateSenderAccountArgs, 'id' | 'input'>>;
  disableSenderAccount?: Resolver<ResolversTypes['SenderAccount'], ParentType, ContextType, RequireFields<MutationDisableSenderAccountArgs, 'id'>>;
  enableSenderAccount?: Resolver<ResolversTypes['SenderAccount'], ParentType, ContextType, RequireFields<MutationEnableSenderAccountArgs, 'id'>>;
  login?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationLoginArgs, 'username' | 'password'>>;
  logout?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  requestPasswordReset?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationRequestPasswordResetArgs, 'email'>>;
  resetPassword?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationResetPasswordArgs, 'token' | 'newPassword' | 'revokeApiKeys'>>;
  createUser?: Resolver<ResolversTypes['User'], ParentType, ContextType, RequireFields<MutationCreateUserArgs, 'username' | 'password'>>;
  updateUser?: Resolver<ResolversTypes['User'], ParentType, ContextType, RequireFields<MutationUpdateUserArgs, 'id'>>;
  changePassword?: Resolver<ResolversTypes['User'], ParentType, ContextType, RequireFields<MutationChangePasswordArgs, 'id' | 'newPassword'>>;
  addCredits?: Resolver<ResolversTypes['User'], ParentType, ContextType, RequireFields<MutationAddCreditsArgs, 'id' | 'amount'>>;
  deleteUser?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationDeleteUserArgs, 'id'>>;
  refreshToken?: Resolver<ResolversTypes['AuthPayload'], ParentType, ContextType, RequireFields<MutationRefreshTokenArgs, 'token'>>;
  createContact?: Resolver<ResolversTypes['Contact'], ParentType, ContextType, RequireFields<MutationCreateContactArgs, 'name' | 'phoneNumber'>>;
  updateContact?: Resolver<ResolversTypes['Contact'], ParentType, ContextType, RequireFields<MutationUpdateContactArgs, 'id' | 'name' | 'phoneNumber'>>;
  deleteContact?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationDeleteContactArgs, 'id'>>;
  createContactGroup?: Resolver<ResolversTypes['ContactGroup'], ParentType, ContextType, RequireFields<MutationCreateContactGroupArgs, 'name'>>;
  updateContactGroup?: Resolver<ResolversTypes['ContactGroup'], ParentType, ContextType, RequireFields<MutationUpdateContactGroupArgs, 'id' | 'name'>>;
  deleteContactGroup?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationDeleteContactGroupArgs, 'id'>>;
  addContactToGroup?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationAddContactToGroupArgs, 'contactId' | 'groupId'>>;
  removeContactFromGroup?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationRemoveContactFromGroupArgs, 'contactId' | 'groupId'>>;
  addContactsToGroup?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationAddContactsToGroupArgs, 'contactIds' | 'groupId'>>;
  importPhoneNumbers?: Resolver<ResolversTypes['ImportResult'], ParentType, ContextType, RequireFields<MutationImportPhoneNumbersArgs, 'numbers' | 'skipInvalid' | 'segmentImmediately'>>;
  createApiKey?: Resolver<ResolversTypes['NewApiKey'], ParentType, ContextType, RequireFields<MutationCreateApiKeyArgs, 'userId' | 'name'>>;
  revokeApiKey?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationRevokeApiKeyArgs, 'id'>>;
  recordReply?: Resolver<ResolversTypes['RecordedReply'], ParentType, ContextType, RequireFields<MutationRecordReplyArgs, 'phoneNumber' | 'text'>>;
  createSegment?: Resolver<ResolversTypes['Segment'], ParentType, ContextType, RequireFields<MutationCreateSegmentArgs, 'name'>>;
  importContacts?: Resolver<ResolversTypes['ImportContactsResult'], ParentType, ContextType, RequireFields<MutationImportContactsArgs, 'input'>>;
};

export type PlanChangeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PlanChange'] = ResolversParentTypes['PlanChange']> = {
  field?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  planned?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  now?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type SendPlanResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SendPlan'] = ResolversParentTypes['SendPlan']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['BatchKind'], ParentType, ContextType>;
  entries?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  recipients?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  duplicates?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  invalid?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  invalidByReason?: Resolver<ReadonlyArray<ResolversTypes['PlanRefusal']>, ParentType, ContextType>;
  optedOut?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  refused?: Resolver<ReadonlyArray<ResolversTypes['SMSDetailResult']>, ParentType, ContextType>;
  estimated?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  preview?: Resolver<ResolversTypes['MessagePreview'], ParentType, ContextType>;
  unitsNeeded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  price?: Resolver<ResolversTypes['MoneyAtStake'], ParentType, ContextType>;
  creditLeft?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  accountUnitsLeft?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  accountUnitsWaiting?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  backlog?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  ratePerSecond?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  etaSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  quietHours?: Resolver<ReadonlyArray<ResolversTypes['QuietHoursTouched']>, ParentType, ContextType>;
  expiring?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  warnings?: Resolver<ReadonlyArray<ResolversTypes['SendWarning']>, ParentType, ContextType>;
};

export type PlanRefusalResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PlanRefusal'] = ResolversParentTypes['PlanRefusal']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type QuietHoursTouchedResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['QuietHoursTouched'] = ResolversParentTypes['QuietHoursTouched']> = {
  country?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  timeZone?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  recipients?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  delayedUntil?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type SendWarningResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SendWarning'] = ResolversParentTypes['SendWarning']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  unitsNeeded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unitsMissing?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SMSResult'] = ResolversParentTypes['SMSResult']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  phoneNumber?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  errorCode?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  errorMessage?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  planChanges?: Resolver<Maybe<ReadonlyArray<ResolversTypes['PlanChange']>>, ParentType, ContextType>;
  warnings?: Resolver<ReadonlyArray<ResolversTypes['SendWarning']>, ParentType, ContextType>;
  batchId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  batch?: Resolver<Maybe<ResolversTypes['SmsBatch']>, ParentType, ContextType>;
};

export type BulkSmsResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['BulkSMSResult'] = ResolversParentTypes['BulkSMSResult']> = {
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  summary?: Resolver<ResolversTypes['SMSSummary'], ParentType, ContextType>;
  results?: Resolver<ReadonlyArray<ResolversTypes['SMSDetailResult']>, ParentType, ContextType>;
  errorCode?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  planChanges?: Resolver<Maybe<ReadonlyArray<ResolversTypes['PlanChange']>>, ParentType, ContextType>;
  warnings?: Resolver<ReadonlyArray<ResolversTypes['SendWarning']>, ParentType, ContextType>;
  batchId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  batch?: Resolver<Maybe<ResolversTypes['SmsBatch']>, ParentType, ContextType>;
};

export type SegmentSmsResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SegmentSMSResult'] = ResolversParentTypes['SegmentSMSResult']> = {
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  segment?: Resolver<Maybe<ResolversTypes['SegmentInfo']>, ParentType, ContextType>;
  summary?: Resolver<ResolversTypes['SMSSummary'], ParentType, ContextType>;
  results?: Resolver<ReadonlyArray<ResolversTypes['SMSDetailResult']>, ParentType, ContextType>;
  errorCode?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  planChanges?: Resolver<Maybe<ReadonlyArray<ResolversTypes['PlanChange']>>, ParentType, ContextType>;
  warnings?: Resolver<ReadonlyArray<ResolversTypes['SendWarning']>, ParentType, ContextType>;
  batchId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  batch?: Resolver<Maybe<ResolversTypes['SmsBatch']>, ParentType, ContextType>;
};

export type SmsSummaryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SMSSummary'] = ResolversParentTypes['SMSSummary']> = {
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  successful?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsDetailResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SMSDetailResult'] = ResolversParentTypes['SMSDetailResult']> = {
  phoneNumber?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  code?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SegmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Segment'] = ResolversParentTypes['Segment']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  phoneNumberCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SegmentInfoResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SegmentInfo'] = ResolversParentTypes['SegmentInfo']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SmsBatchResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsBatch'] = ResolversParentTypes['SmsBatch']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  senderAccountIds?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['BatchKind'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['BatchStatus'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  senderName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  priority?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  segmentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  segment?: Resolver<Maybe<ResolversTypes['SegmentInfo']>, ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  counts?: Resolver<ResolversTypes['SmsCounts'], ParentType, ContextType>;
  warnings?: Resolver<ReadonlyArray<ResolversTypes['SendWarning']>, ParentType, ContextType>;
  announced?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  scheduledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  validUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  completedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  cancelledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  cancelReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  cancellation?: Resolver<Maybe<ResolversTypes['BatchCancellation']>, ParentType, ContextType>;
  etaSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  unknownAtStake?: Resolver<Maybe<ResolversTypes['MoneyAtStake']>, ParentType, ContextType>;
};

export type BatchCancellationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['BatchCancellation'] = ResolversParentTypes['BatchCancellation']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  stopped?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  notMade?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  onTheWire?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  onTheWireIds?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type SmsCountsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsCounts'] = ResolversParentTypes['SmsCounts']> = {
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pending?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  processing?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sent?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cancelled?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unknown?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsStatisticsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsStatistics'] = ResolversParentTypes['SmsStatistics']> = {
  from?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  userId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  byStatus?: Resolver<ResolversTypes['SmsCounts'], ParentType, ContextType>;
  byHour?: Resolver<ReadonlyArray<ResolversTypes['SmsHour']>, ParentType, ContextType>;
  byErrorCode?: Resolver<ReadonlyArray<ResolversTypes['SmsErrorCount']>, ParentType, ContextType>;
  otherErrorCodes?: Resolver<ResolversTypes['SmsOtherErrors'], ParentType, ContextType>;
  acceptanceLatency?: Resolver<ResolversTypes['SmsLatency'], ParentType, ContextType>;
  deliveryLatency?: Resolver<ResolversTypes['SmsLatency'], ParentType, ContextType>;
  delivery?: Resolver<ResolversTypes['SmsDelivery'], ParentType, ContextType>;
};

export type SmsHourResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsHour'] = ResolversParentTypes['SmsHour']> = {
  hour?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  accepted?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sent?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cancelled?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unknown?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  delivered?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsErrorCountResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsErrorCount'] = ResolversParentTypes['SmsErrorCount']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cancelled?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unknown?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsOtherErrorsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsOtherErrors'] = ResolversParentTypes['SmsOtherErrors']> = {
  codes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsLatencyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsLatency'] = ResolversParentTypes['SmsLatency']> = {
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  p50?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  p95?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  p99?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  max?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type SmsDeliveryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsDelivery'] = ResolversParentTypes['SmsDelivery']> = {
  sent?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  final?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  delivered?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  rateOfSent?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type SmsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Sms'] = ResolversParentTypes['Sms']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  senderAccountId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  phoneNumber?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['SmsStatus'], ParentType, ContextType>;
  deliveryStatus?: Resolver<Maybe<ResolversTypes['DeliveryStatus']>, ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  priority?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  senderName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  segmentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  batchId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lastAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  sentAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  deliveredAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  errorCode?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  errorMessage?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  messageId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  timeline?: Resolver<ReadonlyArray<ResolversTypes['SmsEvent']>, ParentType, ContextType>;
};

export type SmsEventResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsEvent'] = ResolversParentTypes['SmsEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  attempt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  code?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  text?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  httpStatus?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  worker?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  via?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  messageId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  repeats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ReplayResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ReplayResult'] = ResolversParentTypes['ReplayResult']> = {
  dryRun?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  matched?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replayedUnknown?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  atStake?: Resolver<Maybe<ResolversTypes['MoneyAtStake']>, ParentType, ContextType>;
  refused?: Resolver<ReadonlyArray<ResolversTypes['ReplayRefusal']>, ParentType, ContextType>;
};

export type ReplayPlanResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ReplayPlan'] = ResolversParentTypes['ReplayPlan']> = {
  matched?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replayedUnknown?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  atStake?: Resolver<Maybe<ResolversTypes['MoneyAtStake']>, ParentType, ContextType>;
  refused?: Resolver<ReadonlyArray<ResolversTypes['ReplayRefusal']>, ParentType, ContextType>;
  parts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  price?: Resolver<ResolversTypes['MoneyAtStake'], ParentType, ContextType>;
  byCode?: Resolver<ReadonlyArray<ResolversTypes['ReplayPlanCode']>, ParentType, ContextType>;
};

export type ReplayPlanCodeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ReplayPlanCode'] = ResolversParentTypes['ReplayPlanCode']> = {
  code?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  parts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ReplayOperationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ReplayOperation'] = ResolversParentTypes['ReplayOperation']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ReplayStatus'], ParentType, ContextType>;
  code?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  via?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  filter?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  done?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replayed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  replayedUnknown?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  refused?: Resolver<ReadonlyArray<ResolversTypes['ReplayRefusal']>, ParentType, ContextType>;
};

export type OperatorActResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['OperatorAct'] = ResolversParentTypes['OperatorAct']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  username?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  via?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  filter?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  before?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  after?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  smsCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  batchId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  smsId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type ReplayRefusalResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ReplayRefusal'] = ResolversParentTypes['ReplayRefusal']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ResolveUnknownResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ResolveUnknownResult'] = ResolversParentTypes['ResolveUnknownResult']> = {
  dryRun?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  decision?: Resolver<ResolversTypes['UnknownDecision'], ParentType, ContextType>;
  matched?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  resolved?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  refused?: Resolver<ReadonlyArray<ResolversTypes['ReplayRefusal']>, ParentType, ContextType>;
  risk?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  atStake?: Resolver<ResolversTypes['MoneyAtStake'], ParentType, ContextType>;
};

export type MoneyAtStakeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['MoneyAtStake'] = ResolversParentTypes['MoneyAtStake']> = {
  smsCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  parts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unitPrice?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  amount?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  currency?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SmsConnectionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsConnection'] = ResolversParentTypes['SmsConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SmsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsEdge'] = ResolversParentTypes['SmsEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Sms'], ParentType, ContextType>;
};

export type SmsBatchConnectionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsBatchConnection'] = ResolversParentTypes['SmsBatchConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SmsBatchEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SmsBatchEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SmsBatchEdge'] = ResolversParentTypes['SmsBatchEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['SmsBatch'], ParentType, ContextType>;
};

export type SendingPauseResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SendingPause'] = ResolversParentTypes['SendingPause']> = {
  pausedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type QueueStatsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['QueueStats'] = ResolversParentTypes['QueueStats']> = {
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  pause?: Resolver<Maybe<ResolversTypes['SendingPause']>, ParentType, ContextType>;
  counts?: Resolver<ResolversTypes['SmsCounts'], ParentType, ContextType>;
  backlog?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  accounts?: Resolver<ReadonlyArray<ResolversTypes['SenderAccount']>, ParentType, ContextType>;
  etaSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type SenderAccountResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SenderAccount'] = ResolversParentTypes['SenderAccount']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  isDefault?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['SenderAccountState'], ParentType, ContextType>;
  countries?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  senderNames?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  ratePerSecond?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  currentRatePerSecond?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  heldForMs?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  pausedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  nextProbeAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  disabledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  senderAddress?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  apiUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  window?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  backlog?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  etaSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  unitsLeft?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  unitsExpireAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  unitsCheckedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  isPaused?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  pausedReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  pausedExplanation?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  isPausedByOperator?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  isPausedWithAll?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type MessagePreviewResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['MessagePreview'] = ResolversParentTypes['MessagePreview']> = {
  encoding?: Resolver<ResolversTypes['MessageEncoding'], ParentType, ContextType>;
  parts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  units?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unitsPerPart?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  charactersLeft?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxParts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  forcingCharacters?: Resolver<ReadonlyArray<ResolversTypes['ForcingCharacter']>, ParentType, ContextType>;
  cheaperMessage?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  cheaperParts?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  warnings?: Resolver<ReadonlyArray<ResolversTypes['SendWarning']>, ParentType, ContextType>;
};

export type ForcingCharacterResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ForcingCharacter'] = ResolversParentTypes['ForcingCharacter']> = {
  character?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  suggestion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type UserResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  id?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  username?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  email?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  smsCredit?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  smsLimit?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  isAdmin?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  apiKey?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RecordedReplyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RecordedReply'] = ResolversParentTypes['RecordedReply']> = {
  optedOut?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type SmsHistoryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SMSHistory'] = ResolversParentTypes['SMSHistory']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  phoneNumber?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  messageId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  errorMessage?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  senderAddress?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  senderName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sentAt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  deliveredAt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  failedAt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  segment?: Resolver<Maybe<ResolversTypes['SegmentInfo']>, ParentType, ContextType>;
  userId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type ContactResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Contact'] = ResolversParentTypes['Contact']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  phoneNumber?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  email?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  notes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  groups?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ContactGroup']>>, ParentType, ContextType>;
  smsHistory?: Resolver<Maybe<ReadonlyArray<ResolversTypes['SMSHistory']>>, ParentType, ContextType>;
  smsTotalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  smsSentCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  smsFailedCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  smsScore?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type ContactGroupResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ContactGroup'] = ResolversParentTypes['ContactGroup']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  contactCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type DashboardStatsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['DashboardStats'] = ResolversParentTypes['DashboardStats']> = {
  usersCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  totalSmsCredits?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  lastUpdated?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type TokenVerificationResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['TokenVerificationResult'] = ResolversParentTypes['TokenVerificationResult']> = {
  valid?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type AuthPayloadResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AuthPayload'] = ResolversParentTypes['AuthPayload']> = {
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type ImportResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ImportResult'] = ResolversParentTypes['ImportResult']> = {
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  imported?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  duplicates?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  invalid?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  errors?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ApiKeyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ApiKey'] = ResolversParentTypes['ApiKey']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  revokedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type NewApiKeyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['NewApiKey'] = ResolversParentTypes['NewApiKey']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ImportContactsResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ImportContactsResult'] = ResolversParentTypes['ImportContactsResult']> = {
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  created?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updated?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unchanged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  addedToSegment?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  duplicates?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  refused?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejections?: Resolver<ReadonlyArray<ResolversTypes['ContactRejection']>, ParentType, ContextType>;
};

export type ContactRejectionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ContactRejection'] = ResolversParentTypes['ContactRejection']> = {
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  phoneNumber?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type Resolvers<ContextType = GraphqlContext> = {
  DateTime?: GraphQLScalarType;
  Query?: QueryResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PlanChange?: PlanChangeResolvers<ContextType>;
  SendPlan?: SendPlanResolvers<ContextType>;
  PlanRefusal?: PlanRefusalResolvers<ContextType>;
  QuietHoursTouched?: QuietHoursTouchedResolvers<ContextType>;
  SendWarning?: SendWarningResolvers<ContextType>;
  SMSResult?: SmsResultResolvers<ContextType>;
  BulkSMSResult?: BulkSmsResultResolvers<ContextType>;
  SegmentSMSResult?: SegmentSmsResultResolvers<ContextType>;
  SMSSummary?: SmsSummaryResolvers<ContextType>;
  SMSDetailResult?: SmsDetailResultResolvers<ContextType>;
  Segment?: SegmentResolvers<ContextType>;
  SegmentInfo?: SegmentInfoResolvers<ContextType>;
  SmsBatch?: SmsBatchResolvers<ContextType>;
  BatchCancellation?: BatchCancellationResolvers<ContextType>;
  SmsCounts?: SmsCountsResolvers<ContextType>;
  SmsStatistics?: SmsStatisticsResolvers<ContextType>;
  SmsHour?: SmsHourResolvers<ContextType>;
  SmsErrorCount?: SmsErrorCountResolvers<ContextType>;
  SmsOtherErrors?: SmsOtherErrorsResolvers<ContextType>;
  SmsLatency?: SmsLatencyResolvers<ContextType>;
  SmsDelivery?: SmsDeliveryResolvers<ContextType>;
  Sms?: SmsResolvers<ContextType>;
  SmsEvent?: SmsEventResolvers<ContextType>;
  ReplayResult?: ReplayResultResolvers<ContextType>;
  ReplayPlan?: ReplayPlanResolvers<ContextType>;
  ReplayPlanCode?: ReplayPlanCodeResolvers<ContextType>;
  ReplayOperation?: ReplayOperationResolvers<ContextType>;
  OperatorAct?: OperatorActResolvers<ContextType>;
  ReplayRefusal?: ReplayRefusalResolvers<ContextType>;
  ResolveUnknownResult?: ResolveUnknownResultResolvers<ContextType>;
  MoneyAtStake?: MoneyAtStakeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  SmsConnection?: SmsConnectionResolvers<ContextType>;
  SmsEdge?: SmsEdgeResolvers<ContextType>;
  SmsBatchConnection?: SmsBatchConnectionResolvers<ContextType>;
  SmsBatchEdge?: SmsBatchEdgeResolvers<ContextType>;
  SendingPause?: SendingPauseResolvers<ContextType>;
  QueueStats?: QueueStatsResolvers<ContextType>;
  SenderAccount?: SenderAccountResolvers<ContextType>;
  MessagePreview?: MessagePreviewResolvers<ContextType>;
  ForcingCharacter?: ForcingCharacterResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  RecordedReply?: RecordedReplyResolvers<ContextType>;
  SMSHistory?: SmsHistoryResolvers<ContextType>;
  Contact?: ContactResolvers<ContextType>;
  ContactGroup?: ContactGroupResolvers<ContextType>;
  DashboardStats?: DashboardStatsResolvers<ContextType>;
  TokenVerificationResult?: TokenVerificationResultResolvers<ContextType>;
  AuthPayload?: AuthPayloadResolvers<ContextType>;
  ImportResult?: ImportResultResolvers<ContextType>;
  ApiKey?: ApiKeyResolvers<ContextType>;
  NewApiKey?: NewApiKeyResolvers<ContextType>;
  ImportContactsResult?: ImportContactsResultResolvers<ContextType>;
  ContactRejection?: ContactRejectionResolvers<ContextType>;
};


