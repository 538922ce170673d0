-- The hub, as this device knows it, and what has left this laptop.

-- Where this device stands in each lane's feed.
CREATE TABLE feed (
  lane       BLOB PRIMARY KEY,  -- 16 bytes
  generation BLOB NOT NULL,     -- 16 bytes: which life of the hub's store
  cursor     INTEGER NOT NULL,
  chain      BLOB NOT NULL      -- 32 bytes
) WITHOUT ROWID, STRICT;

-- A hub's signed word that a record of this device is on its disk.
CREATE TABLE receipt (
  record     BLOB PRIMARY KEY,  -- 32 bytes
  generation BLOB NOT NULL,
  cursor     INTEGER NOT NULL,
  at         INTEGER NOT NULL,  -- when it came, ms
  signature  BLOB NOT NULL      -- 64 bytes
) WITHOUT ROWID, STRICT;

-- Sealed here, and in nobody's hands yet: not in a bundle, not at a hub.
CREATE TABLE outgoing (
  record  BLOB PRIMARY KEY,
  vault   BLOB NOT NULL,
  doc     BLOB NOT NULL,
  changes INTEGER NOT NULL,     -- how many changes it carries
  since   INTEGER NOT NULL      -- when the first of them was made, ms
) WITHOUT ROWID, STRICT;
