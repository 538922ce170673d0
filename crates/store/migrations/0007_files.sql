-- Files of bundles that this device wrote or took in whole. A file is known by what stands in clear at its beginning, which
-- holds 32 random bytes: another file at the same place is another file.
CREATE TABLE bundle_file (
  head      BLOB PRIMARY KEY,  -- SHA-256 of it
  length    INTEGER NOT NULL,
  at        INTEGER NOT NULL,  -- when it was written or taken in, ms
  directory BLOB NOT NULL      -- SHA-256 over the directory operations in it
) WITHOUT ROWID, STRICT;

-- Which records are in a file: places of one line without a gap.
CREATE TABLE bundle_run (
  head        BLOB NOT NULL REFERENCES bundle_file (head),
  lane        BLOB NOT NULL,
  device      BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  first       INTEGER NOT NULL,
  last        INTEGER NOT NULL,
  digest      BLOB NOT NULL,   -- over the names of the records, in the order of their places
  PRIMARY KEY (head, lane, device, incarnation, first)
) WITHOUT ROWID, STRICT;

-- What a device has is asked at every exchange: told by the index alone, without the bytes of a record.
DROP INDEX record_by_place;
CREATE INDEX record_by_place ON record (lane, device, incarnation, seq, id, state, reason, at);
