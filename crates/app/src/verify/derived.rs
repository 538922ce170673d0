//! What is made from the change log, compared as a whole: the rows of lists, the search index, the snapshots.
//!
//! # Invariants
//!
//! - Equal for equal change logs, in whatever order and by whatever steps it was written.

use std::collections::{BTreeMap, BTreeSet};

use record::Document;
use store::table::projection::ProjectionRow;
use store::table::search::IndexedRow;
use store::{Reader, Transaction};

use crate::error::Result;
use crate::{documents, project};

/// All that is derived in one store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Derived {
    projections: Vec<ProjectionRow>,
    search: Vec<IndexedRow>,
    snapshots: Vec<Snapshot>,
}

/// One snapshot by what it is said to hold and what it holds; nothing where it does not open.
#[derive(Debug, PartialEq, Eq)]
struct Snapshot {
    vault: [u8; 16],
    doc: [u8; 16],
    said: String,
    held: Option<String>,
}

/// All that was built anew, and how that went.
pub(super) struct Built {
    pub(super) derived: Derived,
    /// Documents that were built.
    pub(super) documents: u32,
    /// Documents of which only a part stands, or nothing.
    pub(super) damaged: usize,
}

impl Derived {
    /// Reads what a store holds.
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self> {
        let keys = keys(reader)?;
        Self::read_under(reader, &keys)
    }

    fn read_under(reader: &Reader<'_>, keys: &Keys) -> Result<Self> {
        let mut snapshots = Vec::new();
        for (vault, doc, said) in reader.snapshot_versions()? {
            let bytes = reader.snapshot(&vault, &doc)?.unwrap_or_default();
            let held = keys
                .get(&(vault, doc))
                .and_then(|key| Document::load(*key, &bytes).ok())
                .map(|document| document.version().to_string());
            snapshots.push(Snapshot {
                vault,
                doc,
                said,
                held,
            });
        }
        Ok(Self {
            projections: reader.all_projections()?,
            search: reader.all_indexed()?,
            snapshots,
        })
    }

    /// For each kind that differs two codes: what it is, and that it was put right.
    pub(super) fn differing(
        &self,
        other: &Self,
    ) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        [
            (
                self.projections != other.projections,
                ("projection_differs", "projection_restored"),
            ),
            (
                self.search != other.search,
                ("search_differs", "search_restored"),
            ),
            (
                self.snapshots != other.snapshots,
                ("snapshot_differs", "snapshot_restored"),
            ),
        ]
        .into_iter()
        .filter_map(|(differs, codes)| differs.then_some(codes))
    }
}

impl Built {
    /// Builds every document from the log in `from`, and fills `into`, where nothing derived stands.
    pub(super) fn make(from: &Reader<'_>, into: &Transaction<'_>) -> Result<Self> {
        let (mut documents, mut damaged) = (0, 0);
        let keys = keys(from)?;
        let mut touched = BTreeSet::new();
        for row in from.documents()? {
            let key = documents::key(&row)?;
            let standing = documents::rebuild(from, key).or_else(|_| {
                damaged += 1;
                documents::rebuild_what_stands(from, key)
            });
            let Ok(document) = standing else {
                continue;
            };
            // What lies in a restricted vault is checked, but has no row and counts nowhere.
            if from.is_restricted(&row.vault)? {
                project::snapshot(into, &document)?;
            } else {
                project::store(into, &document, &mut touched)?;
                documents += 1;
            }
        }
        // What an order hides may be taken back: until then its files stay.
        for row in from.hidden_documents()? {
            let key = documents::key(&row)?;
            if let Ok(document) = documents::rebuild_what_stands(from, key) {
                project::chunks(into, &document)?;
            }
        }
        Ok(Self {
            derived: Derived::read_under(into, &keys)?,
            documents,
            damaged,
        })
    }
}

type Keys = BTreeMap<([u8; 16], [u8; 16]), record::DocKey>;

fn keys(reader: &Reader<'_>) -> Result<Keys> {
    reader
        .documents()?
        .iter()
        .map(|row| Ok(((row.vault, row.doc), documents::key(row)?)))
        .collect()
}
