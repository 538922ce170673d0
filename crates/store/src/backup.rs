//! A backup: one file that holds one moment of the store, to be restored on any machine with the passphrase or the
//! recovery code.
//!
//! ```text
//! file     "MGBK" ‖ version 1 ‖ header length u32 ‖ header.json ‖ SHA-256 of all before ‖ chunk*
//! chunk    last << 31 | length u32 ‖ bytes ‖ HMAC-SHA256 under the store's key of (tag before ‖ length as it stands ‖ bytes)
//! inside   the bytes of the chunks: entry*, each name length u16 ‖ name ‖ length u64 ‖ bytes; the first is `store.db`,
//!          then `attachments/<hash>` for each chunk of an attachment, in order
//! ```
//!
//! Numbers have the big end first. A chunk holds 1 MiB, the last one less or nothing.
//!
//! # Invariants
//!
//! - **Whole or refused.** The tags are a chain with a marked end, so that a cut, a swap and a flipped bit are told apart
//!   from a good file before anything of it is called a store.
//! - **A restored store is another life of it**: it begins another incarnation before it signs anything.
//! - **What is restored is new.** No store is ever restored over another.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use crypto::SecretKey;

use crate::chunks::{self, Chunks};
use crate::connect::{Expect, connect};
use crate::dir::{DATABASE, Dir, MAKING};
use crate::error::Error;
use crate::head::Head;
use crate::header_file::{self, Secret};
use crate::journal::{self, Place};
use crate::lock::Lock;
use crate::meta;
use crate::open::{finish, store_id};
use crate::store::{Files, Store};
use crate::transaction::Transaction;

const MAGIC: &[u8; 4] = b"MGBK";
const VERSION: u8 = 1;
const INFO: &[u8] = b"mg/backup/1";
const CHUNK: usize = 1 << 20;
const LAST: u32 = 1 << 31;
/// Headers are read up to this size.
const LARGEST_HEADER: usize = 1 << 20;
/// The longest chunk of an attachment that is read.
const LARGEST_ATTACHMENT_CHUNK: u64 = 2 << 20;
type Tag = [u8; 32];

impl Store {
    /// Copies the database to a file that is not there yet: one moment of it, without what was deleted, on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`], [`Error::DiskFull`], [`Error::Io`]; what was begun is removed again.
    pub fn copy_database(&self, to: &Path) -> Result<(), Error> {
        if to.exists() {
            return Err(Error::AlreadyExists);
        }
        let name = to.to_str().ok_or(Error::Io {
            kind: std::io::ErrorKind::InvalidFilename,
        })?;
        let copied = self
            .conn
            .execute("VACUUM INTO ?1", [name])
            .map_err(Error::from);
        copied
            .and_then(|_| Ok(File::open(to)?.sync_all()?))
            .inspect_err(|_| {
                // Half a copy would be taken for a whole one.
                let _ = fs::remove_file(to);
            })
    }

    /// Writes a backup. `beside` is a place on the same disk for a copy of the database while it is written; it is
    /// encrypted like the store, and removed again.
    ///
    /// # Errors
    ///
    /// [`Error::DiskFull`], [`Error::Io`], [`Error::HeaderDamaged`] when the header was damaged since the store was
    /// opened. What was written until then is no backup.
    pub fn back_up(&self, out: &mut dyn Write, beside: &Path) -> Result<(), Error> {
        let Some(files) = &self.files else {
            return Err(Error::NotFound);
        };
        let header = header_file::current(&files.dir)?.encode();
        // Left behind by a backup that was interrupted.
        match fs::remove_file(beside) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => return Err(fault.into()),
            _ => {}
        }
        self.copy_database(beside)?;
        let written = write(out, &header, &files.key, beside, &self.chunks);
        fs::remove_file(beside)?;
        written
    }

    /// Makes a store in a new folder from a backup, and opens it as another incarnation.
    ///
    /// # Errors
    ///
    /// - [`Error::NotABackup`], [`Error::BackupTruncated`], [`Error::BackupDamaged`], [`Error::NewerFormat`]
    /// - [`Error::WrongSecret`], and what else can be wrong with a header
    /// - [`Error::AlreadyExists`] when something is in the folder; [`Error::DiskFull`], [`Error::Io`]
    ///
    /// In each case no store is there afterwards that was not before.
    pub fn restore(from: &mut dyn Read, to: &Path, secret: Secret<'_>) -> Result<Self, Error> {
        Self::restore_with(from, to, secret, |_, _| Ok(()))
    }

    /// The same, with what is written before it is a store: `first` gets the number of the newest commit in the backup.
    ///
    /// # Errors
    ///
    /// As [`Store::restore`]; the error of `first`.
    pub fn restore_with(
        from: &mut dyn Read,
        to: &Path,
        secret: Secret<'_>,
        first: impl FnOnce(&Transaction<'_>, u64) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let header = read_header(from)?;
        let key = header_file::open_one(&header, secret)?;
        let dir = Dir::make(to)?;
        let lock = Lock::take(&dir)?;
        match fill(from, dir, lock, key, first) {
            Ok(store) => finish(store, &header),
            Err(fault) => {
                // What it left is no store, and the next try begins with an empty folder.
                Dir::make(to)?;
                Err(fault)
            }
        }
    }
}

fn write(
    out: &mut dyn Write,
    header: &[u8],
    key: &SecretKey,
    database: &Path,
    attachments: &Chunks,
) -> Result<(), Error> {
    let length = u32::try_from(header.len()).map_err(|_| Error::HeaderDamaged)?;
    let front = [MAGIC, &[VERSION][..], &length.to_be_bytes(), header].concat();
    out.write_all(&front)?;
    out.write_all(&crypto::sha256(&[&front]))?;

    let mut inside = Inside {
        out,
        key,
        tag: [0; 32],
        chunk: Vec::with_capacity(CHUNK),
    };
    let mut file = File::open(database)?;
    inside.entry(DATABASE, file.metadata()?.len())?;
    std::io::copy(&mut file, &mut inside)?;
    for hash in attachments.all()? {
        // Taken away meanwhile, it is in no backup; what names it says that it is missing.
        if let Some(bytes) = attachments.get(&hash)? {
            inside.entry(&entry_of(&hash), bytes.len() as u64)?;
            inside.write_all(&bytes)?;
        }
    }
    inside.put(LAST)?;
    Ok(())
}

/// The name of a chunk's entry.
fn entry_of(hash: &[u8; 32]) -> String {
    format!("{}/{}", chunks::FOLDER, chunks::named(hash, ""))
}

/// Cuts what is written into chunks with their tags.
struct Inside<'a> {
    out: &'a mut dyn Write,
    key: &'a SecretKey,
    tag: Tag,
    chunk: Vec<u8>,
}

impl Inside<'_> {
    /// Begins an entry.
    fn entry(&mut self, name: &str, size: u64) -> std::io::Result<()> {
        let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
        self.write_all(&length.to_be_bytes())?;
        self.write_all(name.as_bytes())?;
        self.write_all(&size.to_be_bytes())
    }

    /// Writes the chunk at hand, marked so.
    fn put(&mut self, last: u32) -> std::io::Result<()> {
        let mark = u32::try_from(self.chunk.len()).unwrap_or_default() | last;
        self.tag = next_tag(self.key, &self.tag, mark, &self.chunk);
        self.out.write_all(&mark.to_be_bytes())?;
        self.out.write_all(&self.chunk)?;
        self.out.write_all(&self.tag)?;
        self.chunk.clear();
        Ok(())
    }
}

impl Write for Inside<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = CHUNK - self.chunk.len();
        let (now, _) = bytes.split_at(room.min(bytes.len()));
        self.chunk.extend_from_slice(now);
        if self.chunk.len() == CHUNK {
            self.put(0)?;
        }
        Ok(now.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn next_tag(key: &SecretKey, before: &Tag, mark: u32, chunk: &[u8]) -> Tag {
    key.hmac(INFO, &[before, &mark.to_be_bytes(), chunk])
}

/// Reads up to the first chunk.
fn read_header(from: &mut dyn Read) -> Result<Vec<u8>, Error> {
    let mut front = [0; 9];
    exactly(from, &mut front)?;
    let [a, b, c, d, version, length @ ..] = front;
    if [a, b, c, d] != *MAGIC {
        return Err(Error::NotABackup);
    }
    if version != VERSION {
        return Err(Error::NewerFormat);
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > LARGEST_HEADER {
        return Err(Error::BackupDamaged);
    }
    let mut header = vec![0; length];
    exactly(from, &mut header)?;
    let mut sum = [0; 32];
    exactly(from, &mut sum)?;
    if crypto::sha256(&[&front, &header]) != sum {
        return Err(Error::BackupDamaged);
    }
    Ok(header)
}

/// Writes the database under the name of a store that is being made, and opens it as another incarnation.
fn fill(
    from: &mut dyn Read,
    dir: Dir,
    lock: Lock,
    key: SecretKey,
    first: impl FnOnce(&Transaction<'_>, u64) -> Result<(), Error>,
) -> Result<Store, Error> {
    let making = dir.path(MAKING);
    let mut file = File::create(&making)?;
    let attachments = Chunks::of(&dir.path(""));
    unpack(&mut Sealed::of(from, &key), &mut file, &attachments)?;
    file.sync_all()?;
    drop(file);
    let id = store_id(&key);
    let conn = connect(&making, &key, &id, Expect::Existing)?;
    match meta::get::<[u8; 16]>(&conn, meta::STORE) {
        Ok(Some(found)) if found == id => {}
        _ => return Err(Error::BackupDamaged),
    }
    let tip = journal::tip(&conn)?;
    if journal::walk(&conn, &id, &Place::START, |_| Ok(()))?.is_some() {
        return Err(Error::BackupDamaged);
    }
    let head = Head::make(&dir, &key, &id, tip)?;
    let mut store = Store {
        conn,
        id,
        incarnation: tip.incarnation,
        tip,
        files: Some(Files {
            dir,
            key,
            head,
            _lock: lock,
        }),
        unsafe_to_write: false,
        head_synced: 0,
        chunks: attachments,
    };
    store.begin_incarnation()?;
    store.transact(|tx| first(tx, tip.counter))?;
    Ok(store)
}

/// Copies the database to its file, and every chunk of an attachment to its own.
fn unpack(inside: &mut Sealed<'_>, out: &mut File, attachments: &Chunks) -> Result<(), Error> {
    if inside.name()? != DATABASE {
        return Err(Error::NewerFormat);
    }
    let size = u64::from_be_bytes(inside.take_array()?);
    inside.take(size, out)?;
    while inside.goes_on()? {
        let name = inside.name()?;
        let hash = name
            .strip_prefix(chunks::FOLDER)
            .and_then(|name| name.strip_prefix('/'))
            .and_then(chunks::unhex)
            .ok_or(Error::NewerFormat)?;
        let size = u64::from_be_bytes(inside.take_array()?);
        if size > LARGEST_ATTACHMENT_CHUNK {
            return Err(Error::BackupDamaged);
        }
        let mut bytes = Vec::new();
        inside.take(size, &mut bytes)?;
        // One that was damaged before the backup was written holds up nothing else.
        if crypto::sha256(&[&bytes]) == hash {
            attachments.put(&hash, &bytes)?;
        }
    }
    inside.ends()
}

/// The bytes inside, each chunk verified before a byte of it is handed out.
struct Sealed<'a> {
    from: &'a mut dyn Read,
    key: &'a SecretKey,
    tag: Tag,
    chunk: Vec<u8>,
    at: usize,
    last: bool,
}

impl<'a> Sealed<'a> {
    fn of(from: &'a mut dyn Read, key: &'a SecretKey) -> Self {
        Self {
            from,
            key,
            tag: [0; 32],
            chunk: Vec::new(),
            at: 0,
            last: false,
        }
    }

    /// The rest of the chunk at hand, or the next one; empty at the end.
    fn ready(&mut self) -> Result<&[u8], Error> {
        while self.at == self.chunk.len() && !self.last {
            let mut mark = [0; 4];
            exactly(self.from, &mut mark)?;
            let mark = u32::from_be_bytes(mark);
            let length = (mark & !LAST) as usize;
            if length > CHUNK {
                return Err(Error::BackupDamaged);
            }
            self.chunk.resize(length, 0);
            exactly(self.from, &mut self.chunk)?;
            let mut tag = [0; 32];
            exactly(self.from, &mut tag)?;
            if !crypto::equal(&next_tag(self.key, &self.tag, mark, &self.chunk), &tag) {
                return Err(Error::BackupDamaged);
            }
            (self.tag, self.at, self.last) = (tag, 0, mark & LAST != 0);
        }
        Ok(self.chunk.get(self.at..).unwrap_or_default())
    }

    /// Hands on so many bytes.
    fn take(&mut self, mut length: u64, out: &mut dyn Write) -> Result<(), Error> {
        while length > 0 {
            let ready = self.ready()?;
            let most = usize::try_from(length).unwrap_or(usize::MAX);
            let part = ready.get(..most.min(ready.len())).unwrap_or_default();
            if part.is_empty() {
                return Err(Error::BackupDamaged);
            }
            out.write_all(part)?;
            let taken = part.len();
            length -= taken as u64;
            self.at += taken;
        }
        Ok(())
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = Vec::new();
        self.take(N as u64, &mut bytes)?;
        bytes.try_into().map_err(|_| Error::BackupDamaged)
    }

    /// The name of the next entry.
    fn name(&mut self) -> Result<String, Error> {
        let length = u16::from_be_bytes(self.take_array()?);
        let mut name = Vec::new();
        self.take(length.into(), &mut name)?;
        String::from_utf8(name).map_err(|_| Error::NewerFormat)
    }

    /// Whether another entry follows.
    fn goes_on(&mut self) -> Result<bool, Error> {
        Ok(!self.ready()?.is_empty())
    }

    /// Makes sure that no other byte follows.
    fn ends(&mut self) -> Result<(), Error> {
        let mut more = [0; 1];
        if self.from.read(&mut more)? == 0 {
            Ok(())
        } else {
            Err(Error::BackupDamaged)
        }
    }
}

fn exactly(from: &mut dyn Read, bytes: &mut [u8]) -> Result<(), Error> {
    from.read_exact(bytes).map_err(|fault| {
        if fault.kind() == std::io::ErrorKind::UnexpectedEof {
            Error::BackupTruncated
        } else {
            fault.into()
        }
    })
}
