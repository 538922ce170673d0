-- Rows with long bytes are found by a short index, so that looking for one does not read others on the way. And what is
-- here of each line of records is counted as they come, so that nobody has to read all their places for it.

CREATE TABLE record_anew (
  id          BLOB NOT NULL PRIMARY KEY, -- 32 bytes
  lane        BLOB NOT NULL,
  device      BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  state       TEXT NOT NULL,    -- own | applied | held | foreign | erased | stub | refused
  reason      TEXT,             -- why held or refused
  at          INTEGER NOT NULL, -- when it was sealed or arrived here, ms
  bytes       BLOB NOT NULL
) STRICT;
INSERT INTO record_anew (id, lane, device, incarnation, seq, state, reason, at, bytes)
  SELECT id, lane, device, incarnation, seq, state, reason, at, bytes FROM record;
DROP TABLE record;
ALTER TABLE record_anew RENAME TO record;
CREATE INDEX record_by_place ON record (lane, device, incarnation, seq, id, state, reason, at);
CREATE INDEX record_by_state ON record (state, lane, device, incarnation, seq, id);

CREATE TABLE projection_anew (
  kind      TEXT NOT NULL,    -- household | member | note | intake | memo | round | conflict | worker | link
  id        TEXT NOT NULL,    -- document id, or a name inside the document
  doc       BLOB NOT NULL,
  household BLOB,
  state     TEXT NOT NULL,    -- what lists filter by
  sort      TEXT NOT NULL,    -- what lists are ordered by
  version   TEXT NOT NULL,
  view      TEXT NOT NULL,    -- JSON
  PRIMARY KEY (kind, id)
) STRICT;
INSERT INTO projection_anew (kind, id, doc, household, state, sort, version, view)
  SELECT kind, id, doc, household, state, sort, version, view FROM projection;
DROP TABLE projection;
ALTER TABLE projection_anew RENAME TO projection;
CREATE INDEX projection_by_sort ON projection (kind, state, sort, id);
CREATE INDEX projection_by_kind ON projection (kind, sort, id); -- a list without a state
CREATE INDEX projection_by_household ON projection (household, kind, sort, id) WHERE household IS NOT NULL;
CREATE INDEX projection_by_doc ON projection (doc, kind, id);

-- A cache of `record`, kept with it (`table/line.rs`). What is put off, or of which only a stub is here that nobody
-- ordered, does not count.
CREATE TABLE line (
  lane        BLOB NOT NULL,
  device      BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  highest     INTEGER NOT NULL, -- the highest place
  records     INTEGER NOT NULL, -- how many records
  forked      INTEGER NOT NULL, -- 1 where two records stand at one place
  PRIMARY KEY (lane, device, incarnation)
) WITHOUT ROWID, STRICT;
INSERT INTO line (lane, device, incarnation, highest, records, forked)
  SELECT lane, device, incarnation, max(seq), sum(seq > 0 AND NOT (state = 'stub' OR (state = 'refused' AND reason IS 'flood'))),
         count(*) <> count(DISTINCT seq)
  FROM record GROUP BY lane, device, incarnation;
