-- Delivery receipts as Orange sent them, and what finds the SMS they are of. Additive: services of before go on working.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "SmsQueue" for an instant: a column without a default rewrites nothing.
-- CREATE INDEX takes SHARE on "SmsQueue", which holds up sends while it reads the table: twice, some seconds each for ten million rows.

-- AlterTable
ALTER TABLE "SmsQueue" ADD COLUMN     "supersededAttemptAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "SmsReceipt" (
    "id" BIGSERIAL NOT NULL,
    "messageId" VARCHAR(255) NOT NULL,
    "phoneNumber" VARCHAR(16),
    "status" VARCHAR(64) NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "nextLookAt" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "orphanAt" TIMESTAMPTZ(3),
    "matchedAt" TIMESTAMPTZ(3),
    "smsId" BIGINT,
    "effect" TEXT,

    CONSTRAINT "SmsReceipt_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "SmsReceipt_messageId_status_key" ON "SmsReceipt"("messageId", "status");

-- CreateIndex
CREATE INDEX "SmsReceipt_unmatched_idx" ON "SmsReceipt"("nextLookAt") WHERE ("nextLookAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "SmsReceipt_orphan_idx" ON "SmsReceipt"("phoneNumber") WHERE ("orphanAt" IS NOT NULL AND "nextLookAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "SmsQueue_messageId_idx" ON "SmsQueue"("messageId") WHERE ("messageId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "SmsQueue_unidentified_idx" ON "SmsQueue"("phoneNumber") WHERE (status = 'UNKNOWN'::"SmsStatus" OR (status = 'SENT'::"SmsStatus" AND "messageId" IS NULL) OR "supersededAttemptAt" IS NOT NULL);

-- Looked for until it is matched.
ALTER TABLE "SmsReceipt" ADD CONSTRAINT "SmsReceipt_matched_check" CHECK (
  ("matchedAt" IS NULL) = ("nextLookAt" IS NOT NULL) AND ("matchedAt" IS NULL) = ("smsId" IS NULL));
