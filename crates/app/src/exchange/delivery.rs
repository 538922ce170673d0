//! Taking in what another side brought, by whatever way it came.
//!
//! # Invariants
//!
//! - **The directory first.** It proves itself, and may be what says who the authors are.
//! - **One transaction** for all of a delivery: what it brought, what its sender has, and where the way goes on.

use std::collections::BTreeSet;

use record::{DocKey, Kind};
use store::Transaction;
use store::table::record::PeerRow;
use wire::body::Have;
use wire::cbor::{self, Bytes};
use wire::directory::{Directory, Op};
use wire::ids::{Device, Hash};

use super::ingest::{Ingest, Tally};
use super::ledger::standing;
use super::state;
use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said;
use crate::identity::Identity;
use crate::trust::{self, Trust};

/// What goes in front of the records.
#[derive(Default)]
pub(super) struct Delivery<'a> {
    /// Whoever vouches for it. Nobody does for what a hub passes on.
    pub(super) sender: Option<Device>,
    /// Signed key boxes of team vaults.
    pub(super) boxes: &'a [Bytes],
    /// What digests in the records stand for.
    pub(super) heads: &'a [BTreeSet<Hash>],
    /// What somebody has of everybody's records.
    pub(super) told: Vec<Have>,
    /// What the sender says to have itself.
    pub(super) acknowledges: Option<&'a [Have]>,
}

/// The directory with the operations that came.
pub(super) struct Grown {
    directory: Option<Directory>,
    new: Vec<Op>,
}

impl Grown {
    /// No operations came.
    pub(super) fn not() -> Self {
        Self {
            directory: None,
            new: Vec::new(),
        }
    }

    /// The directory with operations that were written here.
    pub(super) fn by(directory: Directory, new: Vec<Op>) -> Self {
        Self {
            directory: Some(directory),
            new,
        }
    }

    /// The directory as it will be.
    pub(super) fn directory<'a>(&'a self, trust: &'a Trust) -> &'a Directory {
        self.directory.as_ref().unwrap_or(&trust.directory)
    }
}

/// What came of a delivery.
pub(super) type Came = (Tally, BTreeSet<String>);

impl App {
    /// Looks at directory operations, on a copy: nothing is to change before the sender is known.
    pub(super) fn grow(&mut self, told: &[Bytes], heads: &[BTreeSet<Hash>]) -> Result<Grown> {
        let known: BTreeSet<_> = self.trust.directory.ops().map(Op::to_bytes).collect();
        let mut grown = Grown::not();
        if told.iter().any(|op| !known.contains(&op.0)) {
            let mut directory = self.store.read(Trust::read)?.directory;
            grown.new = directory.receive(told.iter().map(|op| op.0.as_slice())).new;
            grown.directory = Some(directory);
        }
        // What digests stand for proves itself too, and changes nothing.
        let directory = grown
            .directory
            .as_mut()
            .unwrap_or(&mut self.trust.directory);
        heads
            .iter()
            .for_each(|heads| directory.learn_heads(heads.clone()));
        Ok(grown)
    }

    /// Takes in what came. `records` hands over each record; `also` is written in the same transaction.
    ///
    /// # Errors
    /// What `records` and `also` say, and when the store fails: then nothing has changed.
    pub(super) fn take_in(
        &mut self,
        grown: Grown,
        delivery: &Delivery<'_>,
        records: impl FnOnce(&mut dyn FnMut(Vec<u8>) -> Result<()>) -> Result<()>,
        also: impl FnOnce(&Transaction<'_>) -> Result<()>,
    ) -> Result<Came> {
        let now = self.environment.now();
        let Self {
            store,
            identity,
            trust,
            ..
        } = self;
        let incarnation = store.incarnation();
        let directory = grown.directory(trust);
        let (tally, touched, changed) = store.transact(|tx| {
            for op in &grown.new {
                tx.put_directory_op(op.id().as_bytes(), &op.to_bytes())?;
            }
            let mut ingest = Ingest::new(tx, directory, identity, delivery.heads, now)?;
            if grown.directory.is_some() {
                ingest.judge_anew(&trust.directory)?;
                trust::note_moves(tx, identity, directory)?;
            }
            for keybox in delivery.boxes {
                ingest.key_in_front(&keybox.0)?;
            }
            ingest.take_up_held()?;
            records(&mut |bytes| ingest.admit(bytes, delivery.sender))?;
            ingest.settle()?;
            if let Some(behind) = ingest.left_behind(&delivery.told, incarnation)? {
                tx.put_device_state(state::LEFT_BEHIND, behind.to_string().as_bytes())?;
            }
            let own = Device::new(identity.device);
            let met = |device: Device, has: Option<Vec<u8>>| {
                tx.put_peer(&PeerRow {
                    device: *device.as_bytes(),
                    merged_at: now,
                    has,
                })
            };
            for author in ingest.authors.iter().filter(|author| **author != own) {
                met(*author, None)?;
            }
            if let Some(sender) = delivery.sender.filter(|sender| *sender != own) {
                met(
                    sender,
                    delivery.acknowledges.map(|has| cbor::to_vec(&has.to_vec())),
                )?;
            }
            also(tx)?;
            let (tally, mut touched, changed) = ingest.into_changed();
            if !grown.new.is_empty() {
                touched.insert("devices".to_owned());
            }
            touched.insert("status".to_owned());
            keep_settings(tx, identity, &changed)?;
            Ok::<_, AppError>((tally, touched, changed))
        })?;

        // An editor that is open keeps its base: the document that is read next holds it, and what came besides.
        for key in &changed {
            self.documents.forget(key);
        }
        if let Some(directory) = grown.directory {
            self.trust.directory = directory;
        }
        self.heard = true;
        self.refresh_office_key()?;
        let zone = self.store.read(|reader| {
            Ok::<_, AppError>(trust::read_office(reader)?.map(|office| office.zone))
        })?;
        if let Some(zone) = zone.and_then(|zone| zone.parse().ok()) {
            self.identity.zone = zone;
        }
        self.leave_behind()?;
        let mut touched = touched;
        touched.extend(self.after_erasures()?);
        // What came is kept: what cannot be finished now is so after the next exchange.
        touched.extend(self.tend_asked().unwrap_or_default());
        Ok((tally, touched))
    }
}

impl App {
    /// Lets the records that are here bring their changes once more: some of those that they brought were lost. A change
    /// that is still there stays as it is.
    ///
    /// # Errors
    /// When the store fails: then nothing has changed.
    pub(crate) fn changes_from_records(&mut self) -> Result<()> {
        let now = self.environment.now();
        let Self {
            store,
            identity,
            trust,
            ..
        } = self;
        store.transact(|tx| {
            let mut ingest = Ingest::new(tx, &trust.directory, identity, &[], now)?;
            let own = tx.record_ids_in(standing::OWN)?;
            ingest.take_up_changes(&own)?;
            ingest.settle()?;
            // What this device sealed itself stays so, unless it waits.
            for id in own {
                let place = tx.record_place(&id)?;
                if place.is_some_and(|place| place.state == standing::APPLIED) {
                    tx.set_record_state(&id, standing::OWN, None)?;
                }
            }
            Ok::<_, AppError>(())
        })
    }

    /// Takes up the newest key of the office's team.
    pub(super) fn refresh_office_key(&mut self) -> Result<()> {
        let vault = self.identity.office_vault;
        let keys = self.store.read(|reader| reader.vault_keys(&vault))?;
        self.trust.office_key = keys.into_iter().next().ok_or(ErrorCode::StoreDamaged)?;
        Ok(())
    }
}

/// What a store keeps of the office's settings beside the document, to have it before a document is opened.
fn keep_settings(
    tx: &Transaction<'_>,
    identity: &Identity,
    changed: &BTreeSet<DocKey>,
) -> Result<()> {
    let key = DocKey::new(Kind::Settings, identity.office_vault, identity.settings);
    let Some(mut office) = trust::read_office(tx)?.filter(|_| changed.contains(&key)) else {
        return Ok(());
    };
    let document = documents::load(tx, key)?;
    let view = document.view(None);
    office.name = said::string(&view, "officeName").unwrap_or(office.name);
    office.zone = said::string(&view, "zone")
        .filter(|zone| zone.parse::<domain::Zone>().is_ok())
        .unwrap_or(office.zone);
    tx.put_device_state(trust::state::OFFICE, &serde_json::to_vec(&office)?)?;
    Ok(())
}
