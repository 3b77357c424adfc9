-- A replay that its user's credits do not cover ends as STOPPED. Additive: a service of before leaves "mayOwe" at true, which is what it did.
-- ACCESS EXCLUSIVE on "ReplayOperation" for some milliseconds: a row for each replay that was ever started, read once for the checks.

-- AlterTable
ALTER TABLE "ReplayOperation" ADD COLUMN     "code" TEXT,
ADD COLUMN     "mayOwe" BOOLEAN NOT NULL DEFAULT true;

ALTER TABLE "ReplayOperation"
  DROP CONSTRAINT "ReplayOperation_status_check",
  ADD CONSTRAINT "ReplayOperation_status_check" CHECK (status IN ('RUNNING', 'DONE', 'CANCELLED', 'STOPPED')),
  ADD CONSTRAINT "ReplayOperation_code_check" CHECK ((status = 'STOPPED') = (code IS NOT NULL));
