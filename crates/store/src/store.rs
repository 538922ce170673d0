//! The open store: one commit after the other, each on the disk before its answer.

use crypto::SecretKey;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use crate::chunks::Chunks;
use crate::connect::has_read_well;
use crate::dir::Dir;
use crate::error::Error;
use crate::finding::Finding;
use crate::head::Head;
use crate::journal::{self, Place};
use crate::lock::Lock;
use crate::meta;
use crate::transaction::{Reader, Transaction};

/// The store of one worker, open. Dropped without [`Store::lock`], it is as safe as after a crash.
pub struct Store {
    pub(crate) conn: Connection,
    pub(crate) id: [u8; 16],
    pub(crate) incarnation: u32,
    pub(crate) tip: Place,
    /// Nothing for a store in memory.
    pub(crate) files: Option<Files>,
    /// An earlier write failed half-way: what SQLite holds in memory may differ from the disk.
    pub(crate) unsafe_to_write: bool,
    /// The newest [`meta::HEAD_SYNCED`] in the database.
    pub(crate) head_synced: u64,
    pub(crate) chunks: Chunks,
}

/// What an open store holds besides the database.
pub(crate) struct Files {
    pub(crate) dir: Dir,
    pub(crate) key: SecretKey,
    pub(crate) head: Head,
    /// Dropped last, when nothing is written any more.
    pub(crate) _lock: Lock,
}

impl Store {
    /// The store's id, which is derived from its key.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The chunks of attachments.
    #[must_use]
    pub fn chunks(&self) -> Chunks {
        self.chunks.clone()
    }

    /// Which life of the store this is; restoring and recovering begin another one.
    #[must_use]
    pub fn incarnation(&self) -> u32 {
        self.incarnation
    }

    /// The number of the newest commit.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.tip.counter
    }

    /// Runs `work` as one commit and returns its value once that is on the disk. When `work` fails, or writes
    /// nothing, the store stays as it was; a change of the schema alone counts as nothing, unless it is pinned.
    ///
    /// # Errors
    ///
    /// The error of `work`; [`Error::DatabaseDamaged`] when a page that it read was damaged; [`Error::DiskFull`] with
    /// nothing written; [`Error::MustReopen`] when the disk failed in this or an earlier commit, so that only opening
    /// anew tells what is there.
    pub fn transact<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.unsafe_to_write {
            return Err(Error::MustReopen.into());
        }
        let before = self.conn.total_changes();
        let open = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Error::from)?;
        let tx = Transaction::new(&open, self.tip.counter.saturating_add(1));
        let value = work(&tx);
        if self.files.is_some() {
            has_read_well(&open)?;
        }
        let value = value?;
        let pins = journal::pack(&tx.into_pins());
        if pins.is_empty() && open.total_changes() == before {
            return Ok(value);
        }

        // `work` may have begun another incarnation.
        let incarnation = meta::get(&open, meta::INCARNATION)?.unwrap_or(self.incarnation);
        let place = self.tip.next(&self.id, incarnation, &pins);
        journal::append(&open, &place, &pins)?;
        let synced = self.files.as_ref().map_or(0, |files| files.head.synced());
        if synced != self.head_synced {
            meta::put(&open, meta::HEAD_SYNCED, meta::signed(synced))?;
        }
        if let Err(fault) = open.commit() {
            let fault = Error::from(fault);
            // After a failed fsync nobody knows what the disk holds.
            self.unsafe_to_write = !matches!(fault, Error::DiskFull | Error::Sql(_));
            return Err(fault.into());
        }
        self.tip = place;
        self.incarnation = incarnation;
        self.head_synced = synced;
        if let Some(files) = &mut self.files
            && files.head.write(&files.key, &self.id, place).is_err()
        {
            self.unsafe_to_write = true;
            return Err(Error::MustReopen.into());
        }
        Ok(value)
    }

    /// Reads from one snapshot.
    ///
    /// # Errors
    ///
    /// The error of `work`; [`Error::DatabaseDamaged`] when a page that it read was damaged.
    pub fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let open = self.conn.unchecked_transaction().map_err(Error::from)?;
        let value = work(&Reader::new(&open));
        if self.files.is_some() {
            has_read_well(&open)?;
        }
        value
    }

    /// Puts the newest slot of `journal.head` on the disk. Called every two seconds while there are commits, it bounds
    /// what a power cut can hide from the next opening; the commits themselves are safe without it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the disk fails.
    pub fn flush_head(&mut self) -> Result<(), Error> {
        match &mut self.files {
            Some(files) => files.head.flush(),
            None => Ok(()),
        }
    }

    /// Begins another incarnation, as the next commit: after a restore, or when a peer knows more of this device than
    /// the store does.
    ///
    /// # Errors
    ///
    /// As [`Store::transact`].
    pub fn begin_incarnation(&mut self) -> Result<u32, Error> {
        let next = self.incarnation.checked_add(1).ok_or(Error::NewerFormat)?;
        self.transact(|tx| meta::put(tx.conn(), meta::INCARNATION, next))?;
        Ok(next)
    }

    /// What was found wrong and put right at an opening, and nobody has read yet.
    ///
    /// # Errors
    ///
    /// [`Error::DatabaseDamaged`] when the database cannot be read.
    pub fn notices(&self) -> Result<Vec<Finding>, Error> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT code FROM notice ORDER BY code")?;
        let codes = statement.query_map([], |row| row.get::<_, String>(0))?;
        let known =
            codes.filter_map(|code| code.map(|code| Finding::from_notice(&code)).transpose());
        Ok(known.collect::<Result<_, _>>()?)
    }

    /// Forgets the notices, once somebody has read them.
    ///
    /// # Errors
    ///
    /// As [`Store::transact`].
    pub fn clear_notices(&mut self) -> Result<(), Error> {
        self.transact(|tx| {
            tx.conn().execute("DELETE FROM notice", [])?;
            Ok(())
        })
    }

    /// Notes what was found, until somebody has read it.
    pub(crate) fn note(&mut self, findings: &[Finding]) -> Result<(), Error> {
        self.transact(|tx| {
            for finding in findings {
                tx.conn().execute(
                    "INSERT INTO notice (code, counter) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    (finding.code(), meta::signed(tx.counter())),
                )?;
            }
            Ok(())
        })
    }

    /// Folds the write-ahead log into the database, with the journal's head on the disk first.
    pub(crate) fn checkpoint(&mut self) -> Result<(), Error> {
        let Some(files) = &mut self.files else {
            return Ok(());
        };
        files.head.settle(&files.key, &self.id)?;
        let synced = files.head.synced();
        if synced != self.head_synced {
            // Not a commit of its own: the head would be behind again.
            meta::put(&self.conn, meta::HEAD_SYNCED, meta::signed(synced))?;
            self.head_synced = synced;
        }
        let busy: i64 = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(Error::InUse) }
    }

    /// Ends the work: the log is folded in, the head is on the disk, the keys are zeroed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::DiskFull`] when the log could not be folded in; what was answered is in the log, and
    /// the keys are zeroed all the same.
    pub fn lock(self) -> Result<(), Error> {
        if self.unsafe_to_write {
            Ok(())
        } else {
            self.close().map(drop)
        }
    }

    /// Closes the database, and hands back the folder with its lock still held.
    pub(crate) fn close(mut self) -> Result<Option<Files>, Error> {
        self.checkpoint()?;
        self.conn
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        let Self { conn, files, .. } = self;
        conn.close().map_err(|(_, fault)| Error::from(fault))?;
        Ok(files)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("incarnation", &self.incarnation)
            .field("counter", &self.tip.counter)
            .finish_non_exhaustive()
    }
}
