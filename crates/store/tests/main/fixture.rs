//! A small store, its secrets, and copies of its folder.

use std::fs;
use std::path::{Path, PathBuf};

use crypto::passphrase::Params;
use crypto::recovery::RecoveryCode;
use store::table::change::ChangeRow;
use store::{Error, NewHeader, Secret, Store};
use tempfile::TempDir;

pub(crate) const PASSPHRASE: &str = "みほん市の あいことば";
pub(crate) const VAULT: [u8; 16] = [1; 16];
pub(crate) const DOC: [u8; 16] = [2; 16];

/// A folder that holds a store, and what opens it.
pub(crate) struct Fixture {
    _keep: TempDir,
    pub(crate) dir: PathBuf,
    pub(crate) code: RecoveryCode,
}

impl Fixture {
    /// A store with `rows` changes, locked.
    pub(crate) fn with_rows(rows: u32) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let dir = keep.path().join("store");
        let code = RecoveryCode::make();
        let header = NewHeader {
            passphrase: PASSPHRASE,
            params: Params::FLOOR,
            recovery: &code,
        };
        let mut store = Store::create(&dir, &header).unwrap();
        add(&mut store, 0, rows);
        store.lock().unwrap();
        Self {
            _keep: keep,
            dir,
            code,
        }
    }

    /// Opens by the recovery code, which costs no key derivation.
    pub(crate) fn unlock(&self) -> Result<Store, Error> {
        self.unlock_at(&self.dir)
    }

    pub(crate) fn unlock_at(&self, dir: &Path) -> Result<Store, Error> {
        Store::unlock(dir, self.secret())
    }

    pub(crate) fn secret(&self) -> Secret<'_> {
        Secret::Recovery(&self.code)
    }

    /// Another folder beside the store's.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.with_file_name(name)
    }

    /// A copy of the folder as it is now.
    pub(crate) fn copy(&self, name: &str) -> PathBuf {
        let to = self.beside(name);
        copy_folder(&self.dir, &to);
        to
    }
}

/// Makes `to` the same as `from`.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Adds changes `from..to`, one commit each.
pub(crate) fn add(store: &mut Store, from: u32, to: u32) {
    for number in from..to {
        store
            .transact(|tx| tx.put_change(&change(number), None))
            .unwrap();
    }
}

/// How many changes the store holds.
pub(crate) fn count(store: &Store) -> usize {
    store
        .read(|reader| reader.changes(&VAULT, &DOC))
        .unwrap()
        .len()
}

/// A change that is told from any other by its number.
pub(crate) fn change(number: u32) -> ChangeRow {
    let hash = crypto::sha256(&[&number.to_be_bytes()]);
    ChangeRow {
        vault: VAULT,
        doc: DOC,
        hash,
        bytes: hash.repeat(10),
        device: [3; 16],
        at: i64::from(number),
        dir_head: [0; 32],
        roster_head: [0; 32],
    }
}
