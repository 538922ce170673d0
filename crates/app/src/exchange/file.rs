//! Bundles as files: written so that nobody ever sees half of one, and found below a folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{AppError, ErrorCode};

/// The ending of a bundle's name.
pub(super) const ENDING: &str = "mgb";
/// How deep below a folder bundles are looked for.
const DEPTH: u32 = 8;

/// What stands in clear at a bundle's beginning: magic, suite, office, address, lane, length, and 32 random bytes.
const CLEAR: usize = 70;
/// Where in it the address stands.
const ADDRESS: usize = 13;
/// The addresses that are the whole office: by its key, and by its key and its members'.
const FOR_ALL: [u8; 2] = [0, 3];

/// By what a file is known without being opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// SHA-256 of what stands in clear at its beginning: no two files have the same.
    pub(super) mark: [u8; 32],
    /// Its bytes.
    pub(super) length: u64,
    /// Every device of its office can open it.
    pub(super) for_all: bool,
}

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
    let part = part_of(path);
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

/// Makes sure that a file can be written at a place, and leaves nothing there.
pub(super) fn try_place(path: &Path) -> io::Result<()> {
    let part = part_of(path);
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&part)?;
    fs::remove_file(&part)
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

/// By what a file is known.
pub(super) fn head(path: &Path) -> io::Result<Head> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut clear = Vec::with_capacity(CLEAR);
    file.take(CLEAR as u64).read_to_end(&mut clear)?;
    Ok(Head {
        mark: crypto::sha256(&[&clear]),
        length,
        for_all: clear.get(ADDRESS).is_some_and(|to| FOR_ALL.contains(to)),
    })
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

/// All bundles below a folder, in the order of their names and numbers: what a device said last is read last. Links are
/// not followed.
pub(super) fn bundles_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    look(folder, DEPTH, &mut found)?;
    found.sort_by_cached_key(|path| (numbered(path), path.clone()));
    Ok(found)
}

/// A path's names without the numbers at their ends, and these, so that the tenth comes behind the ninth.
fn numbered(path: &Path) -> Vec<(String, u64)> {
    let name = |part: std::path::Component<'_>| {
        let part = PathBuf::from(part.as_os_str());
        let stem = if is_bundle(&part) {
            part.file_stem()
        } else {
            part.file_name()
        };
        let stem = stem.unwrap_or_default().to_string_lossy().into_owned();
        let name = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let number = stem.strip_prefix(name).and_then(|it| it.parse().ok());
        (name.to_owned(), number.unwrap_or_default())
    };
    path.components().map(name).collect()
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
    AppError::new(code(&error)).because(error)
}

pub(super) fn code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::FileFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenth_file_of_a_device_comes_behind_its_ninth() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ab12-10", "ab12-9"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            for number in [10, 9, 1] {
                let file = format!("{name}/{number}.{ENDING}");
                fs::write(folder.path().join(file), "").unwrap();
            }
        }
        fs::write(folder.path().join("für 田中.MGB"), "").unwrap();
        let found = bundles_below(folder.path()).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(folder.path()).unwrap())
            .collect();
        let expected = [
            "ab12-9/1.mgb",
            "ab12-9/9.mgb",
            "ab12-9/10.mgb",
            "ab12-10/1.mgb",
            "ab12-10/9.mgb",
            "ab12-10/10.mgb",
            "für 田中.MGB",
        ];
        assert_eq!(names, expected.map(Path::new));
    }
}
