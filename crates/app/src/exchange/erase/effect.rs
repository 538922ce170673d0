//! What an order does on this laptop: hiding, showing again, destroying.
//!
//! # Invariants
//!
//! - **Hiding keeps everything in the log**: taken back, all is as it was.
//! - **The time until it is destroyed is this device's own running time**, as far as it can tell: between two looks at the
//!   clock at most a day counts, and a clock that was put back counts nothing. So a clock that jumps destroys nothing early.

use std::collections::{BTreeMap, BTreeSet};

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
use crate::project;

/// A day, ms.
pub(crate) const DAY: i64 = 86_400_000;
/// How long a laptop keeps what is hidden, of its own running time, ms.
pub(crate) const PATIENCE: i64 = 30 * DAY;

/// The orders that two signed and nobody took back, with the digest over their records.
pub(in crate::exchange) fn signed(directory: &Directory) -> BTreeMap<Hash, Hash> {
    let erasures = directory.state().erasures.values();
    erasures
        .filter(|erasure| !erasure.cancelled)
        .map(|erasure| (erasure.order, erasure.records))
        .collect()
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
pub(super) fn parts(order: &Order) -> Vec<Part> {
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
    ran: i64,
    touched: &mut BTreeSet<String>,
) -> Result<Vec<Hidden>> {
    let (mut hidden, mut unsent) = (Vec::new(), 0);
    for part in parts(order) {
        unsent += offer::put_by(tx, id, &order.records, &part)?;
        for key in documents(tx, &part)? {
            for row in tx.projections_of(&key.doc, "")? {
                project::tags(&row, touched);
            }
            tx.replace_projections(&key.doc, &[])?;
            tx.replace_opened(&key.vault, &key.doc, &[])?;
            for shelf in [Shelf::Open, Shelf::Opened] {
                tx.replace_search(shelf, &key.doc, &[])?;
            }
            tx.drop_snapshot(&key.vault, &key.doc)?;
            hidden.push(key);
        }
        tx.hide(&part, id)?;
    }
    touched.extend(["search", "restricted", "status"].map(str::to_owned));
    tx.set_order_since(id, Some(ran), unsent)?;
    Ok(hidden)
}

/// Shows again what an order hid.
pub(in crate::exchange) fn show(
    tx: &Transaction<'_>,
    id: &[u8; 32],
    order: &Order,
    touched: &mut BTreeSet<String>,
) -> Result<()> {
    tx.unhide(id)?;
    tx.set_order_since(id, None, 0)?;
    for part in parts(order) {
        for key in documents(tx, &part)? {
            let document = documents::rebuild(tx, key)?;
            project::store(tx, &document, touched)?;
        }
    }
    touched.extend(["search", "restricted", "status"].map(str::to_owned));
    Ok(())
}

/// Destroys what an order names: of its records the stubs stay, of all else nothing.
pub(super) fn destroy(tx: &Transaction<'_>, directory: &Directory, order: &Order) -> Result<()> {
    let mut records = order.records.clone();
    for part in parts(order) {
        records.extend(tx.records_of_part(&part)?.into_iter().map(Hash::new));
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
    for part in parts(order) {
        tx.destroy(&part)?;
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
