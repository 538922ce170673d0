//! Changes of a document: looked at, tried on a copy, and only then kept.

use std::collections::{BTreeMap, HashMap};
use std::{iter, thread};

use record::{ChangeFacts, DocKey, Document, Kind as DocKind, Refused, Version};
use store::table::change::ChangeRow;
use sync::settle::Outcome;
use sync::store::Waits;
use wire::body::RawChange;
use wire::envelope::Opened;
use wire::ids::{Doc, Hash, Vault};

use super::super::kind;
use super::super::refusal::{self, Halt, Step, code};
use super::ahead::{self, Done, Job, Look, pairs};
use super::anew::{rested_on, with_aside};
use super::{Ingest, Item};
use crate::documents::{self, Source};
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
        look: Option<Look>,
    ) -> Step<()> {
        self.changes_from(opened, *opened.inner.vault.as_bytes(), changes, kept, look)
    }

    /// The same of a document that began in another vault, its root.
    pub(super) fn changes_from(
        &mut self,
        opened: &Opened,
        root: [u8; 16],
        changes: &[RawChange],
        kept: Hash,
        look: Option<Look>,
    ) -> Step<()> {
        let (inner, device) = (&opened.inner, *opened.record.outer().device.as_bytes());
        let (vault, doc) = (*inner.vault.as_bytes(), *inner.doc.as_bytes());
        let (facts, ahead) = match look {
            Some(look) => (look.facts, look.tried),
            None => (prescan(changes, &device)?, None),
        };
        for fact in &facts {
            // The content address of a change stands in one document only.
            if self.tx.is_change_of_another(&fact.hash, &vault, &doc)? {
                return Err(Halt::Refused(code::FOREIGN_DOCUMENT));
            }
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
        let ahead = ahead.filter(|ahead| was_done_on(&ahead.on, document));
        let mut tried = match ahead {
            Some(ahead) => Ok(ahead.document),
            None => record::trial(document, &pairs(changes)),
        };
        // What was put aside counts where somebody who counts built on it.
        let mut back = Vec::new();
        if let Err(Refused::Waiting(missing)) = &tried {
            back = rested_on(missing, aside);
            if !back.is_empty() {
                let mut pairs = pairs(changes);
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
            if self.ledger.has_refused() {
                self.tx.set_aside(&vault, &doc, &fact.hash, false)?;
            }
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

    /// Lets changes that came take effect, document by document. Gives those that wait.
    pub(super) fn settle_changes(&mut self, items: Vec<Item>) -> Result<Vec<(Item, Waits)>> {
        let mut of_documents: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
        for item in &items {
            if let Some(lane) = &item.opened {
                let name = (lane.inner().vault, lane.inner().doc);
                of_documents.entry(name).or_default().push(item);
            }
        }
        let groups: Vec<_> = of_documents.into_iter().collect();
        let mut waiting = BTreeMap::new();
        thread::scope(|scope| {
            ahead::run(
                scope,
                groups.len(),
                &mut *self,
                |ingest, number| match groups.get(number) {
                    Some(((vault, doc), items)) => ingest.job(*vault, *doc, items),
                    None => Err(ErrorCode::Internal.into()),
                },
                |ingest, number, done| match groups.get(number) {
                    Some((_, items)) => ingest.settle_one(items, done, &mut waiting),
                    None => Err(ErrorCode::Internal.into()),
                },
            )
        })?;
        let waits = |item: Item| Some((waiting.get(&item.id).copied()?, item));
        let left = items.into_iter().filter_map(waits);
        Ok(left.map(|(waits, item)| (item, waits)).collect())
    }

    /// What is needed to look at records of one document. Until their turn, nothing else writes to it.
    fn job<'a>(&self, vault: Vault, doc: Doc, items: &[&'a Item]) -> Result<Job<'a>> {
        let here = match self.tx.document_in(vault.as_bytes(), doc.as_bytes())? {
            Some(row) => {
                let key = documents::key(&row)?;
                Some((key, Source::read(self.tx, key)?))
            }
            None => None,
        };
        Ok(Job {
            records: items
                .iter()
                .filter_map(|item| item.opened.as_ref())
                .collect(),
            keys: self.tx.vault_keys(vault.as_bytes())?,
            here,
            shows: !self.tx.is_restricted(vault.as_bytes())?,
        })
    }

    /// Lets the records of one document take effect.
    fn settle_one(
        &mut self,
        items: &[&Item],
        done: Done,
        waiting: &mut BTreeMap<Hash, Waits>,
    ) -> Result<()> {
        if let Some(before) = done.before {
            self.open.entry(before.key()).or_insert(before);
        }
        let looks = done.looks.into_iter().chain(iter::repeat_with(|| None));
        for (item, look) in items.iter().zip(looks) {
            if let Outcome::Waits(waits) = self.try_one(item, look)? {
                waiting.insert(item.id, waits);
            }
        }
        self.made = done.made;
        self.settle_documents()?;
        self.made = None;
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
            .map(Document::genesis_hash);
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
                origins.insert(Document::genesis_hash(key), key);
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
                let made = self.made.take();
                match made.filter(|made| was_done_on(&made.version, &document)) {
                    Some(made) => {
                        project::store_made(self.tx, &document, made, &mut self.touched)?;
                    }
                    None => project::store(self.tx, &document, &mut self.touched)?,
                }
            } else {
                project::snapshot(self.tx, &document)?;
            }
        }
        Ok(())
    }
}

/// What changes that `device` signed say of themselves.
fn prescan(changes: &[RawChange], device: &[u8; 16]) -> Step<Vec<ChangeFacts>> {
    let fact = |change: &RawChange| {
        let fact = record::prescan(&change.bytes, device)?;
        if Hash::new(fact.hash) == change.hash {
            Ok(fact)
        } else {
            Err(Refused::HashDiffers)
        }
    };
    let facts: std::result::Result<_, _> = changes.iter().map(fact).collect();
    facts.map_err(|e| Halt::Refused(refusal::of_changes(&e)))
}

/// Whether what was done ahead was done on this document as it is now: a record before may have been refused.
fn was_done_on(version: &Version, document: &Document) -> bool {
    #[cfg(test)]
    if super::tests::ANY_VERSION.get() {
        return true;
    }
    *version == document.version()
}
