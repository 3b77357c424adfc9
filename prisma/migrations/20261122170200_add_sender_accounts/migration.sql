-- Several Orange accounts, and what an operator does to them. Additive: services of before go on working with the default account.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "SenderAccount" (a few rows), "SmsBatch" and "OperatorAct" for an instant: columns without a
-- default, or with a constant one, rewrite nothing. The CHECK constraints read "SenderAccount" and "OperatorAct" once.

-- AlterTable
ALTER TABLE "SenderAccount" ADD COLUMN     "apiUrl" TEXT,
ADD COLUMN     "callingCodes" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "countries" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "disabledAt" TIMESTAMPTZ(3),
ADD COLUMN     "ratePerSecond" DOUBLE PRECISION,
ADD COLUMN     "sealedCredentials" TEXT,
ADD COLUMN     "senderAddress" TEXT,
ADD COLUMN     "senderNames" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "unitsCheckedAt" TIMESTAMPTZ(3),
ADD COLUMN     "unitsExpireAt" TIMESTAMPTZ(3),
ADD COLUMN     "unitsLeft" INTEGER,
ADD COLUMN     "unreadableAt" TIMESTAMPTZ(3),
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "SmsBatch" ADD COLUMN     "isAccountNamed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "otherAccountIds" INTEGER[] DEFAULT ARRAY[]::INTEGER[];

-- An act on an account moves no SMS.
ALTER TABLE "OperatorAct" DROP CONSTRAINT "OperatorAct_smsCount_check";
ALTER TABLE "OperatorAct" ADD CONSTRAINT "OperatorAct_smsCount_check" CHECK ("smsCount" >= 0 AND (kind <> 'REPLAY' OR "smsCount" > 0));

-- A disabled account is also paused by a person, so that everything which asks whether an account may send need know nothing more.
ALTER TABLE "SenderAccount"
  ADD CONSTRAINT "SenderAccount_disabled_check" CHECK ("disabledAt" IS NULL OR ("pausedReason" IS NOT NULL AND "pausedByOperator")),
  ADD CONSTRAINT "SenderAccount_rate_check" CHECK ("ratePerSecond" > 0),
  ADD CONSTRAINT "SenderAccount_complete_check" CHECK ("sealedCredentials" IS NULL OR ("senderAddress" IS NOT NULL AND "ratePerSecond" IS NOT NULL));
