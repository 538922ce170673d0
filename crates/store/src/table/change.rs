//! The raw change log: the source of truth.

use rusqlite::params;

use crate::{Error, Reader, Transaction};

/// One automerge change, as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// The vault of its document.
    pub vault: [u8; 16],
    /// Its document.
    pub doc: [u8; 16],
    /// Its content address.
    pub hash: [u8; 32],
    /// Raw bytes, never compressed.
    pub bytes: Vec<u8>,
    /// The device that made it.
    pub device: [u8; 16],
    /// Claimed time, ms.
    pub at: i64,
    /// Digest of the directory's heads when it was committed.
    pub dir_head: [u8; 32],
    /// Digest of the roster's heads when it was committed.
    pub roster_head: [u8; 32],
}

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<ChangeRow> {
    Ok(ChangeRow {
        vault: r.get(0)?,
        doc: r.get(1)?,
        hash: r.get(2)?,
        bytes: r.get(3)?,
        device: r.get(4)?,
        at: r.get(5)?,
        dir_head: r.get(6)?,
        roster_head: r.get(7)?,
    })
}

const COLUMNS: &str = "vault, doc, hash, bytes, device, at, dir_head, roster_head";

/// A document: its vault, and its id there.
pub type DocumentName = ([u8; 16], [u8; 16]);

/// A change with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingChange {
    /// The change.
    pub row: ChangeRow,
    /// Whether the record it came in was refused.
    pub refused: bool,
    /// Whether it is put aside.
    pub aside: bool,
}

/// What one device wrote into one document in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The document.
    pub doc: [u8; 16],
    /// The device.
    pub device: [u8; 16],
    /// How many changes.
    pub changes: u32,
}

/// What has not left this laptop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// Changes.
    pub changes: u32,
    /// Documents they belong to.
    pub documents: u32,
    /// Claimed time of the oldest, ms.
    pub since: Option<i64>,
}

impl Reader<'_> {
    /// When the newest change was written, by its author's clock.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn newest_change_at(&self) -> Result<Option<i64>, Error> {
        Ok(self
            .conn()
            .query_row("SELECT max(at) FROM change WHERE aside = 0", [], |row| {
                row.get(0)
            })?)
    }

    /// The changes of one document, in the order in which they came, less what is put aside.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn changes(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<Vec<ChangeRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM change WHERE vault = ?1 AND doc = ?2 AND aside = 0 ORDER BY id"
        ))?;
        let rows = statement.query_map(params![vault, doc], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many changes of one document count, all that count being here or not.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn change_count(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<u64, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT count(*) FROM change WHERE vault = ?1 AND doc = ?2 AND aside = 0",
            )?
            .query_row(params![vault, doc], |r| r.get(0))?)
    }

    /// All changes of one document, what is put aside among them, in the order in which they came.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn standing_changes(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
    ) -> Result<Vec<StandingChange>, Error> {
        let columns = COLUMNS
            .split(", ")
            .map(|name| format!("change.{name}"))
            .collect::<Vec<_>>()
            .join(", ");
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {columns}, coalesce(record.state = 'refused', 0), change.aside
             FROM change LEFT JOIN record ON record.id = change.record
             WHERE vault = ?1 AND doc = ?2 ORDER BY change.id"
        ))?;
        let rows = statement.query_map(params![vault, doc], |r| {
            Ok(StandingChange {
                row: row(r)?,
                refused: r.get(8)?,
                aside: r.get(9)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was written into the documents of a vault at claimed times from `from` to `until` (ms, both included), less
    /// what is put aside.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn written_between(
        &self,
        vault: &[u8; 16],
        from: i64,
        until: i64,
    ) -> Result<Vec<Written>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT doc, device, count(*) FROM change
             WHERE vault = ?1 AND at BETWEEN ?2 AND ?3 AND aside = 0 GROUP BY doc, device",
        )?;
        let rows = statement.query_map(params![vault, from, until], |r| {
            Ok(Written {
                doc: r.get(0)?,
                device: r.get(1)?,
                changes: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The documents of which a record holds changes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn documents_of_record(&self, record: &[u8; 32]) -> Result<Vec<DocumentName>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT DISTINCT vault, doc FROM change WHERE record = ?1")?;
        let rows = statement.query_map(params![record], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The local changes that no record carries yet, in the order in which they were made.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn unsealed_changes(&self) -> Result<Vec<ChangeRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM change WHERE record IS NULL ORDER BY id"
        ))?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Adds a change; `record` names the record it came in, or none for a local one.
    /// True when it was new.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_change(&self, row: &ChangeRow, record: Option<&[u8; 32]>) -> Result<bool, Error> {
        let added = self
            .conn()
            .prepare_cached(
                "INSERT INTO change (vault, doc, hash, bytes, device, at, dir_head, roster_head, record)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.vault,
                row.doc,
                row.hash,
                row.bytes,
                row.device,
                row.at,
                row.dir_head,
                row.roster_head,
                record
            ])?;
        if added == 1 {
            self.pin_row("change", row.hash);
        }
        Ok(added == 1)
    }

    /// Puts a change aside, or back among those that count.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn set_aside(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
        hash: &[u8; 32],
        aside: bool,
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "UPDATE change SET aside = ?4 WHERE vault = ?1 AND doc = ?2 AND hash = ?3",
            )?
            .execute(params![vault, doc, hash, aside])?;
        Ok(())
    }

    /// Says in which record a local change is sealed.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn mark_sealed(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
        hash: &[u8; 32],
        record: &[u8; 32],
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "UPDATE change SET record = ?4 WHERE vault = ?1 AND doc = ?2 AND hash = ?3",
            )?
            .execute(params![vault, doc, hash, record])?;
        Ok(())
    }
}
