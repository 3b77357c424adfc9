-- Control by people: who did what to which batch or SMS, the pause of everything, replays as operations. Additive: services of before go on
-- working, but do not know of the pause of everything.
-- ALTER TABLE takes ACCESS EXCLUSIVE on "OperatorAct" for an instant: columns without a default rewrite nothing. CREATE INDEX takes SHARE on
-- it while it reads its few thousand rows. The new tables are locked by nobody else.

-- AlterTable
ALTER TABLE "OperatorAct" ADD COLUMN     "after" TEXT,
ADD COLUMN     "batchId" BIGINT,
ADD COLUMN     "before" TEXT,
ADD COLUMN     "smsId" BIGINT;

-- CreateTable
CREATE TABLE "SendingPause" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "pausedAt" TIMESTAMPTZ(3),
    "reason" TEXT,
    "userId" INTEGER,

    CONSTRAINT "SendingPause_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ReplayOperation" (
    "id" BIGSERIAL NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'RUNNING',
    "userId" INTEGER NOT NULL,
    "via" TEXT NOT NULL,
    "reason" TEXT,
    "filter" TEXT NOT NULL,
    "includeUnknown" BOOLEAN NOT NULL,
    "moreAttempts" INTEGER NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "finishedAt" TIMESTAMPTZ(3),
    "total" INTEGER NOT NULL DEFAULT 0,
    "done" INTEGER NOT NULL DEFAULT 0,
    "replayed" INTEGER NOT NULL DEFAULT 0,
    "replayedUnknown" INTEGER NOT NULL DEFAULT 0,
    "replayedUnknownParts" INTEGER NOT NULL DEFAULT 0,
    "refused" TEXT NOT NULL DEFAULT '{}',
    "cursor" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "ReplayOperation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ReplayItem" (
    "operationId" BIGINT NOT NULL,
    "smsId" BIGINT NOT NULL,

    CONSTRAINT "ReplayItem_pkey" PRIMARY KEY ("operationId","smsId")
);

-- CreateIndex
CREATE INDEX "ReplayOperation_userId_id_idx" ON "ReplayOperation"("userId", "id");

-- CreateIndex
CREATE INDEX "ReplayOperation_running_idx" ON "ReplayOperation"("id") WHERE (status = 'RUNNING'::text);

-- CreateIndex
CREATE INDEX "OperatorAct_batch_idx" ON "OperatorAct"("batchId", "id") WHERE ("batchId" IS NOT NULL);

ALTER TABLE "SendingPause"
  ADD CONSTRAINT "SendingPause_one_row_check" CHECK (id = 1),
  ADD CONSTRAINT "SendingPause_who_check" CHECK (("pausedAt" IS NULL) = ("userId" IS NULL));
INSERT INTO "SendingPause" (id) VALUES (1);

ALTER TABLE "ReplayOperation"
  ADD CONSTRAINT "ReplayOperation_status_check" CHECK (status IN ('RUNNING', 'DONE', 'CANCELLED')),
  ADD CONSTRAINT "ReplayOperation_finished_check" CHECK ((status = 'RUNNING') = ("finishedAt" IS NULL)),
  ADD CONSTRAINT "ReplayOperation_counts_check" CHECK (done BETWEEN 0 AND total AND replayed BETWEEN 0 AND done AND "replayedUnknown" BETWEEN 0 AND replayed);

-- What was done is never rewritten, by nobody's mistake either. \073 is the sign that ends a statement: written as itself, the engine would
-- cut the function in two.
CREATE FUNCTION "refuse_to_rewrite_acts"() RETURNS trigger LANGUAGE plpgsql
  AS E'BEGIN RAISE EXCEPTION ''OperatorAct is append-only''\073 END\073';
CREATE TRIGGER "OperatorAct_append_only" BEFORE UPDATE OR DELETE ON "OperatorAct"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_to_rewrite_acts"();
