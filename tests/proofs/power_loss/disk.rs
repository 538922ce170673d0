//! A disk that loses power: what was fsynced stays; of the rest, any part may be there and any part not.
//!
//! # Assumptions
//!
//! - `fsync` tells the truth.
//! - 512 bytes are written whole or not at all; in which order sectors get to the disk, nobody knows.
//! - Names are kept by a file system with a journal: of the changes since the last fsync of a folder, the first few
//!   are there.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::trace::{Event, File};
use crate::dice::Dice;

const SECTOR: usize = 512;

/// The disk while the power is on.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: HashMap<File, Bytes>,
    /// Every change of a name, and whether it is on the disk.
    names: Vec<(Event, bool)>,
}

/// A file's bytes: those on the disk, and those on their way.
#[derive(Debug, Default)]
struct Bytes {
    safe: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Resize(usize),
}

/// How the power goes.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// Nothing that was on its way arrives.
    All,
    /// Everything does.
    Nothing,
    /// The first changes arrive, the last of them torn.
    Tail,
    /// Each sector by itself, so many of a hundred.
    Sectors(u64),
}

impl Disk {
    /// Does the next step.
    pub(crate) fn step(&mut self, event: &Event) {
        match event {
            Event::Create(_, file) => {
                self.files.insert(*file, Bytes::default());
                self.names.push((event.clone(), false));
            }
            Event::Folder(_) | Event::Rename(..) | Event::Remove(_) => {
                self.names.push((event.clone(), false))
            }
            Event::Write(file, at, bytes) => self.change(*file, Change::Write(*at, bytes.clone())),
            Event::Resize(file, length) => self.change(*file, Change::Resize(*length)),
            Event::Sync(file) => {
                let bytes = self.files.get_mut(file).unwrap();
                for change in bytes.pending.drain(..) {
                    apply(&mut bytes.safe, &change);
                }
            }
            Event::SyncFolder(folder) => {
                for (event, safe) in &mut self.names {
                    *safe |= name(event).parent() == Some(folder);
                }
            }
            Event::Said(_) => {}
        }
    }

    fn change(&mut self, file: File, change: Change) {
        self.files.get_mut(&file).unwrap().pending.push(change);
    }

    /// The files as they are found when the power is back.
    pub(crate) fn after_power_loss(&self, dice: &mut Dice) -> BTreeMap<PathBuf, Vec<u8>> {
        let losses = [
            Loss::All,
            Loss::Nothing,
            Loss::Tail,
            Loss::Tail,
            Loss::Sectors(10),
            Loss::Sectors(50),
            Loss::Sectors(90),
        ];
        let loss = losses[dice.below(losses.len())];
        let pending = self.names.iter().filter(|(_, safe)| !safe).count();
        let arrived = match loss {
            Loss::All => 0,
            Loss::Nothing => pending,
            Loss::Tail | Loss::Sectors(_) => dice.below(pending + 1),
        };
        self.image(arrived, |bytes| bytes.after(loss, dice))
    }

    /// The files as the program sees them.
    pub(crate) fn now(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.image(usize::MAX, |bytes| {
            let mut now = bytes.safe.clone();
            bytes
                .pending
                .iter()
                .for_each(|change| apply(&mut now, change));
            now
        })
    }

    /// The names on the disk and the first `arrived` of the others, each with its bytes.
    fn image(
        &self,
        mut arrived: usize,
        mut bytes: impl FnMut(&Bytes) -> Vec<u8>,
    ) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut names = BTreeMap::new();
        let mut folders = Vec::new();
        for (event, safe) in &self.names {
            if !safe {
                if arrived == 0 {
                    continue;
                }
                arrived -= 1;
            }
            match event {
                Event::Folder(path) => folders.push(path.as_path()),
                Event::Create(path, file) => {
                    names.insert(path.clone(), *file);
                }
                Event::Rename(from, to) => {
                    if let Some(file) = names.remove(from) {
                        names.insert(to.clone(), file);
                    }
                }
                Event::Remove(path) => {
                    names.remove(path);
                }
                Event::Write(..)
                | Event::Resize(..)
                | Event::Sync(_)
                | Event::SyncFolder(_)
                | Event::Said(_) => {}
            }
        }
        // A folder whose own name is not there takes its files along.
        let has_folder = |path: &Path| folders.iter().any(|folder| path.parent() == Some(folder));
        let there = names.into_iter().filter(|(path, _)| has_folder(path));
        there
            .map(|(path, file)| (path, bytes(&self.files[&file])))
            .collect()
    }
}

impl Bytes {
    fn after(&self, loss: Loss, dice: &mut Dice) -> Vec<u8> {
        let mut found = self.safe.clone();
        let whole = match loss {
            Loss::All => 0,
            Loss::Nothing => self.pending.len(),
            Loss::Tail => dice.below(self.pending.len() + 1),
            Loss::Sectors(_) => 0,
        };
        for (number, change) in self.pending.iter().enumerate() {
            match (change, loss) {
                _ if number < whole => apply(&mut found, change),
                (Change::Write(at, bytes), Loss::Tail) if number == whole => {
                    let pieces = sectors(*at, bytes);
                    let arrived = dice.below(pieces.len() + 1);
                    pieces
                        .into_iter()
                        .take(arrived)
                        .for_each(|(at, piece)| put(&mut found, at, piece));
                }
                (Change::Write(at, bytes), Loss::Sectors(percent)) => {
                    for (at, piece) in sectors(*at, bytes) {
                        if dice.percent(percent) {
                            put(&mut found, at, piece);
                        }
                    }
                }
                (Change::Resize(_), Loss::Sectors(percent)) if dice.percent(percent) => {
                    apply(&mut found, change)
                }
                _ => {}
            }
        }
        found
    }
}

fn name(event: &Event) -> &Path {
    match event {
        Event::Folder(path)
        | Event::Create(path, _)
        | Event::Rename(_, path)
        | Event::Remove(path) => path,
        Event::SyncFolder(path) => path,
        Event::Write(..) | Event::Resize(..) | Event::Sync(_) | Event::Said(_) => Path::new(""),
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(at, written) => put(bytes, *at, written),
        Change::Resize(length) => bytes.resize(*length, 0),
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    let end = at + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(written);
}

/// Cuts a write where sectors end.
fn sectors(at: usize, bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let mut pieces = Vec::new();
    let (mut at, mut rest) = (at, bytes);
    while !rest.is_empty() {
        let (piece, others) = rest.split_at((SECTOR - at % SECTOR).min(rest.len()));
        pieces.push((at, piece));
        at += piece.len();
        rest = others;
    }
    pieces
}

#[test]
fn what_was_synced_stays_and_the_rest_may_go() {
    let folder = PathBuf::from("/r/s");
    let (a, b) = (folder.join("a"), folder.join("b"));
    let mut disk = Disk::default();
    let steps = [
        Event::Folder(folder.clone()),
        Event::SyncFolder(PathBuf::from("/r")),
        Event::Create(a.clone(), 1),
        Event::SyncFolder(folder),
        Event::Write(1, 0, vec![1; 1024]),
        Event::Sync(1),
        Event::Write(1, 100, vec![2; 1000]),
        Event::Create(b.clone(), 2),
    ];
    steps.iter().for_each(|event| disk.step(event));
    let (mut images, mut torn, mut without_b) = (0, 0, 0);
    let mut dice = Dice::of(1);
    for _ in 0..1000 {
        let image = disk.after_power_loss(&mut dice);
        let found = &image[&a];
        assert_eq!(found[..100], [1; 100]);
        assert!(found.len() >= 1024);
        images += 1;
        torn += usize::from(found[100] != found[600]);
        without_b += usize::from(!image.contains_key(&b));
    }
    assert!(
        torn > 100 && torn < images - 100,
        "{torn} of {images} are torn"
    );
    assert!(
        without_b > 100 && without_b < images - 100,
        "{without_b} of {images} lack the new name"
    );
    assert_eq!(disk.now()[&a][100..1100], [2; 1000]);
}
