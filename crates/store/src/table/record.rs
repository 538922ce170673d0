//! Sealed records, verbatim as they travel, and what is known of other devices.

use rusqlite::{OptionalExtension, params};

use super::line::is_put_off;
use crate::{Error, Reader, Transaction};

/// A sealed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Its id, 32 bytes.
    pub id: [u8; 32],
    /// Its lane.
    pub lane: [u8; 16],
    /// The device that sealed it.
    pub device: [u8; 16],
    /// That device's incarnation.
    pub incarnation: u32,
    /// Its place in the chain.
    pub seq: u64,
    /// `own`, `applied`, `held` or `refused`.
    pub state: String,
    /// Why it is held or refused: a stable code.
    pub reason: Option<String>,
    /// When it was sealed or arrived here, ms.
    pub at: i64,
    /// Verbatim.
    pub bytes: Vec<u8>,
}

/// What may be passed on.
const PASSED_ON: &str = "(state NOT IN ('refused', 'stub') OR (state = 'refused' AND length(bytes) >= 1024 AND reason IN
    ('beyond_cut', 'not_in_office', 'no_writing_role', 'not_a_reader')))";

/// The columns without the bytes, in whose place there are none.
pub(super) const PLACE: &str = "id, lane, device, incarnation, seq, state, reason, at, x''";

/// Reads [`PLACE`].
pub(super) fn place(r: &rusqlite::Row<'_>) -> rusqlite::Result<RecordRow> {
    row(r)
}

const COLUMNS: &str = "id, lane, device, incarnation, seq, state, reason, at, bytes";

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<RecordRow> {
    Ok(RecordRow {
        id: r.get(0)?,
        lane: r.get(1)?,
        device: r.get(2)?,
        incarnation: r.get(3)?,
        seq: u64::try_from(r.get::<_, i64>(4)?).unwrap_or_default(),
        state: r.get(5)?,
        reason: r.get(6)?,
        at: r.get(7)?,
        bytes: r.get(8)?,
    })
}

/// What is known of another device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerRow {
    /// The device.
    pub device: [u8; 16],
    /// When something of it last arrived here, ms.
    pub merged_at: i64,
    /// What it said to have, as it was said.
    pub has: Option<Vec<u8>>,
}

/// Records of one author that did not take effect, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutEffect {
    /// The author.
    pub device: [u8; 16],
    /// `held` or `refused`.
    pub state: String,
    /// A stable code.
    pub reason: String,
    /// How many.
    pub count: u32,
    /// When the newest came, ms.
    pub at: i64,
}

impl Reader<'_> {
    /// One record.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record(&self, id: &[u8; 32]) -> Result<Option<RecordRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM record WHERE id = ?1"))?
            .query_row(params![id], row)
            .optional()?)
    }

    /// One record without its bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_place(&self, id: &[u8; 32]) -> Result<Option<RecordRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT id, lane, device, incarnation, seq, state, reason, at, x'' FROM record WHERE id = ?1",
            )?
            .query_row(params![id], row)
            .optional()?)
    }

    /// All records in a state, in the order of their places.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_in(&self, state: &str) -> Result<Vec<RecordRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM record WHERE state = ?1 ORDER BY lane, device, incarnation, seq, id"
        ))?;
        let rows = statement.query_map(params![state], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The names and places of all records, in the order of their places, without their bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_places(&self) -> Result<Vec<RecordRow>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT id, lane, device, incarnation, seq, state, reason, at, x'' FROM record
             ORDER BY lane, device, incarnation, seq, id",
        )?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Own records that left this laptop and for which no hub signed, without their bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn left_and_unsigned(&self) -> Result<Vec<RecordRow>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT id, lane, device, incarnation, seq, state, reason, at, x'' FROM unreceipted AS u
             CROSS JOIN record ON record.id = u.record
             WHERE state = 'own' AND u.record NOT IN (SELECT record FROM outgoing)",
        )?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The records at one place: more than one is evidence.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_at(
        &self,
        lane: &[u8; 16],
        device: &[u8; 16],
        incarnation: u32,
        seq: u64,
    ) -> Result<Vec<RecordRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM record WHERE lane = ?1 AND device = ?2 AND incarnation = ?3 AND seq = ?4 ORDER BY id"
        ))?;
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![lane, device, incarnation, seq], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The names of the records at one place.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_ids_at(
        &self,
        lane: &[u8; 16],
        device: &[u8; 16],
        incarnation: u32,
        seq: u64,
    ) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT id FROM record WHERE lane = ?1 AND device = ?2 AND incarnation = ?3 AND seq = ?4 ORDER BY id",
        )?;
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![lane, device, incarnation, seq], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What may be passed on of one device's chain from a place on: names and lengths, in order. What was refused for want of
    /// a right goes along: a colleague's words may rest on it, and an administrator may adopt it.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_from(
        &self,
        lane: &[u8; 16],
        device: &[u8; 16],
        incarnation: u32,
        from: u64,
    ) -> Result<Vec<([u8; 32], u32)>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT id, length(bytes) FROM record
             WHERE lane = ?1 AND device = ?2 AND incarnation = ?3 AND seq >= ?4 AND {PASSED_ON} ORDER BY seq, id"
        ))?;
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![lane, device, incarnation, from], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All that may be passed on, in the order of the places, without the bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_passed_on(&self) -> Result<Vec<RecordRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT id, lane, device, incarnation, seq, state, reason, at, x'' FROM record WHERE {PASSED_ON}
             ORDER BY lane, device, incarnation, seq, id"
        ))?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How long a record is, in bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_length(&self, id: &[u8; 32]) -> Result<u64, Error> {
        let len: i64 = self
            .conn()
            .prepare_cached("SELECT length(bytes) FROM record WHERE id = ?1")?
            .query_row(params![id], |r| r.get(0))?;
        Ok(len.unsigned_abs())
    }

    /// The names of all records in a state.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_ids_in(&self, state: &str) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT id FROM record WHERE state = ?1 ORDER BY id")?;
        let rows = statement.query_map(params![state], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many bytes of a device's records in a state are kept.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_bytes(&self, state: &str, device: &[u8; 16]) -> Result<u64, Error> {
        let sum: i64 = self
            .conn()
            .prepare_cached("SELECT coalesce(sum(length(bytes)), 0) FROM record WHERE state = ?1 AND device = ?2")?
            .query_row(params![state, device], |r| r.get(0))?;
        Ok(sum.unsigned_abs())
    }

    /// Whether a change is known as one of another document. One that an order of erasure hides, or that lies in a vault from
    /// which this case came back, is not.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_change_of_another(
        &self,
        hash: &[u8; 32],
        vault: &[u8; 16],
        doc: &[u8; 16],
    ) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                concat!(
                    "SELECT EXISTS (SELECT 1 FROM change AS c WHERE hash = ?1 AND NOT (vault = ?2 AND doc = ?3)
                     AND NOT EXISTS (SELECT 1 FROM passed_root AS p WHERE p.root = c.vault AND p.vault = ?2) AND NOT ",
                    hidden!("c"),
                    ")",
                ),
            )?
            .query_row(params![hash, vault, doc], |r| r.get(0))?)
    }

    /// The newest place of one device in one lane: incarnation, sequence number and id.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn newest_record(
        &self,
        lane: &[u8; 16],
        device: &[u8; 16],
    ) -> Result<Option<RecordRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM record WHERE lane = ?1 AND device = ?2
                 ORDER BY incarnation DESC, seq DESC, id LIMIT 1"
            ))?
            .query_row(params![lane, device], row)
            .optional()?)
    }

    /// How many records are in a state.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn count_records(&self, state: &str) -> Result<u32, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT count(*) FROM record WHERE state = ?1")?
            .query_row(params![state], |r| r.get(0))?)
    }

    /// The devices that made more than one record for a place: evidence.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn forked_devices(&self) -> Result<Vec<[u8; 16]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT DISTINCT device FROM (SELECT device FROM record
             GROUP BY lane, device, incarnation, seq HAVING count(*) > 1) ORDER BY device",
        )?;
        let rows = statement.query_map([], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many records are held for one reason, or for one that goes on after it with a colon.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn count_held_for(&self, reason: &str) -> Result<u32, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT count(*) FROM record WHERE state = 'held' AND (reason = ?1 OR reason LIKE ?1 || ':%')")?
            .query_row(params![reason], |r| r.get(0))?)
    }

    /// What did not take effect: held and refused records, counted by author, state and reason, with the newest arrival (ms).
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn without_effect(&self) -> Result<Vec<WithoutEffect>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT device, state, coalesce(reason, ''), count(*), max(at) FROM record
             WHERE state IN ('held', 'refused') GROUP BY device, state, reason ORDER BY max(at) DESC, device",
        )?;
        let rows = statement.query_map([], |r| {
            Ok(WithoutEffect {
                device: r.get(0)?,
                state: r.get(1)?,
                reason: r.get(2)?,
                count: r.get(3)?,
                at: r.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many records of a device are refused for one reason.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn count_refused_for(&self, device: &[u8; 16], reason: &str) -> Result<u32, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT count(*) FROM record WHERE state = 'refused' AND reason = ?2 AND device = ?1",
            )?
            .query_row(params![device, reason], |r| r.get(0))?)
    }

    /// How many records of a device are here, and when the newest came, ms.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_of(&self, device: &[u8; 16]) -> Result<(u32, Option<i64>), Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT count(*), max(at) FROM record WHERE device = ?1")?
            .query_row(params![device], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    /// What is known of one other device.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn peer(&self, device: &[u8; 16]) -> Result<Option<PeerRow>, Error> {
        let peers = self.peers()?;
        Ok(peers.into_iter().find(|row| row.device == *device))
    }

    /// All devices of which something arrived here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn peers(&self) -> Result<Vec<PeerRow>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT device, merged_at, has FROM peer ORDER BY device")?;
        let rows = statement.query_map([], |r| {
            Ok(PeerRow {
                device: r.get(0)?,
                merged_at: r.get(1)?,
                has: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Keeps a record; a known one stays as it is. True when it was new.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_record(&self, row: &RecordRow) -> Result<bool, Error> {
        let added = self
            .conn()
            .prepare_cached(&format!(
                "INSERT INTO record ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING"
            ))?
            .execute(params![
                row.id,
                row.lane,
                row.device,
                row.incarnation,
                i64::try_from(row.seq).unwrap_or(i64::MAX),
                row.state,
                row.reason,
                row.at,
                row.bytes
            ])?;
        if added == 1 {
            self.count_record(row)?;
            self.pin_row("record", row.id);
        }
        Ok(added == 1)
    }

    /// Says what became of a record.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn set_record_state(
        &self,
        id: &[u8; 32],
        state: &str,
        reason: Option<&str>,
    ) -> Result<(), Error> {
        let Some(before) = self.record_place(id)? else {
            return Ok(());
        };
        // A row that says so already is not written again, with all its bytes.
        if before.state == state && before.reason.as_deref() == reason {
            return Ok(());
        }
        self.conn()
            .prepare_cached("UPDATE record SET state = ?2, reason = ?3 WHERE id = ?1")?
            .execute(params![id, state, reason])?;
        if is_put_off(&before.state, before.reason.as_deref()) != is_put_off(state, reason) {
            self.recount_line(&before)?;
        }
        Ok(())
    }

    /// Puts other bytes in a record's place: a stub of it, or the same record with the signature that holds.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn replace_record_bytes(&self, id: &[u8; 32], bytes: &[u8]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE record SET bytes = ?2 WHERE id = ?1")?
            .execute(params![id, bytes])?;
        Ok(())
    }

    /// Takes note that something of a device arrived, and what it said to have.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_peer(&self, row: &PeerRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO peer (device, merged_at, has) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET merged_at = excluded.merged_at, has = coalesce(excluded.has, has)",
            )?
            .execute(params![row.device, row.merged_at, row.has])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;

    /// In a large store all else takes seconds at every exchange: each record would be read.
    #[test]
    fn all_places_are_told_without_a_look_at_the_records() {
        let store = Store::ephemeral().unwrap();
        let plan = |columns: &str| -> String {
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT {columns} FROM record ORDER BY lane, device, incarnation, seq, id"
            );
            let mut statement = store.conn.prepare(&sql).unwrap();
            let lines = statement.query_map([], |r| r.get::<_, String>(3)).unwrap();
            lines.map(Result::unwrap).collect()
        };
        let places = plan("id, lane, device, incarnation, seq, state, reason, at, x''");
        assert!(places.contains("COVERING INDEX"), "{places}");
        // The control: the bytes are not in it.
        assert!(!plan("id, bytes").contains("COVERING INDEX"));
    }
}
