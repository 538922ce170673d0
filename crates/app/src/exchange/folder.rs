//! Exchange with a folder that several laptops share: a stick that goes round, or a place in the network.
//!
//! # Invariants
//!
//! - **Nothing is written where nothing is new.** A file goes out only for what no file in the folder holds, so that
//!   laptops which call this in turn come to rest.
//! - **A file counts while it is there.** One that is gone, cut or exchanged holds nothing, and what was in it goes out
//!   again.
//! - **A file is read once it was read whole.** One that could not be read, or of which something could not be kept, is
//!   read again the next time.

use std::path::Path;

use store::table::file::FileRow;
use sync::run::{Run, covered};
use sync::vector::Line;
use wire::ids::{Device, Hash, Lane};

use super::export::{LeaveOut, digest_of_all};
use super::file;
use super::import::{Brought, is_of_the_file};
use super::ledger::Ledger;
use super::seal::Occasion;
use crate::App;
use crate::error::{AppError, Result};
use crate::session::view::{ExportBundle, FolderView};

impl App {
    /// Takes in what is new below a folder, then writes one file of what the folder lacks, if it lacks anything. Says what
    /// came of it, and which tags went stale.
    ///
    /// # Errors
    /// [`crate::ErrorCode::FileFailed`] when the folder is not there, cannot be looked at or not be written;
    /// [`crate::ErrorCode::DiskFull`]. What was taken in stays, and what did not get out leaves with the next bundle.
    pub fn folder_sync(&mut self, folder: &Path) -> Result<(FolderView, Vec<String>)> {
        let mut brought = Brought::default();
        let (mut files, mut present) = (0, Vec::new());
        for path in file::bundles_below(folder).map_err(file::failed)? {
            match self.take_from_folder(&path, &mut brought) {
                Ok((is_new, row)) => {
                    files += u32::from(is_new);
                    present.extend(row);
                }
                Err(error) if is_of_the_file(error.code) => brought.refuse_file(error.code),
                Err(error) => {
                    // What the files before it brought stays.
                    self.imported(brought)?;
                    return Err(error);
                }
            }
        }
        let (view, mut touched) = self.imported(brought)?;
        self.seal(Occasion::Bundle)?;
        let written = match self.lacking_in(&present)? {
            Some(leave_out) => {
                touched.extend(["status", "carryouts"].map(str::to_owned));
                Some(self.carry_out(folder, &ExportBundle::default(), &leave_out)?)
            }
            None => None,
        };
        let view = FolderView {
            files,
            brought: view,
            written,
        };
        Ok((view, touched))
    }

    /// Takes in a file that was not taken in before. Gives whether it was, and what it holds for every device.
    fn take_from_folder(
        &mut self,
        path: &Path,
        brought: &mut Brought,
    ) -> Result<(bool, Option<FileRow>)> {
        let head = file::head(path).map_err(file::failed)?;
        let known = self.file_of(&head)?;
        let is_new = known.is_none();
        let row = if is_new {
            self.import_file(path, brought)?;
            self.file_of(&head)?
        } else {
            known
        };
        Ok((is_new, row.filter(|_| head.for_all)))
    }

    fn file_of(&self, head: &file::Head) -> Result<Option<FileRow>> {
        let row = self
            .store
            .read(|reader| Ok::<_, AppError>(reader.bundle_file(&head.mark)?))?;
        Ok(row.filter(|row| row.length == head.length))
    }

    /// What need not go into a file for this folder; none where nothing need.
    fn lacking_in(&mut self, present: &[FileRow]) -> Result<Option<LeaveOut>> {
        let now = self.environment.now();
        let runs: Vec<Run> = present.iter().flat_map(|row| &row.runs).map(run).collect();
        let directory = digest_of_all(&self.trust.directory);
        self.store.transact(|tx| {
            let here = Ledger::open(tx, now)?.passed_on()?;
            let beside = covered(here.iter().copied(), &runs);
            let rests = here.iter().all(|(_, _, id)| beside.contains(id))
                && present.iter().any(|row| row.directory == directory);
            Ok::<_, AppError>((!rests).then_some(LeaveOut::These(beside)))
        })
    }
}

fn run(row: &store::table::file::RunRow) -> Run {
    Run {
        line: Line {
            lane: Lane::new(row.lane),
            device: Device::new(row.device),
            incarnation: row.incarnation,
        },
        first: row.first,
        last: row.last,
        digest: Hash::new(row.digest),
    }
}
