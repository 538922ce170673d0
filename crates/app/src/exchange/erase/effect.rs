//! What an order does on this laptop: hiding, showing again, destroying.
//!
//! # Invariants
//!
//! - **Hiding keeps everything in the log**: taken back, all is as it was.
//! - **The time until it is destroyed is this device's own running time**, as far as it can tell: between two looks at the
//!   clock at most a day counts, and a clock that was put back counts nothing. So a clock that jumps destroys nothing early.

use std::collections::{BTreeMap, BTreeSet};

use record::Kind;
use serde::{Deserialize, Serialize};
use store::table::erase::Part;
use store::table::search::Shelf;
use store::{Reader, Transaction};
use wire::directory::Directory;
use wire::envelope::open_outer;
use wire::erase::Order;
use wire::ids::Hash;
use wire::rights::author_key;

use super::Hidden;
use super::offer;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::ledger::Ledger;
use crate::exchange::state;
use crate::facts::said;
use crate::project;
use crate::trust;

/// A day, ms.
pub(crate) const DAY: i64 = 86_400_000;
/// How long a laptop keeps what is hidden, of its own running time, ms.
pub(crate) const PATIENCE: i64 = 30 * DAY;

/// An erasure that two signed.
#[derive(Debug, Clone, Copy)]
pub(in crate::exchange) struct Signed {
    /// The digest over the records.
    pub(in crate::exchange) records: Hash,
    /// Whether nobody took it back.
    pub(in crate::exchange) stands: bool,
}

impl Signed {
    /// Whether the order is in effect. A document that was written anew stays so: who takes that back puts the words into the
    /// new one.
    pub(in crate::exchange) fn is_in_effect(self, order: &Order) -> bool {
        self.stands || !order.fields.is_empty()
    }
}

/// The orders that two signed.
pub(in crate::exchange) fn signed(directory: &Directory) -> BTreeMap<Hash, Signed> {
    let mut signed: BTreeMap<Hash, Signed> = BTreeMap::new();
    for erasure in directory.state().erasures.values() {
        let known = signed.entry(erasure.order).or_insert(Signed {
            records: erasure.records,
            stands: false,
        });
        if !erasure.cancelled || cancels_nothing() {
            *known = Signed {
                records: erasure.records,
                stands: true,
            };
        }
    }
    signed
}

/// An order that is kept here.
pub(in crate::exchange) fn read(reader: &Reader<'_>, id: &[u8; 32]) -> Result<Option<Order>> {
    reader
        .erasure_order(id)?
        .map(|bytes| {
            Order::parse(&bytes).map_err(|e| AppError::new(ErrorCode::StoreDamaged).because(e))
        })
        .transpose()
}

/// What an order is about.
pub(in crate::exchange) fn parts(order: &Order) -> Vec<Part> {
    let mut parts = Vec::new();
    for vault in &order.vaults {
        let vault = *vault.as_bytes();
        if order.docs.is_empty() {
            parts.push(Part { vault, doc: None });
        }
        parts.extend(order.docs.iter().map(|doc| Part {
            vault,
            doc: Some(*doc.as_bytes()),
        }));
    }
    parts
}

/// What an order names, and what came late to it.
fn all_parts(reader: &Reader<'_>, id: &[u8; 32], order: &Order) -> Result<Vec<Part>> {
    let mut all = parts(order);
    for part in reader.hidden_by(id)? {
        if !all.contains(&part) {
            all.push(part);
        }
    }
    Ok(all)
}

fn documents(reader: &Reader<'_>, part: &Part) -> Result<Vec<Hidden>> {
    let rows = reader.documents_in(&part.vault)?;
    rows.iter()
        .filter(|row| part.doc.is_none_or(|doc| doc == row.doc))
        .map(documents::key)
        .collect()
}

/// Hides what an order names, and gives what was open of it. What had not left this laptop is put by, to be shown to the
/// team.
pub(in crate::exchange) fn hide(
    tx: &Transaction<'_>,
    id: &[u8; 32],
    order: &Order,
    (ran, own): (i64, &[u8; 16]),
    touched: &mut BTreeSet<String>,
) -> Result<Vec<Hidden>> {
    let (mut hidden, mut unsent) = (Vec::new(), 0);
    let mut all = parts(order);
    if order.fields.is_empty() {
        // Those that were added to its notes by who had not heard of it.
        for (vault, doc) in super::attachments_of(tx, &order.vaults, &order.docs)? {
            let doc = Some(*doc.as_bytes()).filter(|_| !order.docs.contains(&doc));
            all.extend(doc.map(|doc| Part {
                vault: *vault.as_bytes(),
                doc: Some(doc),
            }));
        }
    }
    for part in all {
        // By an earlier order about the same: then its words were shown already.
        let is_hidden = tx.is_hidden(&part.vault, &part.doc.unwrap_or_default())?;
        unsent += if is_hidden {
            0
        } else if order.fields.is_empty() {
            offer::put_by(tx, id, &order.records, &part)?
        } else {
            offer::put_by_fields(tx, id, order, &part, own)?
        };
        for key in documents(tx, &part)? {
            put_away(tx, &key, touched)?;
            if part.doc.is_none() && key.kind == Kind::Case {
                // By its own name as well, so that whoever reads restricted records of it is told once it is gone.
                let doc = Some(key.doc);
                tx.hide(&Part { doc, ..part }, id)?;
            }
            hidden.push(key);
        }
        tx.hide(&part, id)?;
    }
    for key in &hidden {
        // They would put the words into the new document.
        if !order.fields.is_empty() && !steps_stay() {
            tx.drop_steps_of(&key.doc)?;
        }
        // Written anew, or come back from another office.
        if let Some(row) = tx.document(&key.doc)? {
            let document = documents::load(tx, documents::key(&row)?)?;
            project::store(tx, &document, touched)?;
        }
    }
    touched.extend(["search", "restricted", "status"].map(str::to_owned));
    tx.set_order_since(id, Some(ran), unsent)?;
    Ok(hidden)
}

/// Takes a document out of lists, search and snapshots.
fn put_away(tx: &Transaction<'_>, key: &Hidden, touched: &mut BTreeSet<String>) -> Result<()> {
    for row in tx.projections_of(&key.doc, "")? {
        project::tags(&row, touched);
    }
    tx.replace_projections(&key.doc, &[])?;
    tx.replace_opened(&key.vault, &key.doc, &[])?;
    for shelf in [Shelf::Open, Shelf::Opened] {
        tx.replace_search(shelf, &key.doc, &[])?;
    }
    Ok(tx.drop_snapshot(&key.vault, &key.doc)?)
}

/// An attachment that came late to a note which an order hides goes the way of the note. True where it did.
pub(in crate::exchange) fn follow(
    tx: &Transaction<'_>,
    directory: &Directory,
    key: Hidden,
    touched: &mut BTreeSet<String>,
) -> Result<bool> {
    let note = said::string(&documents::load(tx, key)?.view(None), "note");
    let Some(note) = note.and_then(|note| note.parse::<domain::DocId>().ok()) else {
        return Ok(false);
    };
    for (id, gone) in tx.hiding(&key.vault, &note.to_bytes())? {
        let Some(order) = read(tx, &id)?.filter(|order| order.fields.is_empty()) else {
            continue;
        };
        put_away(tx, &key, touched)?;
        tx.hide(
            &Part {
                vault: key.vault,
                doc: Some(key.doc),
            },
            &id,
        )?;
        if gone {
            destroy(tx, directory, &id, &order)?;
            tx.set_gone(&id)?;
            tx.put_device_state(state::SWEEP, b"1")?;
        }
        return Ok(true);
    }
    Ok(false)
}

/// The protection taken out, for a red control.
fn cancels_nothing() -> bool {
    #[cfg(test)]
    return super::tests::CANCELS_NOTHING.get();
    #[cfg(not(test))]
    false
}

/// The protection taken out, for a red control.
fn steps_stay() -> bool {
    #[cfg(test)]
    return super::tests::STEPS_STAY.get();
    #[cfg(not(test))]
    false
}

/// Shows again what an order hid.
pub(in crate::exchange) fn show(
    tx: &Transaction<'_>,
    id: &[u8; 32],
    order: &Order,
    touched: &mut BTreeSet<String>,
) -> Result<()> {
    let all = all_parts(tx, id, order)?;
    tx.unhide(id)?;
    tx.set_order_since(id, None, 0)?;
    trust::note_shown(tx)?;
    for part in all {
        for key in documents(tx, &part)? {
            let document = documents::rebuild(tx, key)?;
            project::store(tx, &document, touched)?;
        }
    }
    touched.extend(["search", "restricted", "status"].map(str::to_owned));
    Ok(())
}

/// Destroys what an order names: of its records the stubs stay, of all else nothing.
pub(super) fn destroy(
    tx: &Transaction<'_>,
    directory: &Directory,
    id: &[u8; 32],
    order: &Order,
) -> Result<()> {
    let (mut records, mut chunks) = (order.records.clone(), BTreeSet::new());
    let all = all_parts(tx, id, order)?;
    for part in &all {
        records.extend(tx.records_of_part(part)?.into_iter().map(Hash::new));
        chunks.extend(tx.chunks_of_part(part)?);
    }
    let mut ledger = Ledger::open(tx, 0)?;
    for record in records {
        let Some(row) = tx.record(record.as_bytes())? else {
            continue;
        };
        // A stub already, or of nobody whom the directory knows: then nothing of it was ever opened.
        let whole = open_outer(row.bytes, directory.org()).ok();
        let verified = whole.and_then(|sealed| {
            let public = author_key(directory, sealed.outer().device)?;
            sealed.verify(&public).ok()
        });
        if let Some(verified) = verified {
            ledger.erase(&verified)?;
        }
    }
    for part in &all {
        tx.destroy(part)?;
    }
    for chunk in chunks {
        // An attachment that was written anew names it still.
        if !tx.is_chunk(&chunk)? {
            tx.put_erased_chunk(id, &chunk)?;
        }
    }
    #[cfg(test)]
    if super::tests::WORDS_STAY.get() {
        return Ok(());
    }
    Ok(tx.destroy_words()?)
}

/// How long this device has run, and when it last looked.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Running {
    ran: i64,
    seen: i64,
}

/// Looks at the clock. Gives how long this device has run since it first looked, ms.
pub(in crate::exchange) fn tick(tx: &Transaction<'_>, now: i64) -> Result<i64> {
    let kept = tx.device_state(state::RUNNING)?;
    let mut running: Running = match kept {
        Some(bytes) => serde_json::from_slice(&bytes)?,
        None => Running { ran: 0, seen: now },
    };
    running.ran += (now - running.seen).clamp(0, DAY);
    running.seen = now;
    tx.put_device_state(state::RUNNING, &serde_json::to_vec(&running)?)?;
    Ok(running.ran)
}
