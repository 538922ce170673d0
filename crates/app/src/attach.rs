//! The files of attachments: from their chunks, and out of the program.
//!
//! # Invariants
//!
//! - **Read whole or not at all.** Every chunk is compared with its hash, its place and the digest of the whole.
//! - **A copy that leaves stands in the register** (持ち出し管理簿) before a byte of it is written; of what not everybody
//!   reads, by the number that it has in the access log, not by its name.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use record::{Kind, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Chunks, Reader};
use ts_rs::TS;
use wire::chunk::{self, ChunkError};

use crate::App;
use crate::audit::Deed;
use crate::documents::Documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::file::{Stopped, failed, write_whole};
use crate::facts::attachment::{AttachmentFacts, manifest};
use crate::ops::attachment::{self, AddAttachment, AttachmentView};
use crate::ops::audit::number_of;
use crate::ops::carryout::{self, Going};
use crate::session::view::ExportBundle;
use crate::view::ById;

/// A copy that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SavedAttachment {
    /// The file's name.
    pub file: String,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// The file of an attachment.
///
/// # Errors
/// [`ErrorCode::AttachmentMissing`] while a chunk has not arrived; [`ErrorCode::AttachmentDamaged`] when one does not hold.
pub(crate) fn content(
    reader: &Reader<'_>,
    documents: &mut Documents,
    chunks: &Chunks,
    id: &[u8; 16],
) -> Result<(AttachmentFacts, Vec<u8>)> {
    let document = documents.of_kind(reader, id, Kind::Attachment)?;
    let view: View<'_> = document.view(None);
    let facts = AttachmentFacts::read(&view).ok_or(ErrorCode::NotFound)?;
    let manifest = manifest(&view).ok_or(ErrorCode::AttachmentDamaged)?;
    let bytes = chunk::open::<AppError>(&manifest, |_, name| {
        let found = chunks.get(name.as_bytes())?;
        found.ok_or_else(|| ErrorCode::AttachmentMissing.into())
    })?;
    Ok((facts, bytes))
}

impl From<ChunkError> for AppError {
    fn from(error: ChunkError) -> Self {
        Self::new(ErrorCode::AttachmentDamaged).because(error)
    }
}

impl App {
    /// Saves a copy of an attachment outside of the program, with an entry in the register that says so.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::AttachmentMissing`], [`ErrorCode::AttachmentDamaged`];
    /// [`ErrorCode::FileFailed`], [`ErrorCode::DiskFull`]: then the entry is marked, and nothing has left.
    pub fn attachment_save(&mut self, path: &Path, request: &ById) -> Result<SavedAttachment> {
        self.must_be_compared()?;
        let id = request.id.to_bytes();
        let chunks = self.chunks.clone();
        let Self {
            store, documents, ..
        } = self;
        let (_, bytes) = store.read(|reader| content(reader, documents, &chunks, &id))?;
        let file = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let entered = if self.everybody_reads(&id)? {
            file.clone()
        } else {
            number_of(&id)
        };
        let details = ExportBundle::default();
        let going = Going {
            request: &details,
            reader: None,
            file: entered,
            records: 1,
            bytes: bytes.len() as u64,
            complete: false,
        };
        self.log(&Deed {
            kind: "attachment",
            subject: Some(id),
            ..Deed::of(wire::audit::Act::Export, "")
        })?;
        let (entry, _) = self.apply("carryout.enter", |w| carryout::enter(w, &going))?;
        let written = write_whole::<Stopped>(path, |out| {
            std::io::Write::write_all(out, &bytes).map_err(Stopped::from)
        });
        match written {
            Ok(bytes) => Ok(SavedAttachment { file, bytes }),
            Err(Stopped(error)) => {
                // Why the file failed is what is told.
                let _ = self.apply("carryout.fail", |w| carryout::not_written(w, &entry));
                Err(error)
            }
        }
    }

    /// Whether a document is neither restricted nor a team's: the register is read by the whole office.
    fn everybody_reads(&self, doc: &[u8; 16]) -> Result<bool> {
        let lane = self.identity.lane;
        self.store.read(|reader| {
            let row = reader.document(doc)?.ok_or(ErrorCode::NotFound)?;
            let vault = reader.vault(&row.vault)?;
            let in_all = vault.is_some_and(|vault| vault.lane == lane);
            Ok(in_all && !reader.is_restricted(&row.vault)?)
        })
    }

    /// Adds the file at `path`, as `attachment.add` does what comes with the request. Its name stands in for one that was
    /// not given.
    ///
    /// # Errors
    /// [`ErrorCode::FileFailed`]; as `attachment.add`.
    pub fn attach_file(
        &mut self,
        path: &Path,
        mut request: AddAttachment,
    ) -> Result<(AttachmentView, Vec<String>)> {
        let file = File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        // One byte more than is taken, so that what is too large is told as that.
        let most = picture::MOST_BYTES as u64 + 1;
        file.take(most).read_to_end(&mut bytes).map_err(failed)?;
        if request.name.is_empty() {
            let name = path.file_name().unwrap_or_default();
            request.name = name.to_string_lossy().into_owned();
        }
        self.apply("attachment.add", |w| {
            attachment::add_file(w, request, &bytes)
        })
    }

    /// Looks at every chunk that is here or should be.
    pub(crate) fn check_attachments(&self) -> Result<Checked> {
        let own = self.identity.device;
        let chunks = &self.chunks;
        self.store.read(|reader| {
            let mut checked = Checked::default();
            for row in reader.chunks()? {
                match chunks.get(&row.hash)? {
                    Some(bytes) if crypto::sha256(&[&bytes]) == row.hash => {}
                    Some(_) => checked.damaged.push(row.hash),
                    None => {
                        let first = reader.changes(&row.vault, &row.doc)?.into_iter().next();
                        if first.is_some_and(|first| first.device == own) {
                            checked.lost += 1;
                        } else {
                            checked.awaited += 1;
                        }
                    }
                }
            }
            Ok::<_, AppError>(checked)
        })
    }
}

/// What was found of chunks.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Not here yet, of attachments that others added.
    pub(crate) awaited: usize,
    /// Not here, of attachments that were added on this device.
    pub(crate) lost: usize,
    /// Here, with other bytes than their name says.
    pub(crate) damaged: Vec<[u8; 32]>,
}
