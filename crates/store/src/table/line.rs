//! What is here of each line of records, counted as they come. A cache of the table of records.

use rusqlite::{Connection, params};

use super::record::{PLACE, RecordRow, place};
use crate::{Error, Reader, Transaction};

/// Counts lines from their records.
const COUNT: &str = "INSERT OR REPLACE INTO line (lane, device, incarnation, highest, records, forked)
    SELECT lane, device, incarnation, max(seq), sum(seq > 0 AND NOT (state = 'stub' OR (state = 'refused' AND reason IS 'flood'))),
           count(*) <> count(DISTINCT seq)
    FROM record";

/// One author's chain in one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// Its lane.
    pub lane: [u8; 16],
    /// Its author.
    pub device: [u8; 16],
    /// Which life of the author's store.
    pub incarnation: u32,
    /// The highest place that is here.
    pub highest: u64,
    records: u64,
    forked: bool,
}

impl LineRow {
    /// Whether all of its places up to the highest are here, each with one record.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.forked && self.records == self.highest
    }
}

impl Reader<'_> {
    /// All lines, in their order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn lines(&self) -> Result<Vec<LineRow>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT lane, device, incarnation, highest, records, forked FROM line
             ORDER BY lane, device, incarnation",
        )?;
        let rows = statement.query_map([], |r| {
            Ok(LineRow {
                lane: r.get(0)?,
                device: r.get(1)?,
                incarnation: r.get(2)?,
                highest: r.get::<_, i64>(3)?.unsigned_abs(),
                records: r.get::<_, i64>(4)?.unsigned_abs(),
                forked: r.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The records of one line in the order of their places, without their bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_places_of(
        &self,
        lane: &[u8; 16],
        device: &[u8; 16],
        incarnation: u32,
    ) -> Result<Vec<RecordRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {PLACE} FROM record WHERE lane = ?1 AND device = ?2 AND incarnation = ?3 ORDER BY seq, id"
        ))?;
        let rows = statement.query_map(params![lane, device, incarnation], place)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The records in a state in the order of their places, without their bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn record_places_in(&self, state: &str) -> Result<Vec<RecordRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {PLACE} FROM record WHERE state = ?1 ORDER BY lane, device, incarnation, seq, id"
        ))?;
        let rows = statement.query_map(params![state], place)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Counts a record that has just been put.
    pub(super) fn count_record(&self, row: &RecordRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO line (lane, device, incarnation, highest, records, forked)
                 VALUES (?1, ?2, ?3, ?4, ?5, 0)
                 ON CONFLICT DO UPDATE SET highest = max(highest, excluded.highest),
                   records = records + excluded.records,
                   forked = forked OR (SELECT count(*) > 1 FROM record WHERE lane = ?1 AND device = ?2
                     AND incarnation = ?3 AND seq = ?4)",
            )?
            .execute(params![
                row.lane,
                row.device,
                row.incarnation,
                i64::try_from(row.seq).unwrap_or(i64::MAX),
                row.seq > 0 && !is_put_off(&row.state, row.reason.as_deref()),
            ])?;
        Ok(())
    }

    /// Counts one line anew: a record of it was put off, or came again.
    pub(super) fn recount_line(&self, row: &RecordRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(&format!(
                "{COUNT} WHERE lane = ?1 AND device = ?2 AND incarnation = ?3 GROUP BY lane, device, incarnation"
            ))?
            .execute(params![row.lane, row.device, row.incarnation])?;
        Ok(())
    }

    /// Counts all lines anew.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn recount_lines(&self) -> Result<(), Error> {
        recount(self.conn())
    }
}

/// Counts all lines anew.
pub(crate) fn recount(conn: &Connection) -> Result<(), Error> {
    conn.execute("DELETE FROM line", ())?;
    conn.execute(&format!("{COUNT} GROUP BY lane, device, incarnation"), ())?;
    Ok(())
}

/// Whether only a stub is here that fills no place: of a record that comes again, or that nobody ordered to be erased.
pub(super) fn is_put_off(state: &str, reason: Option<&str>) -> bool {
    state == "stub" || (state == "refused" && reason == Some("flood"))
}
