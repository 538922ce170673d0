//! Restricted vaults: what is in them shows nowhere until somebody opens one, with a reason, for this session.
//!
//! # Invariants
//!
//! - **Closed unless opened.** A bare id answers for nothing in a closed vault, and no row of lists or search is made of
//!   its documents. What is opened has rows in temporary tables, in memory, that are gone when the store is locked.
//! - **Opening and its reason are one transaction.**

use rusqlite::params;

use super::document::DocumentRow;
use crate::{Error, Reader, Transaction};

/// One opening of a restricted vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningRow {
    /// The vault.
    pub vault: [u8; 16],
    /// When, ms.
    pub at: i64,
    /// Why; empty where it was made.
    pub reason: String,
}

impl Reader<'_> {
    /// Whether this is a restricted vault.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_restricted(&self, vault: &[u8; 16]) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM vault WHERE vault = ?1 AND class = 'restricted')",
            )?
            .query_row(params![vault], |r| r.get(0))?)
    }

    /// Whether this session opened it.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_opened(&self, vault: &[u8; 16]) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM opened_vault WHERE vault = ?1)")?
            .query_row(params![vault], |r| r.get(0))?)
    }

    /// Every document of one vault that no order of erasure hides, in the order of first sight.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn documents_in(&self, vault: &[u8; 16]) -> Result<Vec<DocumentRow>, Error> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT vault, doc, kind, root FROM document AS d WHERE vault = ?1 AND NOT ",
            hidden!("d"),
            " ORDER BY seen, doc",
        ))?;
        let rows = statement.query_map(params![vault], |r| {
            Ok(DocumentRow {
                vault: r.get(0)?,
                doc: r.get(1)?,
                kind: r.get(2)?,
                root: r.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every opening on this device, oldest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn openings(&self) -> Result<Vec<OpeningRow>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT vault, at, reason FROM opened_with_reason ORDER BY id")?;
        let rows = statement.query_map([], |r| {
            Ok(OpeningRow {
                vault: r.get(0)?,
                at: r.get(1)?,
                reason: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When a roster operation left here or arrived here, ms.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn roster_op_at(&self, id: &[u8; 32]) -> Result<Option<i64>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT r.at FROM roster_op AS o JOIN record AS r ON r.id = o.record WHERE o.id = ?1",
        )?;
        let mut rows = statement.query(params![id])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }
}

impl Transaction<'_> {
    /// Opens a vault for this session, and keeps why.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn open_restricted(&self, row: &OpeningRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO opened_with_reason (vault, at, reason) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![row.vault, row.at, row.reason])?;
        self.conn()
            .prepare_cached("INSERT INTO opened_vault (vault) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute(params![row.vault])?;
        Ok(())
    }
}
