-- Chunks of attachments that an order destroyed here: the hub is asked to drop them, again in each of its lives. They are
-- names of ciphertext, and stay.
CREATE TABLE erased_chunk (
  ord  BLOB NOT NULL,       -- the order
  hash BLOB NOT NULL,       -- SHA-256 of the ciphertext
  PRIMARY KEY (ord, hash)
) WITHOUT ROWID, STRICT;
