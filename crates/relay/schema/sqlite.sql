CREATE TABLE IF NOT EXISTS hub (
    generation BLOB NOT NULL,   -- which life of this store
    starts INTEGER NOT NULL     -- how often it was opened to serve
) STRICT;
CREATE TABLE IF NOT EXISTS invitation (
    code BLOB PRIMARY KEY,      -- a hash
    until INTEGER NOT NULL,
    org BLOB                    -- who used it
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS office (
    org BLOB PRIMARY KEY,
    bytes INTEGER NOT NULL      -- records and blobs
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notice (
    org BLOB NOT NULL,
    at INTEGER NOT NULL,        -- in the order of commits
    kind INTEGER NOT NULL,
    id BLOB NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (org, at),
    UNIQUE (org, id)
) STRICT;
-- Escrows: whoever comes with two shares knows no organisation.
CREATE INDEX IF NOT EXISTS notice_of_escrow ON notice (id) WHERE kind = 3;
CREATE TABLE IF NOT EXISTS record (
    org BLOB NOT NULL,
    lane BLOB NOT NULL,
    cursor INTEGER NOT NULL,    -- in the order of commits, without gaps
    id BLOB NOT NULL,
    chain BLOB NOT NULL,        -- the feed's running hash up to here
    device BLOB NOT NULL,
    incarnation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (org, lane, cursor),
    UNIQUE (org, id)
) STRICT;
CREATE INDEX IF NOT EXISTS record_by_place ON record (org, lane, device, incarnation, seq, cursor);
CREATE TABLE IF NOT EXISTS reached (
    org BLOB NOT NULL,
    lane BLOB NOT NULL,
    device BLOB NOT NULL,
    incarnation INTEGER NOT NULL,
    seq INTEGER NOT NULL,       -- up to here without a gap
    id BLOB NOT NULL,
    PRIMARY KEY (org, lane, device, incarnation)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    org BLOB NOT NULL,
    device BLOB NOT NULL,
    day INTEGER NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY (org, device, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ticket (
    org BLOB NOT NULL,
    kind INTEGER NOT NULL,
    digest BLOB NOT NULL,       -- the ticket itself is not here
    device BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (org, digest)
) STRICT, WITHOUT ROWID;
