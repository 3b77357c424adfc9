-- Who replayed what, and why. Additive: services of before go on working.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "SmsEvent" for an instant: a column without a default rewrites nothing.
-- CREATE INDEX takes SHARE on "SmsQueue", which holds up sends while it reads the table once: some seconds for ten million rows.

-- AlterTable
ALTER TABLE "SmsEvent" ADD COLUMN     "actId" BIGINT;

-- CreateTable
CREATE TABLE "OperatorAct" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "userId" INTEGER NOT NULL,
    "via" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT,
    "filter" TEXT,
    "smsCount" INTEGER NOT NULL,

    CONSTRAINT "OperatorAct_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "OperatorAct_userId_id_idx" ON "OperatorAct"("userId", "id");

-- CreateIndex
CREATE INDEX "SmsQueue_replayable_idx" ON "SmsQueue"("id") WHERE (status = ANY (ARRAY['FAILED'::"SmsStatus", 'UNKNOWN'::"SmsStatus"]));

ALTER TABLE "OperatorAct" ADD CONSTRAINT "OperatorAct_smsCount_check" CHECK ("smsCount" > 0);
