//! The damaged database, opened anew as often as it takes; with a borrowed schema, where its own is unreadable.
//!
//! The pages of the schema are the only ones without which no other can be read. They hold nothing but table
//! definitions, and the same steps on an empty database give the same pages: so those of a fresh database, under the
//! same key, stand in for them in a copy.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::connect::{Expect, connect, salt_is_own};
use crate::dir::{DATABASE, PAGE, WAL};
use crate::error::{Error, Loss};
use crate::migrate;
use crate::open::Entered;
use crate::transaction::Transaction;

/// What rows are read from.
pub(super) struct Reading<'a> {
    old: &'a Entered,
    from: From,
}

enum From {
    Nothing,
    Database,
    Copy(Workplace),
}

impl<'a> Reading<'a> {
    /// Looks what can be read. `beside` names a place for a copy, should one be needed.
    pub(super) fn begin(old: &'a Entered, beside: &Path) -> Result<Self, Error> {
        let mut reading = Self {
            old,
            from: From::Nothing,
        };
        match salt_is_own(&old.dir.path(DATABASE), &old.key, &old.id) {
            Err(Error::Loss(Loss::DatabaseMissing) | Error::DatabaseDamaged) => return Ok(reading),
            own => own?,
        };
        reading.from = From::Database;
        if reading.connect().is_err() {
            let copy = Workplace::make(beside)?;
            reading.lend_schema(&copy)?;
            reading.from = From::Copy(copy);
        }
        Ok(reading)
    }

    /// Opens the database. An unreadable page shows at the statement that needs it.
    pub(super) fn connect(&self) -> Result<Connection, Error> {
        let path = match &self.from {
            From::Nothing => return Err(Error::Loss(Loss::DatabaseMissing)),
            From::Database => self.old.dir.path(DATABASE),
            From::Copy(copy) => copy.0.join(DATABASE),
        };
        let conn = connect(&path, &self.old.key, &self.old.id, Expect::Existing)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
        Ok(conn)
    }

    /// Copies the database, and puts the schema pages of a fresh one in the place of its own.
    fn lend_schema(&self, copy: &Workplace) -> Result<(), Error> {
        let (database, fresh) = (copy.0.join(DATABASE), copy.0.join("fresh.db"));
        fs::copy(self.old.dir.path(DATABASE), &database)?;
        if self.old.dir.has(WAL) {
            fs::copy(self.old.dir.path(WAL), copy.0.join(WAL))?;
        }
        let pages = fs::metadata(&database)?.len().div_ceil(PAGE);
        let (lent, length) = self.fresh_schema(&fresh, pages)?;

        let mut to = File::options().write(true).open(&database)?;
        // The first page says how many there are.
        to.set_len(length * PAGE)?;
        let mut from = File::open(&fresh)?;
        for number in lent {
            let at = SeekFrom::Start((number - 1) * PAGE);
            let mut page = [0; PAGE as usize];
            from.seek(at)?;
            from.read_exact(&mut page)?;
            to.seek(at)?;
            to.write_all(&page)?;
        }
        Ok(())
    }

    /// Makes a database with our schema and at least so many pages. Returns the numbers of its schema pages, and how
    /// many pages it has.
    fn fresh_schema(&self, path: &Path, pages: u64) -> Result<(Vec<u64>, u64), Error> {
        let mut conn = connect(path, &self.old.key, &self.old.id, Expect::New)?;
        let steps = conn.transaction()?;
        migrate::run(&Transaction::new(&steps, 1))?;
        steps.commit()?;
        let schema = {
            let mut statement = conn.prepare(
                "SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' ORDER BY pageno",
            )?;
            let numbers = statement.query_map((), |row| row.get::<_, i64>(0))?;
            numbers
                .map(|number| Ok(number?.unsigned_abs()))
                .collect::<Result<_, Error>>()?
        };
        let filling = conn.transaction()?;
        let count = || filling.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0));
        while count()?.unsigned_abs() < pages {
            filling.execute(
                "INSERT INTO journal (incarnation, pins, hash) VALUES (0, zeroblob(3000), x'')",
                (),
            )?;
        }
        let length = count()?.unsigned_abs();
        filling.commit()?;
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
        Ok((schema, length))
    }
}

/// A folder of our own, gone with us. It holds nothing that is not encrypted.
struct Workplace(PathBuf);

impl Workplace {
    fn make(beside: &Path) -> Result<Self, Error> {
        let mut name = beside.file_name().unwrap_or_default().to_owned();
        name.push(format!(
            "-{:016x}.tmp",
            u64::from_be_bytes(crypto::random())
        ));
        let path = beside.with_file_name(name);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed is an encrypted copy of a store that is damaged anyway.
        let _ = fs::remove_dir_all(&self.0);
    }
}
