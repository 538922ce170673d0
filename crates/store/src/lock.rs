//! One program at a time: an advisory lock of the operating system, which dies with its process.

use std::fs::{File, TryLockError};

use crate::dir::{Dir, LOCK};
use crate::error::Error;

/// Holds the store until it is dropped. The file itself stays; only the lock on it means anything.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] when another program, or another [`Store`](crate::Store) of this one, has it.
    pub(crate) fn take(dir: &Dir) -> Result<Self, Error> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(dir.path(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::InUse),
            Err(TryLockError::Error(fault)) => Err(fault.into()),
        }
    }
}
