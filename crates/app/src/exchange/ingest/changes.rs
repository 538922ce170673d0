//! Changes of a document: looked at, tried on a copy, and only then kept.

use std::collections::HashMap;

use record::{ChangeFacts, DocKey, Document, Kind as DocKind, Refused};
use store::table::change::ChangeRow;
use sync::store::Waits;
use wire::body::RawChange;
use wire::envelope::Opened;
use wire::ids::Hash;

use super::super::kind;
use super::super::refusal::{self, Halt, Step, code};
use super::Ingest;
use super::anew::{rested_on, with_aside};
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::project;

/// Documents that are open at once.
const MOST_OPEN: usize = 256;

impl Ingest<'_, '_> {
    /// Takes changes in. `kept` is the record that is kept of them here: their own, or the one that carried it.
    pub(super) fn changes(
        &mut self,
        opened: &Opened,
        changes: &[RawChange],
        kept: Hash,
    ) -> Step<()> {
        self.changes_from(opened, *opened.inner.vault.as_bytes(), changes, kept)
    }

    /// The same of a document that began in another vault, its root.
    pub(super) fn changes_from(
        &mut self,
        opened: &Opened,
        root: [u8; 16],
        changes: &[RawChange],
        kept: Hash,
    ) -> Step<()> {
        let (inner, device) = (&opened.inner, *opened.record.outer().device.as_bytes());
        let (vault, doc) = (*inner.vault.as_bytes(), *inner.doc.as_bytes());
        let mut facts = Vec::with_capacity(changes.len());
        for change in changes {
            let fact = record::prescan(&change.bytes, &device)
                .map_err(|e| Halt::Refused(refusal::of_changes(&e)))?;
            if Hash::new(fact.hash) != change.hash {
                return Err(Halt::Refused(refusal::of_changes(&Refused::HashDiffers)));
            }
            // The content address of a change stands in one document only.
            if self.tx.is_change_of_another(&fact.hash, &vault, &doc)? {
                return Err(Halt::Refused(code::FOREIGN_DOCUMENT));
            }
            facts.push(fact);
        }
        // Counts where the record has to wait.
        self.loose.insert(kept, changes.len() as u64);
        let aside = self.aside(vault, doc)?;
        let key = self.locate((vault, root), doc, &with_aside(&facts, &aside))?;
        self.open_document(key)?;
        let document = self
            .open
            .get(&key)
            .ok_or_else(|| AppError::from(ErrorCode::Internal))?;
        let mut pairs: Vec<_> = changes
            .iter()
            .map(|change| (*change.hash.as_bytes(), change.bytes.clone()))
            .collect();
        let mut tried = record::trial(document, &pairs);
        // What was put aside counts where somebody who counts built on it.
        let mut back = Vec::new();
        if let Err(Refused::Waiting(missing)) = &tried {
            back = rested_on(missing, aside);
            if !back.is_empty() {
                pairs.extend(
                    back.iter()
                        .map(|(facts, row)| (facts.hash, row.bytes.clone())),
                );
                tried = record::trial(document, &pairs);
            }
        }
        let tried = match tried {
            Ok(tried) => tried,
            Err(Refused::Waiting(missing)) => return Err(self.waits(key, &missing)?),
            Err(refused) => return Err(Halt::Refused(refusal::of_changes(&refused))),
        };
        for (facts, _) in back {
            self.tx.set_aside(&vault, &doc, &facts.hash, false)?;
        }
        self.tx.put_document(&documents::row(key))?;
        for (change, fact) in changes.iter().zip(&facts) {
            let row = ChangeRow {
                vault,
                doc,
                hash: fact.hash,
                bytes: change.bytes.clone(),
                device,
                at: fact.time,
                dir_head: *inner.dir_head.as_bytes(),
                roster_head: *inner.roster_head.as_bytes(),
            };
            // It may have been put aside as what another record of the same author brought.
            self.tx.set_aside(&vault, &doc, &fact.hash, false)?;
            if !self.tx.put_change(&row, Some(kept.as_bytes()))? && device == self.identity.device {
                // Written before this store became an old copy, and sealed after: it has left already.
                self.tx
                    .mark_sealed(&vault, &doc, &fact.hash, kept.as_bytes())?;
            }
        }
        self.open.insert(key, tried);
        self.unsettled.insert(key);
        self.changed.insert(key);
        Ok(())
    }

    /// The full name of the document that the changes are of.
    fn locate(
        &mut self,
        (vault, root): ([u8; 16], [u8; 16]),
        doc: [u8; 16],
        facts: &[ChangeFacts],
    ) -> Step<DocKey> {
        let known = self.tx.document_in(&vault, &doc)?;
        let key = match known {
            Some(row) => Some(documents::key(&row)?),
            None => kind::of(vault, root, doc, facts),
        };
        let Some(key) = key else {
            let missing: Vec<_> = facts
                .iter()
                .flat_map(|fact| fact.deps.iter().copied())
                .collect();
            let nowhere = DocKey::new(DocKind::Memo, vault, doc);
            return Err(self.waits(nowhere, &missing)?);
        };
        // The names of the office's workers come from one document, which nobody can put beside it.
        let is_settings = key.kind == DocKind::Settings;
        let in_its_place = vault == self.identity.office_vault && doc == self.identity.settings;
        if is_settings != in_its_place {
            return Err(Halt::Refused(code::FOREIGN_DOCUMENT));
        }
        Ok(key)
    }

    /// What changes wait for, unless what they rest on is known to be of another document.
    fn waits(&mut self, key: DocKey, missing: &[[u8; 32]]) -> Result<Halt> {
        for hash in missing {
            if self.tx.is_change_of_another(hash, &key.vault, &key.doc)? {
                return Ok(Halt::Refused(code::FOREIGN_DOCUMENT));
            }
        }
        let here = self.tx.document_in(&key.vault, &key.doc)?.is_some();
        let other_kinds = kind::keys(key.vault, key.root, key.doc)
            .filter(|other| here && *other != key)
            .map(kind::genesis);
        let origins = self.origins()?;
        let is_origin = |hash: &[u8; 32]| origins.get(hash).is_some_and(|origin| *origin != key);
        let other_kinds: Vec<_> = other_kinds.collect();
        if missing
            .iter()
            .any(|hash| is_origin(hash) || other_kinds.contains(hash))
        {
            return Ok(Halt::Refused(code::FOREIGN_DOCUMENT));
        }
        Ok(Halt::Waits(Waits::Changes))
    }

    /// The genesis of every document that was here before this bundle; made only when something waits.
    fn origins(&mut self) -> Result<&HashMap<[u8; 32], DocKey>> {
        if self.origins.is_none() {
            let mut origins = HashMap::new();
            for row in self.tx.documents()? {
                let key = documents::key(&row)?;
                origins.insert(kind::genesis(key), key);
            }
            self.origins = Some(origins);
        }
        self.origins
            .as_ref()
            .ok_or_else(|| ErrorCode::Internal.into())
    }

    fn open_document(&mut self, key: DocKey) -> Result<()> {
        if self.open.contains_key(&key) {
            return Ok(());
        }
        if self.open.len() >= MOST_OPEN {
            self.settle_documents()?;
        }
        let document = match self.tx.document_in(&key.vault, &key.doc)? {
            Some(_) => documents::load(self.tx, key)?,
            None => Document::genesis(key),
        };
        self.open.insert(key, document);
        Ok(())
    }

    /// Brings snapshots, projections and the index of all changed documents up to date, and closes them.
    pub(in crate::exchange) fn settle_documents(&mut self) -> Result<()> {
        let mut open = std::mem::take(&mut self.open);
        for key in std::mem::take(&mut self.unsettled) {
            let Some(document) = open.remove(&key) else {
                continue;
            };
            // Kept in the log, and made into nothing, in case the order is taken back.
            if self.tx.is_hidden(&key.vault, &key.doc)? {
                continue;
            }
            // A bare id answers for the vault it was first seen in; a colliding one shows nowhere.
            let answers = self
                .tx
                .document(&key.doc)?
                .is_some_and(|row| row.vault == key.vault);
            if answers {
                project::store(self.tx, &document, &mut self.touched)?;
            } else {
                project::snapshot(self.tx, &document)?;
            }
        }
        Ok(())
    }
}
