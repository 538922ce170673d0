-- Whether a case ever went to a team by the hand of somebody who is not in it: then it goes over in the organisation's lane,
-- under its own key, and what its old team writes late comes there too.
ALTER TABLE moved ADD COLUMN apart INTEGER NOT NULL DEFAULT 0; -- 1 or 0

-- Documents of another office that passed a case on: the vault in whose name they began.
ALTER TABLE document ADD COLUMN root BLOB; -- 16 bytes; null for a document that began in its own vault
CREATE INDEX document_by_root ON document (root) WHERE root IS NOT NULL;

-- Directory operations of other offices that passed cases on: they say whose signatures count in what was passed.
CREATE TABLE other_office (
  org   BLOB NOT NULL, -- 16 bytes
  id    BLOB NOT NULL, -- SHA-256 of the operation
  bytes BLOB NOT NULL,
  PRIMARY KEY (org, id)
) WITHOUT ROWID, STRICT;

-- Papers of passings: wishes of this device, and of what it passed on the wish, statement, receipt, households, orders.
CREATE TABLE passing (
  pass  BLOB NOT NULL, -- 32 bytes: of a wish its own hash, of all else the statement's
  kind  TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (pass, kind)
) WITHOUT ROWID, STRICT;

-- Records of other offices: by the name that each has there, the record in which it lies here.
CREATE TABLE passed (
  origin BLOB PRIMARY KEY, -- 32 bytes
  record BLOB NOT NULL
) WITHOUT ROWID, STRICT;
