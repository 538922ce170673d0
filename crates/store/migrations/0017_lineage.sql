-- A case may have gone through several offices, and may come back to one in which it was.

-- The vaults of other offices in whose names records lie here: by each the vault that has them here, and the record that says so.
CREATE TABLE passed_root (
  root   BLOB NOT NULL, -- 16 bytes
  vault  BLOB NOT NULL, -- 16 bytes
  record BLOB,          -- 32 bytes; null where it came before this was written down
  PRIMARY KEY (root, vault)
) WITHOUT ROWID, STRICT;
CREATE INDEX passed_root_by_vault ON passed_root (vault);
INSERT INTO passed_root (root, vault) SELECT DISTINCT root, vault FROM document WHERE root IS NOT NULL;

-- The same record may lie in a vault that is being erased, and in the one in which it came back.
CREATE TABLE passed_in (
  origin BLOB NOT NULL, -- 32 bytes
  vault  BLOB NOT NULL, -- 16 bytes
  record BLOB NOT NULL,
  PRIMARY KEY (origin, vault)
) WITHOUT ROWID, STRICT;
INSERT INTO passed_in (origin, vault, record)
  SELECT DISTINCT p.origin, c.vault, p.record FROM passed AS p JOIN change AS c ON c.record = p.record;
DROP TABLE passed;
ALTER TABLE passed_in RENAME TO passed;
