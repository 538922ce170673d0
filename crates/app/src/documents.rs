//! Open documents, kept between operations: a document keeps its actor while it stays open.

use std::collections::{HashMap, HashSet};

use record::{DocKey, Document, Kind};
use store::Reader;
use store::table::document::DocumentRow;

use crate::error::{AppError, ErrorCode, Result};

/// How many documents stay open.
const MOST: usize = 256;

/// The open documents of this session.
#[derive(Default)]
pub(crate) struct Documents {
    open: HashMap<DocKey, Document>,
}

impl Documents {
    /// Opens the document with this bare id, or lends the open one.
    pub(crate) fn by_id(&mut self, reader: &Reader<'_>, doc: &[u8; 16]) -> Result<&mut Document> {
        let row = reader.document(doc)?.ok_or(ErrorCode::NotFound)?;
        self.open(reader, &row)
    }

    /// Opens the document with this bare id if it is of this kind.
    pub(crate) fn of_kind(
        &mut self,
        reader: &Reader<'_>,
        doc: &[u8; 16],
        kind: Kind,
    ) -> Result<&mut Document> {
        let row = reader
            .document(doc)?
            .filter(|row| row.kind == kind.as_str())
            .ok_or(ErrorCode::NotFound)?;
        self.open(reader, &row)
    }

    /// Opens a document by its row.
    pub(crate) fn open(&mut self, reader: &Reader<'_>, row: &DocumentRow) -> Result<&mut Document> {
        let key = key(row)?;
        if !self.open.contains_key(&key) {
            let document = load(reader, key)?;
            self.keep(document);
        }
        self.open
            .get_mut(&key)
            .ok_or_else(|| AppError::new(ErrorCode::Internal))
    }

    /// Keeps a document open.
    pub(crate) fn keep(&mut self, document: Document) {
        if self.open.len() >= MOST {
            self.open.clear();
        }
        self.open.insert(document.key(), document);
    }

    /// Lends an open document.
    pub(crate) fn get(&mut self, key: &DocKey) -> Option<&mut Document> {
        self.open.get_mut(key)
    }

    /// Closes a document, so that the next look reads what is on the disk.
    pub(crate) fn forget(&mut self, key: &DocKey) {
        self.open.remove(key);
    }
}

/// The full name of the document in a row.
pub(crate) fn key(row: &DocumentRow) -> Result<DocKey> {
    let kind = Kind::parse(&row.kind).ok_or(ErrorCode::NewerFormat)?;
    Ok(DocKey {
        kind,
        vault: row.vault,
        doc: row.doc,
        root: row.root.unwrap_or(row.vault),
    })
}

/// The row of a document.
pub(crate) fn row(key: DocKey) -> DocumentRow {
    DocumentRow {
        vault: key.vault,
        doc: key.doc,
        kind: key.kind.as_str().to_owned(),
        root: (key.root != key.vault).then_some(key.root),
    }
}

/// Reads a document from its snapshot, or from the change log where the snapshot does not serve.
pub(crate) fn load(reader: &Reader<'_>, key: DocKey) -> Result<Document> {
    if let Some(bytes) = reader.snapshot(&key.vault, &key.doc)?
        && let Ok(document) = Document::load(key, &bytes)
    {
        return Ok(document);
    }
    rebuild(reader, key)
}

/// What is here of a document, read from the store: the document is made from it where there is no store at hand.
pub(crate) enum Source {
    Snapshot(Vec<u8>),
    Log(Vec<Vec<u8>>),
}

impl Source {
    pub(crate) fn read(reader: &Reader<'_>, key: DocKey) -> Result<Self> {
        Ok(match reader.snapshot(&key.vault, &key.doc)? {
            Some(bytes) => Self::Snapshot(bytes),
            None => Self::Log(log(reader, key)?),
        })
    }

    /// The document; nothing where it is to be looked at more closely.
    pub(crate) fn make(&self, key: DocKey) -> Option<Document> {
        match self {
            Self::Snapshot(bytes) => Document::load(key, bytes).ok(),
            Self::Log(changes) => Document::rebuild(key, changes).ok(),
        }
    }
}

fn log(reader: &Reader<'_>, key: DocKey) -> Result<Vec<Vec<u8>>> {
    let rows = reader.changes(&key.vault, &key.doc)?;
    Ok(rows.into_iter().map(|row| row.bytes).collect())
}

/// Builds a document from the change log alone.
pub(crate) fn rebuild(reader: &Reader<'_>, key: DocKey) -> Result<Document> {
    Ok(Document::rebuild(key, &log(reader, key)?)?)
}

/// Builds a document from those of its changes that rest on nothing that was lost. The others stay in the log, for the
/// day on which a colleague brings back what they rest on.
pub(crate) fn rebuild_what_stands(reader: &Reader<'_>, key: DocKey) -> Result<Document> {
    let genesis = Document::genesis(key).version();
    let mut standing: HashSet<_> = genesis.hashes().iter().copied().collect();
    let mut waiting: Vec<_> = reader
        .changes(&key.vault, &key.doc)?
        .into_iter()
        .filter_map(|row| Some((record::prescan(&row.bytes, &row.device).ok()?, row.bytes)))
        .collect();
    let mut changes = Vec::new();
    loop {
        let before = waiting.len();
        // In the order of the log one pass takes all that stands.
        waiting.retain_mut(|(facts, bytes)| {
            let stands = facts.deps.iter().all(|dep| standing.contains(dep));
            if stands {
                standing.insert(facts.hash);
                changes.push(std::mem::take(bytes));
            }
            !stands
        });
        if waiting.len() == before {
            return Ok(Document::rebuild(key, &changes)?);
        }
    }
}
