//! The chunks of attachments as files: ciphertext, named by its SHA-256, in the folder `attachments` of the store.
//!
//! ```text
//! <hash>       a chunk, whole; an attachment in the database names it
//! <hash>.new   a chunk, whole; its attachment may not have been committed
//! <hash>.part  the first bytes of one that is on its way
//! <hash>.tmp   being written
//! ```
//!
//! # Invariants
//!
//! - **On the disk before the commit that names it**: [`Chunks::stage`] comes first, [`Chunks::settle`] after it.
//! - **A crash leaves nothing dangling.** At the next opening, what was staged stays if an attachment names it, and goes if
//!   none does. What was settled is never swept: a database that lost commits may get them back.
//! - **What a file holds is checked by whoever reads it**: the name is the hash.
//! - **One file is written at a time**, and nothing is swept meanwhile: colleagues give chunks while the program works.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::journal::Hash;

/// The folder's name within the store.
pub(crate) const FOLDER: &str = "attachments";

/// The chunks of one store.
#[derive(Debug, Clone)]
pub struct Chunks {
    place: Arc<Place>,
    /// Something was staged and is not settled.
    unsettled: Arc<AtomicBool>,
    writing: Arc<Mutex<()>>,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    /// Of a store in memory: the same names, and no disk.
    Memory(Mutex<BTreeMap<String, Vec<u8>>>),
}

const NEW: &str = ".new";
const PART: &str = ".part";

impl Chunks {
    /// Those of the store in this folder.
    pub(crate) fn of(store: &Path) -> Self {
        Self::at(Place::Folder(store.join(FOLDER)))
    }

    /// Those of a store in memory.
    pub(crate) fn in_memory() -> Self {
        Self::at(Place::Memory(Mutex::default()))
    }

    /// Those of a copy of a store in memory: the same, and apart from here on.
    pub(crate) fn copy_in_memory(&self) -> Self {
        let files = match &*self.place {
            Place::Folder(_) => BTreeMap::new(),
            Place::Memory(files) => held(files).clone(),
        };
        Self::at(Place::Memory(Mutex::new(files)))
    }

    fn at(place: Place) -> Self {
        Self {
            place: Arc::new(place),
            unsettled: Arc::default(),
            writing: Arc::default(),
        }
    }

    /// Puts a chunk on the disk, before an attachment that names it is committed.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Io`]; then nothing of it is there.
    pub fn stage(&self, hash: &Hash, bytes: &[u8]) -> Result<(), Error> {
        if self.has(hash) {
            return Ok(());
        }
        self.unsettled.store(true, Ordering::Relaxed);
        self.write(&named(hash, NEW), bytes)
    }

    /// Whether something was staged and is not settled yet.
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        self.unsettled.load(Ordering::Relaxed)
    }

    /// Keeps what was staged and is named by an attachment, and removes what is not.
    ///
    /// # Errors
    /// [`Error::Io`]; what is not settled is settled at the next opening.
    pub fn settle(
        &self,
        mut is_named: impl FnMut(&Hash) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let _alone = self.alone();
        for name in self.names()? {
            if name.ends_with(".tmp") {
                self.delete(&name)?;
            }
            let Some(hash) = name.strip_suffix(NEW).and_then(unhex) else {
                continue;
            };
            if is_named(&hash)? {
                self.rename(&name, &named(&hash, ""))?;
                self.delete(&named(&hash, PART))?;
            } else {
                self.delete(&name)?;
            }
        }
        self.unsettled.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Removes what no attachment names any more.
    ///
    /// # Errors
    /// [`Error::Io`]; what is left goes the next time.
    pub fn sweep(
        &self,
        mut is_named: impl FnMut(&Hash) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let _alone = self.alone();
        for name in self.names()? {
            let stem = name.strip_suffix(PART).unwrap_or(&name);
            if let Some(hash) = unhex(stem)
                && !is_named(&hash)?
            {
                self.delete(&name)?;
            }
        }
        Ok(())
    }

    /// Puts a chunk on the disk that an attachment names already.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Io`]; then nothing of it is there.
    pub fn put(&self, hash: &Hash, bytes: &[u8]) -> Result<(), Error> {
        self.write(&named(hash, ""), bytes)?;
        self.delete(&named(hash, PART))
    }

    /// Whether a chunk is here.
    #[must_use]
    pub fn has(&self, hash: &Hash) -> bool {
        ["", NEW].iter().any(|end| match &*self.place {
            Place::Folder(folder) => folder.join(named(hash, end)).is_file(),
            Place::Memory(files) => held(files).contains_key(&named(hash, end)),
        })
    }

    /// The bytes of a chunk that is here; none where it is not.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn length(&self, hash: &Hash) -> Result<Option<u64>, Error> {
        for end in ["", NEW] {
            let name = named(hash, end);
            let found = match &*self.place {
                Place::Folder(folder) => match fs::metadata(folder.join(name)) {
                    Err(fault) if fault.kind() == ErrorKind::NotFound => None,
                    found => Some(found?.len()),
                },
                Place::Memory(files) => held(files).get(&name).map(|bytes| bytes.len() as u64),
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Reads a chunk as it is; none where it is not here. The reader compares its hash.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
        for end in ["", NEW] {
            if let Some(bytes) = self.read(&named(hash, end))? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// Removes a chunk: it does not hold what its name says, or what named it is gone for good.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn remove(&self, hash: &Hash) -> Result<(), Error> {
        ["", NEW, PART]
            .iter()
            .try_for_each(|end| self.delete(&named(hash, end)))
    }

    /// The bytes that have come of a chunk on its way.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn part(&self, hash: &Hash) -> Result<Vec<u8>, Error> {
        Ok(self.read(&named(hash, PART))?.unwrap_or_default())
    }

    /// Adds bytes to a chunk on its way, behind the first `at`.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Io`].
    pub fn add_part(&self, hash: &Hash, at: usize, bytes: &[u8]) -> Result<(), Error> {
        let name = named(hash, PART);
        match &*self.place {
            Place::Folder(folder) => {
                fs::create_dir_all(folder)?;
                let mut file = OpenOptions::new()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .open(folder.join(name))?;
                file.set_len(at as u64)?;
                file.seek(SeekFrom::Start(at as u64))?;
                Ok(file.write_all(bytes)?)
            }
            Place::Memory(files) => {
                let mut files = held(files);
                let part = files.entry(name).or_default();
                part.truncate(at);
                part.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// The names of all chunks that are here, in order.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn all(&self) -> Result<Vec<Hash>, Error> {
        let names = self.names()?;
        Ok(names.iter().filter_map(|name| unhex(name)).collect())
    }

    /// Takes over every chunk of another store's folder that holds what its name says. Gives how many did not.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Io`] when they cannot be written here.
    pub fn take_over(&self, store: &Path) -> Result<u64, Error> {
        let from = Self::of(store);
        let mut lost = 0;
        for name in from.names()? {
            let Some(hash) = name.strip_suffix(NEW).or(Some(&name)).and_then(unhex) else {
                continue;
            };
            match from.read(&name) {
                Ok(Some(bytes)) if crypto::sha256(&[&bytes]) == hash => self.put(&hash, &bytes)?,
                _ => lost += 1,
            }
        }
        Ok(lost)
    }

    fn names(&self) -> Result<Vec<String>, Error> {
        let mut names = match &*self.place {
            Place::Folder(folder) => match fs::read_dir(folder) {
                Err(fault) if fault.kind() == ErrorKind::NotFound => Vec::new(),
                entries => entries?
                    .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                    .collect::<Result<Vec<_>, Error>>()?,
            },
            Place::Memory(files) => held(files).keys().cloned().collect(),
        };
        names.sort();
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match &*self.place {
            Place::Folder(folder) => match fs::read(folder.join(name)) {
                Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
                bytes => Ok(Some(bytes?)),
            },
            Place::Memory(files) => Ok(held(files).get(name).cloned()),
        }
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let _alone = self.alone();
        match &*self.place {
            Place::Folder(folder) => {
                fs::create_dir_all(folder)?;
                let temporary = folder.join(format!("{name}.tmp"));
                let written = write_synced(&temporary, bytes)
                    .and_then(|()| Ok(fs::rename(&temporary, folder.join(name))?));
                if written.is_err() {
                    // The cause is what is told.
                    let _ = fs::remove_file(&temporary);
                }
                written?;
                sync(folder)
            }
            Place::Memory(files) => {
                held(files).insert(name.to_owned(), bytes.to_vec());
                Ok(())
            }
        }
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        match &*self.place {
            Place::Folder(folder) => Ok(fs::rename(folder.join(from), folder.join(to))?),
            Place::Memory(files) => {
                let mut files = held(files);
                if let Some(bytes) = files.remove(from) {
                    files.insert(to.to_owned(), bytes);
                }
                Ok(())
            }
        }
    }

    fn delete(&self, name: &str) -> Result<(), Error> {
        match &*self.place {
            Place::Folder(folder) => match fs::remove_file(folder.join(name)) {
                Err(fault) if fault.kind() != ErrorKind::NotFound => Err(fault.into()),
                _ => Ok(()),
            },
            Place::Memory(files) => {
                held(files).remove(name);
                Ok(())
            }
        }
    }
}

fn held(files: &Mutex<BTreeMap<String, Vec<u8>>>) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
    files.lock().unwrap_or_else(|broken| broken.into_inner())
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

fn sync(folder: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    for dir in folder
        .ancestors()
        .take(2)
        .filter(|dir| !dir.as_os_str().is_empty())
    {
        File::open(dir)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// The name of a chunk's file.
pub(crate) fn named(hash: &Hash, end: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::with_capacity(64 + end.len());
    for byte in hash {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.push_str(end);
    name
}

/// The hash in a name of 64 lower-case digits; none in any other.
pub(crate) fn unhex(name: &str) -> Option<Hash> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if name.len() != 64 || !name.as_bytes().iter().all(is_digit) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(name.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(bytes: &[u8]) -> Hash {
        crypto::sha256(&[bytes])
    }

    #[test]
    fn what_was_staged_stays_only_if_an_attachment_names_it() {
        let store = tempfile::tempdir().unwrap();
        for chunks in [Chunks::of(store.path()), Chunks::in_memory()] {
            let (named, orphan) = (hash(b"named"), hash(b"orphan"));
            chunks.add_part(&named, 0, b"na").unwrap();
            chunks.stage(&named, b"named").unwrap();
            chunks.stage(&orphan, b"orphan").unwrap();
            assert!(chunks.has(&named) && chunks.has(&orphan));
            // The program ends here, and opens anew.
            chunks.settle(|it| Ok(*it == named)).unwrap();
            assert_eq!(chunks.all().unwrap(), [named]);
            assert_eq!(chunks.get(&named).unwrap().unwrap(), b"named");
            assert!(chunks.part(&named).unwrap().is_empty(), "it came whole");
            assert!(!chunks.has(&orphan));
            // What is settled is swept by nothing, whatever the database says.
            chunks.settle(|_| Ok(false)).unwrap();
            assert_eq!(chunks.all().unwrap(), [named]);
        }
    }

    #[test]
    fn a_chunk_on_its_way_goes_on_where_it_ended() {
        let store = tempfile::tempdir().unwrap();
        for chunks in [Chunks::of(store.path()), Chunks::in_memory()] {
            let name = hash(b"whole chunk");
            chunks.add_part(&name, 0, b"whole xx").unwrap();
            chunks.add_part(&name, 6, b"chunk").unwrap();
            assert_eq!(chunks.part(&name).unwrap(), b"whole chunk");
            assert!(!chunks.has(&name));
            chunks.put(&name, b"whole chunk").unwrap();
            assert!(chunks.part(&name).unwrap().is_empty());
            assert!(chunks.has(&name));
        }
    }

    #[test]
    fn only_chunks_that_hold_what_they_say_are_taken_over() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let from = Chunks::of(old.path());
        from.put(&hash(b"good"), b"good").unwrap();
        from.put(&hash(b"flipped"), b"flopped").unwrap();
        let to = Chunks::of(new.path());
        assert_eq!(to.take_over(old.path()).unwrap(), 1);
        assert_eq!(to.all().unwrap(), [hash(b"good")]);
    }
}
