-- Documents and the raw change log. The change log is the truth; `snapshot` is a cache of it.

-- A vault is the scope of need-to-know and of erasure.
CREATE TABLE vault (
  vault   BLOB PRIMARY KEY,   -- 16 bytes
  class   TEXT NOT NULL,      -- team | case | restricted
  lane    BLOB NOT NULL       -- 16 bytes; the lane its records travel in
) WITHOUT ROWID, STRICT;

-- Keys of vaults. All keys that open its history stay; one is current.
CREATE TABLE vault_key (
  vault   BLOB NOT NULL,
  kid     BLOB NOT NULL,      -- 16 bytes, names the key
  key     BLOB NOT NULL,      -- 32 bytes
  current INTEGER NOT NULL,
  PRIMARY KEY (vault, kid)
) WITHOUT ROWID, STRICT;

-- A document is named by (vault, doc). A bare doc id answers for the vault it was first seen in.
CREATE TABLE document (
  vault   BLOB NOT NULL,
  doc     BLOB NOT NULL,      -- 16 bytes
  kind    TEXT NOT NULL,
  seen    INTEGER NOT NULL,   -- order of first sight on this device
  PRIMARY KEY (vault, doc)
) WITHOUT ROWID, STRICT;
CREATE INDEX document_by_doc ON document (doc, seen);

-- Raw automerge changes, never compressed.
CREATE TABLE change (
  id          INTEGER PRIMARY KEY,
  vault       BLOB NOT NULL,
  doc         BLOB NOT NULL,
  hash        BLOB NOT NULL,  -- 32 bytes
  bytes       BLOB NOT NULL,
  device      BLOB NOT NULL,  -- 16 bytes, who signed it
  at          INTEGER NOT NULL, -- claimed, ms
  dir_head    BLOB NOT NULL,  -- directory heads known when it was committed
  roster_head BLOB NOT NULL,
  record      BLOB,           -- the record it left or came in; NULL = not yet sealed (職場へ未送信)
  UNIQUE (vault, doc, hash)
) STRICT;
CREATE INDEX change_unsealed ON change (id) WHERE record IS NULL;

CREATE TABLE snapshot (
  vault   BLOB NOT NULL,
  doc     BLOB NOT NULL,
  version TEXT NOT NULL,
  bytes   BLOB NOT NULL,
  PRIMARY KEY (vault, doc)
) STRICT;

-- What this device did and can take back, across restarts.
CREATE TABLE undo_step (
  id      INTEGER PRIMARY KEY,
  op      TEXT NOT NULL,
  at      INTEGER NOT NULL,
  doc     BLOB,
  household BLOB,
  entries TEXT NOT NULL,      -- JSON
  undone  INTEGER NOT NULL DEFAULT 0
) STRICT;
