-- The access log (閲覧・操作の記録): own entries, and those of colleagues whose pages this device may read. Chained, kept byte
-- for byte; what stands in the other columns is also in the bytes.
CREATE TABLE audit_entry (
  device      BLOB NOT NULL,    -- whose log
  book        BLOB NOT NULL,    -- zero = the device's own, otherwise a restricted vault
  incarnation INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  hash        BLOB NOT NULL,    -- names the entry
  at          INTEGER NOT NULL, -- the device's clock, ms
  act         INTEGER NOT NULL,
  subject     BLOB,
  household   BLOB,
  bytes       BLOB NOT NULL,
  record      BLOB,             -- the record it left or came in; NULL = in no page yet
  PRIMARY KEY (device, book, incarnation, seq, hash)
) WITHOUT ROWID, STRICT;
CREATE INDEX audit_entry_by_time ON audit_entry (at);
CREATE INDEX audit_entry_waiting ON audit_entry (device, book, at) WHERE record IS NULL;

-- Up to where a device has signed its books.
CREATE TABLE audit_seal (
  device      BLOB NOT NULL,
  book        BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  bytes       BLOB NOT NULL,
  PRIMARY KEY (device, book, incarnation, seq, bytes)
) WITHOUT ROWID, STRICT;
