-- Credits that are charged, and what the old interface knows of contacts, groups and users. Additive: services of before go on working;
-- what they accept meanwhile is not charged.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "SmsQueue", "SmsBatch", "Segment", "Contact" and "User" for an instant: columns without a default, or
-- with one that is the same for every row, rewrite nothing.
-- CREATE INDEX takes SHARE on "SmsQueue", which holds up sends while it reads the table: some seconds for ten million rows.

-- AlterTable
ALTER TABLE "SmsQueue" ADD COLUMN     "credit" SMALLINT;

-- AlterTable
ALTER TABLE "SmsBatch" ADD COLUMN     "credits" INTEGER;

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "deletedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Contact" ADD COLUMN     "notes" TEXT;

-- AlterTable
ALTER TABLE "Segment" ADD COLUMN     "deletedAt" TIMESTAMPTZ(3),
ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateIndex
CREATE INDEX "SmsQueue_credit_due_idx" ON "SmsQueue"("id") WHERE ((credit = 1 AND status = ANY (ARRAY['FAILED'::"SmsStatus", 'CANCELLED'::"SmsStatus"])) OR (credit = 0 AND status <> ALL (ARRAY['FAILED'::"SmsStatus", 'CANCELLED'::"SmsStatus"])));

-- Of a single SMS only: 1 is held for it, 0 was given back.
ALTER TABLE "SmsQueue" ADD CONSTRAINT "SmsQueue_credit_check" CHECK (credit IS NULL OR ("batchId" IS NULL AND credit IN (0, 1))) NOT VALID;
