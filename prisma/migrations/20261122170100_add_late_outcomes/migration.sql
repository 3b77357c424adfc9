-- What an attempt said after a person had decided about it, and a bound to the evidence of one SMS. Additive: services of before go on.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "SmsEvent" for an instant: columns without a default, or with a constant one, rewrite nothing.
-- CREATE INDEX takes SHARE on "SmsEvent", which holds up outcomes other than acceptance while it reads the table once.

-- AlterTable
ALTER TABLE "SmsEvent" ADD COLUMN     "claimId" UUID,
ADD COLUMN     "messageId" VARCHAR(255),
ADD COLUMN     "repeats" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE UNIQUE INDEX "SmsEvent_late_key" ON "SmsEvent"("smsId", "claimId") WHERE ("claimId" IS NOT NULL AND "actId" IS NULL AND kind = ANY (ARRAY['DUPLICATE_ACCEPTED'::text, 'ACCEPTED_LATE'::text, 'CONFIRMED'::text]));

-- CreateIndex
CREATE INDEX "SmsEvent_messageId_idx" ON "SmsEvent"("messageId") WHERE ("messageId" IS NOT NULL);
