//! How a store is made and unlocked, and what is compared before a single row is trusted.

use std::path::Path;

use crypto::SecretKey;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::chunks::Chunks;
use crate::connect::{Expect, connect, connect_in_memory, salt_is_own};
use crate::dir::{DATABASE, Dir, HEADER, MAKING, WAL};
use crate::error::{Error, Loss};
use crate::finding::Finding;
use crate::head::{self, Head, Told};
use crate::header_file::{Headers, NewHeader, Secret, salt};
use crate::journal::{self, Place};
use crate::lock::Lock;
use crate::meta;
use crate::migrate;
use crate::store::{Files, Store};
use crate::wipe;

/// How many rows before the journal's head are walked at every opening. After an unclean end it is all of them.
const RECENT: u64 = 256;

impl Store {
    /// Makes an empty store in a folder that is empty or not there yet, and opens it.
    ///
    /// # Errors
    ///
    /// As [`Store::create_with`].
    pub fn create(path: &Path, header: &NewHeader<'_>) -> Result<Self, Error> {
        Self::create_with(path, header, |store| Ok((store, ()))).map(|(store, ())| store)
    }

    /// Makes a store in a folder that is empty or not there yet, lets `fill` write what it has to begin with, and opens
    /// it. Interrupted at any instant before the end of `fill`, it leaves nothing that would be taken for a store.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] when the folder holds anything, [`Error::ReadOnly`], [`Error::InUse`],
    /// [`Error::DiskFull`], [`Error::Io`]; the error of `fill`.
    pub fn create_with<T, E: From<Error>>(
        path: &Path,
        header: &NewHeader<'_>,
        fill: impl FnOnce(Self) -> Result<(Self, T), E>,
    ) -> Result<(Self, T), E> {
        let key = SecretKey::make();
        let bytes = header.seal(store_id(&key), &key)?;
        make(path, key, &bytes, 1, fill)
    }

    /// Opens the store with the passphrase or the recovery code, after comparing everything that can be compared.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`], [`Error::InUse`], [`Error::ReadOnly`]
    /// - [`Error::WrongSecret`] when the header is good and the secret is not;
    ///   [`Error::HeaderDamaged`], [`Error::HeaderLost`], [`Error::KdfBelowFloor`], [`Error::KdfAboveCeiling`]
    /// - [`Error::ForeignFile`] when a file of another store lies here
    /// - [`Error::Loss`] when something that was acknowledged is missing; nothing is changed, so that
    ///   [`recover`](crate::recover) finds what there is
    /// - [`Error::DatabaseDamaged`], [`Error::NewerFormat`]
    pub fn unlock(path: &Path, secret: Secret<'_>) -> Result<Self, Error> {
        let entered = Entered::enter(path, secret)?;
        let judged = entered.judge()?;
        entered.into_store(judged)
    }

    /// A store in memory: the same tables and the same commits, without files.
    ///
    /// # Errors
    ///
    /// [`Error::Sql`] when SQLite fails.
    pub fn ephemeral() -> Result<Self, Error> {
        let mut store = Self {
            conn: connect_in_memory()?,
            id: crypto::random(),
            incarnation: 1,
            tip: Place::START,
            files: None,
            unsafe_to_write: false,
            head_synced: 0,
            chunks: Chunks::in_memory(),
        };
        store.transact(|tx| found(tx, &[0; 16], 1, None))?;
        Ok(store)
    }

    /// A store in memory once more, as it is now. Once one of the two goes on, the other is an old copy of it.
    ///
    /// # Errors
    ///
    /// [`Error::Sql`] when SQLite fails, as it does for a store that is not in memory.
    pub fn ephemeral_copy(&self) -> Result<Self, Error> {
        let mut conn = connect_in_memory()?;
        Backup::new(&self.conn, &mut conn)?.step(-1)?;
        Ok(Self {
            conn,
            id: self.id,
            incarnation: self.incarnation,
            tip: self.tip,
            files: None,
            unsafe_to_write: false,
            head_synced: 0,
            chunks: self.chunks.copy_in_memory(),
        })
    }
}

/// The folder with its key, before the database is opened.
pub(crate) struct Entered {
    pub(crate) dir: Dir,
    pub(crate) lock: Lock,
    pub(crate) key: SecretKey,
    pub(crate) id: [u8; 16],
    pub(crate) headers: Headers,
}

impl Entered {
    pub(crate) fn enter(path: &Path, secret: Secret<'_>) -> Result<Self, Error> {
        let dir = Dir::find(path)?;
        let lock = Lock::take(&dir)?;
        if wipe::is_wiped(&dir)? {
            return Err(Error::Wiped);
        }
        let mut headers = Headers::read(&dir)?;
        let key = match headers.open(secret) {
            // Not a slip of the tongue, where both copies belong to a store that is not this one.
            Err(Error::WrongSecret)
                if salt(&dir).is_some_and(|salt| headers.are_foreign(&salt)) =>
            {
                return Err(Error::ForeignFile { file: HEADER });
            }
            opened => opened?,
        };
        let id = store_id(&key);
        Ok(Self {
            dir,
            lock,
            key,
            id,
            headers,
        })
    }

    /// Opens the database, whatever it holds.
    pub(crate) fn connect_anyway(&self) -> Result<Connection, Error> {
        connect(
            &self.dir.path(DATABASE),
            &self.key,
            &self.id,
            Expect::Existing,
        )
    }

    /// Compares all that can be compared, and changes nothing.
    pub(crate) fn judge(&self) -> Result<Judged, Error> {
        let mut findings = Vec::new();
        if !salt_is_own(&self.dir.path(DATABASE), &self.key, &self.id)? {
            findings.push(Finding::Salt);
        }
        let ended_cleanly =
            std::fs::metadata(self.dir.path(WAL)).map_or(true, |wal| wal.len() == 0);
        let told = head::read(&self.dir, &self.key, &self.id)?;
        let conn = self.connect_anyway()?;
        migrate::admit(&conn)?;
        match meta::get::<[u8; 16]>(&conn, meta::STORE)? {
            Some(id) if id == self.id => {}
            Some(_) => return Err(Error::ForeignFile { file: DATABASE }),
            None => return Err(Error::DatabaseDamaged),
        }
        let tip = journal::tip(&conn)?;
        // Two rows say it, so that one page put back from an older copy does not revive an old incarnation.
        if meta::get(&conn, meta::INCARNATION)? != Some(tip.incarnation) {
            return Err(Error::DatabaseDamaged);
        }
        let told = compare(&conn, &tip, told)?;
        if told.other_damaged {
            findings.push(Finding::HeadSlot);
        }
        let from = if ended_cleanly {
            told.place.counter.saturating_sub(RECENT)
        } else {
            0
        };
        let from = journal::at(&conn, from)?.ok_or(Error::DatabaseDamaged)?;
        if journal::walk(&conn, &self.id, &from, |_| Ok(()))?.is_some() {
            return Err(Error::DatabaseDamaged);
        }
        Ok(Judged {
            conn,
            told,
            tip,
            findings,
        })
    }

    /// Goes to work with a store that was found good. From here on the folder may be written.
    pub(crate) fn into_store(self, judged: Judged) -> Result<Store, Error> {
        let Judged {
            conn,
            told,
            tip,
            mut findings,
        } = judged;
        findings.extend(self.headers.settle(&self.dir, &conn)?);
        let head_synced = meta::get_counter(&conn, meta::HEAD_SYNCED)?;
        let head = Head::resume(&self.dir, &self.key, &self.id, &told, tip)?;
        let chunks = Chunks::of(&self.dir.path(""));
        let mut store = Store {
            conn,
            id: self.id,
            incarnation: tip.incarnation,
            tip,
            files: Some(Files {
                dir: self.dir,
                key: self.key,
                head,
                _lock: self.lock,
            }),
            unsafe_to_write: false,
            head_synced,
            chunks,
        };
        if migrate::is_due(&store.conn)? {
            store.transact(migrate::run)?;
        }
        store.note(&findings)?;
        Ok(store)
    }
}

/// A database that was compared with everything it can be compared with.
pub(crate) struct Judged {
    conn: Connection,
    told: Told,
    tip: Place,
    findings: Vec<Finding>,
}

/// Makes a store of a given key, header and incarnation, filled by `fill` in its first commits.
pub(crate) fn make<T, E: From<Error>>(
    path: &Path,
    key: SecretKey,
    header: &[u8],
    incarnation: u32,
    fill: impl FnOnce(Store) -> Result<(Store, T), E>,
) -> Result<(Store, T), E> {
    let (store, value) = fill(making(path, key, header, incarnation)?)?;
    Ok((finish(store, header)?, value))
}

/// Begins to make a store. Under its present name nobody takes the database for one.
fn making(path: &Path, key: SecretKey, header: &[u8], incarnation: u32) -> Result<Store, Error> {
    let dir = Dir::make(path)?;
    let lock = Lock::take(&dir)?;
    let id = store_id(&key);
    let conn = connect(&dir.path(MAKING), &key, &id, Expect::New)?;
    let head = Head::make(&dir, &key, &id, Place::START)?;
    let chunks = Chunks::of(&dir.path(""));
    let mut store = Store {
        conn,
        id,
        incarnation,
        tip: Place::START,
        files: Some(Files {
            dir,
            key,
            head,
            _lock: lock,
        }),
        unsafe_to_write: false,
        head_synced: 0,
        chunks,
    };
    store.transact(|tx| found(tx, &id, incarnation, Some(header)))?;
    Ok(store)
}

/// Gives a store that was made its headers and, as the last step, its name.
pub(crate) fn finish(store: Store, header: &[u8]) -> Result<Store, Error> {
    let id = store.id;
    let Some(Files {
        dir,
        key,
        _lock: lock,
        ..
    }) = store.close()?
    else {
        return Err(Error::MustReopen);
    };
    let headers = Headers::write(&dir, header)?;
    dir.rename(MAKING, DATABASE)?;
    let entered = Entered {
        dir,
        lock,
        key,
        id,
        headers,
    };
    let judged = entered.judge()?;
    entered.into_store(judged)
}

/// The store's id. It shows nothing of the key, and lets each file say to which store it belongs.
pub(crate) fn store_id(key: &SecretKey) -> [u8; 16] {
    key.derive(&[b"mg/store-id/1"]).kid()
}

/// The first commit: the schema, and what the store knows about itself.
fn found(
    tx: &crate::transaction::Transaction<'_>,
    id: &[u8; 16],
    incarnation: u32,
    header: Option<&[u8]>,
) -> Result<(), Error> {
    migrate::run(tx)?;
    meta::put(tx.conn(), meta::STORE, id)?;
    meta::put(tx.conn(), meta::INCARNATION, incarnation)?;
    if let Some(header) = header {
        meta::put(tx.conn(), meta::HEADER, crypto::sha256(&[header]))?;
    }
    Ok(())
}

/// Compares the database with the head that was kept outside it.
pub(crate) fn compare(
    conn: &Connection,
    tip: &Place,
    told: Result<Told, Loss>,
) -> Result<Told, Error> {
    let told = told.map_err(Error::Loss)?;
    let newest = told.place.counter;
    match journal::at(conn, newest)? {
        None if newest > tip.counter => {
            return Err(Error::Loss(Loss::DatabaseBehind {
                by: newest - tip.counter,
            }));
        }
        None => return Err(Error::DatabaseDamaged),
        Some(place) if place != told.place => return Err(Error::Loss(Loss::Fork)),
        Some(_) => {}
    }
    let synced = meta::get_counter(conn, meta::HEAD_SYNCED)?;
    if newest < synced {
        return Err(Error::Loss(Loss::HeadOld {
            by: synced - newest,
        }));
    }
    Ok(told)
}
