-- What is asked for with every record does not grow with the office.

CREATE INDEX document_by_seen ON document (seen);

-- Own records for which no hub signed.
CREATE TABLE unreceipted (
  record BLOB PRIMARY KEY  -- 32 bytes
) WITHOUT ROWID, STRICT;
INSERT INTO unreceipted SELECT id FROM record WHERE state = 'own' AND id NOT IN (SELECT record FROM receipt);
