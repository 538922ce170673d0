//! What goes with a document that an order of erasure names: its attachments, and the chunks of those.

use rusqlite::params;

use super::Part;
use crate::table::document::DocumentRow;
use crate::{Error, Reader, Transaction};

/// An order, and whether it was carried out here.
pub type Hiding = ([u8; 32], bool);

impl Reader<'_> {
    /// All that an order hides here, or has destroyed.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn hidden_by(&self, order: &[u8; 32]) -> Result<Vec<Part>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT vault, doc FROM hidden WHERE ord = ?1 ORDER BY vault, doc")?;
        let rows = statement.query_map(params![order], |r| {
            let doc: Vec<u8> = r.get(1)?;
            Ok(Part {
                vault: r.get(0)?,
                doc: doc.try_into().ok(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The orders that hide a document, by its own name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn hiding(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<Vec<Hiding>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT ord, gone FROM hidden WHERE vault = ?1 AND doc = ?2 ORDER BY gone DESC, ord",
        )?;
        let rows = statement.query_map(params![vault, doc], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The documents that an order hides and that are here still: it may be taken back.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn hidden_documents(&self) -> Result<Vec<DocumentRow>, Error> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT vault, doc, kind, root FROM document AS d WHERE ",
            hidden!("d"),
            " ORDER BY seen, doc",
        ))?;
        let rows = statement.query_map([], |r| {
            Ok(DocumentRow {
                vault: r.get(0)?,
                doc: r.get(1)?,
                kind: r.get(2)?,
                root: r.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether an order took a document that was here: none of this name shows any more.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_gone(&self, doc: &[u8; 16]) -> Result<bool, Error> {
        let was_taken: bool = self
            .conn()
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM hidden WHERE doc = ?1)")?
            .query_row(params![doc], |r| r.get(0))?;
        Ok(was_taken && self.namesakes(doc)?.is_empty())
    }

    /// The chunks of the attachments of a part.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn chunks_of_part(&self, part: &Part) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT DISTINCT hash FROM chunk WHERE vault = ?1 AND (?2 = x'' OR doc = ?2)",
        )?;
        let rows = statement.query_map(params![part.vault, part.doc()], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The chunks that went with an order, and that no attachment names any more.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn erased_chunks(&self, order: &[u8; 32]) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT hash FROM erased_chunk WHERE ord = ?1
             AND hash NOT IN (SELECT hash FROM chunk) ORDER BY hash",
        )?;
        let rows = statement.query_map(params![order], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Takes note that a chunk goes with an order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_erased_chunk(&self, order: &[u8; 32], hash: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO erased_chunk (ord, hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![order, hash])?;
        Ok(())
    }

    /// Takes note that what an order hides is destroyed here, what came late included.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn set_gone(&self, order: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE hidden SET gone = 1 WHERE ord = ?1")?
            .execute(params![order])?;
        // Of an order that hub has been told of, it is told again.
        self.conn()
            .prepare_cached("UPDATE erasure_order SET told = NULL WHERE id = ?1")?
            .execute(params![order])?;
        Ok(())
    }
}
