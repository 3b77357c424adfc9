-- Plans of sends, promotional sends, templates, and the cleanup of idempotency keys. Additive: services of before go on working.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "SmsQueue" and "SmsBatch" for an instant: a column with a constant default rewrites nothing.
-- CREATE INDEX on "IdempotencyKey" takes SHARE while it reads the table: sends with a key wait, about a second for each million keys.

-- AlterTable
ALTER TABLE "SmsBatch" ADD COLUMN     "isPromotional" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "isTemplate" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "SmsQueue" ADD COLUMN     "isPromotional" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "SendPlan" (
    "id" UUID NOT NULL,
    "userId" INTEGER NOT NULL,
    "fingerprint" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "SendPlan_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");

-- CreateIndex
CREATE INDEX "SendPlan_expiresAt_idx" ON "SendPlan"("expiresAt");
