//! Why the store did not do what it was asked, one variant for each cause that has its own answer.
//!
//! # Invariants
//!
//! - **No content.** No message, no `Debug` and no source carries a value from a record; SQLite's own texts stay inside
//!   [`SqlFault`], because a search expression can stand in them.

use std::fmt;
use std::io;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no store in this folder.
    #[error("no store in this folder")]
    NotFound,
    /// The place is taken.
    #[error("something is already there")]
    AlreadyExists,
    /// Another program has the store open.
    #[error("the store is open in another program")]
    InUse,
    /// The folder or a file in it cannot be written.
    #[error("the folder cannot be written")]
    ReadOnly,
    /// The header is good, and this passphrase or recovery code opens none of its slots.
    #[error("wrong passphrase or recovery code")]
    WrongSecret,
    /// Both copies of the header are damaged.
    #[error("both copies of the header are damaged")]
    HeaderDamaged,
    /// Both copies of the header are gone, and with them the key. The database cannot be opened by anybody.
    #[error("both copies of the header are gone")]
    HeaderLost,
    /// The keys were destroyed, as the office ordered. The database cannot be opened by anybody.
    #[error("the store was wiped")]
    Wiped,
    /// The header asks for a key derivation below the floor.
    #[error("the header's key derivation is below the floor")]
    KdfBelowFloor,
    /// The header asks for a key derivation above the ceiling.
    #[error("the header's key derivation is above the ceiling")]
    KdfAboveCeiling,
    /// The machine has not the memory that the key derivation asks for.
    #[error("not enough memory to derive the key")]
    NoMemory,
    /// A newer program wrote this store.
    #[error("the store was written by a newer program")]
    NewerFormat,
    /// The database cannot be read, in whole or at the page that was needed.
    #[error("the database is damaged")]
    DatabaseDamaged,
    /// Something that was acknowledged is not here. Stands until it is accepted by `recover`.
    #[error("something that was saved is missing: {0}")]
    Loss(Loss),
    /// A file of another store lies in this folder.
    #[error("{file} belongs to another store")]
    ForeignFile {
        /// The file's name in the store's folder.
        file: &'static str,
    },
    /// The file is no backup.
    #[error("the file is no backup")]
    NotABackup,
    /// The backup ends too early: copied in part.
    #[error("the backup ends too early")]
    BackupTruncated,
    /// The backup's bytes do not verify.
    #[error("the backup is damaged")]
    BackupDamaged,
    /// The disk is full; nothing of this step was written.
    #[error("the disk is full")]
    DiskFull,
    /// An earlier write did not end cleanly. What was acknowledged is safe; the store must be opened anew.
    #[error("the store must be opened anew")]
    MustReopen,
    /// The file system failed.
    #[error("file system: {kind}")]
    Io {
        /// What kind of failure.
        kind: io::ErrorKind,
    },
    /// A statement failed.
    #[error(transparent)]
    Sql(SqlFault),
}

impl Error {
    /// Says whether doing the same again later is pointless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        !matches!(
            self,
            Self::InUse | Self::NoMemory | Self::DiskFull | Self::MustReopen | Self::Io { .. }
        )
    }
}

/// What is missing, as told by the journal and its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// `journal.head` is gone.
    #[error("journal.head is missing")]
    HeadMissing,
    /// No slot of `journal.head` is readable.
    #[error("journal.head is damaged")]
    HeadDamaged,
    /// `journal.head` is an old copy; the database is newer.
    #[error("journal.head is an old copy, {by} commits behind")]
    HeadOld {
        /// By how many commits at least.
        by: u64,
    },
    /// `store.db` is gone.
    #[error("store.db is missing")]
    DatabaseMissing,
    /// The database lacks the newest commits: an old copy, or a write-ahead log that was removed or damaged.
    #[error("the database lacks the newest {by} commits")]
    DatabaseBehind {
        /// How many commits are missing.
        by: u64,
    },
    /// The database has another history than the one that was acknowledged.
    #[error("the database has another history")]
    Fork,
}

/// A failed statement. Shows SQLite's extended code and nothing else.
pub struct SqlFault(rusqlite::Error);

impl SqlFault {
    /// SQLite's extended result code, where SQLite was asked at all.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.0.sqlite_error().map(|fault| fault.extended_code)
    }

    fn name(&self) -> &'static str {
        match &self.0 {
            rusqlite::Error::SqliteFailure(..) | rusqlite::Error::SqlInputError { .. } => "sqlite",
            rusqlite::Error::QueryReturnedNoRows => "no row",
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => "a column of another type",
            _ => "statement",
        }
    }
}

impl fmt::Display for SqlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) => write!(f, "{} ({code})", self.name()),
            None => f.write_str(self.name()),
        }
    }
}

impl fmt::Debug for SqlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlFault({self})")
    }
}

impl std::error::Error for SqlFault {}

impl From<rusqlite::Error> for Error {
    fn from(fault: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        // The index of the log lies in a file too, and cannot grow.
        let no_room = fault
            .sqlite_error()
            .is_some_and(|fault| fault.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        match fault.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::DatabaseDamaged,
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ if no_room => Self::DiskFull,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Self::Io {
                kind: io::ErrorKind::Other,
            },
            _ => Self::Sql(SqlFault(fault)),
        }
    }
}

impl From<io::Error> for Error {
    fn from(fault: io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            kind => Self::Io { kind },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_statement_does_not_show_what_was_searched_for() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let fault = conn
            .prepare("SELECT 山田太郎 FROM")
            .err()
            .map(Error::from)
            .unwrap();
        let shown = format!("{fault} {fault:?}");
        assert!(!shown.contains("山田"), "{shown}");
        assert!(shown.contains("sqlite (1)"), "{shown}");
    }
}
