//! A consistent copy of the database, under the same key, while the store is open.

use std::fs::File;
use std::path::Path;

use crate::error::Error;
use crate::header_file;
use crate::store::Store;

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
                let _ = std::fs::remove_file(to);
            })
    }

    /// The bytes of the header in force, to go beside a copy of the database. Nothing for a store in memory.
    ///
    /// # Errors
    ///
    /// [`Error::HeaderDamaged`] when the file was damaged since the store was opened.
    pub fn header(&self) -> Result<Option<Vec<u8>>, Error> {
        self.files
            .as_ref()
            .map(|files| Ok(header_file::current(&files.dir)?.encode()))
            .transpose()
    }
}
