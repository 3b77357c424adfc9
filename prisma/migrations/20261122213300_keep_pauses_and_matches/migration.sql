-- When a batch was paused, so that one that completes while paused is paused again when work comes back. And the receipts that matched
-- by id, of which one must be known before anything follows from those that do not. Additive: services of before go on working.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "SmsBatch" for an instant: a column without a default rewrites nothing.
-- The UPDATE takes row locks on the paused batches alone. CREATE INDEX takes SHARE on "SmsReceipt", which holds up the storing of
-- receipts while it reads some days of them: a second for a million.

-- AlterTable
ALTER TABLE "SmsBatch" ADD COLUMN     "pausedAt" TIMESTAMPTZ(3);

UPDATE "SmsBatch" SET "pausedAt" = CURRENT_TIMESTAMP WHERE status = 'PAUSED';

-- CreateIndex
CREATE INDEX "SmsReceipt_own_idx" ON "SmsReceipt"("matchedAt") WHERE (effect = ANY (ARRAY['MOVED'::text, 'UNCHANGED'::text]));
