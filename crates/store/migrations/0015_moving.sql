-- Whether a case ever went to a team by the hand of somebody who is not in it: then it goes over in the organisation's lane,
-- under its own key, and what its old team writes late comes there too.
ALTER TABLE moved ADD COLUMN apart INTEGER NOT NULL DEFAULT 0; -- 1 or 0
