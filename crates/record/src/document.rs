//! One open document.
//!
//! # Invariants
//!
//! - It always holds its own genesis, and all its changes descend from it.
//! - It never holds a change whose dependencies are missing.
//! - **A clone is another writer.** It takes an actor of its own when it first writes, so that two
//!   copies of a document never use one actor for different changes, which could never be merged.

use std::{
    collections::HashSet,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use automerge::{ActorId, Automerge, ChangeHash, LoadOptions, ReadDoc as _, TextEncoding};

use crate::{
    genesis::{self, Layout},
    history::{self, HistoryEntry},
    kind::DocKey,
    prescan,
    version::Version,
    view::View,
    write::{self, Change, Edit, Pen, WriteError},
};

/// One open document: read it by [`view`](Self::view), change it by [`write`](Self::write), take in
/// changes of others by [`trial`](crate::trial()).
pub struct Document {
    pub(crate) key: DocKey,
    pub(crate) doc: Automerge,
    pub(crate) layout: Layout,
    /// The actor in use, taken at the first write.
    pub(crate) actor: Option<ActorId>,
}

impl Document {
    /// Makes the document as it is before anybody wrote into it, equal on every laptop.
    #[must_use]
    pub fn genesis(key: DocKey) -> Document {
        let (doc, layout) = genesis::make(&key);
        Document {
            key,
            doc,
            layout,
            actor: None,
        }
    }

    /// The hash of the genesis, told without making the document.
    #[must_use]
    pub fn genesis_hash(key: DocKey) -> [u8; 32] {
        genesis::hash(&key)
    }

    /// Opens what [`save`](Self::save) gave.
    ///
    /// # Errors
    ///
    /// - [`LoadError::Damaged`] when the bytes are no document; [`rebuild`](Self::rebuild) it from its changes.
    /// - [`LoadError::Foreign`] when they are a document, but not the one that `key` names.
    pub fn load(key: DocKey, bytes: &[u8]) -> Result<Document, LoadError> {
        let (_, layout) = genesis::make(&key);
        let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
        // Our own snapshot, but a flipped bit in it must not end the program.
        let doc = catch_unwind(AssertUnwindSafe(|| {
            Automerge::load_with_options(bytes, options)
        }))
        .map_err(|_| LoadError::Damaged)?
        .map_err(|_| LoadError::Damaged)?;
        if !has(&doc, &layout.genesis) {
            return Err(LoadError::Foreign);
        }
        Ok(Document {
            key,
            doc,
            layout,
            actor: None,
        })
    }

    /// Builds the document from its changes, in whatever order they come.
    ///
    /// The changes are those of the log, which were tried before they were written to it. The genesis is
    /// not among them.
    ///
    /// # Errors
    ///
    /// - [`LoadError::Damaged`] when one of them is no change.
    /// - [`LoadError::Incomplete`] when one needs a change that is not among them.
    pub fn rebuild(key: DocKey, changes: &[Vec<u8>]) -> Result<Document, LoadError> {
        let mut built = Document::genesis(key);
        catch_unwind(AssertUnwindSafe(|| {
            let mut parsed = Vec::with_capacity(changes.len());
            for bytes in changes {
                prescan::parse(bytes).map_err(|_| LoadError::Damaged)?;
                parsed.push(
                    automerge::Change::try_from(bytes.as_slice())
                        .map_err(|_| LoadError::Damaged)?,
                );
            }
            let hashes: Vec<_> = parsed.iter().map(automerge::Change::hash).collect();
            built
                .doc
                .apply_changes(parsed)
                .map_err(|_| LoadError::Damaged)?;
            match hashes.iter().all(|hash| has(&built.doc, hash)) {
                true => Ok(built),
                false => Err(LoadError::Incomplete),
            }
        }))
        .map_err(|_| LoadError::Damaged)?
    }

    /// The name of the document.
    #[must_use]
    pub fn key(&self) -> DocKey {
        self.key
    }

    /// The bytes for a snapshot. The changes are the truth; a snapshot only opens faster.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    /// Whether it has so few changes that it is built from them as fast as from a snapshot: that need not be kept.
    #[must_use]
    pub fn is_short(&self) -> bool {
        const FEW: u64 = 16;
        self.change_count() < FEW
    }

    /// How many changes it holds besides its genesis.
    #[must_use]
    pub fn change_count(&self) -> u64 {
        self.doc.stats().num_changes.saturating_sub(1)
    }

    /// The present version.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::from_heads(&self.doc.get_heads())
    }

    /// Whether all of `version` is here.
    #[must_use]
    pub fn knows(&self, version: &Version) -> bool {
        !version.hashes().is_empty() && version.heads().iter().all(|head| has(&self.doc, head))
    }

    /// Whether the change `hash` is here.
    #[must_use]
    pub fn has(&self, hash: &[u8; 32]) -> bool {
        has(&self.doc, &ChangeHash(*hash))
    }

    /// The version that the change `hash` was made at, or `None` where the change is not here.
    #[must_use]
    pub fn made_at(&self, hash: &[u8; 32]) -> Option<Version> {
        let meta = self.doc.get_change_meta_by_hash(&ChangeHash(*hash))?;
        Some(Version::from_heads(&meta.deps))
    }

    /// Makes `edits` at `base`, the version the person was looking at; without one, at the present version.
    ///
    /// What arrived since stays beside the edit: text typed by others is kept, a value put by others is
    /// held along with the new one. Gives the changes made, oldest first: one, more where it is long,
    /// none where nothing changed. On failure the document stays as it was.
    ///
    /// # Errors
    ///
    /// See [`WriteError`].
    pub fn write(
        &mut self,
        pen: &mut Pen<'_>,
        base: Option<&Version>,
        edits: &[Edit],
    ) -> Result<Vec<Change>, WriteError> {
        write::write(self, pen, base, edits)
    }

    /// The document as it is, or as it was at `at`. Of `at`, heads that are not here count as nothing;
    /// ask [`knows`](Self::knows) first where that matters.
    #[must_use]
    pub fn view(&self, at: Option<&Version>) -> View<'_> {
        View::new(self, at)
    }

    /// The version of the time `ms` (UTC, as the authors claim it).
    ///
    /// It holds the changes that say they were made by then and that rest only on such changes.
    #[must_use]
    pub fn version_at(&self, ms: i64) -> Version {
        let metas = self.doc.get_changes_meta(&[]);
        let mut by_then = HashSet::new();
        let mut heads = HashSet::new();
        for meta in &metas {
            let genesis = meta.hash == self.layout.genesis;
            if genesis
                || (meta.timestamp <= ms && meta.deps.iter().all(|dep| by_then.contains(dep)))
            {
                by_then.insert(meta.hash);
                for dep in &meta.deps {
                    heads.remove(dep);
                }
                heads.insert(meta.hash);
            }
        }
        Version::from_heads(&heads.into_iter().collect::<Vec<_>>())
    }

    /// Who changed what when, oldest first as far as one rests on the other.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryEntry> {
        history::history(self)
    }

    /// All changes but the genesis, each after those it rests on.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.doc
            .get_changes(&[])
            .iter()
            .filter(|change| change.hash() != self.layout.genesis)
            .map(Change::from)
            .collect()
    }
}

impl Clone for Document {
    fn clone(&self) -> Self {
        Document {
            key: self.key,
            doc: self.doc.clone(),
            layout: self.layout.clone(),
            actor: None,
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("kind", &self.key.kind)
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

/// Why a document could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The bytes are no document or no change.
    #[error("the bytes are no document")]
    Damaged,
    /// The bytes are another document.
    #[error("the bytes are another document")]
    Foreign,
    /// A change rests on one that is not here.
    #[error("a change rests on one that is missing")]
    Incomplete,
}

/// Whether `doc` holds the change `hash`.
pub(crate) fn has(doc: &Automerge, hash: &ChangeHash) -> bool {
    doc.get_change_meta_by_hash(hash).is_some()
}
