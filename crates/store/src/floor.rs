//! Measuring sticks for `bench`: what the same work costs without us.
//!
//! Nothing here is part of a store, and no record of a person ever passes through it: a copy lies in clear on the disk.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::{Connection, params};

use crate::connect::keep_statements;
use crate::{Error, Reader, Store};

/// The rows that lists and search are drawn from, in a plain SQLite file: no encryption, the same indexes.
#[derive(Debug)]
pub struct Plain {
    conn: Connection,
}

impl Plain {
    /// Copies the rows of a store; `tokens` makes the index's words of a text again, for the index keeps no text.
    ///
    /// # Errors
    /// [`Error`] when a database cannot be read or written.
    pub fn copy(
        store: &Store,
        path: &Path,
        tokens: impl Fn(&str) -> String,
    ) -> Result<Self, Error> {
        let mut conn = Connection::open(path)?;
        keep_statements(&conn)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;",
        )?;
        conn.execute_batch(include_str!("../migrations/0003_projections.sql"))?;
        conn.execute_batch(include_str!("../migrations/session.sql"))?;
        let into = conn.transaction()?;
        store.read(|from| {
            for row in from.all_projections()? {
                into.prepare_cached(
                    "INSERT INTO projection VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    row.kind,
                    row.id,
                    row.doc,
                    row.household,
                    row.state,
                    row.sort,
                    row.version,
                    row.view
                ])?;
            }
            let mut entries = from
                .conn()
                .prepare("SELECT id, kind, doc, household, rank, at, text FROM search_entry")?;
            let mut rows = entries.query([])?;
            while let Some(row) = rows.next()? {
                let (id, text): (i64, String) = (row.get(0)?, row.get(6)?);
                into.prepare_cached(
                    "INSERT INTO search_entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    id,
                    row.get::<_, String>(1)?,
                    row.get::<_, [u8; 16]>(2)?,
                    row.get::<_, Option<[u8; 16]>>(3)?,
                    row.get::<_, i64>(4)?,
                    row.get::<_, i64>(5)?,
                    text
                ])?;
                into.prepare_cached("INSERT INTO search_index (rowid, tokens) VALUES (?1, ?2)")?
                    .execute(params![id, tokens(&text)])?;
            }
            Ok::<_, Error>(())
        })?;
        into.commit()?;
        Ok(Self { conn })
    }

    /// Reads the copy with the statements that the store is read with.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.conn)
    }
}

/// Overwrites the first `bytes` of a file and waits until they are on the disk.
///
/// # Errors
/// What the disk says.
pub fn write_and_sync(file: &mut File, bytes: usize) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&vec![0x5a; bytes])?;
    file.sync_data()
}
