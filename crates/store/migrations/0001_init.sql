CREATE TABLE meta (
    -- What the store knows about itself: its id, its incarnation, what an older program must know.
    key   TEXT NOT NULL PRIMARY KEY,
    value ANY  NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    -- One row per commit, hash-chained. `journal.head` beside the database names the newest row.
    counter     INTEGER NOT NULL PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    pins        BLOB    NOT NULL, -- what the commit pinned: 33 bytes each, kind and hash
    hash        BLOB    NOT NULL  -- SHA-256 over store, incarnation, counter, the hash before, the pins
) STRICT;

CREATE TABLE notice (
    -- What was found wrong and put right when the store was opened, until somebody has read it.
    code    TEXT    NOT NULL PRIMARY KEY,
    counter INTEGER NOT NULL -- the commit that noted it last
) STRICT, WITHOUT ROWID;
