-- The first migration: every table, on an empty database. It takes no lock that anybody could wait for.

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "SmsStatus" AS ENUM ('PENDING', 'PROCESSING', 'SENT', 'FAILED', 'CANCELLED', 'UNKNOWN');

-- CreateEnum
CREATE TYPE "DeliveryStatus" AS ENUM ('WAITING', 'ON_NETWORK', 'UNCERTAIN', 'UNDELIVERED', 'DELIVERED');

-- CreateEnum
CREATE TYPE "BatchKind" AS ENUM ('LIST', 'SEGMENT', 'ALL_CONTACTS');

-- CreateEnum
CREATE TYPE "BatchStatus" AS ENUM ('SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELLED');

-- CreateTable
CREATE TABLE "SmsQueue" (
    "id" BIGSERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "batchId" BIGINT,
    "segmentId" INTEGER,
    "accountId" INTEGER NOT NULL,
    "phoneNumber" VARCHAR(16) NOT NULL,
    "message" TEXT NOT NULL,
    "senderName" VARCHAR(11),
    "status" "SmsStatus" NOT NULL DEFAULT 'PENDING',
    "priority" SMALLINT NOT NULL DEFAULT 5,
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "maxAttempts" SMALLINT NOT NULL,
    "dispatch" INTEGER NOT NULL DEFAULT 0,
    "dispatchedAt" TIMESTAMPTZ(3),
    "claimId" UUID,
    "claimedBy" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "nextAttemptAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastAttemptAt" TIMESTAMPTZ(3),
    "validUntil" TIMESTAMPTZ(3),
    "sentAt" TIMESTAMPTZ(3),
    "failedAt" TIMESTAMPTZ(3),
    "deliveredAt" TIMESTAMPTZ(3),
    "deliveryStatus" "DeliveryStatus",
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "messageId" VARCHAR(255),

    CONSTRAINT "SmsQueue_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SmsEvent" (
    "id" BIGSERIAL NOT NULL,
    "smsId" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL,
    "attempt" SMALLINT NOT NULL,
    "code" TEXT,
    "text" TEXT,
    "httpStatus" SMALLINT,
    "worker" TEXT,

    CONSTRAINT "SmsEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SmsBatch" (
    "id" BIGSERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "kind" "BatchKind" NOT NULL,
    "status" "BatchStatus" NOT NULL,
    "message" TEXT NOT NULL,
    "parts" SMALLINT NOT NULL,
    "senderName" VARCHAR(11),
    "priority" SMALLINT NOT NULL DEFAULT 5,
    "maxAttempts" SMALLINT NOT NULL,
    "segmentId" INTEGER,
    "accountId" INTEGER NOT NULL,
    "announced" INTEGER NOT NULL,
    "pending" INTEGER NOT NULL DEFAULT 0,
    "processing" INTEGER NOT NULL DEFAULT 0,
    "sent" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "cancelled" INTEGER NOT NULL DEFAULT 0,
    "unknown" INTEGER NOT NULL DEFAULT 0,
    "expansionCursor" BIGINT NOT NULL DEFAULT 0,
    "expansionBound" BIGINT,
    "expandedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "scheduledAt" TIMESTAMPTZ(3),
    "validUntil" TIMESTAMPTZ(3),
    "completedAt" TIMESTAMPTZ(3),
    "cancelledAt" TIMESTAMPTZ(3),
    "cancelReason" TEXT,
    "sweptAt" TIMESTAMPTZ(3),

    CONSTRAINT "SmsBatch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "IdempotencyKey" (
    "userId" INTEGER NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "inputHash" TEXT NOT NULL,
    "batchId" BIGINT,
    "smsId" BIGINT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("userId","key")
);

-- CreateTable
CREATE TABLE "SenderAccount" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "pausedReason" TEXT,
    "pausedByOperator" BOOLEAN NOT NULL DEFAULT false,
    "pausedAt" TIMESTAMPTZ(3),
    "probeAt" TIMESTAMPTZ(3),
    "probeDelayMs" INTEGER NOT NULL DEFAULT 0,
    "probeSmsId" BIGINT,

    CONSTRAINT "SenderAccount_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" SERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "passwordHash" TEXT,
    "email" TEXT,
    "smsCredit" INTEGER NOT NULL DEFAULT 10,
    "smsLimit" INTEGER,
    "isAdmin" BOOLEAN NOT NULL DEFAULT false,
    "contactCount" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "keyHash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Contact" (
    "id" BIGSERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "phoneNumber" VARCHAR(16) NOT NULL,
    "email" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Contact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Segment" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "memberCount" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Segment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SegmentMember" (
    "id" BIGSERIAL NOT NULL,
    "segmentId" INTEGER NOT NULL,
    "contactId" BIGINT NOT NULL,

    CONSTRAINT "SegmentMember_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Suppression" (
    "userId" INTEGER NOT NULL,
    "phoneNumber" VARCHAR(16) NOT NULL,
    "reason" TEXT NOT NULL DEFAULT 'OPT_OUT',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Suppression_pkey" PRIMARY KEY ("userId","phoneNumber")
);

-- CreateTable
CREATE TABLE "QueueEpoch" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "epoch" UUID NOT NULL,

    CONSTRAINT "QueueEpoch_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SmsQueue_undispatched_idx" ON "SmsQueue"("accountId", "batchId", "nextAttemptAt", "id") WHERE (status = 'PENDING'::"SmsStatus" AND "dispatchedAt" IS NULL);

-- CreateIndex
CREATE INDEX "SmsQueue_window_idx" ON "SmsQueue"("accountId", "dispatchedAt") WHERE (status = 'PENDING'::"SmsStatus" AND "dispatchedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "SmsQueue_batchId_status_id_idx" ON "SmsQueue"("batchId", "status", "id");

-- CreateIndex
CREATE INDEX "SmsQueue_userId_id_idx" ON "SmsQueue"("userId", "id");

-- CreateIndex
CREATE INDEX "SmsQueue_open_single_idx" ON "SmsQueue"("userId", "phoneNumber") WHERE ("batchId" IS NULL AND status = ANY (ARRAY['PENDING'::"SmsStatus", 'PROCESSING'::"SmsStatus", 'UNKNOWN'::"SmsStatus"]));

-- CreateIndex
CREATE UNIQUE INDEX "SmsQueue_batchId_phoneNumber_key" ON "SmsQueue"("batchId", "phoneNumber");

-- CreateIndex
CREATE UNIQUE INDEX "SmsQueue_on_wire_key" ON "SmsQueue"("accountId", "phoneNumber") WHERE (status = 'PROCESSING'::"SmsStatus");

-- CreateIndex
CREATE INDEX "SmsEvent_smsId_id_idx" ON "SmsEvent"("smsId", "id");

-- CreateIndex
CREATE INDEX "SmsBatch_userId_id_idx" ON "SmsBatch"("userId", "id");

-- CreateIndex
CREATE INDEX "SmsBatch_live_idx" ON "SmsBatch"("accountId", "id") WHERE (status = ANY (ARRAY['SCHEDULED'::"BatchStatus", 'EXPANDING'::"BatchStatus", 'ACTIVE'::"BatchStatus", 'PAUSED'::"BatchStatus"]));

-- CreateIndex
CREATE INDEX "SmsBatch_unswept_idx" ON "SmsBatch"("id") WHERE (status = 'CANCELLED'::"BatchStatus" AND "sweptAt" IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "IdempotencyKey_batchId_key" ON "IdempotencyKey"("batchId");

-- CreateIndex
CREATE UNIQUE INDEX "IdempotencyKey_smsId_key" ON "IdempotencyKey"("smsId");

-- CreateIndex
CREATE UNIQUE INDEX "SenderAccount_name_key" ON "SenderAccount"("name");

-- CreateIndex
CREATE UNIQUE INDEX "User_username_key" ON "User"("username");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_keyHash_key" ON "ApiKey"("keyHash");

-- CreateIndex
CREATE INDEX "ApiKey_userId_idx" ON "ApiKey"("userId");

-- CreateIndex
CREATE INDEX "Contact_userId_id_idx" ON "Contact"("userId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Contact_userId_phoneNumber_key" ON "Contact"("userId", "phoneNumber");

-- CreateIndex
CREATE UNIQUE INDEX "Segment_userId_name_key" ON "Segment"("userId", "name");

-- CreateIndex
CREATE INDEX "SegmentMember_segmentId_id_idx" ON "SegmentMember"("segmentId", "id");

-- CreateIndex
CREATE INDEX "SegmentMember_contactId_idx" ON "SegmentMember"("contactId");

-- CreateIndex
CREATE UNIQUE INDEX "SegmentMember_segmentId_contactId_key" ON "SegmentMember"("segmentId", "contactId");

-- AddForeignKey
ALTER TABLE "SmsQueue" ADD CONSTRAINT "SmsQueue_batchId_fkey" FOREIGN KEY ("batchId") REFERENCES "SmsBatch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SmsEvent" ADD CONSTRAINT "SmsEvent_smsId_fkey" FOREIGN KEY ("smsId") REFERENCES "SmsQueue"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SmsBatch" ADD CONSTRAINT "SmsBatch_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SmsBatch" ADD CONSTRAINT "SmsBatch_segmentId_fkey" FOREIGN KEY ("segmentId") REFERENCES "Segment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SmsBatch" ADD CONSTRAINT "SmsBatch_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "SenderAccount"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "IdempotencyKey_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "IdempotencyKey_batchId_fkey" FOREIGN KEY ("batchId") REFERENCES "SmsBatch"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "IdempotencyKey_smsId_fkey" FOREIGN KEY ("smsId") REFERENCES "SmsQueue"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Contact" ADD CONSTRAINT "Contact_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Segment" ADD CONSTRAINT "Segment_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SegmentMember" ADD CONSTRAINT "SegmentMember_segmentId_fkey" FOREIGN KEY ("segmentId") REFERENCES "Segment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SegmentMember" ADD CONSTRAINT "SegmentMember_contactId_fkey" FOREIGN KEY ("contactId") REFERENCES "Contact"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Suppression" ADD CONSTRAINT "Suppression_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What each status requires. A statement that would leave a row otherwise fails, whoever writes it.
ALTER TABLE "SmsQueue"
  ADD CONSTRAINT "SmsQueue_phoneNumber_check" CHECK ("phoneNumber" ~ '^\+[1-9][0-9]{5,14}$'),
  ADD CONSTRAINT "SmsQueue_priority_check" CHECK (priority BETWEEN 0 AND 10),
  ADD CONSTRAINT "SmsQueue_attempts_check" CHECK (attempts BETWEEN 0 AND "maxAttempts"),
  ADD CONSTRAINT "SmsQueue_processing_check" CHECK (
    CASE WHEN status = 'PROCESSING'
      THEN "claimId" IS NOT NULL AND "claimedBy" IS NOT NULL AND "leaseUntil" IS NOT NULL AND "lastAttemptAt" IS NOT NULL AND attempts > 0
      ELSE "leaseUntil" IS NULL END),
  ADD CONSTRAINT "SmsQueue_sent_check" CHECK ((status = 'SENT') = ("sentAt" IS NOT NULL)),
  ADD CONSTRAINT "SmsQueue_messageId_check" CHECK ("messageId" IS NULL OR status = 'SENT'),
  ADD CONSTRAINT "SmsQueue_delivery_check" CHECK ("deliveryStatus" IS NULL OR status = 'SENT'),
  ADD CONSTRAINT "SmsQueue_ended_check" CHECK (
    (status IN ('FAILED', 'CANCELLED', 'UNKNOWN')) = ("failedAt" IS NOT NULL)
    AND (status NOT IN ('FAILED', 'CANCELLED', 'UNKNOWN') OR "errorCode" IS NOT NULL)),
  ADD CONSTRAINT "SmsQueue_window_check" CHECK ("dispatchedAt" IS NULL OR (status IN ('PENDING', 'PROCESSING') AND dispatch > 0));

ALTER TABLE "SmsBatch"
  ADD CONSTRAINT "SmsBatch_counts_check" CHECK (
    pending >= 0 AND processing >= 0 AND sent >= 0 AND failed >= 0 AND cancelled >= 0 AND unknown >= 0),
  ADD CONSTRAINT "SmsBatch_priority_check" CHECK (priority BETWEEN 0 AND 10),
  -- COMPLETED ⇔ every row exists and none is pending or processing.
  ADD CONSTRAINT "SmsBatch_completed_check" CHECK (
    CASE WHEN status = 'COMPLETED' THEN "expandedAt" IS NOT NULL AND "completedAt" IS NOT NULL AND pending = 0 AND processing = 0
      ELSE "completedAt" IS NULL END),
  ADD CONSTRAINT "SmsBatch_active_check" CHECK (status <> 'ACTIVE' OR ("expandedAt" IS NOT NULL AND pending + processing > 0)),
  ADD CONSTRAINT "SmsBatch_expanding_check" CHECK (status <> 'EXPANDING' OR ("expandedAt" IS NULL AND "expansionBound" IS NOT NULL)),
  ADD CONSTRAINT "SmsBatch_scheduled_check" CHECK (status <> 'SCHEDULED' OR "scheduledAt" IS NOT NULL),
  -- A cancel moves what waits in one statement.
  ADD CONSTRAINT "SmsBatch_cancelled_check" CHECK (
    (status = 'CANCELLED') = ("cancelledAt" IS NOT NULL) AND (status <> 'CANCELLED' OR pending = 0)),
  ADD CONSTRAINT "SmsBatch_swept_check" CHECK ("sweptAt" IS NULL OR status = 'CANCELLED');

ALTER TABLE "Contact" ADD CONSTRAINT "Contact_phoneNumber_check" CHECK ("phoneNumber" ~ '^\+[1-9][0-9]{5,14}$');
ALTER TABLE "QueueEpoch" ADD CONSTRAINT "QueueEpoch_one_row_check" CHECK (id = 1);
ALTER TABLE "SenderAccount"
  ADD CONSTRAINT "SenderAccount_paused_check" CHECK (("pausedReason" IS NULL) = ("pausedAt" IS NULL)),
  ADD CONSTRAINT "SenderAccount_probe_check" CHECK ("probeAt" IS NULL OR ("pausedReason" IS NOT NULL AND NOT "pausedByOperator"));

-- Every SMS is updated a few times: the vacuum must keep up. The counters of a batch move with each group: room on the page keeps it cheap.
ALTER TABLE "SmsQueue" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE "SmsBatch" SET (fillfactor = 50);

-- Who the key in ADMIN_API_KEY is, the account of the ORANGE_* variables, and the first epoch.
INSERT INTO "User" (id, username, "isAdmin", "smsCredit") VALUES (1, '_admin', true, 0);
SELECT setval(pg_get_serial_sequence('"User"', 'id'), 1);
INSERT INTO "SenderAccount" (id, name) VALUES (1, 'default');
SELECT setval(pg_get_serial_sequence('"SenderAccount"', 'id'), 1);
INSERT INTO "QueueEpoch" (epoch) VALUES (gen_random_uuid());
