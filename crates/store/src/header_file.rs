//! `header.json` and its copy `header.bak`: which of them opens, and which of them is in force.
//!
//! # Invariants
//!
//! - **Either copy restores the other.** The database knows the SHA-256 of the header in force, so that an old copy is
//!   told from the current one.
//! - **A changed header is whole or not there.** The database announces it before the first file is written; after a
//!   crash, whichever secret opened the store decides which of the two stays.

use std::path::Path;

use crypto::SecretKey;
use crypto::header::{Header, HeaderError};
use crypto::kem::KemKey;
use crypto::passphrase::Params;
use crypto::recovery::RecoveryCode;
use rusqlite::Connection;

use crate::dir::{DATABASE, Dir, HEADER, HEADER_COPY};
use crate::error::Error;
use crate::finding::Finding;
use crate::head;
use crate::journal::Hash;
use crate::meta;
use crate::store::Store;

/// What opens a store.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// The passphrase, as it was typed.
    Passphrase(&'a str),
    /// The code of the recovery sheet.
    Recovery(&'a RecoveryCode),
    /// The key of the office's escrow, made of two shares.
    Escrow(&'a KemKey),
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Passphrase(..)",
            Self::Recovery(_) => "Recovery(..)",
            Self::Escrow(_) => "Escrow(..)",
        })
    }
}

/// What a new store will open with.
#[derive(Clone, Copy)]
pub struct NewHeader<'a> {
    /// The passphrase.
    pub passphrase: &'a str,
    /// The cost of deriving a key from it.
    pub params: Params,
    /// The code of the recovery sheet.
    pub recovery: &'a RecoveryCode,
}

impl std::fmt::Debug for NewHeader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewHeader(..)")
    }
}

impl NewHeader<'_> {
    /// Wraps the key of a new store.
    pub(crate) fn seal(&self, store: [u8; 16], key: &SecretKey) -> Result<Vec<u8>, Error> {
        Ok(Header::create(store, key, self.passphrase, self.recovery, self.params)?.encode())
    }
}

/// The two files as they were found.
pub(crate) struct Headers {
    main: Option<Vec<u8>>,
    copy: Option<Vec<u8>>,
    /// The bytes that opened.
    opened: Vec<u8>,
}

impl Headers {
    pub(crate) fn read(dir: &Dir) -> Result<Self, Error> {
        let (main, copy) = (dir.read(HEADER)?, dir.read(HEADER_COPY)?);
        if main.is_none() && copy.is_none() {
            return Err(Error::HeaderLost);
        }
        Ok(Self {
            main,
            copy,
            opened: Vec::new(),
        })
    }

    /// Writes both files of a new store.
    pub(crate) fn write(dir: &Dir, bytes: &[u8]) -> Result<Self, Error> {
        dir.replace(HEADER_COPY, bytes)?;
        dir.replace(HEADER, bytes)?;
        Ok(Self {
            main: Some(bytes.to_owned()),
            copy: Some(bytes.to_owned()),
            opened: bytes.to_owned(),
        })
    }

    /// Opens whichever copy the secret opens.
    ///
    /// # Errors
    ///
    /// [`Error::WrongSecret`] when one copy at least is good and the secret opens none; what is wrong with the copies
    /// when none is good.
    pub(crate) fn open(&mut self, secret: Secret<'_>) -> Result<SecretKey, Error> {
        let mut why = HeaderError::Damaged;
        let copy = self
            .copy
            .as_ref()
            .filter(|copy| Some(*copy) != self.main.as_ref());
        for bytes in [self.main.as_ref(), copy].into_iter().flatten() {
            match open_one(bytes, secret) {
                Ok(key) => {
                    self.opened.clone_from(bytes);
                    return Ok(key);
                }
                Err(HeaderError::Damaged) => {}
                // That one copy is good outweighs whatever is wrong with the other.
                Err(fault) if why != HeaderError::WrongSecret => why = fault,
                Err(_) => {}
            }
        }
        Err(why.into())
    }

    /// The bytes that opened.
    pub(crate) fn opened(&self) -> &[u8] {
        &self.opened
    }

    /// Whether every good copy names another store than `store`.
    pub(crate) fn are_foreign(&self, store: &[u8; 16]) -> bool {
        let mut ids = [&self.main, &self.copy]
            .into_iter()
            .flatten()
            .filter_map(|bytes| Header::parse(bytes).ok());
        let Some(first) = ids.next() else {
            return false;
        };
        head::differs(&first.store_id(), store)
            && ids.all(|header| head::differs(&header.store_id(), store))
    }

    /// What is wrong with the copies, and which bytes ought to stand in both; `None` when neither is in force.
    pub(crate) fn judge(&self, conn: &Connection) -> Result<(Vec<Finding>, Option<&[u8]>), Error> {
        let current: Option<Hash> = meta::get(conn, meta::HEADER)?;
        let next: Option<Hash> = meta::get(conn, meta::HEADER_NEXT)?;
        let known = |bytes: &[u8]| {
            let hash = Some(crypto::sha256(&[bytes]));
            hash == current || hash == next
        };
        let Some(in_force) = [Some(&self.opened), self.main.as_ref(), self.copy.as_ref()]
            .into_iter()
            .flatten()
            .find(|bytes| known(bytes))
        else {
            return Ok((vec![Finding::HeaderOld], None));
        };
        let findings = [(HEADER, &self.main), (HEADER_COPY, &self.copy)]
            .into_iter()
            .filter(|(_, bytes)| !bytes.as_deref().is_some_and(known))
            .map(|(file, _)| Finding::HeaderCopy { file })
            .collect();
        Ok((findings, Some(in_force)))
    }

    /// Makes both files what they ought to be, ends an interrupted change, and says what was found.
    pub(crate) fn settle(&self, dir: &Dir, conn: &Connection) -> Result<Vec<Finding>, Error> {
        let (findings, in_force) = self.judge(conn)?;
        let Some(in_force) = in_force else {
            return Ok(findings);
        };
        for (file, bytes) in [(HEADER_COPY, &self.copy), (HEADER, &self.main)] {
            if bytes.as_deref() != Some(in_force) {
                dir.replace(file, in_force)?;
            }
        }
        if meta::get::<Hash>(conn, meta::HEADER_NEXT)?.is_some() {
            meta::put(conn, meta::HEADER, crypto::sha256(&[in_force]))?;
            meta::remove(conn, meta::HEADER_NEXT)?;
        }
        Ok(findings)
    }
}

impl Store {
    /// The cost of the passphrase slot, for deciding whether to raise it.
    ///
    /// # Errors
    ///
    /// [`Error::HeaderDamaged`] when the file was damaged since the store was opened.
    pub fn passphrase_cost(&self) -> Result<Option<Params>, Error> {
        match &self.files {
            Some(files) => Ok(Some(current(&files.dir)?.params()?)),
            None => Ok(None),
        }
    }

    /// Whether this is the passphrase: asked before it may be changed.
    ///
    /// # Errors
    ///
    /// [`Error::WrongSecret`], [`Error::HeaderDamaged`].
    pub fn check_passphrase(&self, passphrase: &str) -> Result<(), Error> {
        match &self.files {
            Some(files) => Ok(current(&files.dir)?
                .open_with_passphrase(passphrase)
                .map(drop)?),
            None => Ok(()),
        }
    }

    /// Whether this is the recovery code: it stands in for a passphrase that was forgotten.
    ///
    /// # Errors
    ///
    /// As [`Store::check_passphrase`].
    pub fn check_recovery(&self, code: &RecoveryCode) -> Result<(), Error> {
        match &self.files {
            Some(files) => Ok(current(&files.dir)?.open_with_recovery(code).map(drop)?),
            None => Ok(()),
        }
    }

    /// Puts a new passphrase in the place of the old one.
    ///
    /// # Errors
    ///
    /// As [`Store::transact`], and [`Error::HeaderDamaged`]. Where it fails, the old passphrase or the new one opens
    /// the store, never neither.
    pub fn change_passphrase(&mut self, passphrase: &str, params: Params) -> Result<(), Error> {
        self.change_header(|header, key| header.change_passphrase(key, passphrase, params))
    }

    /// Puts a new recovery code in the place of the old one.
    ///
    /// # Errors
    ///
    /// As [`Store::change_passphrase`].
    pub fn change_recovery(&mut self, code: &RecoveryCode) -> Result<(), Error> {
        self.change_header(|header, key| header.change_recovery(key, code))
    }

    /// The public half of the escrow key that opens this store, where one does.
    ///
    /// # Errors
    ///
    /// [`Error::HeaderDamaged`] when the file was damaged since the store was opened.
    pub fn escrow(&self) -> Result<Option<[u8; 32]>, Error> {
        match &self.files {
            Some(files) => Ok(current(&files.dir)?.escrow()),
            None => Ok(None),
        }
    }

    /// Which escrow key would open the store in this folder, by its public half. Nothing of it is authentic before it
    /// opens; a damaged header names none.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Io`].
    pub fn escrow_of(path: &Path) -> Result<Option<[u8; 32]>, Error> {
        let dir = Dir::find(path)?;
        for file in [HEADER, HEADER_COPY] {
            let header = dir.read(file)?.and_then(|it| Header::parse(&it).ok());
            if let Some(public) = header.and_then(|header| header.escrow()) {
                return Ok(Some(public));
            }
        }
        Ok(None)
    }

    /// Seals the store's key to the office's escrow, in the place of an earlier one.
    ///
    /// # Errors
    ///
    /// As [`Store::change_passphrase`]; [`Error::WrongSecret`] when nothing can be sealed to `public`.
    pub fn change_escrow(&mut self, public: &[u8; 32]) -> Result<(), Error> {
        self.change_header(|header, key| header.change_escrow(key, public))
    }

    fn change_header(
        &mut self,
        change: impl FnOnce(&mut Header, &SecretKey) -> Result<(), HeaderError>,
    ) -> Result<(), Error> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let mut header = current(&files.dir)?;
        change(&mut header, &files.key)?;
        let bytes = header.encode();
        let hash = self.announce(&bytes)?;
        if let Some(files) = &self.files {
            Headers::write(&files.dir, &bytes)?;
        }
        self.transact(|tx| {
            meta::put(tx.conn(), meta::HEADER, hash)?;
            meta::remove(tx.conn(), meta::HEADER_NEXT)
        })
    }

    /// Says in the database which header is coming, before either file is it.
    fn announce(&mut self, bytes: &[u8]) -> Result<Hash, Error> {
        let hash = crypto::sha256(&[bytes]);
        self.transact(|tx| meta::put(tx.conn(), meta::HEADER_NEXT, hash))?;
        Ok(hash)
    }
}

pub(crate) fn current(dir: &Dir) -> Result<Header, Error> {
    Ok(Header::parse(&dir.read(HEADER)?.ok_or(Error::HeaderLost)?)?)
}

pub(crate) fn open_one(bytes: &[u8], secret: Secret<'_>) -> Result<SecretKey, HeaderError> {
    let header = Header::parse(bytes)?;
    match secret {
        Secret::Passphrase(passphrase) => header.open_with_passphrase(passphrase),
        Secret::Recovery(code) => header.open_with_recovery(code),
        Secret::Escrow(key) => header.open_with_escrow(key),
    }
}

/// The first bytes of `store.db`, where the file is there and long enough.
pub(crate) fn salt(dir: &Dir) -> Option<[u8; 16]> {
    use std::io::Read;
    let mut salt = [0; 16];
    std::fs::File::open(dir.path(DATABASE))
        .ok()?
        .read_exact(&mut salt)
        .ok()?;
    Some(salt)
}

impl From<HeaderError> for Error {
    fn from(fault: HeaderError) -> Self {
        match fault {
            HeaderError::Damaged => Self::HeaderDamaged,
            HeaderError::WrongSecret => Self::WrongSecret,
            HeaderError::BelowFloor => Self::KdfBelowFloor,
            HeaderError::AboveCeiling => Self::KdfAboveCeiling,
            HeaderError::NewerFormat => Self::NewerFormat,
            HeaderError::NoMemory => Self::NoMemory,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const OLD: &str = "まえの ことば";
    const NEW: &str = "あとの ことば";

    /// The change stops between its two files: whichever passphrase is typed next opens, and is the one that stays.
    #[test]
    fn an_interrupted_change_of_passphrase_locks_nobody_out() {
        for (typed, dead) in [(OLD, NEW), (NEW, OLD)] {
            let keep = tempfile::tempdir().unwrap();
            let dir = keep.path().join("store");
            let code = RecoveryCode::make();
            let header = NewHeader {
                passphrase: OLD,
                params: Params::FLOOR,
                recovery: &code,
            };
            let mut store = Store::create(&dir, &header).unwrap();
            let files = store.files.as_ref().unwrap();
            let mut next = current(&files.dir).unwrap();
            next.change_passphrase(&files.key, NEW, Params::FLOOR)
                .unwrap();
            store.announce(&next.encode()).unwrap();
            fs::write(dir.join(HEADER_COPY), next.encode()).unwrap();
            drop(store);

            let store = Store::unlock(&dir, Secret::Passphrase(typed)).unwrap();
            assert_eq!(store.notices().unwrap(), []);
            drop(store);
            let refused = Store::unlock(&dir, Secret::Passphrase(dead));
            assert!(matches!(refused, Err(Error::WrongSecret)));
            assert_eq!(
                fs::read(dir.join(HEADER)).unwrap(),
                fs::read(dir.join(HEADER_COPY)).unwrap()
            );
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let code = RecoveryCode::make();
        let header = NewHeader {
            passphrase: OLD,
            params: Params::FLOOR,
            recovery: &code,
        };
        let shown = format!(
            "{:?} {:?} {:?} {header:?}",
            Secret::Passphrase(OLD),
            Secret::Recovery(&code),
            Secret::Escrow(&KemKey::make())
        );
        assert_eq!(
            shown,
            "Passphrase(..) Recovery(..) Escrow(..) NewHeader(..)"
        );
    }
}
