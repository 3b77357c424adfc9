-- Refused lines of uploaded files. Additive: a new table. The foreign key takes SHARE ROW EXCLUSIVE on "SmsBatch" for an instant.

-- CreateTable
CREATE TABLE "BatchRefusal" (
    "batchId" BIGINT NOT NULL,
    "line" INTEGER NOT NULL,
    "code" VARCHAR(32) NOT NULL,

    CONSTRAINT "BatchRefusal_pkey" PRIMARY KEY ("batchId","line")
);

-- AddForeignKey
ALTER TABLE "BatchRefusal" ADD CONSTRAINT "BatchRefusal_batchId_fkey" FOREIGN KEY ("batchId") REFERENCES "SmsBatch"("id") ON DELETE CASCADE ON UPDATE CASCADE;
