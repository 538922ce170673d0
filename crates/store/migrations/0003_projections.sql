-- Caches for lists and search, functions of the merged documents alone.
-- `verify --rebuild` empties and fills them again to the same rows.

CREATE TABLE projection (
  kind      TEXT NOT NULL,    -- household | member | note | intake | memo | round | conflict | worker | link
  id        TEXT NOT NULL,    -- document id, or a name inside the document
  doc       BLOB NOT NULL,
  household BLOB,
  state     TEXT NOT NULL,    -- what lists filter by
  sort      TEXT NOT NULL,    -- what lists are ordered by
  version   TEXT NOT NULL,
  view      TEXT NOT NULL,    -- JSON
  PRIMARY KEY (kind, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX projection_by_sort ON projection (kind, state, sort, id);
CREATE INDEX projection_by_kind ON projection (kind, sort, id); -- a list without a state
CREATE INDEX projection_by_household ON projection (household, kind, sort) WHERE household IS NOT NULL;
CREATE INDEX projection_by_doc ON projection (doc);

CREATE TABLE search_entry (
  id        INTEGER PRIMARY KEY,
  kind      TEXT NOT NULL,
  doc       BLOB NOT NULL,
  household BLOB,
  rank      INTEGER NOT NULL, -- names before texts
  at        INTEGER NOT NULL,
  text      TEXT NOT NULL
) STRICT;
CREATE INDEX search_entry_by_doc ON search_entry (doc);

-- Bigrams made by `domain::fold`; one-character tokens end each run.
CREATE VIRTUAL TABLE search_index USING fts5(
  tokens, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
);
-- Near-sounding names, so that a guess never stands among exact hits.
CREATE VIRTUAL TABLE sound_index USING fts5(
  tokens, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
);
