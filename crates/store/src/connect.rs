//! The connection to `store.db`, keyed, and set so that an answer means "on the disk".

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crypto::SecretKey;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::dir::{DATABASE, PAGE};
use crate::error::{Error, Loss};
use crate::head;

/// Whether the file has to be there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Existing,
    New,
}

/// Opens the database with the store's key. The store's id is SQLCipher's salt: the first 16 bytes of the file, in
/// clear, so that the file of another store is told from a damaged one.
pub(crate) fn connect(
    path: &Path,
    key: &SecretKey,
    store: &[u8; 16],
    expect: Expect,
) -> Result<Connection, Error> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if expect == Expect::New {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = Connection::open_with_flags(path, flags)?;
    unlock(&conn, key, store)?;
    settings(&conn)?;
    Ok(conn)
}

/// Opens the database for `cipher_integrity_check` alone, which needs no page to be whole.
pub(crate) fn connect_to_pages(
    path: &Path,
    key: &SecretKey,
    store: &[u8; 16],
) -> Result<Connection, Error> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    unlock(&conn, key, store)?;
    Ok(conn)
}

/// A database without a file, for property tests: the same schema and settings, nothing to lose.
pub(crate) fn connect_in_memory() -> Result<Connection, Error> {
    let conn = Connection::open_in_memory()?;
    settings(&conn)?;
    Ok(conn)
}

/// Reads the clear first bytes of the file, and says whether they are the store's id. A file whose first page was
/// overwritten is still the store's own where another page carries the checksum of its key.
///
/// # Errors
///
/// [`Loss::DatabaseMissing`] without a file, [`Error::ForeignFile`] when it is another store's.
pub(crate) fn salt_is_own(path: &Path, key: &SecretKey, store: &[u8; 16]) -> Result<bool, Error> {
    let mut file = match File::open(path) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Loss(Loss::DatabaseMissing));
        }
        file => file?,
    };
    let mut salt = [0; 16];
    // A shorter file would be taken by SQLite for a database that is yet to be made.
    file.read_exact(&mut salt)
        .map_err(|_| Error::DatabaseDamaged)?;
    if head::differs(&salt, store) && !has_own_page(path, key, store)? {
        return Err(Error::ForeignFile { file: DATABASE });
    }
    Ok(salt == *store)
}

fn has_own_page(path: &Path, key: &SecretKey, store: &[u8; 16]) -> Result<bool, Error> {
    let pages = std::fs::metadata(path)?.len() / PAGE;
    let conn = connect_to_pages(path, key, store)?;
    let mut faults = conn.prepare("PRAGMA cipher_integrity_check")?;
    let foreign = faults.query_map([], |_| Ok(()))?.count() as u64;
    Ok(foreign < pages)
}

/// Says whether every page that this connection read was whole.
///
/// SQLCipher answers a page that does not carry its checksum with zeros. Where a page of the tree is meant, SQLite
/// stumbles over them; the tail of a long value, on a page of its own, it hands out as if it had been written so.
///
/// # Errors
///
/// [`Error::DatabaseDamaged`] when one was not: nothing that was read since the connection was opened is to be believed.
pub(crate) fn has_read_well(conn: &Connection) -> Result<(), Error> {
    let status: String = conn.pragma_query_value(None, "cipher_status", |row| row.get(0))?;
    if status == "1" {
        Ok(())
    } else {
        Err(Error::DatabaseDamaged)
    }
}

fn unlock(conn: &Connection, key: &SecretKey, store: &[u8; 16]) -> Result<(), Error> {
    // Its log would go to standard error, where the command line promises JSON.
    conn.execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA cipher_memory_security = ON;")?;
    // EXPOSE: SQLCipher takes the raw key as text; the text is zeroed here, SQLite's copy when it frees it.
    let mut pragma = Zeroizing::new(String::with_capacity(128));
    pragma.push_str("PRAGMA key = \"x'");
    push_hex(&mut pragma, key.expose());
    push_hex(&mut pragma, store);
    pragma.push_str("'\"");
    conn.execute_batch(&pragma)?;
    Ok(())
}

/// More than there are statements here: each is prepared once.
const STATEMENTS: usize = 256;

/// Keeps statements, and their plans: otherwise each new value of a `LIMIT ?` has its statement prepared anew.
pub(crate) fn keep_statements(conn: &Connection) -> Result<(), Error> {
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn settings(conn: &Connection) -> Result<(), Error> {
    keep_statements(conn)?;
    // Only `Store::lock` folds the log into the database: a store that turns out to be damaged is left as it was found.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536;",
    )?;
    #[cfg(debug_assertions)]
    weaken(conn)?;
    conn.execute_batch(include_str!("../migrations/session.sql"))?;
    Ok(())
}

/// The red control of the power-loss proof runs the program with commits that are not forced to the disk. A release
/// build has no such switch.
#[cfg(debug_assertions)]
fn weaken(conn: &Connection) -> Result<(), Error> {
    if std::env::var_os("MARUGOTO_RED_CONTROL").is_some_and(|it| it == "synchronous=NORMAL") {
        conn.execute_batch("PRAGMA synchronous = NORMAL;")?;
    }
    Ok(())
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crypto::passphrase::Params;
    use crypto::recovery::RecoveryCode;

    use crate::table::change::ChangeRow;
    use crate::{NewHeader, Secret, Store};

    /// The control stands beside it: asked past [`Store::read`], SQLite hands out zeros and no error.
    #[test]
    fn a_long_value_on_a_damaged_page_is_refused_and_not_read_as_zeros() {
        let keep = tempfile::tempdir().unwrap();
        let (dir, code) = (keep.path().join("store"), RecoveryCode::make());
        let header = NewHeader {
            passphrase: "あいことば",
            params: Params::FLOOR,
            recovery: &code,
        };
        let written = vec![7; 20_000];
        let mut store = Store::create(&dir, &header).unwrap();
        let change = ChangeRow {
            vault: [1; 16],
            doc: [2; 16],
            hash: [3; 32],
            bytes: written.clone(),
            device: [4; 16],
            at: 0,
            dir_head: [0; 32],
            roster_head: [0; 32],
        };
        store.transact(|tx| tx.put_change(&change, None)).unwrap();
        store.lock().unwrap();

        let whole = fs::read(dir.join("store.db")).unwrap();
        let (mut refused, mut zeros) = (0, 0);
        for page in 1..whole.len() / 4096 {
            let mut damaged = whole.clone();
            damaged[page * 4096 + 2000] ^= 1;
            fs::write(dir.join("store.db"), damaged).unwrap();
            let Ok(store) = Store::unlock(&dir, Secret::Recovery(&code)) else {
                continue;
            };
            match store.read(|reader| reader.changes(&[1; 16], &[2; 16])) {
                Ok(rows) => assert!(rows.iter().all(|row| row.bytes == written)),
                Err(_) => refused += 1,
            }
            drop(store);
            let store = Store::unlock(&dir, Secret::Recovery(&code)).unwrap();
            let unasked = store.conn.query_row("SELECT bytes FROM change", [], |row| {
                row.get::<_, Vec<u8>>(0)
            });
            zeros += usize::from(unasked.is_ok_and(|bytes| bytes != written));
        }
        assert!(refused >= 5, "{refused}");
        assert_eq!(zeros, 1, "the last page of the value");
    }
}
