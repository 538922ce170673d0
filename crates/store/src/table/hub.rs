//! What a hub has: where this device stands in its feeds, what it signed for, and what has not left this laptop.

use rusqlite::{OptionalExtension, params};

use crate::table::change::Unsent;
use crate::{Error, Reader, Transaction};

/// Where this device stands in a lane's feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedRow {
    /// Which life of the hub's store.
    pub generation: [u8; 16],
    /// How many records of the lane lie before.
    pub cursor: u64,
    /// The running hash there.
    pub chain: [u8; 32],
}

/// A hub's signed word that a record of this device is on its disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The record.
    pub record: [u8; 32],
    /// Which life of the hub's store.
    pub generation: [u8; 16],
    /// Where in the lane's feed.
    pub cursor: u64,
    /// When it came, ms.
    pub at: i64,
    /// Of the hub.
    pub signature: [u8; 64],
}

/// A record that was sealed here and is in nobody's hands yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutgoingRow {
    /// The record.
    pub record: [u8; 32],
    /// Its vault.
    pub vault: [u8; 16],
    /// Its document.
    pub doc: [u8; 16],
    /// How many changes it carries.
    pub changes: u32,
    /// When the first of them was made, ms.
    pub since: i64,
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Reader<'_> {
    /// Where this device stands in a lane's feed; nowhere before the first call.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn feed(&self, lane: &[u8; 16]) -> Result<Option<FeedRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT generation, cursor, chain FROM feed WHERE lane = ?1")?
            .query_row(params![lane], |r| {
                Ok(FeedRow {
                    generation: r.get(0)?,
                    cursor: r.get::<_, i64>(1)?.unsigned_abs(),
                    chain: r.get(2)?,
                })
            })
            .optional()?)
    }

    /// This device's own records in a lane for which no hub signed, in the order of their places.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn unreceipted(&self, lane: &[u8; 16]) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT r.id FROM unreceipted AS u CROSS JOIN record AS r ON r.id = u.record
             WHERE r.state = 'own' AND r.lane = ?1 ORDER BY r.incarnation, r.seq, r.id",
        )?;
        let rows = statement.query_map(params![lane], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many records a hub signed for, and when the newest receipt came.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn receipts(&self) -> Result<(u32, Option<i64>), Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT count(*), max(at) FROM receipt")?
            .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    /// The records that were sealed here and are in nobody's hands yet.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn outgoing(&self) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT record FROM outgoing ORDER BY record")?;
        let rows = statement.query_map([], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What has not left this laptop.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn unsent(&self) -> Result<Unsent, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                concat!(
                    "SELECT coalesce(sum(n), 0), count(DISTINCT doc), min(at) FROM (
                       SELECT 1 AS n, vault, doc, at FROM change WHERE record IS NULL
                       UNION ALL SELECT changes, vault, doc, since FROM outgoing WHERE changes > 0) AS u WHERE NOT ",
                    hidden!("u"),
                ),
            )?
            .query_row([], |r| {
                Ok(Unsent {
                    changes: r.get(0)?,
                    documents: r.get(1)?,
                    since: r.get(2)?,
                })
            })?)
    }

    /// How many changes of one vault have not left this laptop.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn unsent_in(&self, vault: &[u8; 16]) -> Result<u32, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT (SELECT count(*) FROM change WHERE record IS NULL AND vault = ?1)
                      + (SELECT coalesce(sum(changes), 0) FROM outgoing WHERE vault = ?1)",
            )?
            .query_row(params![vault], |r| r.get(0))?)
    }
}

impl Transaction<'_> {
    /// Moves on in a lane's feed.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_feed(&self, lane: &[u8; 16], row: &FeedRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO feed (lane, generation, cursor, chain) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET generation = excluded.generation, cursor = excluded.cursor,
                 chain = excluded.chain",
            )?
            .execute(params![lane, row.generation, signed(row.cursor), row.chain])?;
        Ok(())
    }

    /// Forgets where this device stood in a lane's feed, and the receipts for what it gave there.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn forget_feed(&self, lane: &[u8; 16]) -> Result<(), Error> {
        self.forget_chunks_at_hub()?;
        self.conn()
            .execute("DELETE FROM feed WHERE lane = ?1", params![lane])?;
        self.conn().execute(
            "DELETE FROM receipt WHERE record IN (SELECT id FROM record WHERE lane = ?1)",
            params![lane],
        )?;
        self.find_unreceipted()
    }

    /// Forgets where this device stood in all feeds, and every receipt: another hub, or another life of it, has what it
    /// has.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn forget_hub(&self) -> Result<(), Error> {
        self.forget_chunks_at_hub()?;
        self.conn().execute("DELETE FROM feed", [])?;
        self.conn().execute("DELETE FROM receipt", [])?;
        self.find_unreceipted()
    }

    /// Looks through all own records for those without a receipt: receipts were forgotten, or came out of a damaged store.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn find_unreceipted(&self) -> Result<(), Error> {
        self.conn().execute(
            "INSERT INTO unreceipted SELECT id FROM record WHERE state = 'own'
             AND id NOT IN (SELECT record FROM receipt) ON CONFLICT DO NOTHING",
            [],
        )?;
        Ok(())
    }

    /// Keeps a receipt; the record has left this laptop. Gives how many changes have left with it for the first time.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_receipt(&self, row: &ReceiptRow) -> Result<u32, Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO receipt (record, generation, cursor, at, signature) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET generation = excluded.generation, cursor = excluded.cursor,
                 at = excluded.at, signature = excluded.signature",
            )?
            .execute(params![
                row.record,
                row.generation,
                signed(row.cursor),
                row.at,
                row.signature
            ])?;
        self.conn()
            .prepare_cached("DELETE FROM unreceipted WHERE record = ?1")?
            .execute(params![row.record])?;
        self.has_left(&row.record)
    }

    /// Keeps that no hub signed for a record of this device yet.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_unreceipted(&self, record: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("INSERT INTO unreceipted (record) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute(params![record])?;
        Ok(())
    }

    /// Keeps that a record was sealed here and is in nobody's hands yet.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_outgoing(&self, row: &OutgoingRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO outgoing (record, vault, doc, changes, since) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.record,
                row.vault,
                row.doc,
                row.changes,
                row.since
            ])?;
        Ok(())
    }

    /// Takes note that a record has left this laptop. Gives how many changes have left with it for the first time, as
    /// [`Reader::unsent`] counts them.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn has_left(&self, record: &[u8; 32]) -> Result<u32, Error> {
        // With RETURNING, SQLite makes a table of its own for each.
        let changes = self
            .conn()
            .prepare_cached(concat!(
                "SELECT changes * (NOT ",
                hidden!("o"),
                ") FROM outgoing AS o WHERE record = ?1",
            ))?
            .query_row(params![record], |r| r.get(0))
            .optional()?;
        self.conn()
            .prepare_cached("DELETE FROM outgoing WHERE record = ?1")?
            .execute(params![record])?;
        Ok(changes.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::table::record::RecordRow;

    const LANE: [u8; 16] = [7; 16];

    fn own(seq: u8) -> RecordRow {
        RecordRow {
            id: [seq; 32],
            lane: LANE,
            device: [1; 16],
            incarnation: 0,
            seq: u64::from(seq),
            state: "own".to_owned(),
            reason: None,
            at: 0,
            bytes: vec![seq],
        }
    }

    fn receipt(record: [u8; 32]) -> ReceiptRow {
        ReceiptRow {
            record,
            generation: [0; 16],
            cursor: 1,
            at: 5,
            signature: [0; 64],
        }
    }

    #[test]
    fn what_no_hub_signed_for_is_told_also_after_receipts_were_forgotten() {
        let mut store = Store::ephemeral().unwrap();
        let told = store
            .transact(|tx| {
                for seq in 1..=3 {
                    tx.put_record(&own(seq))?;
                    tx.put_unreceipted(&[seq; 32])?;
                }
                let mut told = vec![tx.unreceipted(&LANE)?];
                tx.put_receipt(&receipt([2; 32]))?;
                told.push(tx.unreceipted(&LANE)?);
                assert!(tx.unreceipted(&[8; 16])?.is_empty());
                tx.put_receipt(&receipt([1; 32]))?;
                tx.put_receipt(&receipt([3; 32]))?;
                told.push(tx.unreceipted(&LANE)?);
                tx.forget_feed(&LANE)?;
                told.push(tx.unreceipted(&LANE)?);
                for seq in 1..=3 {
                    tx.put_receipt(&receipt([seq; 32]))?;
                }
                tx.forget_hub()?;
                told.push(tx.unreceipted(&LANE)?);
                Ok::<_, Error>(told)
            })
            .unwrap();
        let all = vec![[1; 32], [2; 32], [3; 32]];
        let without_second = vec![[1; 32], [3; 32]];
        assert_eq!(
            told,
            [all.clone(), without_second, Vec::new(), all.clone(), all]
        );
    }
}
