//! Destroying the key of a store: both copies of the header are overwritten and removed. What stays is ciphertext that no
//! secret opens.
//!
//! # Invariants
//!
//! - **Said before it is done.** A marker is on the disk before the first byte of a header goes, so that a folder without a
//!   header says whether it was wiped or lost it.
//! - **What lay there before goes too.** A store that was recovered or restored has left the one before it beside it, which
//!   opens with the same or an earlier passphrase.
//! - **Goes on after a crash.** As long as one copy opens, the store opens and is wiped again; where none does and the marker
//!   is there, the next look at the folder removes what is left.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crypto::header::Header;

use crate::dir::{Dir, HEADER, HEADER_COPY};
use crate::error::Error;
use crate::renewal;
use crate::store::Store;

/// The marker's name.
const WIPED: &str = "wiped.json";

impl Store {
    /// The folder of the store; none for a store in memory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.files.as_ref().map(|files| files.dir.folder())
    }

    /// Destroys the key: from now on no secret opens the store. `told` is kept in clear for whoever looks at the folder. The
    /// open store writes nothing more.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::DiskFull`]: it is wiped as far as it got, and the next opening goes on.
    pub fn wipe(&mut self, told: &[u8]) -> Result<(), Error> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        files.dir.replace(WIPED, told)?;
        self.unsafe_to_write = true;
        let Some(files) = &self.files else {
            return Ok(());
        };
        // First, for as long as this one opens it goes on with them.
        for other in renewal::others(files.dir.folder())? {
            destroy(&Dir::at(&other))?;
        }
        destroy(&files.dir)
    }
}

/// What the marker says where the store in this folder was wiped: no copy of its header is whole any more.
#[must_use]
pub fn told(path: &Path) -> Option<Vec<u8>> {
    let dir = Dir::at(path);
    if has_header(&dir).ok()? {
        return None;
    }
    dir.read(WIPED).ok()?
}

/// Whether the store of this folder was wiped. Removes what an interrupted wiping left.
pub(crate) fn is_wiped(dir: &Dir) -> Result<bool, Error> {
    if dir.read(WIPED)?.is_none() || has_header(dir)? {
        return Ok(false);
    }
    destroy(dir)?;
    Ok(true)
}

fn has_header(dir: &Dir) -> Result<bool, Error> {
    for name in [HEADER, HEADER_COPY] {
        if dir
            .read(name)?
            .is_some_and(|bytes| Header::parse(&bytes).is_ok())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The copy goes first: as long as the other one is whole, the store opens and goes on with it.
fn destroy(dir: &Dir) -> Result<(), Error> {
    for name in [HEADER_COPY, HEADER] {
        for path in [dir.path(&format!("{name}.tmp")), dir.path(name)] {
            overwrite(&path)?;
        }
        dir.sync()?;
    }
    Ok(())
}

/// Puts random bytes into the place of a file's, and removes it.
fn overwrite(path: &Path) -> Result<(), Error> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut left = file.metadata()?.len();
    while left > 0 {
        let noise: [u8; 64] = crypto::random();
        let most = usize::try_from(left)
            .unwrap_or(noise.len())
            .min(noise.len());
        file.write_all(noise.get(..most).unwrap_or_default())?;
        left = left.saturating_sub(most as u64);
    }
    file.sync_all()?;
    drop(file);
    Ok(fs::remove_file(path)?)
}

#[cfg(test)]
mod tests {
    use crypto::passphrase::Params;
    use crypto::recovery::RecoveryCode;

    use super::*;
    use crate::header_file::{NewHeader, Secret};

    const WORDS: &str = "みず そら やま";

    fn opens(path: &Path) -> Result<(), Error> {
        Store::unlock(path, Secret::Passphrase(WORDS)).map(drop)
    }

    /// Whatever instant the power goes at: it opens and can be wiped again, or it is known to be wiped.
    #[test]
    fn a_wiping_that_was_cut_off_leaves_a_store_that_opens_or_is_told_as_wiped() {
        let keep = tempfile::tempdir().unwrap();
        let path = keep.path().join("store");
        let code = RecoveryCode::make();
        let header = NewHeader {
            passphrase: WORDS,
            params: Params::FLOOR,
            recovery: &code,
        };
        drop(Store::create(&path, &header).unwrap());
        let [main, copy] = [HEADER, HEADER_COPY].map(|name| path.join(name));
        let whole = fs::read(&main).unwrap();

        // The marker alone, the copy half overwritten, the copy gone: the other one opens, and restores it.
        fs::write(path.join(WIPED), b"{}").unwrap();
        opens(&path).unwrap();
        fs::write(&copy, vec![7; whole.len()]).unwrap();
        opens(&path).unwrap();
        assert_eq!(fs::read(&copy).unwrap(), whole);
        fs::remove_file(&copy).unwrap();
        opens(&path).unwrap();
        assert_eq!(told(&path), None);

        // The last one half overwritten: nobody opens it, and what is left goes.
        fs::remove_file(&copy).unwrap();
        let mut half = whole.clone();
        half[..whole.len() / 2].fill(7);
        fs::write(&main, &half).unwrap();
        assert_eq!(told(&path).as_deref(), Some(b"{}".as_slice()));
        assert!(matches!(opens(&path), Err(Error::Wiped)));
        assert!(!main.exists() && !copy.exists());
        assert!(matches!(opens(&path), Err(Error::Wiped)));

        // The red control: without the marker, the same folder has lost its header.
        fs::remove_file(path.join(WIPED)).unwrap();
        assert!(matches!(opens(&path), Err(Error::HeaderLost)));
    }

    #[test]
    fn stores_that_were_kept_aside_are_wiped_with_the_one_that_followed_them() {
        let keep = tempfile::tempdir().unwrap();
        let path = keep.path().join("1");
        let code = RecoveryCode::make();
        let header = NewHeader {
            passphrase: WORDS,
            params: Params::FLOOR,
            recovery: &code,
        };
        let [kept, twice, half, neighbour] =
            ["1-kept-2026-11-27-1035", "1-kept-x-2", "1.new-7", "11"]
                .map(|name| keep.path().join(name));
        for place in [&kept, &twice, &half, &neighbour] {
            drop(Store::create(place, &header).unwrap());
        }
        let mut store = Store::create(&path, &header).unwrap();
        // Red control: they open until then.
        opens(&kept).unwrap();
        store.wipe(b"{}").unwrap();
        for place in [&kept, &twice, &half] {
            assert!(matches!(opens(place), Err(Error::HeaderLost)), "{place:?}");
        }
        opens(&neighbour).unwrap();
    }

    #[test]
    fn a_wiped_store_opens_with_no_secret_and_writes_no_more() {
        let keep = tempfile::tempdir().unwrap();
        let path = keep.path().join("store");
        let code = RecoveryCode::make();
        let header = NewHeader {
            passphrase: WORDS,
            params: Params::FLOOR,
            recovery: &code,
        };
        let mut store = Store::create(&path, &header).unwrap();
        store.wipe(b"told").unwrap();
        let written = store.transact(|_| Ok::<_, Error>(()));
        assert!(matches!(written, Err(Error::MustReopen)));
        drop(store);
        for secret in [Secret::Passphrase(WORDS), Secret::Recovery(&code)] {
            assert!(matches!(Store::unlock(&path, secret), Err(Error::Wiped)));
        }
        assert_eq!(told(&path).as_deref(), Some(b"told".as_slice()));
    }
}
