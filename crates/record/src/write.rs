//! Writing into a document: at the version the person was looking at.
//!
//! # Invariants
//!
//! - **All or nothing.** On failure the document is as it was.
//! - **The caps of the receiver are kept by the writer**: a change has at most 10,000 operations and
//!   half a mebibyte, so nobody refuses what was honestly written.
//! - **One actor, one line of changes.** An actor is taken anew for each open document and for each
//!   write at an older version: two changes of one actor at one place could never be merged again.
//!
//! An edit at an older version is made on a fork there, and comes in like a change from outside. Made
//! in place (`isolate`), every deleted character costs a walk through the whole text: replacing 26,000
//! characters took a minute.
//! - Containers are neither made nor removed, registers are put and never deleted.

use std::{error::Error, fmt};

use automerge::{
    ActorId, Author, Automerge, AutomergeError, ReadDoc, ScalarValue, Value,
    marks::{ExpandMark, Mark},
    transaction::{CommitOptions, OwnedTransaction, Transactable},
};

use crate::{
    diff,
    document::Document,
    register,
    statement::{self, Statement},
    version::Version,
};

/// The most operations in one change.
pub(crate) const OPERATIONS: usize = 10_000;
/// The most bytes of values in one change.
const BYTES: usize = 512 * 1024;
/// The longest value of a register.
const VALUE: usize = 256 * 1024;
/// The longest key.
const KEY: usize = 512;
/// The longest text, in code points.
const TEXT: usize = 200_000;

/// Who writes, and when.
pub struct Pen<'a> {
    /// The writer's device.
    pub device: [u8; 16],
    /// The time the writer claims, in ms UTC.
    pub at: i64,
    /// Gives eight fresh random bytes each time.
    pub nonce: &'a mut dyn FnMut() -> [u8; 8],
}

impl fmt::Debug for Pen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pen")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// One thing to write.
#[derive(Clone, PartialEq)]
pub enum Edit {
    /// Puts a value into a register. It takes the place of all values the writer could see there.
    Put {
        /// The map, one of [`Kind::maps`](crate::Kind::maps).
        map: &'static str,
        /// The key in it.
        key: String,
        /// The value.
        value: serde_json::Value,
    },
    /// The whole text as the writer wants it; only the differences are written.
    Text(String),
    /// Marks a stretch of text, in code points, as a statement. It takes the place of all statements
    /// the writer could see there.
    Mark {
        /// The first code point.
        start: usize,
        /// The code point behind the last.
        end: usize,
        /// What it is.
        statement: Statement,
    },
    /// Takes all statements the writer could see off a stretch of text.
    Unmark {
        /// The first code point.
        start: usize,
        /// The code point behind the last.
        end: usize,
    },
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Edit::Put { .. } => "Put(..)",
            Edit::Text(_) => "Text(..)",
            Edit::Mark { .. } => "Mark(..)",
            Edit::Unmark { .. } => "Unmark(..)",
        })
    }
}

/// One change, as it is kept and sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// Its hash, which is also its name.
    pub hash: [u8; 32],
    /// Its bytes, never compressed.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl From<&automerge::Change> for Change {
    fn from(change: &automerge::Change) -> Self {
        Change {
            hash: change.hash().0,
            bytes: change.raw_bytes().to_vec(),
        }
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The version the edit was made against is not here.
    #[error("the version the edit was made at is not known here")]
    BaseUnknown,
    /// Documents of this kind have no such map.
    #[error("documents of this kind have no map {0:?}")]
    NoSuchMap(&'static str),
    /// Documents of this kind have no text.
    #[error("documents of this kind have no text")]
    NoText,
    /// The text is longer than a document may carry.
    #[error("the text has {length} characters, at most {most} are possible")]
    TextTooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// The value is too long or nests too deep.
    #[error("the value is too large for a field")]
    ValueTooLarge,
    /// The key is empty or too long.
    #[error("the key has {0} bytes, it must have 1 to {KEY}")]
    BadKey(usize),
    /// The stretch is empty or goes beyond the text.
    #[error("{start} to {end} is no stretch of a text of {length} characters")]
    BadRange {
        /// Where it begins.
        start: usize,
        /// Where it ends.
        end: usize,
        /// How long the text is.
        length: usize,
    },
    /// The nonce gave the same bytes again and again.
    #[error("the random bytes repeat")]
    NonceRepeats,
    /// Automerge refused an edit it should have taken.
    #[error("the edit could not be written")]
    Library(#[source] Box<dyn Error + Send + Sync>),
}

impl From<AutomergeError> for WriteError {
    fn from(error: AutomergeError) -> Self {
        WriteError::Library(error.into())
    }
}

pub(crate) fn write(
    document: &mut Document,
    pen: &mut Pen<'_>,
    base: Option<&Version>,
    edits: &[Edit],
) -> Result<Vec<Change>, WriteError> {
    if base.is_some_and(|base| !document.knows(base)) {
        return Err(WriteError::BaseUnknown);
    }
    let older = base
        .filter(|base| **base != document.version())
        .map(Version::heads);
    let actor = match &document.actor {
        Some(actor) if older.is_none() && actor.to_bytes().starts_with(&pen.device[..8]) => {
            actor.clone()
        }
        _ => new_actor(&document.doc, pen)?,
    };
    let mut doc = match &older {
        Some(heads) => document.doc.fork_at(heads)?,
        None => document.doc.clone(),
    };
    doc.set_author(Some(Author::from(pen.device.to_vec())));
    // After the author, for which automerge draws an actor of its own.
    doc.set_actor(actor.clone());

    let mut draft = Draft::begin(doc, pen.at)?;
    for edit in edits {
        draft = match edit {
            Edit::Put { map, key, value } => draft.put(document, map, key, value)?,
            Edit::Text(text) => draft.text(document, text)?,
            Edit::Mark {
                start,
                end,
                statement,
            } => {
                let name = statement::name((pen.nonce)());
                draft
                    .unmark(document, *start, *end)?
                    .mark(document, *start, *end, name, statement)?
            }
            Edit::Unmark { start, end } => draft.unmark(document, *start, *end)?,
        };
    }
    let (mut doc, made) = draft.finish();
    let given = made.iter().map(Change::from).collect();
    if older.is_some() {
        doc = document.doc.clone();
        doc.apply_changes(made)?;
    }
    document.doc = doc;
    document.actor = Some(actor);
    Ok(given)
}

fn new_actor(doc: &Automerge, pen: &mut Pen<'_>) -> Result<ActorId, WriteError> {
    for _ in 0..4 {
        let actor = ActorId::from([&pen.device[..8], &(pen.nonce)()].concat());
        if doc.get_author_for_actor(&actor).is_none() {
            return Ok(actor);
        }
    }
    Err(WriteError::NonceRepeats)
}

/// The change being written, and those before it in the same call.
struct Draft {
    tx: OwnedTransaction,
    at: i64,
    bytes: usize,
    made: Vec<automerge::Change>,
}

impl Draft {
    fn begin(doc: Automerge, at: i64) -> Result<Self, WriteError> {
        let tx = doc
            .into_transaction(None, None)
            .map_err(AutomergeError::from)?;
        Ok(Draft {
            tx,
            at,
            bytes: 0,
            made: Vec::new(),
        })
    }

    fn finish(self) -> (Automerge, Vec<automerge::Change>) {
        let (doc, hash, _) = self
            .tx
            .commit_with(CommitOptions::default().with_time(self.at));
        let mut made = self.made;
        made.extend(hash.and_then(|hash| doc.get_change_by_hash(&hash)));
        (doc, made)
    }

    /// Begins another change where this one has no room for that much more.
    fn with_room(self, operations: usize, bytes: usize) -> Result<Self, WriteError> {
        if self.tx.pending_ops() + operations <= OPERATIONS && self.bytes + bytes <= BYTES {
            return Ok(Draft {
                bytes: self.bytes + bytes,
                ..self
            });
        }
        let at = self.at;
        let (doc, made) = self.finish();
        Ok(Draft {
            bytes,
            made,
            ..Draft::begin(doc, at)?
        })
    }

    fn put(
        self,
        document: &Document,
        map: &'static str,
        key: &str,
        value: &serde_json::Value,
    ) -> Result<Self, WriteError> {
        let id = document.layout.map(map).ok_or(WriteError::NoSuchMap(map))?;
        if key.is_empty() || key.len() > KEY {
            return Err(WriteError::BadKey(key.len()));
        }
        let here: Vec<_> = self.tx.get_all(id, key)?;
        let stands = |bytes: &Vec<u8>| {
            here.iter().any(
                |(held, _)| matches!(held, Value::Scalar(held) if **held == ScalarValue::Bytes(bytes.clone())),
            )
        };
        let mut bytes = register::encode(self.at, value);
        // Of several values, to put the very one that stands is for automerge to delete the others, and no colleague
        // takes in a deletion. A register with another time is another one.
        let mut at = self.at;
        while here.len() > 1 && bytes.as_ref().is_some_and(stands) {
            at += 1;
            bytes = register::encode(at, value);
        }
        let bytes = bytes
            .filter(|bytes| bytes.len() <= VALUE)
            .ok_or(WriteError::ValueTooLarge)?;
        let mut draft = self.with_room(1, bytes.len() + key.len())?;
        draft.tx.put(id, key, ScalarValue::Bytes(bytes))?;
        Ok(draft)
    }

    fn text(mut self, document: &Document, new: &str) -> Result<Self, WriteError> {
        let id = document.layout.text().ok_or(WriteError::NoText)?;
        let old = self.tx.text(id)?;
        let (length, was) = (new.chars().count(), old.chars().count());
        // Two long texts may have grown beyond it by merging; shortening that must stay possible.
        if length > TEXT && length > was {
            return Err(WriteError::TextTooLong { length, most: TEXT });
        }
        for splice in diff::splices(&old, new) {
            let mut remove = splice.removed.chars().count();
            let mut inserted = splice.inserted.chars().peekable();
            let mut start = splice.start;
            while remove > 0 || inserted.peek().is_some() {
                self = self.with_room(1, 0)?;
                let room = OPERATIONS.saturating_sub(self.tx.pending_ops());
                let removed = remove.min(room);
                let piece: String = inserted.by_ref().take(room - removed).collect();
                self.tx
                    .splice_text(id, start, removed.cast_signed(), &piece)?;
                remove -= removed;
                start += piece.chars().count();
            }
        }
        Ok(self)
    }

    /// Takes the statements off a stretch.
    fn unmark(mut self, document: &Document, start: usize, end: usize) -> Result<Self, WriteError> {
        let id = document.layout.text().ok_or(WriteError::NoText)?;
        let length = self.tx.length(id);
        if start >= end || end > length {
            return Err(WriteError::BadRange { start, end, length });
        }
        for old in self.tx.marks(id)? {
            let (from, to) = (old.start.max(start), old.end.min(end));
            if statement::is_statement(&old) && from < to {
                self = self.with_room(2, old.name().len())?;
                self.tx.unmark(id, old.name(), from, to, ExpandMark::None)?;
            }
        }
        Ok(self)
    }

    fn mark(
        self,
        document: &Document,
        start: usize,
        end: usize,
        name: String,
        statement: &Statement,
    ) -> Result<Self, WriteError> {
        let id = document.layout.text().ok_or(WriteError::NoText)?;
        let characters = statement::characters(self.tx.list_range(id, ..));
        let characters = characters.skip(start).take(end.saturating_sub(start));
        let value = statement::value(statement, characters)
            .map_err(|error| WriteError::Library(error.into()))?;
        if value.len() > VALUE {
            return Err(WriteError::ValueTooLarge);
        }
        let mut draft = self.with_room(2, value.len())?;
        draft
            .tx
            .mark(id, Mark::new(name, value, start, end), ExpandMark::None)?;
        Ok(draft)
    }
}
