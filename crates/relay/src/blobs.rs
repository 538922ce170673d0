//! Attachment chunks: ciphertext, named by its SHA-256, an office in a place of its own.
//!
//! # Invariants
//!
//! - **A blob that is here is whole** and has the hash that names it; it was synced before it got its name.
//! - **An upload goes on where it ended**: what has come lies in a folder as `.part`, until it is whole or nobody comes
//!   back for it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use wire::ids::{Hash, Org};

use crate::refusal::Refused;
use crate::store::StoreError;

/// Seconds after which nobody comes back for an upload: a week. Longer than a laptop is on its way.
const ABANDONED: u64 = 7 * 86_400;

/// Where whole blobs lie. Called on threads that may wait.
pub trait Shelf: std::fmt::Debug + Send + Sync {
    /// How long a blob is, where it is here.
    ///
    /// # Errors
    /// [`StoreError`] when the shelf does not answer.
    fn length(&self, org: Org, blob: Hash) -> Result<Option<u64>, StoreError>;

    /// Takes in a whole blob, which lies in `part`, for good; what lay in `part` may be moved.
    ///
    /// # Errors
    /// [`StoreError`] when the shelf does not answer: then the blob is not here.
    fn keep(&self, org: Org, blob: Hash, part: &Path) -> Result<(), StoreError>;

    /// Reads `len` bytes from byte `from` on; both ends are within the blob.
    ///
    /// # Errors
    /// [`StoreError`] when the shelf does not answer.
    fn read(&self, org: Org, blob: Hash, from: u64, len: u64) -> Result<Vec<u8>, StoreError>;

    /// Takes a blob away; one that is not here stays away.
    ///
    /// # Errors
    /// [`StoreError`] when the shelf does not answer.
    fn remove(&self, org: Org, blob: Hash) -> Result<(), StoreError>;
}

/// The blobs of a hub: whole ones on their shelf, others as far as they have come.
#[derive(Debug)]
pub struct Blobs {
    parts: PathBuf,
    shelf: Box<dyn Shelf>,
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
    /// Opens or makes a folder in which both lie, the whole ones and the others.
    ///
    /// # Errors
    ///
    /// As the disk says.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::over(Box::new(Folder(dir.to_owned())), dir)
    }

    /// Whole ones on a shelf, others in a folder that is made.
    ///
    /// # Errors
    ///
    /// As the disk says.
    pub fn over(shelf: Box<dyn Shelf>, parts: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(parts)?;
        Ok(Self {
            parts: parts.to_owned(),
            shelf,
            uploading: Mutex::new(()),
        })
    }

    pub(crate) async fn uploading(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.uploading.lock().await
    }

    fn part(&self, org: Org, blob: Hash) -> PathBuf {
        named(&self.parts, org, blob).with_extension("part")
    }

    /// How much of the blob is here.
    pub(crate) fn find(&self, org: Org, blob: Hash) -> Result<Found, StoreError> {
        if let Some(len) = self.shelf.length(org, blob)? {
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

    /// Puts a whole upload on the shelf.
    pub(crate) fn keep(&self, org: Org, blob: Hash) -> Result<(), StoreError> {
        self.shelf.keep(org, blob, &self.part(org, blob))
    }

    /// Takes an upload back.
    pub(crate) fn forget(&self, org: Org, blob: Hash) -> Result<(), StoreError> {
        Ok(fs::remove_file(self.part(org, blob))?)
    }

    /// Takes a blob away, as far as it has come. Gives whether anything of it was here.
    pub(crate) fn remove(&self, org: Org, blob: Hash) -> Result<bool, StoreError> {
        let was = self.find(org, blob)?;
        gone(fs::remove_file(self.part(org, blob)))?;
        self.shelf.remove(org, blob)?;
        Ok(was != Found::Part(0))
    }

    /// Reads bytes of a whole blob; both ends are within it.
    pub(crate) fn read(
        &self,
        org: Org,
        blob: Hash,
        from: u64,
        len: u64,
    ) -> Result<Vec<u8>, StoreError> {
        self.shelf.read(org, blob, from, len)
    }

    /// Takes out what nobody came back for by `now` (s); gives how many.
    pub(crate) fn sweep(&self, now: u64) -> Result<u32, StoreError> {
        let mut swept = 0;
        for office in fs::read_dir(&self.parts)? {
            let office = office?.path();
            if !office.is_dir() {
                continue;
            }
            for upload in fs::read_dir(office)? {
                let upload = upload?;
                let path = upload.path();
                let touched = upload.metadata()?.modified()?;
                let touched = touched
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .unwrap_or(Duration::ZERO);
                let old = touched.as_secs().saturating_add(ABANDONED) < now;
                if old && path.extension().is_some_and(|end| end == "part") {
                    fs::remove_file(path)?;
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }
}

fn named(dir: &Path, org: Org, blob: Hash) -> PathBuf {
    dir.join(org.to_string()).join(blob.to_string())
}

/// A shelf that is a folder, on the same disk as the uploads.
#[derive(Debug)]
struct Folder(PathBuf);

impl Shelf for Folder {
    fn length(&self, org: Org, blob: Hash) -> Result<Option<u64>, StoreError> {
        length(&named(&self.0, org, blob))
    }

    fn keep(&self, org: Org, blob: Hash, part: &Path) -> Result<(), StoreError> {
        let path = named(&self.0, org, blob);
        fs::rename(part, &path)?;
        #[cfg(unix)]
        for dir in path.ancestors().skip(1).take(2) {
            File::open(dir)?.sync_all()?;
        }
        Ok(())
    }

    fn read(&self, org: Org, blob: Hash, from: u64, len: u64) -> Result<Vec<u8>, StoreError> {
        let mut file = File::open(named(&self.0, org, blob))?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn remove(&self, org: Org, blob: Hash) -> Result<(), StoreError> {
        gone(fs::remove_file(named(&self.0, org, blob)))
    }
}

/// What is not there need not go.
fn gone(removed: std::io::Result<()>) -> Result<(), StoreError> {
    match removed {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(fault.into()),
        _ => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_that_nobody_came_back_for_is_swept_and_a_whole_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let (org, whole) = (Org::of(Hash::ZERO), Hash::of(&[b"whole"]));
        assert_eq!(
            blobs.add(org, whole, (0, 5), b"whole").unwrap(),
            Upload::Whole
        );
        blobs.keep(org, whole).unwrap();
        let left = Hash::of(&[b"left"]);
        blobs.add(org, left, (0, 4), b"le").unwrap();
        let touched = fs::metadata(blobs.part(org, left)).unwrap();
        let touched = touched.modified().unwrap();
        let touched = touched.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(blobs.sweep(touched.as_secs() + ABANDONED).unwrap(), 0);
        assert_eq!(blobs.find(org, left).unwrap(), Found::Part(2));
        assert_eq!(blobs.sweep(touched.as_secs() + ABANDONED + 2).unwrap(), 1);
        assert_eq!(blobs.find(org, left).unwrap(), Found::Part(0));
        assert_eq!(blobs.find(org, whole).unwrap(), Found::Whole(5));
        assert!(blobs.remove(org, whole).unwrap());
        assert_eq!(blobs.find(org, whole).unwrap(), Found::Part(0));
        assert!(!blobs.remove(org, whole).unwrap());
    }
}
