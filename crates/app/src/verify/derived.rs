//! What is made from the change log, compared as a whole: the rows of lists, the search index, the snapshots.
//!
//! # Invariants
//!
//! - Equal for equal change logs, in whatever order and by whatever steps it was written: but for snapshots of short
//!   documents, which an earlier version kept too. One that stands is held against the log.

use std::collections::{BTreeMap, BTreeSet};

use record::Document;
use store::table::projection::ProjectionRow;
use store::table::search::IndexedRow;
use store::{Reader, Transaction};

use crate::error::Result;
use crate::{documents, project};

/// All that is derived in one store.
#[derive(Debug)]
pub(super) struct Derived {
    projections: Vec<ProjectionRow>,
    search: Vec<IndexedRow>,
    snapshots: BTreeMap<Name, Snapshot>,
    /// What the log says of each document that was built from it: its version, and whether it is short.
    logged: BTreeMap<Name, (String, bool)>,
}

/// Vault and id of a document.
type Name = ([u8; 16], [u8; 16]);

/// One snapshot by what it is said to hold and what it holds; nothing where it does not open.
#[derive(Debug, PartialEq, Eq)]
struct Snapshot {
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
        let mut snapshots = BTreeMap::new();
        for (vault, doc, said) in reader.snapshot_versions()? {
            let bytes = reader.snapshot(&vault, &doc)?.unwrap_or_default();
            let held = keys
                .get(&(vault, doc))
                .and_then(|key| Document::load(*key, &bytes).ok())
                .map(|document| document.version().to_string());
            snapshots.insert((vault, doc), Snapshot { said, held });
        }
        Ok(Self {
            projections: reader.all_projections()?,
            search: reader.all_indexed()?,
            snapshots,
            logged: BTreeMap::new(),
        })
    }

    /// Whether a snapshot holds something else than the log says, or one is missing of a long document.
    fn snapshots_differ(&self, built: &Self) -> bool {
        let wrong = self.snapshots.iter().any(|(name, snapshot)| {
            built.logged.get(name).is_none_or(|(version, _)| {
                snapshot.said != *version || snapshot.held.as_ref() != Some(version)
            })
        });
        let is_missing = |(name, (_, short)): (&Name, &(String, bool))| {
            !short && !self.snapshots.contains_key(name)
        };
        wrong || built.logged.iter().any(is_missing)
    }

    /// For each kind that differs from what was built anew two codes: what it is, and that it was put right.
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
                self.snapshots_differ(other),
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
        let (mut touched, mut logged) = (BTreeSet::new(), BTreeMap::new());
        for row in from.documents()? {
            let key = documents::key(&row)?;
            let standing = documents::rebuild(from, key).or_else(|_| {
                damaged += 1;
                documents::rebuild_what_stands(from, key)
            });
            let Ok(document) = standing else {
                continue;
            };
            let said = (document.version().to_string(), document.is_short());
            logged.insert((row.vault, row.doc), said);
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
        let derived = Derived {
            logged,
            ..Derived::read_under(into, &keys)?
        };
        Ok(Self {
            derived,
            documents,
            damaged,
        })
    }
}

type Keys = BTreeMap<Name, record::DocKey>;

fn keys(reader: &Reader<'_>) -> Result<Keys> {
    reader
        .documents()?
        .iter()
        .map(|row| Ok(((row.vault, row.doc), documents::key(row)?)))
        .collect()
}
