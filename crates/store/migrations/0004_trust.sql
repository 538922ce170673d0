-- Who this device is, whom it trusts, and what travels.

-- Identity and other single values of this device. Keys rest here, under the store's own key.
CREATE TABLE device_state (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- Signed operations, verbatim, in the order in which they were accepted here.
CREATE TABLE directory_op (
  ord   INTEGER PRIMARY KEY,
  id    BLOB NOT NULL UNIQUE,   -- 32 bytes
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE roster_op (
  ord    INTEGER PRIMARY KEY,
  vault  BLOB NOT NULL,
  id     BLOB NOT NULL UNIQUE,  -- 32 bytes
  bytes  BLOB NOT NULL,
  record BLOB                   -- the record it left or came in; NULL = not yet sealed
) STRICT;
CREATE INDEX roster_op_by_vault ON roster_op (vault, ord);
CREATE TABLE keybox (
  ord    INTEGER PRIMARY KEY,
  vault  BLOB NOT NULL,
  id     BLOB NOT NULL UNIQUE,  -- SHA-256 of the bytes
  bytes  BLOB NOT NULL,
  record BLOB
) STRICT;
CREATE INDEX keybox_by_vault ON keybox (vault, ord);

-- Sealed records, own and received, verbatim as they travel. Devices keep them for ever.
CREATE TABLE record (
  id          BLOB PRIMARY KEY, -- 32 bytes
  lane        BLOB NOT NULL,
  device      BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  state       TEXT NOT NULL,    -- own | applied | held | refused
  reason      TEXT,             -- why held or refused
  at          INTEGER NOT NULL, -- when it was sealed or arrived here, ms
  bytes       BLOB NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX record_by_place ON record (lane, device, incarnation, seq);
CREATE INDEX record_by_state ON record (state);

-- Tells a change that somebody put under another document's name.
CREATE INDEX change_by_hash ON change (hash);

-- Other devices: when something of theirs last arrived, and what they said to have.
CREATE TABLE peer (
  device    BLOB PRIMARY KEY,
  merged_at INTEGER NOT NULL,
  has       BLOB
) WITHOUT ROWID, STRICT;
