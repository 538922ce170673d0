//! The access log: entries of this device and of those whose pages it may read, and the seals on them.
//!
//! # Invariants
//!
//! - **Appended, never altered.** Two entries at one place both stay: that is what tells of a log that was cut.

use rusqlite::{OptionalExtension, Row, params};

use crate::{Error, Reader, Transaction};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Whose log.
    pub device: [u8; 16],
    /// Zero for the device's own, otherwise a restricted vault.
    pub book: [u8; 16],
    /// The life of that device's store.
    pub incarnation: u32,
    /// Its place.
    pub seq: u64,
    /// Names it.
    pub hash: [u8; 32],
    /// The device's clock, ms.
    pub at: i64,
    /// The number of the act.
    pub act: u64,
    /// What it was about.
    pub subject: Option<[u8; 16]>,
    /// The household that this belongs to.
    pub household: Option<[u8; 16]>,
    /// The entry.
    pub bytes: Vec<u8>,
}

/// Which entries are asked for. Nothing asked is all.
#[derive(Debug, Clone, Default)]
pub struct AuditWish {
    /// Whose.
    pub device: Option<[u8; 16]>,
    /// Of which household, or about it.
    pub household: Option<[u8; 16]>,
    /// Which act.
    pub act: Option<u64>,
    /// From this instant, ms.
    pub from: Option<i64>,
    /// Before this instant, ms.
    pub before: Option<i64>,
}

/// How many entries a book has, and when the last was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookRow {
    /// Whose.
    pub device: [u8; 16],
    /// Zero for the device's own.
    pub book: [u8; 16],
    /// Entries.
    pub entries: u64,
    /// The last one, ms.
    pub last: i64,
}

const COLUMNS: &str = "device, book, incarnation, seq, hash, at, act, subject, household, bytes";

fn row(r: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        device: r.get(0)?,
        book: r.get(1)?,
        incarnation: r.get(2)?,
        seq: number(r.get(3)?),
        hash: r.get(4)?,
        at: r.get(5)?,
        act: number(r.get(6)?),
        subject: r.get(7)?,
        household: r.get(8)?,
        bytes: r.get(9)?,
    })
}

fn number(signed: i64) -> u64 {
    u64::try_from(signed).unwrap_or_default()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Reader<'_> {
    /// The newest entry of a device's book: its life, place and name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn audit_head(
        &self,
        device: &[u8; 16],
        book: &[u8; 16],
    ) -> Result<Option<(u32, u64, [u8; 32])>, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT incarnation, seq, hash FROM audit_entry WHERE device = ?1 AND book = ?2
                 ORDER BY incarnation DESC, seq DESC LIMIT 1",
            )?
            .query_row(params![device, book], |r| {
                Ok((r.get(0)?, number(r.get(1)?), r.get(2)?))
            })
            .optional()?)
    }

    /// The entries of a book that are in no page yet and were made before `before`, in order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn audit_waiting(
        &self,
        device: &[u8; 16],
        book: &[u8; 16],
        before: i64,
    ) -> Result<Vec<AuditRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM audit_entry WHERE device = ?1 AND book = ?2 AND record IS NULL AND at < ?3
             ORDER BY incarnation, seq"
        ))?;
        let rows = statement.query_map(params![device, book, before], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The books of a device of which something is in no page yet.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn audit_books_waiting(&self, device: &[u8; 16]) -> Result<Vec<[u8; 16]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT DISTINCT book FROM audit_entry WHERE device = ?1 AND record IS NULL",
        )?;
        let rows = statement.query_map(params![device], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// At most `limit` entries, the newest first, after so many.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn audit_entries(
        &self,
        wish: &AuditWish,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM audit_entry
             WHERE (?1 IS NULL OR device = ?1) AND (?2 IS NULL OR household = ?2 OR subject = ?2)
               AND (?3 IS NULL OR act = ?3) AND at >= ?4 AND at < ?5
               AND (book = zeroblob(16) OR book IN (SELECT vault FROM opened_vault))
             ORDER BY at DESC, device, incarnation DESC, seq DESC LIMIT ?6 OFFSET ?7"
        ))?;
        let rows = statement.query_map(
            params![
                wish.device,
                wish.household,
                wish.act.map(signed),
                wish.from.unwrap_or(i64::MIN),
                wish.before.unwrap_or(i64::MAX),
                limit,
                signed(after)
            ],
            row,
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The entries of one book, in order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn audit_book(&self, device: &[u8; 16], book: &[u8; 16]) -> Result<Vec<AuditRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM audit_entry WHERE device = ?1 AND book = ?2 ORDER BY incarnation, seq, hash"
        ))?;
        let rows = statement.query_map(params![device, book], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All books of which something is here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn audit_books(&self) -> Result<Vec<BookRow>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT device, book, count(*), max(at) FROM audit_entry GROUP BY device, book ORDER BY device, book",
        )?;
        let rows = statement.query_map([], |r| {
            Ok(BookRow {
                device: r.get(0)?,
                book: r.get(1)?,
                entries: number(r.get(2)?),
                last: r.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The seals of one book.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn audit_seals(&self, device: &[u8; 16], book: &[u8; 16]) -> Result<Vec<Vec<u8>>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT bytes FROM audit_seal WHERE device = ?1 AND book = ?2 ORDER BY incarnation, seq",
        )?;
        let rows = statement.query_map(params![device, book], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Keeps an entry; one that is here stays as it is, and takes the record where it had none.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_audit_entry(&self, row: &AuditRow, record: Option<&[u8; 32]>) -> Result<(), Error> {
        let added = self
            .conn()
            .prepare_cached(
                "INSERT INTO audit_entry (device, book, incarnation, seq, hash, at, act, subject, household, bytes, record)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.device,
                row.book,
                row.incarnation,
                signed(row.seq),
                row.hash,
                row.at,
                signed(row.act),
                row.subject,
                row.household,
                row.bytes,
                record
            ])?;
        if added == 1 {
            self.pin_row("audit_entry", row.hash);
        } else if let Some(record) = record {
            self.audit_in_record(row, record)?;
        }
        Ok(())
    }

    /// Takes note of the record in which an entry stands.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn audit_in_record(&self, row: &AuditRow, record: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "UPDATE audit_entry SET record = ?6 WHERE device = ?1 AND book = ?2 AND incarnation = ?3 AND seq = ?4
                 AND hash = ?5 AND record IS NULL",
            )?
            .execute(params![
                row.device,
                row.book,
                row.incarnation,
                signed(row.seq),
                row.hash,
                record
            ])?;
        Ok(())
    }

    /// Keeps a seal.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_audit_seal(
        &self,
        device: &[u8; 16],
        book: &[u8; 16],
        (incarnation, seq): (u32, u64),
        bytes: &[u8],
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO audit_seal (device, book, incarnation, seq, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![device, book, incarnation, signed(seq), bytes])?;
        Ok(())
    }
}
