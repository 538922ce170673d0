-- What this session opened of restricted vaults: in memory, under the same keys as the rest of it, gone with the connection.
CREATE TEMP TABLE opened_vault (
  vault BLOB PRIMARY KEY
) WITHOUT ROWID, STRICT;
CREATE TEMP TABLE opened_projection (
  kind TEXT NOT NULL, id TEXT NOT NULL, doc BLOB NOT NULL, household BLOB, state TEXT NOT NULL, sort TEXT NOT NULL,
  version TEXT NOT NULL, view TEXT NOT NULL, vault BLOB NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX opened_by_household ON opened_projection (household, kind, sort);
CREATE INDEX opened_by_doc ON opened_projection (doc);
CREATE TEMP TABLE opened_entry (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, doc BLOB NOT NULL, household BLOB, rank INTEGER NOT NULL,
  at INTEGER NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE temp.opened_search_index USING fts5(
  tokens, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
);
CREATE VIRTUAL TABLE temp.opened_sound_index USING fts5(
  tokens, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
);
