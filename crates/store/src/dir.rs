//! The store's folder: the names of its files, and how a file is replaced whole or not at all.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;

pub(crate) const DATABASE: &str = "store.db";
/// Bytes of a page of it.
pub(crate) const PAGE: u64 = 4096;
pub(crate) const WAL: &str = "store.db-wal";
pub(crate) const HEADER: &str = "header.json";
pub(crate) const HEADER_COPY: &str = "header.bak";
pub(crate) const HEAD: &str = "journal.head";
pub(crate) const LOCK: &str = "lock";
/// The database of a store that is being made. Its renaming to [`DATABASE`] is the last step.
pub(crate) const MAKING: &str = "making.db";

/// Small files are read up to this size; a header or a head is never larger.
const LARGEST: u64 = 1 << 20;

/// The folder of one store.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    /// A folder, whatever is in it.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Takes a folder that holds a store, whole or not.
    pub(crate) fn find(path: &Path) -> Result<Self, Error> {
        let dir = Self(path.to_owned());
        let any = [DATABASE, HEADER, HEADER_COPY]
            .iter()
            .any(|name| dir.has(name));
        // A store whose making was interrupted never was one.
        if !any || (dir.has(MAKING) && !dir.has(DATABASE)) {
            return Err(Error::NotFound);
        }
        dir.writable()?;
        Ok(dir)
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Takes an empty folder, or makes one. What an interrupted making left behind is cleared away.
    pub(crate) fn make(path: &Path) -> Result<Self, Error> {
        let dir = Self(path.to_owned());
        match new_folder(path) {
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => dir.clear_interrupted()?,
            made => made?,
        }
        if !fs::metadata(path)?.is_dir() {
            return Err(Error::AlreadyExists);
        }
        dir.writable()?;
        for entry in fs::read_dir(path)? {
            if entry?.file_name() != LOCK {
                return Err(Error::AlreadyExists);
            }
        }
        if let Some(parent) = path.parent() {
            sync_folder(parent)?;
        }
        Ok(dir)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Reads a small file whole; `None` where there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let file = match File::open(self.path(name)) {
            Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Replaces a file: after a crash it is the old one or the new one, whole.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let temporary = self.path(&format!("{name}.tmp"));
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, self.path(name))?;
        self.sync()
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        fs::rename(self.path(from), self.path(to))?;
        self.sync()
    }

    /// Makes the names in the folder durable.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        sync_folder(&self.0)
    }

    /// Refuses a folder or a file that is marked read-only, also for a user whom the mark would not stop.
    fn writable(&self) -> Result<(), Error> {
        for path in [self.0.clone(), self.path(DATABASE), self.path(HEAD)] {
            match fs::metadata(&path) {
                Ok(found) if found.permissions().readonly() => return Err(Error::ReadOnly),
                Err(fault) if fault.kind() != ErrorKind::NotFound => return Err(fault.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn clear_interrupted(&self) -> Result<(), Error> {
        if !self.has(MAKING) || self.has(DATABASE) {
            return Ok(());
        }
        match fs::remove_dir_all(self.path(crate::chunks::FOLDER)) {
            Err(fault) if fault.kind() != ErrorKind::NotFound => return Err(fault.into()),
            _ => {}
        }
        // The renamed-to-be database goes last: as long as it is there, the rest is known to be worthless.
        for name in [
            HEADER,
            HEADER_COPY,
            HEAD,
            // Before it is switched to a write-ahead log, the database has a rollback journal.
            "making.db-journal",
            "making.db-wal",
            "making.db-shm",
            MAKING,
        ] {
            for path in [self.path(name), self.path(&format!("{name}.tmp"))] {
                match fs::remove_file(path) {
                    Err(fault) if fault.kind() != ErrorKind::NotFound => return Err(fault.into()),
                    _ => {}
                }
            }
        }
        self.sync()
    }
}

fn new_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    builder.create(path)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    // Elsewhere a folder cannot be opened as a file, and renames are ordered by the file system's own journal.
    #[cfg(unix)]
    {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        File::open(path)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
