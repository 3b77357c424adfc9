-- Statistics of a time range read the pages of that time alone. Additive: services of before go on working.
-- CREATE INDEX takes SHARE on "SmsQueue", which holds up sends while it reads the table once: half a second for a million rows that
-- are in memory. The index itself is some pages, whatever the size of the table, and keeps no update on its page from being a short one.

-- CreateIndex
CREATE INDEX "SmsQueue_times_idx" ON "SmsQueue" USING BRIN ("createdAt", "sentAt", "failedAt", "deliveredAt");
