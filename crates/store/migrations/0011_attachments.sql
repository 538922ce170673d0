-- The chunks that attachments consist of, made from their documents. The bytes are files of the folder `attachments`.
CREATE TABLE chunk (
  vault BLOB NOT NULL,
  doc   BLOB NOT NULL,
  place INTEGER NOT NULL,      -- within the file, from 0
  hash  BLOB NOT NULL,         -- SHA-256 of the ciphertext, which names it everywhere
  PRIMARY KEY (vault, doc, place)
) WITHOUT ROWID, STRICT;
CREATE INDEX chunk_by_hash ON chunk (hash);

-- Which of them this device's hub was seen to have.
CREATE TABLE chunk_at_hub (
  hash BLOB PRIMARY KEY
) WITHOUT ROWID, STRICT;
