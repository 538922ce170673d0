//! Documents and their snapshots. A snapshot is a cache of the change log.

use rusqlite::{OptionalExtension, params};

use crate::{Error, Reader, Transaction};

type Id = [u8; 16];

/// Where a document lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its vault.
    pub vault: [u8; 16],
    /// Its id inside the vault.
    pub doc: [u8; 16],
    /// Its kind, as `note`.
    pub kind: String,
    /// The vault in whose name it began, where that is another office's.
    pub root: Option<[u8; 16]>,
}

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        vault: r.get(0)?,
        doc: r.get(1)?,
        kind: r.get(2)?,
        root: r.get(3)?,
    })
}

/// Each new document asks for the newest.
const PUT: &str = "INSERT INTO document (vault, doc, kind, root, seen)
                   VALUES (?1, ?2, ?3, ?4, (SELECT coalesce(max(seen) + 1, 0) FROM document)) ON CONFLICT DO NOTHING";

impl Reader<'_> {
    /// Finds a document by its bare id, in the vault it was first seen in. In a restricted vault that this session has
    /// not opened there is none.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn document(&self, doc: &[u8; 16]) -> Result<Option<DocumentRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                concat!(
                    "SELECT vault, doc, kind, root FROM document AS d WHERE doc = ?1
                     AND (NOT EXISTS (SELECT 1 FROM vault AS v WHERE v.vault = d.vault AND v.class = 'restricted')
                          OR d.vault IN (SELECT vault FROM opened_vault))
                     AND NOT ", hidden!("d"), " ORDER BY seen LIMIT 1",
                ),
            )?
            .query_row(params![doc], row)
            .optional()?)
    }

    /// Finds a document by its full name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn document_in(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
    ) -> Result<Option<DocumentRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT vault, doc, kind, root FROM document WHERE vault = ?1 AND doc = ?2",
            )?
            .query_row(params![vault, doc], row)
            .optional()?)
    }

    /// The documents of this bare id that no order of erasure hides, in whatever vaults they lie, in the order of first sight.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn namesakes(&self, doc: &[u8; 16]) -> Result<Vec<DocumentRow>, Error> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT vault, doc, kind, root FROM document AS d WHERE doc = ?1 AND NOT ",
            hidden!("d"),
            " ORDER BY seen",
        ))?;
        let rows = statement.query_map(params![doc], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every document that no order of erasure hides, in the order of first sight.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn documents(&self) -> Result<Vec<DocumentRow>, Error> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT vault, doc, kind, root FROM document AS d WHERE NOT ",
            hidden!("d"),
            " ORDER BY seen, doc",
        ))?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Vault and id of every document that has changes here and no row of its own: something was lost.
    ///
    /// # Errors
    ///
    /// [`Error::DatabaseDamaged`] when the database cannot be read.
    pub fn undocumented(&self) -> Result<Vec<(Id, Id)>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT DISTINCT vault, doc FROM change AS c
             WHERE aside = 0
             AND NOT EXISTS (SELECT 1 FROM document AS d WHERE d.vault = c.vault AND d.doc = c.doc)",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The snapshot's bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn snapshot(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT bytes FROM snapshot WHERE vault = ?1 AND doc = ?2")?
            .query_row(params![vault, doc], |r| r.get(0))
            .optional()?)
    }

    /// Vault, document and version of every snapshot, in the order of their names.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn snapshot_versions(&self) -> Result<Vec<(Id, Id, String)>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT vault, doc, version FROM snapshot ORDER BY vault, doc")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Remembers a document; a known one stays as it is. True when it was new.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_document(&self, row: &DocumentRow) -> Result<bool, Error> {
        let added = self
            .conn()
            .prepare_cached(PUT)?
            .execute(params![row.vault, row.doc, row.kind, row.root])?;
        Ok(added == 1)
    }

    /// Keeps the newest snapshot.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_snapshot(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
        version: &str,
        bytes: &[u8],
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO snapshot (vault, doc, version, bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET version = excluded.version, bytes = excluded.bytes",
            )?
            .execute(params![vault, doc, version, bytes])?;
        Ok(())
    }

    /// Drops every snapshot; they are rebuilt from the change log.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn clear_snapshots(&self) -> Result<(), Error> {
        self.conn().execute("DELETE FROM snapshot", [])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::PUT;
    use crate::Store;

    /// Else the tenth team of an office pays for nine with each of its notes.
    #[test]
    fn a_new_document_costs_the_same_however_many_there_are() {
        let store = Store::ephemeral().unwrap();
        let asks_the_index = || -> bool {
            let mut statement = store
                .conn
                .prepare(&format!("EXPLAIN QUERY PLAN {PUT}"))
                .unwrap();
            let lines = statement
                .query_map(["", "", "", ""], |r| r.get::<_, String>(3))
                .unwrap();
            lines
                .map(Result::unwrap)
                .any(|line| line.contains("document USING COVERING INDEX document_by_seen"))
        };
        assert!(asks_the_index());
        // The control: without it each of them is looked at.
        store
            .conn
            .execute_batch("DROP INDEX document_by_seen")
            .unwrap();
        assert!(!asks_the_index());
    }
}
