//! What the store knows about itself.

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, OptionalExtension};

use crate::error::Error;

/// The store's id, 16 bytes.
pub(crate) const STORE: &str = "store";
/// The incarnation in which the next commit is made.
pub(crate) const INCARNATION: &str = "incarnation";
/// The newest commit that `journal.head` is known to hold on the disk. An older head is an old copy.
pub(crate) const HEAD_SYNCED: &str = "head_synced";
/// SHA-256 of the header file in force.
pub(crate) const HEADER: &str = "header";
/// SHA-256 of the header file that is about to be in force.
pub(crate) const HEADER_NEXT: &str = "header_next";
/// The newest schema step that a program must know to open this store.
pub(crate) const NEEDS: &str = "needs";

/// Reads a value.
pub(crate) fn get<T: FromSql>(conn: &Connection, key: &str) -> Result<Option<T>, Error> {
    Ok(conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
            row.get(0)
        })
        .optional()?)
}

/// Writes a value.
pub(crate) fn put(conn: &Connection, key: &str, value: impl ToSql) -> Result<(), Error> {
    conn.prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")?
        .execute((key, value))?;
    Ok(())
}

/// Removes a value.
pub(crate) fn remove(conn: &Connection, key: &str) -> Result<(), Error> {
    conn.execute("DELETE FROM meta WHERE key = ?1", [key])?;
    Ok(())
}

/// Reads a counter. SQLite's integers are signed; a counter never comes near the sign.
pub(crate) fn get_counter(conn: &Connection, key: &str) -> Result<u64, Error> {
    Ok(get::<i64>(conn, key)?.unwrap_or(0).unsigned_abs())
}

/// A counter as SQLite holds it.
pub(crate) fn signed(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}
