CREATE TABLE IF NOT EXISTS hub (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bytea NOT NULL,   -- which life of this store
    key bytea NOT NULL           -- the hub's signing key
);
CREATE TABLE IF NOT EXISTS invitation (
    code bytea PRIMARY KEY,      -- a hash
    until bigint NOT NULL,
    org bytea                    -- who used it
);
CREATE TABLE IF NOT EXISTS office (
    org bytea PRIMARY KEY,       -- its row is locked by whoever writes for the office
    bytes bigint NOT NULL        -- records and blobs
);
CREATE TABLE IF NOT EXISTS notice (
    org bytea NOT NULL,
    at bigint NOT NULL,          -- in the order of commits
    kind smallint NOT NULL,
    id bytea NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (org, at),
    UNIQUE (org, id)
);
-- Escrows: whoever comes with two shares knows no organisation.
CREATE INDEX IF NOT EXISTS notice_of_escrow ON notice (id) WHERE kind = 3;
CREATE TABLE IF NOT EXISTS record (
    org bytea NOT NULL,
    lane bytea NOT NULL,
    cursor bigint NOT NULL,      -- in the order of commits, without gaps
    id bytea NOT NULL,
    chain bytea NOT NULL,        -- the feed's running hash up to here
    device bytea NOT NULL,
    incarnation bigint NOT NULL,
    seq bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (org, lane, cursor),
    UNIQUE (org, id)
);
CREATE INDEX IF NOT EXISTS record_by_place ON record (org, lane, device, incarnation, seq, cursor);
CREATE TABLE IF NOT EXISTS reached (
    org bytea NOT NULL,
    lane bytea NOT NULL,
    device bytea NOT NULL,
    incarnation bigint NOT NULL,
    seq bigint NOT NULL,         -- up to here without a gap
    id bytea NOT NULL,
    PRIMARY KEY (org, lane, device, incarnation)
);
CREATE TABLE IF NOT EXISTS sent (
    org bytea NOT NULL,
    device bytea NOT NULL,
    day bigint NOT NULL,
    records bigint NOT NULL,
    PRIMARY KEY (org, device, day)
);
CREATE TABLE IF NOT EXISTS ticket (
    org bytea NOT NULL,
    kind smallint NOT NULL,
    digest bytea NOT NULL,       -- the ticket itself is not here
    device bytea NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (org, digest)
);
