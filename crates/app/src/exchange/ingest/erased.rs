//! Orders of erasure in a delivery: what they hide, what they bring back, and the stubs that stand for what is gone.
//!
//! # Invariants
//!
//! - **Hidden and shown with the delivery**: an order takes effect in the transaction that brought it or its signatures.
//! - **A stub fills a place only under a signed order** that names the record. Until then the whole record is asked for.

use std::collections::BTreeSet;

use record::Kind;
use wire::envelope::{Inner, name_of, verify_stub};
use wire::erase::{self, Order};
use wire::ids::{Device, Hash, Vault};
use wire::rights::author_key;

use super::super::erase::{effect, late};
use super::super::ledger::standing;
use super::super::refusal::{Halt, Step, code};
use super::Ingest;
use crate::error::Result;
use crate::session::view::RefusedView;

impl Ingest<'_, '_> {
    /// Keeps an order. It does nothing until it is signed.
    pub(super) fn order(&mut self, vault: Vault, record: Hash, bytes: &[u8]) -> Step<()> {
        if Order::parse(bytes).is_err() {
            return Err(Halt::Refused(code::MALFORMED));
        }
        let id = erase::id_of(bytes);
        self.tx.put_erasure_order(
            id.as_bytes(),
            vault.as_bytes(),
            bytes,
            Some(record.as_bytes()),
        )?;
        self.touched.insert("erasures".to_owned());
        Ok(())
    }

    /// Takes a stub that came in a record's place.
    pub(super) fn admit_stub(&mut self, stub: Vec<u8>, sender: Option<Device>) -> Result<()> {
        let org = self.directory.org();
        let Some((outer, id)) = name_of(&stub, org) else {
            self.tally.refused.push(RefusedView {
                code: code::MALFORMED.to_owned(),
                device: sender.map(|it| it.to_string()).unwrap_or_default(),
            });
            return Ok(());
        };
        if self.tx.record_place(id.as_bytes())?.is_some() {
            self.tally.known += 1;
            return Ok(());
        }
        let Some(public) = author_key(self.directory, outer.device) else {
            self.tally.held.insert(id);
            return Ok(());
        };
        if verify_stub(&stub, org, &public).is_err() {
            self.refused(outer.device, code::FORGED);
            return Ok(());
        }
        self.ledger.put_stub(&outer, id, stub)?;
        Ok(())
    }

    /// Takes note of a record of what is destroyed here, where no order names it: its stub will not tell what it was.
    pub(super) fn note_late(&mut self, inner: &Inner, record: Hash) -> Result<()> {
        let (vault, doc) = (inner.vault.as_bytes(), inner.doc.as_bytes());
        let Some(order) = self.tx.destroyed_by(vault, doc)? else {
            return Ok(());
        };
        if self.named.is_none() {
            self.named = Some(late::named(self.tx, self.directory)?);
        }
        if self
            .named
            .as_ref()
            .is_some_and(|named| !named.contains(&record))
        {
            late::note(self.tx, &order, [record])?;
            self.touched.insert("erasures".to_owned());
        }
        Ok(())
    }

    /// Brings what is hidden here into line with what is ordered and signed.
    pub(super) fn settle_erasures(&mut self) -> Result<()> {
        let signed = effect::signed(self.directory);
        let (mut hidden, mut ran) = (BTreeSet::new(), None);
        for row in self.tx.erasure_orders()? {
            let signed = signed.get(&Hash::new(row.id));
            if row.done.is_some() || signed.is_some_and(|it| it.stands) == row.since.is_some() {
                continue;
            }
            let Some(order) = effect::read(self.tx, &row.id)? else {
                continue;
            };
            let should = signed.is_some_and(|it| it.is_in_effect(&order));
            if should == row.since.is_some() {
                continue;
            }
            self.touched.insert("erasures".to_owned());
            if !should {
                effect::show(self.tx, &row.id, &order, &mut self.touched)?;
                continue;
            }
            if signed.map(|it| it.records) != Some(erase::digest(&order.records)) {
                continue;
            }
            let ran = match ran {
                Some(ran) => ran,
                None => *ran.insert(effect::tick(self.tx, self.now)?),
            };
            hidden.extend(effect::hide(
                self.tx,
                &row.id,
                &order,
                (ran, &self.identity.device),
                &mut self.touched,
            )?);
        }
        self.changed.extend(hidden);
        self.follow_notes()?;
        self.believe_stubs()
    }

    /// Lets attachments that came go the way of their notes.
    fn follow_notes(&mut self) -> Result<()> {
        #[cfg(test)]
        if super::tests::STANDS_ON.get() {
            return Ok(());
        }
        let came = self
            .changed
            .iter()
            .filter(|key| key.kind == Kind::Attachment);
        for key in came.copied().collect::<Vec<_>>() {
            let stands = self.tx.document_in(&key.vault, &key.doc)?.is_some()
                && !self.tx.is_hidden(&key.vault, &key.doc)?;
            if stands && effect::follow(self.tx, self.directory, key, &mut self.touched)? {
                self.touched.insert("erasures".to_owned());
            }
        }
        Ok(())
    }

    /// Lets stubs fill their places that a signed order names.
    fn believe_stubs(&mut self) -> Result<()> {
        let stubs = self.tx.record_ids_in(standing::STUB)?;
        if stubs.is_empty() {
            return Ok(());
        }
        #[cfg(test)]
        if super::tests::ANY_STUB.get() {
            for id in stubs {
                self.tx.set_record_state(&id, standing::ERASED, None)?;
            }
            return Ok(());
        }
        let mut named = BTreeSet::new();
        for row in self.tx.erasure_orders()? {
            if row.since.is_some()
                && let Some(order) = effect::read(self.tx, &row.id)?
            {
                named.extend(order.records);
            }
        }
        for id in stubs {
            if named.contains(&Hash::new(id)) {
                self.tx.set_record_state(&id, standing::ERASED, None)?;
            }
        }
        Ok(())
    }
}
