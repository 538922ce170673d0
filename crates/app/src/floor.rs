//! Measuring sticks for `bench`: the same rows, writes and merges without us, and the key derivation that is meant to
//! be dear. For invented data only.

mod laden;

use std::fs::File;
use std::path::{Path, PathBuf};

use domain::{DocId, fold};
use store::floor::Plain;
use store::table::projection::Order;
use store::table::search::Index;

pub use self::laden::{Weight, documents, weigh};
use crate::App;
use crate::demo::PASSPHRASE;
use crate::error::{AppError, ErrorCode, Result};

/// A plain SQLite file with the rows that an open store draws lists and search from.
#[derive(Debug)]
pub struct Rows(Plain);

impl Rows {
    /// Copies them.
    ///
    /// # Errors
    /// When a database cannot be read or written.
    pub fn copy(app: &App, path: &Path) -> Result<Self> {
        Ok(Self(Plain::copy(&app.store, path, fold::bigrams)?))
    }

    /// Reads the rows of a household's page, and counts them.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; when the database cannot be read.
    pub fn household(&self, id: &str) -> Result<usize> {
        let id: DocId = id.parse().map_err(|_| ErrorCode::NotFound)?;
        let reader = self.0.reader();
        let mut count = usize::from(reader.projection("household", &id.to_string())?.is_some());
        for kind in ["member", "note", "round", "intake", "conflict"] {
            count += reader
                .household_projections(&id.to_bytes(), kind, Order::Descending, 5_000)?
                .len();
        }
        Ok(count)
    }

    /// Reads a page of the list of households.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn list(&self, limit: u32) -> Result<usize> {
        Ok(self
            .0
            .reader()
            .projections("household", None, Order::Ascending, None, limit)?
            .len())
    }

    /// Asks the index.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn search(&self, text: &str, limit: u32) -> Result<usize> {
        let Some(expression) = fold::match_expression(text) else {
            return Ok(0);
        };
        Ok(self
            .0
            .reader()
            .search(Index::Exact, &expression, limit)?
            .len())
    }
}

/// A file that is written and waited for, as many bytes as an edit takes.
#[derive(Debug)]
pub struct Disk {
    file: File,
    path: PathBuf,
}

impl Disk {
    /// Makes the file.
    ///
    /// # Errors
    /// [`ErrorCode::FileFailed`].
    pub fn make(path: &Path) -> Result<Self> {
        Ok(Self {
            file: File::create(path).map_err(failed)?,
            path: path.to_owned(),
        })
    }

    /// Writes `bytes` and waits until they are on the disk.
    ///
    /// # Errors
    /// [`ErrorCode::FileFailed`].
    pub fn write(&mut self, bytes: usize) -> Result<()> {
        store::floor::write_and_sync(&mut self.file, bytes).map_err(failed)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What stays behind is noise.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn failed(error: std::io::Error) -> AppError {
    AppError::new(ErrorCode::FileFailed).because(error)
}

/// Derives the demo's key from its passphrase at the floor of the parameters.
///
/// # Errors
/// [`ErrorCode::Internal`].
pub fn derive_key() -> Result<()> {
    let normalised = crypto::passphrase::normalise(PASSPHRASE);
    crypto::passphrase::derive(&normalised, &[0; 32], crypto::passphrase::Params::FLOOR)
        .map(drop)
        .map_err(|error| AppError::new(ErrorCode::Internal).because(error))
}

/// Writes the database anew, as the first opening after an erasure does.
///
/// # Errors
/// When the disk fails or has no room for a second copy.
pub fn rewrite(app: &mut App) -> Result<()> {
    Ok(app.store.rewrite()?)
}

/// Two automerge documents with as many edits each, merged when `run`.
#[derive(Debug)]
pub struct Merge(record::floor::Merge);

impl Merge {
    /// Makes the edits.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`].
    pub fn prepare(edits: usize, bytes: usize) -> Result<Self> {
        record::floor::Merge::prepare(edits, bytes)
            .map(Self)
            .map_err(|error| AppError::new(ErrorCode::Internal).because(error))
    }

    /// Merges.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`].
    pub fn run(&mut self) -> Result<usize> {
        self.0
            .run()
            .map_err(|error| AppError::new(ErrorCode::Internal).because(error))
    }
}
