//! The access log (閲覧・操作の記録): what was opened and done on this device, kept in the transaction of the act itself.
//!
//! # Invariants
//!
//! - **Every read and every act through the door is noted**, by the class that [`classes`] gives its name; a name without a
//!   class is noted as an act of its own.
//! - **One entry per act, record and ten minutes.** What is read waits in memory for the next commit, or for
//!   [`App::flush`], which the window calls every second; what is written stands in the same transaction.
//! - **A restricted record's acts go into a book of its own**, which only its readers get. Nothing in the device's own book
//!   tells that a restricted record exists.
//! - **Never for appraisal (人事評価)**: no figure of the program is made from it.

pub(crate) mod classes;
pub(crate) mod export;
pub(crate) mod pages;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use store::Transaction;
use store::table::audit::AuditRow;
use wire::audit::{Act, Entry, beginning, name_of};
use wire::ids::{Device, Hash, Org, Vault};

use crate::App;
use crate::error::Result;
use crate::identity::Identity;

/// The book of the device itself.
pub(crate) const OWN: [u8; 16] = [0; 16];
/// Within this time, the same act on the same record is one entry, ms.
const ONE: i64 = 600_000;
/// More reads than this are not held in memory: the next one waits for nothing.
const MOST_KEPT: usize = 4096;
/// The longest file name or operation in an entry.
const DETAIL: usize = 200;

/// What is noted of one act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) act: Act,
    pub(crate) kind: &'static str,
    pub(crate) subject: Option<[u8; 16]>,
    pub(crate) household: Option<[u8; 16]>,
    pub(crate) reason: String,
    pub(crate) detail: String,
}

impl Deed {
    /// An act about nothing in particular.
    pub(crate) fn of(act: Act, detail: impl Into<String>) -> Self {
        Self {
            act,
            kind: "",
            subject: None,
            household: None,
            reason: String::new(),
            detail: detail.into(),
        }
    }

    /// An act about a device.
    pub(crate) fn on_device(device: [u8; 16], detail: impl Into<String>) -> Self {
        Self {
            kind: "device",
            subject: Some(device),
            ..Self::of(Act::Device, detail)
        }
    }

    /// What is noted once it is known what was written, where neither request nor view named a record.
    pub(crate) fn within(mut self, written: &[record::DocKey]) -> Self {
        if self.act == Act::Write && self.subject.is_none() {
            self.subject = written.first().map(|key| key.doc);
        }
        self
    }

    /// What makes it one with another within ten minutes; nothing for acts that are told one by one.
    fn key(&self) -> Option<Key> {
        let detail = match self.act {
            Act::Open | Act::Write | Act::LookAtLog => String::new(),
            Act::List | Act::Search => self.detail.clone(),
            _ => return None,
        };
        Some((self.act.number(), self.subject, self.household, detail))
    }
}

type Key = (u64, Option<[u8; 16]>, Option<[u8; 16]>, String);

/// The log of an open store, as far as it is in memory.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Read, and not yet on the disk.
    waiting: Vec<(i64, Deed)>,
    /// When an entry that further ones are part of was made.
    recent: HashMap<Key, i64>,
}

impl Log {
    /// Notes something that was read, at an instant.
    pub(crate) fn note(&mut self, at: i64, deed: Deed) {
        if let Some(key) = deed.key() {
            if self.is_told(&key, at) {
                return;
            }
            self.recent.insert(key, at);
        }
        self.waiting.push((at, deed));
    }

    /// Whether an entry of the last ten minutes tells it already.
    fn is_told(&self, key: &Key, at: i64) -> bool {
        let told = self.recent.get(key);
        told.is_some_and(|told| (0..ONE).contains(&at.saturating_sub(*told)))
    }

    /// Whether something waits for the disk.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether so much waits that it is written at once.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_KEPT
    }

    /// Puts all that waits into the transaction, and then `deed`. What waits is forgotten by [`Log::written`] alone, once
    /// the transaction is on the disk.
    pub(crate) fn write(
        &self,
        tx: &Transaction<'_>,
        identity: &Identity,
        incarnation: u32,
        deed: Option<(i64, &Deed)>,
    ) -> Result<()> {
        let deed = deed.filter(|(at, deed)| deed.key().is_none_or(|key| !self.is_told(&key, *at)));
        let waiting = self.waiting.iter().map(|(at, deed)| (*at, deed));
        for (at, deed) in waiting.chain(deed) {
            append(tx, identity, incarnation, at, deed)?;
        }
        Ok(())
    }

    /// What was put into the transaction is on the disk.
    pub(crate) fn written(&mut self, deed: Option<(i64, &Deed)>) {
        self.waiting.clear();
        if let Some((at, deed)) = deed
            && let Some(key) = deed.key()
            && !self.is_told(&key, at)
        {
            self.recent.insert(key, at);
        }
        if self.recent.len() > MOST_KEPT {
            let newest = self.recent.values().copied().max().unwrap_or_default();
            self.recent.retain(|_, at| newest.saturating_sub(*at) < ONE);
        }
    }
}

/// Puts one entry at the end of its book.
fn append(
    tx: &Transaction<'_>,
    identity: &Identity,
    incarnation: u32,
    at: i64,
    deed: &Deed,
) -> Result<()> {
    let book = book_of(tx, deed)?;
    let (seq, prev) = match tx.audit_head(&identity.device, &book)? {
        Some((_, seq, hash)) => (seq.saturating_add(1), Hash::new(hash)),
        None => {
            let (org, device) = (Org::new(identity.org), Device::new(identity.device));
            (1, beginning(org, device, Vault::new(book)))
        }
    };
    let entry = Entry {
        seq,
        prev,
        incarnation,
        at,
        act: deed.act.number(),
        kind: deed.kind.to_owned(),
        subject: deed.subject,
        household: deed.household,
        reason: deed.reason.clone(),
        detail: deed.detail.chars().take(DETAIL).collect(),
    };
    tx.put_audit_entry(&row(identity.device, book, &entry), None)?;
    Ok(())
}

/// An entry as the store keeps it.
pub(crate) fn row(device: [u8; 16], book: [u8; 16], entry: &Entry) -> AuditRow {
    let bytes = entry.to_bytes();
    AuditRow {
        device,
        book,
        incarnation: entry.incarnation,
        seq: entry.seq,
        hash: *name_of(&bytes).as_bytes(),
        at: entry.at,
        act: entry.act,
        subject: entry.subject,
        household: entry.household,
        bytes,
    }
}

/// The book of an act: that of the restricted vault which it is about, or in which what it is about lies.
fn book_of(tx: &Transaction<'_>, deed: &Deed) -> Result<[u8; 16]> {
    #[cfg(test)]
    if tests::ONE_BOOK.get() {
        return Ok(OWN);
    }
    for id in deed.subject.iter().chain(&deed.household) {
        if tx.is_restricted(id)? {
            return Ok(*id);
        }
        if let Some(row) = tx.document(id)?
            && tx.is_restricted(&row.vault)?
        {
            return Ok(row.vault);
        }
    }
    Ok(OWN)
}

impl App {
    /// Notes something that was done outside of the operations, and puts it on the disk.
    pub(crate) fn log(&mut self, deed: &Deed) -> Result<()> {
        let at = self.environment.now();
        let Self {
            store,
            identity,
            log,
            ..
        } = self;
        let incarnation = store.incarnation();
        store.transact(|tx| log.write(tx, identity, incarnation, Some((at, deed))))?;
        log.written(Some((at, deed)));
        Ok(())
    }

    /// Notes something that was read outside of the operations.
    pub(crate) fn log_later(&mut self, deed: Deed) {
        let at = self.environment.now();
        self.log.note(at, deed);
    }

    /// Puts on the disk what was read and waits. Where that fails it waits on: reading is not refused on a full disk.
    pub(crate) fn flush_log(&mut self) -> Result<()> {
        if !self.log.is_waiting() {
            return Ok(());
        }
        let Self {
            store,
            identity,
            log,
            ..
        } = self;
        let incarnation = store.incarnation();
        store.transact(|tx| log.write(tx, identity, incarnation, None))?;
        log.written(None);
        Ok(())
    }
}
