//! Cases that went to another team, and the records that were carried to its lane.

use rusqlite::{OptionalExtension, params};

use crate::{Error, Reader, Transaction};

/// A record that holds one of another lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedRow {
    /// The record that carries.
    pub record: [u8; 32],
    /// The lane it was carried to.
    pub lane: [u8; 16],
    /// The record that is carried.
    pub origin: [u8; 32],
    /// The lane of that one.
    pub origin_lane: [u8; 16],
    /// Its author.
    pub device: [u8; 16],
    /// That device's incarnation.
    pub incarnation: u32,
    /// Its place.
    pub seq: u64,
    /// The vault that both are about.
    pub vault: [u8; 16],
    /// The document; zero where they are about none.
    pub doc: [u8; 16],
}

/// A case vault whose teams were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedRow {
    /// The vault.
    pub vault: [u8; 16],
    /// The team that reads it now.
    pub team: [u8; 16],
    /// Whether this device reads what is written in it now.
    pub reads: bool,
    /// Whether it ever went to a team by the hand of somebody who is not in it, or nobody was left in both. Once so, it
    /// stays so.
    pub apart: bool,
}

fn carried(r: &rusqlite::Row<'_>) -> rusqlite::Result<CarriedRow> {
    Ok(CarriedRow {
        record: r.get(0)?,
        lane: r.get(1)?,
        origin: r.get(2)?,
        origin_lane: r.get(3)?,
        device: r.get(4)?,
        incarnation: r.get(5)?,
        seq: u64::try_from(r.get::<_, i64>(6)?).unwrap_or_default(),
        vault: r.get(7)?,
        doc: r.get(8)?,
    })
}

fn moved(r: &rusqlite::Row<'_>) -> rusqlite::Result<MovedRow> {
    Ok(MovedRow {
        vault: r.get(0)?,
        team: r.get(1)?,
        reads: r.get(2)?,
        apart: r.get(3)?,
    })
}

impl Reader<'_> {
    /// What a record carries, if it carries one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn carried(&self, record: &[u8; 32]) -> Result<Option<CarriedRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT record, lane, origin, origin_lane, device, incarnation, seq, vault, doc FROM carried
                 WHERE record = ?1",
            )?
            .query_row(params![record], carried)
            .optional()?)
    }

    /// The records of a vault that took effect here and are not in a lane yet, neither sealed there nor carried there: of
    /// each its name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_to_carry(
        &self,
        vault: &[u8; 16],
        lane: &[u8; 16],
    ) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT r.id FROM record AS r LEFT JOIN carried AS c ON c.record = r.id
             WHERE r.id IN (SELECT record FROM change WHERE vault = ?1 UNION SELECT record FROM roster_op WHERE vault = ?1
                            UNION SELECT record FROM passed_root WHERE vault = ?1 AND record IS NOT NULL)
             AND (r.state IN ('own', 'applied') OR (r.state = 'refused' AND r.reason = 'beyond_cut' AND length(r.bytes) >= 1024))
             AND r.lane <> ?2 AND coalesce(c.origin_lane, r.lane) <> ?2
             AND NOT EXISTS (SELECT 1 FROM carried AS there WHERE there.lane = ?2 AND there.origin = coalesce(c.origin, r.id))
             ORDER BY r.id",
        )?;
        let rows = statement.query_map(params![vault, lane], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a device carried anything of a vault to a lane.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn has_carried(
        &self,
        vault: &[u8; 16],
        lane: &[u8; 16],
        device: &[u8; 16],
    ) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM carried AS c JOIN record AS r ON r.id = c.record
                 WHERE c.vault = ?1 AND c.lane = ?2 AND r.device = ?3)",
            )?
            .query_row(params![vault, lane, device], |r| r.get(0))?)
    }

    /// The records that carry something of a vault.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn carriers(&self, vault: &[u8; 16]) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT record FROM carried WHERE vault = ?1 ORDER BY record")?;
        let rows = statement.query_map(params![vault], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether anything is known of this vault having gone to another team, and to which.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn moved(&self, vault: &[u8; 16]) -> Result<Option<MovedRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT vault, team, reads, apart FROM moved WHERE vault = ?1")?
            .query_row(params![vault], moved)
            .optional()?)
    }

    /// All vaults that went to another team.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn all_moved(&self) -> Result<Vec<MovedRow>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT vault, team, reads, apart FROM moved ORDER BY vault")?;
        let rows = statement.query_map([], moved)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who wrote in a vault by their own claim after an instant (ms), and how much: device, changes, and the newest.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn writers_after(
        &self,
        vault: &[u8; 16],
        after: i64,
    ) -> Result<Vec<([u8; 16], u32, i64)>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT device, count(*), max(at) FROM change WHERE vault = ?1 AND at > ?2 AND aside = 0
             GROUP BY device ORDER BY device",
        )?;
        let rows = statement.query_map(params![vault, after], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Takes note of a record that carries another; a known one stays as it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_carried(&self, row: &CarriedRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO carried (record, lane, origin, origin_lane, device, incarnation, seq, vault, doc)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.record,
                row.lane,
                row.origin,
                row.origin_lane,
                row.device,
                row.incarnation,
                i64::try_from(row.seq).unwrap_or(i64::MAX),
                row.vault,
                row.doc
            ])?;
        Ok(())
    }

    /// Keeps which team reads a vault now.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_moved(&self, row: &MovedRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO moved (vault, team, reads, apart) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET team = excluded.team, reads = excluded.reads,
                 apart = max(apart, excluded.apart)",
            )?
            .execute(params![row.vault, row.team, row.reads, row.apart])?;
        Ok(())
    }

    /// Lets what is sealed into a vault from now on travel in another lane.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn set_vault_lane(&self, vault: &[u8; 16], lane: &[u8; 16]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE vault SET lane = ?2 WHERE vault = ?1")?
            .execute(params![vault, lane])?;
        Ok(())
    }
}
