//! Records of what was erased that came later, and that no signed order names (あとから届いた分).
//!
//! A laptop that had not heard sealed them and sent them on. Every laptop destroys them with the rest, or as they come; but
//! a hub drops only what two signed, so that there the ciphertext stays. Whoever may sign is told how many there are, and two
//! sign a further order: about the same, and over these records.
//!
//! # Invariants
//!
//! - **Counted by what is here.** A record that no order names is noted before its stub is all that is left to tell of it.
//! - **Not of single fields**: what came late to a document that was written anew goes over into the new one.

use std::collections::{BTreeMap, BTreeSet};

use store::table::erase::OrderRow;
use store::{Reader, Transaction};
use wire::directory::Directory;
use wire::erase::Order;
use wire::ids::Hash;

use super::view::ErasureList;
use super::{Touched, effect, order_id};
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::state;
use crate::facts::said::{hex, unhex};

/// By order, hexadecimal, the records that came after it.
type Noted = BTreeMap<String, BTreeSet<String>>;

fn noted(reader: &Reader<'_>) -> Result<Noted> {
    let kept = reader.device_state(state::LATE)?;
    let kept = kept.map(|bytes| serde_json::from_slice(&bytes));
    Ok(kept.transpose()?.unwrap_or_default())
}

/// Takes note of records that came late to an order.
pub(in crate::exchange) fn note(
    tx: &Transaction<'_>,
    order: &[u8; 32],
    records: impl IntoIterator<Item = Hash>,
) -> Result<()> {
    let mut noted = noted(tx)?;
    let of_order = noted.entry(hex(order)).or_default();
    of_order.extend(records.into_iter().map(|record| hex(record.as_bytes())));
    Ok(tx.put_device_state(state::LATE, &serde_json::to_vec(&noted)?)?)
}

/// The records that signed orders name, which nobody took back.
pub(in crate::exchange) fn named(
    reader: &Reader<'_>,
    directory: &Directory,
) -> Result<BTreeSet<Hash>> {
    Ok(named_by(&all(reader)?, directory))
}

/// The same of these orders.
pub(super) fn named_by(all: &[(OrderRow, Order)], directory: &Directory) -> BTreeSet<Hash> {
    let signed = effect::signed(directory);
    let standing = all
        .iter()
        .filter(|(row, _)| signed.get(&Hash::new(row.id)).is_some_and(|it| it.stands));
    standing
        .flat_map(|(_, order)| order.records.iter().copied())
        .collect()
}

/// What came late to an order and is named by none.
pub(super) fn of(
    reader: &Reader<'_>,
    row: &OrderRow,
    order: &Order,
    named: &BTreeSet<Hash>,
) -> Result<BTreeSet<Hash>> {
    let mut late = BTreeSet::new();
    if !order.fields.is_empty() || row.since.is_none() {
        return Ok(late);
    }
    let noted = noted(reader)?;
    let of_order = noted.get(&hex(&row.id)).into_iter().flatten();
    late.extend(of_order.filter_map(|text| unhex(text)).map(Hash::new));
    if row.done.is_none() {
        for part in effect::parts(order) {
            late.extend(reader.records_of_part(&part)?.into_iter().map(Hash::new));
        }
    }
    Ok(late.difference(named).copied().collect())
}

/// Notes what came late to an order, before all of it is destroyed.
pub(super) fn keep_in_mind(
    tx: &Transaction<'_>,
    row: &OrderRow,
    order: &Order,
    directory: &Directory,
) -> Result<()> {
    let late = of(tx, row, order, &named(tx, directory)?)?;
    if late.is_empty() {
        return Ok(());
    }
    note(tx, &row.id, late)
}

/// The orders that are kept here.
pub(super) fn all(reader: &Reader<'_>) -> Result<Vec<(OrderRow, Order)>> {
    let mut all = Vec::new();
    for row in reader.erasure_orders()? {
        all.extend(effect::read(reader, &row.id)?.map(|order| (row, order)));
    }
    Ok(all)
}

/// The order of `all` that two signed before about the same, and that nobody took back.
pub(super) fn first<'a>(
    all: &'a [(OrderRow, Order)],
    directory: &Directory,
    order: &Order,
) -> Option<&'a (OrderRow, Order)> {
    let signed = effect::signed(directory);
    all.iter().find(|(row, before)| {
        let is_same = (&before.vaults, &before.docs, &before.fields)
            == (&order.vaults, &order.docs, &order.fields);
        is_same
            && before.at < order.at
            && signed.get(&Hash::new(row.id)).is_some_and(|it| it.stands)
    })
}

impl App {
    /// Draws up a further order over what came late to one that was signed, for the same reason and on the same ground.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::NotFound`] where nothing came late; [`ErrorCode::EraseTooLarge`].
    pub fn erase_late(&mut self, order: &str) -> Result<(ErasureList, Touched)> {
        self.must_be_compared()?;
        self.must_draw_up()?;
        let id = order_id(order)?;
        let directory = &self.trust.directory;
        let first = self.store.read(|reader| {
            let all = all(reader)?;
            let named = named_by(&all, directory);
            let Some((row, order)) = all.into_iter().find(|(row, _)| row.id == id) else {
                return Ok(None);
            };
            let late = of(reader, &row, &order, &named)?;
            Ok::<_, AppError>(Some(order).filter(|_| !late.is_empty()))
        })?;
        self.draw_up(first.ok_or(ErrorCode::NotFound)?)?;
        self.log(&Deed::of(wire::audit::Act::Device, "proposeErase"))?;
        Ok((self.erasures()?, vec!["erasures".to_owned()]))
    }
}
