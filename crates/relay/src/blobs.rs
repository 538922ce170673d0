//! Attachment chunks in a folder: ciphertext, named by its SHA-256, an office in a folder of its own.
//!
//! # Invariants
//!
//! - **A blob that is here is whole** and has the hash that names it; it was synced before it got its name.
//! - **An upload goes on where it ended**: what has come stays beside it as `.part`.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tokio::sync::Mutex;
use wire::ids::{Hash, Org};

use crate::refusal::Refused;
use crate::store::StoreError;

/// A folder of blobs.
#[derive(Debug)]
pub struct Blobs {
    dir: PathBuf,
    /// One upload at a time touches the folder.
    uploading: Mutex<()>,
}

/// What a part of an upload led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upload {
    /// The blob was here before.
    Known,
    /// So many bytes are here.
    Part(u64),
    /// All its bytes are here and have the right hash; it has no name yet.
    Whole,
}

/// How much of a blob is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// All, of this length.
    Whole(u64),
    /// The first so many bytes.
    Part(u64),
}

impl Blobs {
    /// Opens or makes the folder.
    ///
    /// # Errors
    ///
    /// As the disk says.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            uploading: Mutex::new(()),
        })
    }

    pub(crate) async fn uploading(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.uploading.lock().await
    }

    fn path(&self, org: Org, blob: Hash) -> PathBuf {
        self.dir.join(org.to_string()).join(blob.to_string())
    }

    fn part(&self, org: Org, blob: Hash) -> PathBuf {
        self.path(org, blob).with_extension("part")
    }

    /// How much of the blob is here.
    pub(crate) fn find(&self, org: Org, blob: Hash) -> Result<Found, StoreError> {
        if let Some(len) = length(&self.path(org, blob))? {
            return Ok(Found::Whole(len));
        }
        Ok(Found::Part(length(&self.part(org, blob))?.unwrap_or(0)))
    }

    /// Adds bytes at a place.
    pub(crate) fn add(
        &self,
        org: Org,
        blob: Hash,
        (start, total): (u64, u64),
        bytes: &[u8],
    ) -> Result<Upload, Refused> {
        let here = match self.find(org, blob)? {
            Found::Whole(_) => return Ok(Upload::Known),
            Found::Part(here) => here,
        };
        if start != here && start != 0 {
            return Err(Refused::UploadElsewhere);
        }
        let path = self.part(org, blob);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(StoreError::from)?;
        }
        let end = start + bytes.len() as u64;
        append(&path, start, bytes)?;
        if end < total {
            return Ok(Upload::Part(end));
        }
        let whole = fs::read(&path).map_err(StoreError::from)?;
        if Hash::of(&[&whole]) == blob {
            return Ok(Upload::Whole);
        }
        self.forget(org, blob)?;
        Err(Refused::BlobDiffers)
    }

    /// Gives a whole upload its name.
    pub(crate) fn keep(&self, org: Org, blob: Hash) -> Result<(), StoreError> {
        let path = self.path(org, blob);
        fs::rename(self.part(org, blob), &path)?;
        #[cfg(unix)]
        for dir in path.ancestors().skip(1).take(2) {
            File::open(dir)?.sync_all()?;
        }
        Ok(())
    }

    /// Takes an upload back.
    pub(crate) fn forget(&self, org: Org, blob: Hash) -> Result<(), StoreError> {
        Ok(fs::remove_file(self.part(org, blob))?)
    }

    /// Reads bytes of a whole blob; both ends are within it.
    pub(crate) fn read(
        &self,
        org: Org,
        blob: Hash,
        from: u64,
        len: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let mut file = File::open(self.path(org, blob))?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn length(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found.len())),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

fn append(path: &Path, start: u64, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    file.set_len(start)?;
    file.seek(SeekFrom::Start(start))?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
