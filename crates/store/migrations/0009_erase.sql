-- Erasure (廃棄): orders, what they hide, and what of it stays.

-- Orders, verbatim. They name no content, and stay.
CREATE TABLE erasure_order (
  id     BLOB PRIMARY KEY,  -- 32 bytes, hash of the bytes
  vault  BLOB NOT NULL,     -- the vault whose readers read it
  bytes  BLOB NOT NULL,
  record BLOB,              -- the record it left or came in; NULL = not yet sealed
  since  INTEGER,           -- how long this device had run when it was hidden here, ms; NULL = in no effect
  done   INTEGER,           -- when it was destroyed here, ms
  unsent INTEGER NOT NULL DEFAULT 0, -- documents with words that had not left, shown to the team instead
  told   BLOB               -- the hub's generation that has dropped it
) WITHOUT ROWID, STRICT;

-- What an order in effect hides: a document, or with an empty id a whole vault. Destroyed, it stays here, so that nothing
-- of it comes back.
CREATE TABLE hidden (
  vault BLOB NOT NULL,
  doc   BLOB NOT NULL,
  ord   BLOB NOT NULL,      -- the order
  gone  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (vault, doc, ord)
) WITHOUT ROWID, STRICT;

-- Rows that were destroyed by an order: the journal goes on naming them, and nobody is to look for them.
CREATE TABLE erased_row (
  kind INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (kind, hash)
) WITHOUT ROWID, STRICT;
