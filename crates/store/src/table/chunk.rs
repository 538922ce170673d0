//! Which chunks an attachment consists of, and which of them the hub has.
//!
//! # Invariants
//!
//! - **Made from the documents**, those of closed restricted vaults and of removed attachments included: what a document
//!   names is kept until the document itself goes.

use rusqlite::params;

use crate::{Error, Reader, Transaction};

/// The names of a set of chunks.
type Hashes = Vec<[u8; 32]>;

/// The vault and the id of a document.
type Name = ([u8; 16], [u8; 16]);

/// A chunk that an attachment names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRow {
    /// The attachment's vault.
    pub vault: [u8; 16],
    /// The attachment.
    pub doc: [u8; 16],
    /// SHA-256 of its ciphertext.
    pub hash: [u8; 32],
}

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<ChunkRow> {
    Ok(ChunkRow {
        vault: r.get(0)?,
        doc: r.get(1)?,
        hash: r.get(2)?,
    })
}

impl Reader<'_> {
    /// The chunks of one attachment, in their order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn chunks_of(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<Hashes, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT hash FROM chunk WHERE vault = ?1 AND doc = ?2 ORDER BY place",
        )?;
        let rows = statement.query_map(params![vault, doc], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every chunk that an attachment names, those of the newest attachments first, each attachment's in their order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn chunks(&self) -> Result<Vec<ChunkRow>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT vault, doc, hash FROM chunk ORDER BY doc DESC, vault, place")?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The same without those that an order of erasure hides.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn chunks_in_sight(&self) -> Result<Vec<ChunkRow>, Error> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT vault, doc, hash FROM chunk AS c WHERE NOT ",
            hidden!("c"),
            " ORDER BY doc DESC, vault, place",
        ))?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether an attachment names this chunk.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_chunk(&self, hash: &[u8; 32]) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM chunk WHERE hash = ?1)")?
            .query_row(params![hash], |r| r.get(0))?)
    }

    /// The chunks that the hub was not yet seen to have, of the oldest attachments first. What an order of erasure hides goes
    /// nowhere.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn chunks_not_at_hub(&self) -> Result<Hashes, Error> {
        let mut statement = self.conn().prepare_cached(concat!(
            "SELECT hash FROM chunk AS c WHERE hash NOT IN (SELECT hash FROM chunk_at_hub) AND NOT ",
            hidden!("c"),
            " ORDER BY doc, vault, place",
        ))?;
        let rows = statement.query_map([], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The attachments (vault and document) of which one of these records carries a change.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn attachments_in_record(&self, record: &[u8; 32]) -> Result<Vec<Name>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT DISTINCT change.vault, change.doc FROM change JOIN document USING (vault, doc)
             WHERE document.kind = 'attachment'
             AND change.record IN (SELECT ?1 UNION SELECT origin FROM carried WHERE record = ?1)",
        )?;
        let rows = statement.query_map(params![record], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Puts the chunks of an attachment in the place of those that it named before.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn replace_chunks(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
        hashes: &[[u8; 32]],
    ) -> Result<(), Error> {
        if self.chunks_of(vault, doc)? == hashes {
            return Ok(());
        }
        self.conn()
            .prepare_cached("DELETE FROM chunk WHERE vault = ?1 AND doc = ?2")?
            .execute(params![vault, doc])?;
        let mut insert = self.conn().prepare_cached(
            "INSERT INTO chunk (vault, doc, place, hash) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (place, hash) in (0_i64..).zip(hashes) {
            insert.execute(params![vault, doc, place, hash])?;
        }
        Ok(())
    }

    /// Takes note that the hub has a chunk.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_chunk_at_hub(&self, hash: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("INSERT INTO chunk_at_hub (hash) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute(params![hash])?;
        Ok(())
    }

    /// Forgets what the hub has: it is another one, or has another past.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn forget_chunks_at_hub(&self) -> Result<(), Error> {
        self.conn().execute("DELETE FROM chunk_at_hub", [])?;
        Ok(())
    }
}
