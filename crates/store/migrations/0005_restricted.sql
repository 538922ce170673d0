-- Restricted vaults that somebody opened on this device, and why. What is in them has no row in any list here.
CREATE TABLE opened_with_reason (
  id     INTEGER PRIMARY KEY,
  vault  BLOB NOT NULL,
  at     INTEGER NOT NULL,    -- ms
  reason TEXT NOT NULL        -- empty where the vault was made
) STRICT;

-- The vaults of the organisation's lane are few among all; each record there is tried with their keys.
CREATE INDEX vault_by_lane ON vault (lane);
