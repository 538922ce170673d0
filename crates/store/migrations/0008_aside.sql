-- What somebody wrote who was shut out, beyond the cut: kept, and in no document, until an admin adopts it or a colleague's
-- words turn out to rest on it.
ALTER TABLE change ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;
CREATE INDEX change_by_record ON change (record);
CREATE INDEX keybox_by_record ON keybox (record);
