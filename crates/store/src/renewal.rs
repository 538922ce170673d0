//! A fresh store takes the place of the one that lies there, which is kept aside.
//!
//! ```text
//! PLACE               the store as it is
//! PLACE.new-…         is being made, and worth nothing until it is chosen
//! PLACE.ready         made, whole and chosen; for the blink of an eye only
//! PLACE-kept-…        what lay there before
//! ```
//!
//! # Invariants
//!
//! - **Nothing is removed but what was made for this.** The store that lay there is renamed, never opened or changed.
//! - **At each moment one of the two is in the place, or [`settle`] puts it there.** A power cut between two renames is
//!   mended at the next look.
//! - **Whoever works in the store keeps it.** While another program has it open, it stays where it is.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::dir::{DATABASE, Dir, HEADER, HEADER_COPY, LOCK, sync_folder};
use crate::error::Error;
use crate::lock::Lock;

const NEW: &str = ".new-";
const READY: &str = ".ready";
const KEPT: &str = "-kept-";

/// A store that is made beside another one. Where it is not chosen, it goes again with this.
#[derive(Debug)]
pub struct Renewal {
    place: PathBuf,
    fresh: PathBuf,
}

impl Renewal {
    /// Names a folder for the fresh store beside `place`, and clears away what earlier tries left behind.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder around `place` cannot be looked at.
    pub fn begin(place: &Path) -> Result<Self, Error> {
        settle(place)?;
        let around = around(place);
        fs::create_dir_all(around)?;
        let started = beside(place, NEW);
        for entry in fs::read_dir(around)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_left = name
                .as_encoded_bytes()
                .starts_with(name_of(&started).as_encoded_bytes());
            if is_left || entry.path() == beside(place, READY) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        let mark = u64::from_be_bytes(crypto::random());
        let fresh = beside(place, &format!("{NEW}{mark:016x}"));
        Ok(Self {
            place: place.to_owned(),
            fresh,
        })
    }

    /// The folder in which the fresh store is to be made, and locked again.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.fresh
    }

    /// Puts the fresh store in its place. What lay there is kept in a folder beside it, named after `day`, that is told;
    /// nothing where nothing lay there.
    ///
    /// # Errors
    /// [`Error::InUse`] when another program has the store open, [`Error::AlreadyExists`] when something else lies there,
    /// [`Error::Io`]. Then what was in the place is in the place.
    pub fn put_in_place(self, day: &str) -> Result<Option<PathBuf>, Error> {
        let held = take(&self.place)?;
        let kept = held.is_some().then(|| free(&self.place, day));
        // Some systems rename no folder in which a file is open.
        #[cfg(not(unix))]
        drop(held);
        for (from, to) in self.renames(kept.as_deref()) {
            rename(&from, &to)?;
        }
        Ok(kept)
    }

    /// What is renamed, in this order.
    fn renames(&self, kept: Option<&Path>) -> Vec<(PathBuf, PathBuf)> {
        let ready = beside(&self.place, READY);
        let mut renames = vec![(self.fresh.clone(), ready.clone())];
        renames.extend(kept.map(|kept| (self.place.clone(), kept.to_owned())));
        renames.push((ready, self.place.clone()));
        renames
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        // Encrypted like any store; the next try clears it away where this one could not.
        let _ = fs::remove_dir_all(&self.fresh);
    }
}

/// Ends what a power cut left half done: a store that was chosen goes where none is.
///
/// # Errors
/// [`Error::Io`].
pub fn settle(place: &Path) -> Result<(), Error> {
    let ready = beside(place, READY);
    if ready.join(DATABASE).exists() && fs::symlink_metadata(place).is_err() {
        rename(&ready, place)?;
    }
    Ok(())
}

/// The folders beside `place` in which a store of it lies: those that were kept, and one that was never chosen.
pub(crate) fn others(place: &Path) -> Result<Vec<PathBuf>, Error> {
    let names = [KEPT, NEW, READY].map(|ending| name_of(&beside(place, ending)));
    let mut others = Vec::new();
    for entry in fs::read_dir(around(place))? {
        let entry = entry?;
        let name = entry.file_name();
        let is_other = |start: &OsString| {
            name.as_encoded_bytes()
                .starts_with(start.as_encoded_bytes())
        };
        if names.iter().any(is_other) {
            others.push(entry.path());
        }
    }
    Ok(others)
}

/// Takes the store in a place, so that nobody opens it meanwhile; nothing where none is.
fn take(place: &Path) -> Result<Option<Lock>, Error> {
    let dir = Dir::at(place);
    if [DATABASE, HEADER, HEADER_COPY]
        .iter()
        .any(|name| dir.has(name))
    {
        return Lock::take(&dir).map(Some);
    }
    let mut entries = match fs::read_dir(place) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != LOCK)) {
        return Err(Error::AlreadyExists);
    }
    fs::remove_dir_all(place)?;
    Ok(None)
}

/// A name beside `place` that nothing has yet.
fn free(place: &Path, day: &str) -> PathBuf {
    let first = beside(place, &format!("{KEPT}{day}"));
    let more = (2_u32..).map(|number| beside(place, &format!("{KEPT}{day}-{number}")));
    std::iter::once(first.clone())
        .chain(more)
        .find(|path| fs::symlink_metadata(path).is_err())
        .unwrap_or(first)
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to)?;
    sync_folder(around(to))
}

fn around(place: &Path) -> &Path {
    match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn name_of(path: &Path) -> OsString {
    path.file_name().unwrap_or_default().to_owned()
}

fn beside(place: &Path, ending: &str) -> PathBuf {
    let mut name = name_of(place);
    name.push(ending);
    around(place).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that looks like a store; what is in it is of no interest here.
    fn lay(place: &Path, words: &str) {
        fs::create_dir_all(place).unwrap();
        fs::write(place.join(DATABASE), words).unwrap();
    }

    fn lies(place: &Path) -> Option<String> {
        fs::read_to_string(place.join(DATABASE)).ok()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_lay_there_is_kept_and_nothing_else_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        lay(&place, "old");
        for (fresh, kept) in [("one", "1-kept-day"), ("two", "1-kept-day-2")] {
            let renewal = Renewal::begin(&place).unwrap();
            lay(renewal.folder(), fresh);
            let told = renewal.put_in_place("day").unwrap();
            assert_eq!(told, Some(folder.path().join(kept)));
            assert_eq!(lies(&place).as_deref(), Some(fresh));
        }
        assert_eq!(names(folder.path()), ["1", "1-kept-day", "1-kept-day-2"]);
        assert_eq!(lies(&folder.path().join("1-kept-day")).unwrap(), "old");
    }

    #[test]
    fn where_nothing_lay_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        let renewal = Renewal::begin(&place).unwrap();
        lay(renewal.folder(), "fresh");
        assert_eq!(renewal.put_in_place("day").unwrap(), None);
        assert_eq!(names(folder.path()), ["1"]);
    }

    #[test]
    fn what_is_not_chosen_goes_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        lay(&place, "old");
        // Of a program that was killed.
        lay(&folder.path().join("1.new-00"), "half");
        lay(&folder.path().join("1.ready"), "never asked for again");
        let renewal = Renewal::begin(&place).unwrap();
        lay(renewal.folder(), "fresh");
        drop(renewal);
        assert_eq!(names(folder.path()), ["1"]);
        assert_eq!(lies(&place).as_deref(), Some("old"));
    }

    /// The renames are cut off after each of them.
    #[test]
    fn a_power_cut_between_two_renames_leaves_a_store_in_the_place_and_loses_none() {
        for lay_old in [true, false] {
            let steps = if lay_old { 3 } else { 2 };
            for done in 0..=steps {
                let folder = tempfile::tempdir().unwrap();
                let place = folder.path().join("1");
                if lay_old {
                    lay(&place, "old");
                }
                let renewal = Renewal::begin(&place).unwrap();
                lay(renewal.folder(), "fresh");
                let kept = lay_old.then(|| free(&place, "day"));
                let renames = renewal.renames(kept.as_deref());
                assert_eq!(renames.len(), steps);
                for (from, to) in renames.iter().take(done) {
                    rename(from, to).unwrap();
                }
                std::mem::forget(renewal);
                let bare = lies(&place);
                settle(&place).unwrap();
                let is_chosen = done >= 2 || (!lay_old && done == 1);
                let expected = match (is_chosen, lay_old) {
                    (true, _) => Some("fresh"),
                    (false, true) => Some("old"),
                    (false, false) => None,
                };
                assert_eq!(lies(&place).as_deref(), expected, "{lay_old} {done}");
                if is_chosen && done < steps {
                    assert_eq!(
                        bare, None,
                        "red control: nothing is there before it settles"
                    );
                }
                if lay_old && is_chosen {
                    assert_eq!(lies(&kept.unwrap()).as_deref(), Some("old"));
                }
            }
        }
    }

    #[test]
    fn a_store_that_somebody_has_open_stays_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        lay(&place, "old");
        let held = Lock::take(&Dir::at(&place)).unwrap();
        let begin = || {
            let renewal = Renewal::begin(&place).unwrap();
            lay(renewal.folder(), "fresh");
            renewal
        };
        assert!(matches!(begin().put_in_place("day"), Err(Error::InUse)));
        assert_eq!(lies(&place).as_deref(), Some("old"));
        assert_eq!(names(folder.path()), ["1"]);
        drop(held);
        begin().put_in_place("day").unwrap();
        assert_eq!(lies(&place).as_deref(), Some("fresh"), "red control");
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("1");
        fs::create_dir(&place).unwrap();
        let begin = || {
            let renewal = Renewal::begin(&place).unwrap();
            lay(renewal.folder(), "fresh");
            renewal
        };
        fs::write(place.join("letter.txt"), "").unwrap();
        assert!(matches!(
            begin().put_in_place("day"),
            Err(Error::AlreadyExists)
        ));
        assert_eq!(names(&place), ["letter.txt"]);
        // An empty one is as good as none.
        fs::remove_file(place.join("letter.txt")).unwrap();
        begin().put_in_place("day").unwrap();
        assert_eq!(lies(&place).as_deref(), Some("fresh"));
    }
}
