//! Erasure (廃棄): proposing, signing, taking back, and the register (廃棄簿) that stays.
//!
//! An order says what, why and on what ground; it is sealed where the vault's readers read. An administrator and the key of
//! the recovery sheet sign it in the directory. From then on nothing of it is shown on any laptop; each destroys it after
//! [`effect::PATIENCE`] of its own running time, so that a mistake can be taken back, and then asks the hub to drop the
//! ciphertext. An order about one field of a document lets the rest of it stand ([`rewrite`]).
//!
//! # Invariants
//!
//! - **Two sign.** One administrator alone hides and destroys nothing; one alone takes back.
//! - **What is signed is what this laptop sees**: the records are found anew when it is signed, whatever the proposal named.
//! - **Nobody's unsent words are lost unseen**: they are shown to the team as a memo before they are destroyed.

pub(in crate::exchange) mod effect;
pub(crate) mod horizon;
pub(in crate::exchange) mod late;
mod offer;
pub(in crate::exchange) mod retention;
mod rewrite;
pub(crate) mod view;

use std::collections::BTreeSet;

use record::{DocKey, Kind};
use store::Reader;
use wire::directory::{Act, Role, paper_device};
use wire::erase::{self, MAX_RECORDS, Order};
use wire::ids::{Device, Doc, Hash, Vault};

use self::view::{ErasureList, ProposeErasure};
use super::seal::Occasion;
use super::state;
use crate::App;
use crate::audit::Deed;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{self, unhex};
use crate::ops::value::{Room, filled};
use crate::project;
use crate::restricted;

/// The tags that went stale.
type Touched = Vec<String>;

impl App {
    /// Draws up an order. It hides nothing yet. A household stands for all its records; notes and rounds can be named one
    /// by one.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`] where neither an administrator nor a supervisor asks; [`ErrorCode::NotFound`],
    /// [`ErrorCode::EraseShared`], [`ErrorCode::EraseTooLarge`]; [`ErrorCode::InvalidValue`] without a reason or a ground.
    pub fn erase_propose(&mut self, request: &ProposeErasure) -> Result<(ErasureList, Touched)> {
        self.must_be_compared()?;
        self.must_draw_up()?;
        let said = |field, text: &str| -> Result<String> {
            filled(field, Some(text.to_owned()), Room::Paragraph)?
                .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", field))
        };
        let (reason, basis) = (
            said("reason", &request.reason)?,
            said("basis", &request.basis)?,
        );
        let wished = (
            &request.household_id,
            request.documents.as_slice(),
            &request.field,
        );
        let (vaults, docs) = match wished {
            (Some(household), [], None) => self.parts_of_case(household.to_bytes())?,
            (None, [_, ..], None) => self.parts_of(&request.documents)?,
            (None, [document], Some(field)) => self.part_with(*document, field)?,
            _ => return Err(AppError::new(ErrorCode::InvalidValue).with("field", "householdId")),
        };
        let order = Order {
            vaults,
            docs,
            fields: request.field.iter().cloned().collect(),
            records: BTreeSet::new(),
            reason,
            basis,
            asked_by: request.asked_by.trim().to_owned(),
            at: 0,
        };
        self.draw_up(order)?;
        self.log(&Deed::of(wire::audit::Act::Device, "proposeErase"))?;
        Ok((self.erasures()?, vec!["erasures".to_owned()]))
    }

    fn must_draw_up(&self) -> Result<()> {
        let own = Device::new(self.identity.device);
        let office = self.trust.directory.state();
        if !office.is_admin(own) && !office.has_role(own, Role::Supervisor) {
            return Err(ErrorCode::NotAdmin.into());
        }
        Ok(())
    }

    /// Signs an order with the paper key of the recovery sheet beside: from now on nothing of it is shown.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::NotAdmin`], [`ErrorCode::NeedsSecond`] without the paper key,
    /// [`ErrorCode::InvalidValue`] when it is mistyped or another's, [`ErrorCode::EraseTooLarge`].
    pub fn erase_sign(
        &mut self,
        order: &str,
        paper: Option<&str>,
    ) -> Result<(ErasureList, Touched)> {
        self.must_be_compared()?;
        let id = order_id(order)?;
        let paper = self.paper(paper)?;
        let signed = effect::signed(&self.trust.directory);
        if signed.get(&Hash::new(id)).is_some_and(|it| it.stands) {
            return Ok((self.erasures()?, Vec::new()));
        }
        let own = Device::new(self.identity.device);
        if !self.trust.directory.state().is_admin(own) {
            return Err(ErrorCode::NotAdmin.into());
        }
        let proposed = self.proposed(&id)?;
        if !proposed.fields.is_empty() {
            self.rewrite(&proposed)?;
        }
        let act = self.erasing(proposed)?;
        let touched = self.act(&act, Some(&paper))?;
        Ok((self.erasures()?, touched))
    }

    fn proposed(&self, id: &[u8; 32]) -> Result<Order> {
        let proposed = self.store.read(|reader| effect::read(reader, id))?;
        proposed.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// The act that signs an order, drawn up over the records that are here now.
    fn erasing(&mut self, proposed: Order) -> Result<Act> {
        let order = self.draw_up(proposed)?;
        Ok(Act::Erase {
            order: order.id(),
            records: erase::digest(&order.records),
        })
    }

    /// The same for an order that a colleague is asked to sign. An order about a single field writes the document anew when it
    /// is signed; it waits for nobody.
    pub(super) fn erasing_with_a_colleague(&mut self, order: &str) -> Result<Act> {
        self.must_be_compared()?;
        let id = order_id(order)?;
        let signed = effect::signed(&self.trust.directory);
        if signed.get(&Hash::new(id)).is_some_and(|it| it.stands) {
            return Err(ErrorCode::CosignGone.into());
        }
        let proposed = self.proposed(&id)?;
        if !proposed.fields.is_empty() {
            return Err(AppError::new(ErrorCode::InvalidValue).with("field", "order"));
        }
        let act = self.erasing(proposed)?;
        if !matches!(&act, Act::Erase { order, .. } if *order == Hash::new(id)) {
            // What was drawn up anew stands in the place of the proposal.
            self.store
                .transact(|tx| Ok::<_, AppError>(tx.drop_order(&id)?))?;
        }
        Ok(act)
    }

    /// Takes an order back that was signed: everything is shown again. A mere proposal leaves this laptop's list.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::NotAdmin`]; [`ErrorCode::EraseDone`] when it is destroyed here;
    /// [`ErrorCode::PassHere`] when it was passed on, and has come back since.
    pub fn erase_cancel(&mut self, order: &str) -> Result<(ErasureList, Touched)> {
        self.must_be_compared()?;
        let id = order_id(order)?;
        let row = self
            .store
            .read(|reader| {
                let rows = reader.erasure_orders()?;
                Ok::<_, AppError>(rows.into_iter().find(|row| row.id == id))
            })?
            .ok_or(ErrorCode::NotFound)?;
        if row.done.is_some() {
            return Err(ErrorCode::EraseDone.into());
        }
        let mut touched = BTreeSet::from(["erasures".to_owned()]);
        let order = self.store.read(|reader| effect::read(reader, &id))?;
        let order = order.ok_or(ErrorCode::NotFound)?;
        self.store.read(|reader| {
            for vault in &order.vaults {
                if reader.vault_of_root(vault.as_bytes())?.is_some() {
                    return Err(ErrorCode::PassHere.into());
                }
            }
            Ok::<_, AppError>(())
        })?;
        let ops: Vec<Hash> = self
            .trust
            .directory
            .state()
            .erasures
            .iter()
            .filter(|(_, erasure)| erasure.order == Hash::new(id) && !erasure.cancelled)
            .map(|(op, _)| *op)
            .collect();
        if !ops.is_empty() && !order.fields.is_empty() {
            let own = Device::new(self.identity.device);
            if !self.trust.directory.state().is_admin(own) {
                return Err(ErrorCode::NotAdmin.into());
            }
            touched.extend(self.put_back(&order)?);
        }
        for op in &ops {
            touched.extend(self.act(&Act::CancelErase { op: *op }, None)?);
        }
        if ops.is_empty() {
            // Nobody signed it: the proposal leaves this laptop's list.
            self.store
                .transact(|tx| Ok::<_, AppError>(tx.drop_order(&id)?))?;
        }
        Ok((self.erasures()?, touched.into_iter().collect()))
    }

    /// Finds the records of an order as this laptop has them, dates it and keeps it.
    pub(super) fn draw_up(&mut self, mut order: Order) -> Result<Order> {
        // So that what was written here is among them.
        self.seal(Occasion::Bundle)?;
        self.store.read(|reader| {
            if order.docs.is_empty() {
                must_be_of_one(reader, &order.vaults)
            } else if order.fields.is_empty() {
                with_attachments(reader, &mut order)
            } else {
                Ok(())
            }
        })?;
        order.at = u64::try_from(self.environment.now()).unwrap_or_default();
        let parts = effect::parts(&order);
        let directory = &self.trust.directory;
        order.records = self.store.read(|reader| {
            let all = late::all(reader)?;
            if let Some((row, first)) = late::first(&all, directory, &order) {
                let named = late::named_by(&all, directory);
                let late = late::of(reader, row, first, &named)?;
                if !late.is_empty() {
                    return Ok(late);
                }
            }
            let mut records = BTreeSet::new();
            for part in &parts {
                records.extend(reader.records_of_part(part)?.into_iter().map(Hash::new));
            }
            Ok::<_, AppError>(records)
        })?;
        if order.records.len() > MAX_RECORDS {
            return Err(ErrorCode::EraseTooLarge.into());
        }
        self.keep(&order)?;
        Ok(order)
    }

    fn keep(&mut self, order: &Order) -> Result<()> {
        let office = self.identity.office_vault;
        self.store.transact(|tx| {
            let mut home = office;
            for vault in &order.vaults {
                // Nobody but its readers is to know that there was such a vault.
                if tx.is_restricted(vault.as_bytes())? {
                    home = *vault.as_bytes();
                }
            }
            let id = order.id();
            tx.put_erasure_order(id.as_bytes(), &home, &order.to_bytes(), None)?;
            Ok(())
        })
    }

    /// The vaults in which all records of a household lie; where another household lies in one of them as well, its own
    /// documents, and the keys stay.
    fn parts_of_case(&mut self, household: [u8; 16]) -> Result<(BTreeSet<Vault>, BTreeSet<Doc>)> {
        self.look(|look| {
            let row = look.reader.document(&household)?;
            let row = row
                .filter(|row| row.kind == Kind::Case.as_str())
                .ok_or(ErrorCode::NotFound)?;
            let of_household = if look.reader.is_restricted(&row.vault)? {
                restricted_of(look.reader, &household)?
            } else {
                look.reader.vaults_of_household(&household)?
            };
            let vaults = of_household.into_iter().map(Vault::new).collect();
            let docs = match must_be_of_one(look.reader, &vaults) {
                Err(error) if error.code == ErrorCode::EraseShared => {
                    documents_of(look.reader, &vaults, &household)?
                }
                other => {
                    other?;
                    BTreeSet::new()
                }
            };
            Ok((vaults, docs))
        })
    }

    fn parts_of(
        &mut self,
        documents: &[domain::DocId],
    ) -> Result<(BTreeSet<Vault>, BTreeSet<Doc>)> {
        self.look(|look| {
            let (mut vaults, mut docs) = (BTreeSet::new(), BTreeSet::new());
            for id in documents {
                let row = look.reader.document(&id.to_bytes())?;
                let row = row.ok_or(ErrorCode::NotFound)?;
                let stands_alone = [Kind::Note, Kind::Round, Kind::Intake, Kind::Memo]
                    .iter()
                    .any(|kind| row.kind == kind.as_str());
                // A restricted record goes piece by piece where its household went before.
                if !stands_alone && !look.reader.is_restricted(&row.vault)? {
                    return Err(ErrorCode::NotFound.into());
                }
                vaults.insert(Vault::new(row.vault));
                docs.insert(Doc::new(row.doc));
            }
            let restricted = look.reader.vaults_of_class(restricted::CLASS)?;
            if vaults.len() > 1
                && restricted
                    .iter()
                    .any(|row| vaults.contains(&Vault::new(row.vault)))
            {
                // Their orders are read by different people.
                return Err(AppError::new(ErrorCode::InvalidValue).with("field", "documents"));
            }
            Ok((vaults, docs))
        })
    }

    /// A document of which one field is to go.
    fn part_with(
        &mut self,
        document: domain::DocId,
        field: &str,
    ) -> Result<(BTreeSet<Vault>, BTreeSet<Doc>)> {
        self.look(|look| {
            let row = look.reader.document(&document.to_bytes())?;
            let row = row.ok_or(ErrorCode::NotFound)?;
            let key = documents::key(&row)?;
            let wrong = || AppError::new(ErrorCode::InvalidValue).with("field", "field");
            if !rewrite::can_go(key.kind, field)
                || !rewrite::was_said(&documents::load(look.reader, key)?, field)
            {
                return Err(wrong());
            }
            Ok(([Vault::new(row.vault)].into(), [Doc::new(row.doc)].into()))
        })
    }

    /// What follows an order once it is in effect: destroys what is due, and shows the team what had not left this laptop.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(crate) fn after_erasures(&mut self) -> Result<Touched> {
        let pending = self.store.read(|reader| {
            let rows = reader.erasure_orders()?;
            Ok::<_, AppError>(
                rows.iter()
                    .any(|row| row.since.is_some() && row.done.is_none()),
            )
        })?;
        let mut touched = self.offer_unsent()?;
        if pending {
            touched.extend(self.destroy_due()?);
        }
        self.sweep_chunks()?;
        Ok(touched)
    }

    /// Removes the files of what is destroyed, and what is left of it on pages: after the commit, and again at the next opening
    /// where that was cut off or the disk had no room.
    fn sweep_chunks(&mut self) -> Result<()> {
        let chunks = &self.chunks;
        let due = self.store.read(|reader| {
            let due = reader.device_state(state::SWEEP)?.is_some();
            if due {
                chunks.sweep(|hash| reader.is_chunk(hash))?;
            }
            Ok::<_, AppError>(due)
        })?;
        if due && self.store.rewrite().is_ok() {
            self.store
                .transact(|tx| Ok::<_, AppError>(tx.drop_device_state(state::SWEEP)?))?;
        }
        Ok(())
    }

    fn destroy_due(&mut self) -> Result<Touched> {
        let now = self.environment.now();
        let directory = &self.trust.directory;
        let done: Vec<Order> = self.store.transact(|tx| {
            let ran = effect::tick(tx, now)?;
            let signed = effect::signed(directory);
            let mut done = Vec::new();
            for row in tx.erasure_orders()? {
                let due = row
                    .since
                    .is_some_and(|since| ran - since >= effect::PATIENCE);
                let Some(signed) = signed.get(&Hash::new(row.id)) else {
                    continue;
                };
                if !due || row.done.is_some() {
                    continue;
                }
                if let Some(order) = effect::read(tx, &row.id)?
                    && signed.is_in_effect(&order)
                {
                    late::keep_in_mind(tx, &row, &order, directory)?;
                    effect::destroy(tx, directory, &row.id, &order)?;
                    tx.set_order_done(&row.id, now)?;
                    tx.put_device_state(state::SWEEP, b"1")?;
                    done.push(order);
                }
            }
            Ok::<_, AppError>(done)
        })?;
        if done.is_empty() {
            return Ok(Vec::new());
        }
        self.documents = crate::documents::Documents::default();
        self.store.scrub()?;
        Ok(vec!["erasures".to_owned(), "status".to_owned()])
    }

    /// Who signed an order: the device, and the second, which is none where it was the key of the recovery sheet.
    fn signers(&self, order: Hash) -> Option<(Device, Option<Device>)> {
        let op = self
            .trust
            .directory
            .ops()
            .find(|op| matches!(op.act(), Act::Erase { order: of, .. } if *of == order))?;
        let office = self.trust.directory.state();
        let second = op.cosigner()?;
        let paper = office
            .admins
            .values()
            .any(|admin| admin.paper && paper_device(&admin.sign) == second);
        Some((op.author(), (!paper).then_some(second)))
    }
}

/// The restricted vaults, open in this session, in which documents of a household lie.
fn restricted_of(reader: &Reader<'_>, household: &[u8; 16]) -> Result<Vec<[u8; 16]>> {
    let mut found = Vec::new();
    for row in reader.vaults_of_class(restricted::CLASS)? {
        if reader.is_opened(&row.vault)?
            && restricted::household_of(&restricted::rows(reader, &row)?) == Some(*household)
        {
            found.push(row.vault);
        }
    }
    Ok(found)
}

/// Refuses whole vaults in which more than one household lies.
fn must_be_of_one(reader: &Reader<'_>, vaults: &BTreeSet<Vault>) -> Result<()> {
    let mut households = BTreeSet::new();
    for vault in vaults {
        for row in reader.documents_in(vault.as_bytes())? {
            let document = documents::load(reader, documents::key(&row)?)?;
            let rows = project::project(&document)?.rows;
            households.extend(rows.into_iter().filter_map(|row| row.household));
        }
    }
    if households.len() > 1 {
        return Err(ErrorCode::EraseShared.into());
    }
    Ok(())
}

/// The documents of one household in these vaults, those that were taken back and links of its people included.
fn documents_of(
    reader: &Reader<'_>,
    vaults: &BTreeSet<Vault>,
    household: &[u8; 16],
) -> Result<BTreeSet<Doc>> {
    let own = domain::DocId::from_bytes(*household).to_string();
    let (mut found, mut links) = (BTreeSet::from([Doc::new(*household)]), Vec::new());
    for vault in vaults {
        for row in reader.documents_in(vault.as_bytes())? {
            let document = documents::load(reader, documents::key(&row)?)?;
            let view = document.view(None);
            if row.kind == Kind::Link.as_str() {
                links.push((
                    row.doc,
                    [said::string(&view, "a"), said::string(&view, "b")],
                ));
            } else if said::string(&view, said::HOUSEHOLD).as_ref() == Some(&own) {
                found.insert(Doc::new(row.doc));
            }
        }
    }
    let is_own = |end: &Option<String>| {
        let end = end.as_ref().and_then(|id| id.parse::<domain::DocId>().ok());
        end.is_some_and(|id| found.contains(&Doc::new(id.to_bytes())))
    };
    let of_own: Vec<_> = links
        .into_iter()
        .filter(|(_, ends)| ends.iter().any(is_own))
        .collect();
    found.extend(of_own.into_iter().map(|(doc, _)| Doc::new(doc)));
    Ok(found)
}

/// Names the attachments of what an order names, also those that were taken out before.
fn with_attachments(reader: &Reader<'_>, order: &mut Order) -> Result<()> {
    let attached = attachments_of(reader, &order.vaults, &order.docs)?;
    order.docs.extend(attached.into_iter().map(|(_, doc)| doc));
    Ok(())
}

/// The attachments of notes, also those that were taken out.
fn attachments_of(
    reader: &Reader<'_>,
    vaults: &BTreeSet<Vault>,
    notes: &BTreeSet<Doc>,
) -> Result<Vec<(Vault, Doc)>> {
    let mut found = Vec::new();
    if notes.is_empty() {
        return Ok(found);
    }
    for vault in vaults {
        for row in reader.documents_in(vault.as_bytes())? {
            if row.kind != Kind::Attachment.as_str() {
                continue;
            }
            let document = documents::load(reader, documents::key(&row)?)?;
            let note = said::string(&document.view(None), "note");
            let note = note.and_then(|note| note.parse::<domain::DocId>().ok());
            if note.is_some_and(|note| notes.contains(&Doc::new(note.to_bytes()))) {
                found.push((*vault, Doc::new(row.doc)));
            }
        }
    }
    Ok(found)
}

fn order_id(text: &str) -> Result<[u8; 32]> {
    unhex(text).ok_or_else(|| ErrorCode::NotFound.into())
}

/// A document that is hidden now.
type Hidden = DocKey;

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static WORDS_STAY: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static FIELD_STAYS: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static STEPS_STAY: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static CANCELS_NOTHING: Cell<bool> = const { Cell::new(false) };
    }
}
