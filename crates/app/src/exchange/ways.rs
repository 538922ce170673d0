//! What this laptop alone keeps of its ways to the others: a certificate of the city's own, and a shared folder.
//!
//! # Invariants
//!
//! - **Neither is told to anybody.** Both stand in the store of this device, and in no record.
//! - **What is kept was read once.** The certificate itself is kept and not its path, so that no stick has to stay.

use std::path::{Path, PathBuf};

use store::Store;

use super::state;
use crate::App;
use crate::error::{ErrorCode, Result};
use crate::session::view::FolderView;

/// The certificates that a store keeps.
pub(crate) fn authority_of(store: &Store) -> Result<Option<Vec<u8>>> {
    Ok(store.read(|reader| reader.device_state(state::AUTHORITY))?)
}

/// Keeps certificates in a store that waits for its office.
pub(crate) fn keep_authority(store: &mut Store, pem: &[u8]) -> Result<()> {
    Ok(store.transact(|tx| tx.put_device_state(state::AUTHORITY, pem))?)
}

impl App {
    /// The certificates, PEM, against which this device checks its hub instead of the computer's.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hub_authority(&mut self) -> Result<Option<Vec<u8>>> {
        authority_of(&self.store)
    }

    /// Keeps certificates that were found to be such, or forgets those that are kept.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_hub_authority(&mut self, pem: Option<&[u8]>) -> Result<()> {
        self.keep_way(state::AUTHORITY, pem)
    }

    /// The folder that this device exchanges with (受け渡しのフォルダー), where one is chosen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn shared_folder(&mut self) -> Result<Option<PathBuf>> {
        let kept = self
            .store
            .read(|reader| reader.device_state(state::FOLDER))?;
        let text = kept.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.map(PathBuf::from))
    }

    /// Keeps the folder to exchange with, or forgets it. No file in it is touched.
    ///
    /// # Errors
    /// [`ErrorCode::NoFolder`] when it is not there.
    pub fn keep_shared_folder(&mut self, folder: Option<&Path>) -> Result<()> {
        if folder.is_some_and(|folder| !folder.is_dir()) {
            return Err(ErrorCode::NoFolder.into());
        }
        let text = folder.map(|folder| folder.to_string_lossy().into_owned());
        self.keep_way(state::FOLDER, text.as_deref().map(str::as_bytes))
    }

    /// Exchanges with the folder that was chosen.
    ///
    /// # Errors
    /// [`ErrorCode::NoFolder`] when none is chosen or it is not there now; as [`App::folder_sync`].
    pub fn shared_folder_sync(&mut self) -> Result<(FolderView, Vec<String>)> {
        let folder = self.shared_folder()?.filter(|folder| folder.is_dir());
        self.folder_sync(&folder.ok_or(ErrorCode::NoFolder)?)
    }

    fn keep_way(&mut self, key: &str, value: Option<&[u8]>) -> Result<()> {
        self.store.transact(|tx| match value {
            Some(value) => tx.put_device_state(key, value),
            None => tx.drop_device_state(key),
        })?;
        Ok(())
    }
}
