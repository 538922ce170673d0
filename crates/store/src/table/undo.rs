//! Undo steps of this device, across restarts.

use rusqlite::{OptionalExtension, params};

use crate::{Error, Reader, Transaction};

/// What one operation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoRow {
    /// Order of doing.
    pub id: i64,
    /// The operation's name.
    pub op: String,
    /// When, ms.
    pub at: i64,
    /// The record it concerned.
    pub doc: Option<[u8; 16]>,
    /// The household it concerned.
    pub household: Option<[u8; 16]>,
    /// JSON; its shape belongs to `app`.
    pub entries: String,
}

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<UndoRow> {
    Ok(UndoRow {
        id: r.get(0)?,
        op: r.get(1)?,
        at: r.get(2)?,
        doc: r.get(3)?,
        household: r.get(4)?,
        entries: r.get(5)?,
    })
}

/// The SQL of whether what a step changed may be spoken of: it lies in no closed restricted vault, and no order of erasure
/// hides it wherever it lies.
macro_rules! in_sight {
    () => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM document AS d JOIN vault AS v USING (vault)
                         WHERE d.doc = undo_step.doc AND v.class = 'restricted'
                         AND v.vault NOT IN (SELECT vault FROM opened_vault))
             AND NOT EXISTS (SELECT 1 FROM document AS d WHERE d.doc IN (undo_step.doc, undo_step.household) AND ",
            hidden!("d"),
            "AND NOT EXISTS (SELECT 1 FROM document AS o WHERE o.doc = d.doc AND NOT ",
            hidden!("o"),
            "))",
        )
    };
}

impl Reader<'_> {
    /// The newest step that stands, but for steps on what lies in a closed restricted vault.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn last_done(&self) -> Result<Option<UndoRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(concat!(
                "SELECT id, op, at, doc, household, entries FROM undo_step WHERE undone = 0 AND ",
                in_sight!(),
                " ORDER BY id DESC LIMIT 1",
            ))?
            .query_row([], row)
            .optional()?)
    }

    /// The oldest of the steps that were undone last, with the same exception.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn first_undone(&self) -> Result<Option<UndoRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(concat!(
                "SELECT id, op, at, doc, household, entries FROM undo_step WHERE undone = 1 AND ",
                in_sight!(),
                " ORDER BY id LIMIT 1",
            ))?
            .query_row([], row)
            .optional()?)
    }
}

impl Transaction<'_> {
    /// Adds a step; what had been undone cannot be redone any more.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn push_undo(
        &self,
        op: &str,
        at: i64,
        doc: Option<[u8; 16]>,
        household: Option<[u8; 16]>,
        entries: &str,
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached("DELETE FROM undo_step WHERE undone = 1")?
            .execute([])?;
        self.conn()
            .prepare_cached("INSERT INTO undo_step (op, at, doc, household, entries) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![op, at, doc, household, entries])?;
        Ok(())
    }

    /// Turns a step around, with the entries that would turn it back.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn turn_undo(&self, id: i64, undone: bool, entries: &str) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE undo_step SET undone = ?2, entries = ?3 WHERE id = ?1")?
            .execute(params![id, undone, entries])?;
        Ok(())
    }

    /// Drops a step that can no longer be taken back.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn drop_undo(&self, id: i64) -> Result<(), Error> {
        self.conn()
            .prepare_cached("DELETE FROM undo_step WHERE id = ?1")?
            .execute(params![id])?;
        Ok(())
    }
}
