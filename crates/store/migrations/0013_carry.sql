-- Cases that went to another team (担当チームの変更), and the records that were carried to its lane.

-- Records that hold one of another lane, as it was. What such a record says counts by its own author and place.
CREATE TABLE carried (
  record      BLOB PRIMARY KEY, -- 32 bytes, the one that carries
  lane        BLOB NOT NULL,    -- the lane it was carried to
  origin      BLOB NOT NULL,    -- 32 bytes, the one that is carried
  origin_lane BLOB NOT NULL,
  device      BLOB NOT NULL,    -- the author of what is carried
  incarnation INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  vault       BLOB NOT NULL,
  doc         BLOB NOT NULL     -- zero where it is about none
) WITHOUT ROWID, STRICT;
CREATE INDEX carried_by_origin ON carried (origin, lane);
CREATE INDEX carried_by_vault ON carried (vault, doc);

-- Case vaults whose teams were changed: which team reads them now, and whether this device does.
CREATE TABLE moved (
  vault BLOB PRIMARY KEY,
  team  BLOB NOT NULL,    -- 16 bytes, the group
  reads INTEGER NOT NULL  -- 1 or 0
) WITHOUT ROWID, STRICT;

-- Tells the records of one vault without reading its changes.
CREATE INDEX change_by_vault ON change (vault, record);
