//! Bundles as files: written so that nobody ever sees half of one, and found below a folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{AppError, ErrorCode};

/// The ending of a bundle's name.
pub(super) const ENDING: &str = "mgb";
/// How deep below a folder bundles are looked for.
const DEPTH: u32 = 8;

/// Whether a path names one bundle; any other names a folder of them.
pub(super) fn is_bundle(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING))
}

/// Writes a file beside its place, makes sure that it is on the disk, and puts it there. Gives its length.
pub(crate) fn write_whole<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    // Left from an interrupted export; or a link that somebody put there, which must not be followed.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let written = fill(&part, write).and_then(|len| {
        fs::rename(&part, path)?;
        Ok(len)
    });
    if written.is_err() {
        // Best effort: the cause is what is told.
        let _ = fs::remove_file(&part);
    } else if let Some(folder) = path.parent() {
        // Some file systems cannot do this to a folder; the file itself is safe.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    written
}

fn fill<E: From<io::Error>>(
    part: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut out = BufWriter::new(OpenOptions::new().write(true).create_new(true).open(part)?);
    write(&mut out)?;
    out.flush()?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// The number of the next bundle in a folder: one more than the highest there.
pub(super) fn next_number(folder: &Path) -> io::Result<u64> {
    let mut highest = 0;
    for entry in fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        if is_bundle(&name) {
            let number = name
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(|stem| stem.parse().ok());
            highest = highest.max(number.unwrap_or(0));
        }
    }
    Ok(highest + 1)
}

/// All bundles below a folder, in the order of their names. Links are not followed.
pub(super) fn bundles_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    look(folder, DEPTH, &mut found)?;
    found.sort();
    Ok(found)
}

fn look(folder: &Path, depth: u32, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() && depth > 0 {
            look(&path, depth - 1, found)?;
        } else if kind.is_file() && is_bundle(&path) {
            found.push(path);
        }
    }
    Ok(())
}

/// What stopped the writing of a file.
pub(crate) struct Stopped(pub(crate) AppError);

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self(failed(error))
    }
}

/// What a failing disk or stick is to the person.
pub(crate) fn failed(error: io::Error) -> AppError {
    let code = match error.kind() {
        io::ErrorKind::StorageFull => ErrorCode::DiskFull,
        _ => ErrorCode::FileFailed,
    };
    AppError::new(code).because(error)
}
