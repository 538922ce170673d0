//! Restricted records (限定した記録): who may be named as a reader, and what a reader's own device knows of them.
//!
//! # Invariants
//!
//! - **At least two readers on two devices**, one of them able to act today; the author is one of them.
//! - **Nothing outside points at a restricted record.** It points at its household.
//! - **Closed, it has no content here**: only that it exists, and only for a reader.

use std::collections::BTreeSet;

use domain::{DocId, fold};
use store::Reader;
use store::table::projection::{Order, ProjectionRow};
use store::table::restricted::OpeningRow;
use store::table::vault::VaultRow;
use wire::directory::{Directory, Standing};
use wire::ids::Device;

use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::enrol::worker_id;
use crate::facts::intake::IntakeFacts;
use crate::facts::person::PersonFacts;
use crate::facts::said::hex;
use crate::look::Look;
use crate::names::Names;
use crate::ops::value::{Room, filled};
use crate::project;
use crate::trust;
use crate::write::Write;

/// The class of such vaults in the store.
pub(crate) const CLASS: &str = "restricted";
/// Least readers on as many devices.
const LEAST: usize = 2;
/// Fewer digits are no telephone number, fewer letters no whole name.
const DIGITS: usize = 6;
const LETTERS: usize = 3;

/// The devices of workers that are in the office now. A worker's id follows from the device, so nobody can put another
/// device in a worker's place by what the office's settings say; those are asked only for an id that no device gives, as
/// in みほん市.
pub(crate) fn devices_of(
    directory: &Directory,
    names: &Names,
    workers: &[String],
) -> Result<BTreeSet<Device>> {
    let office = directory.state();
    let active = || {
        let devices = office.devices.keys().copied();
        devices.filter(|device| office.is_active(*device))
    };
    let mut devices = BTreeSet::new();
    for worker in workers {
        let mut own: Vec<_> = active()
            .filter(|device| worker_id(*device) == *worker)
            .collect();
        if own.is_empty() {
            let said = |device: &Device| names.author(&hex(device.as_bytes())).id == *worker;
            own = active().filter(said).collect();
        }
        if own.is_empty() {
            return Err(ErrorCode::UnknownWorker.into());
        }
        devices.extend(own);
    }
    Ok(devices)
}

/// Refuses readers that are too few.
pub(crate) fn enough(
    directory: &Directory,
    names: &Names,
    readers: &BTreeSet<Device>,
) -> Result<()> {
    let office = directory.state();
    let living = |device: &&Device| {
        office
            .devices
            .get(device)
            .filter(|member| member.standing == Standing::Active)
    };
    let people: BTreeSet<_> = readers
        .iter()
        .filter(|device| living(device).is_some())
        .map(|device| worker_id(*device))
        .collect();
    let acts = |device: &Device| living(&device).is_some_and(|member| !member.frozen);
    if people.len() >= LEAST && readers.iter().any(acts) {
        return Ok(());
    }
    let who: BTreeSet<_> = office
        .devices
        .keys()
        .filter(|device| !readers.contains(device) && acts(device))
        .map(|device| names.author(&hex(device.as_bytes())).name)
        .filter(|name| !name.is_empty())
        .collect();
    let who: Vec<_> = who.into_iter().take(5).collect();
    Err(AppError::new(ErrorCode::TooFewReaders).with("who", who.join("、")))
}

/// The vault for a new restricted record: an opened one of the same household and the same readers, or a new one. It is
/// open from now on, for this session.
pub(crate) fn vault_for(
    w: &mut Write<'_, '_>,
    household: Option<[u8; 16]>,
    workers: &[String],
    reason: Option<String>,
) -> Result<[u8; 16]> {
    let mut readers = devices_of(&w.trust.directory, w.names, workers)?;
    readers.insert(Device::new(w.identity.device));
    enough(&w.trust.directory, w.names, &readers)?;
    let reason = filled("reason", reason, Room::Line)?.unwrap_or_default();
    if household.is_some() {
        for row in w.tx.vaults_of_class(CLASS)? {
            let opens = !reason.is_empty() || w.tx.is_opened(&row.vault)?;
            if opens
                && readers_now(w.tx, &w.trust.directory, &row.vault)? == readers
                && household_of(&rows(w.tx, &row)?) == household
            {
                open(w, row.vault, reason)?;
                return Ok(row.vault);
            }
        }
    }
    let vault = trust::found_restricted_vault(w.tx, w.identity, w.trust, readers)?;
    open(w, vault, reason)?;
    Ok(vault)
}

/// Opens a vault for this session, keeps why, and makes what is in it visible.
pub(crate) fn open(w: &mut Write<'_, '_>, vault: [u8; 16], reason: String) -> Result<()> {
    if w.tx.is_opened(&vault)? && reason.is_empty() {
        return Ok(());
    }
    let at = w.now;
    w.tx.open_restricted(&OpeningRow { vault, at, reason })?;
    for row in w.tx.documents_in(&vault)? {
        let document = documents::load(w.tx, documents::key(&row)?)?;
        project::show_opened(w.tx, &document, &mut w.touched)?;
    }
    w.touch("restricted");
    Ok(())
}

/// The devices that read a vault now, as far as this device knows.
pub(crate) fn readers_now(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: &[u8; 16],
) -> Result<BTreeSet<Device>> {
    let roster = trust::read_roster(reader, directory, vault)?;
    Ok(roster.map_or_else(BTreeSet::new, |roster| {
        roster.state().devices(directory.state())
    }))
}

/// Whether the office's escrow opens a vault beside its readers.
pub(crate) fn is_open_to_escrow(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: &[u8; 16],
) -> Result<bool> {
    let roster = trust::read_roster(reader, directory, vault)?;
    Ok(roster.is_some_and(|roster| roster.state().escrow))
}

/// One row for each document of a vault that stands, without its content being kept anywhere.
pub(crate) fn rows(reader: &Reader<'_>, vault: &VaultRow) -> Result<Vec<ProjectionRow>> {
    let mut out = Vec::new();
    for row in reader.documents_in(&vault.vault)? {
        let document = documents::load(reader, documents::key(&row)?)?;
        let kind = match row.kind.as_str() {
            "case" => "household",
            "person" => "member",
            kind => kind,
        };
        let rows = project::project(&document)?.rows;
        out.extend(rows.into_iter().find(|row| row.kind == kind));
    }
    Ok(out)
}

/// The household that a vault's documents belong to.
pub(crate) fn household_of(rows: &[ProjectionRow]) -> Option<[u8; 16]> {
    rows.iter().find_map(|row| row.household)
}

/// Why an intake may concern a restricted record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Because {
    Name,
    Phone,
}

/// What in a restricted record, or in the household that it belongs to, an intake is compared with.
pub(crate) struct Compared {
    pub(crate) vault: [u8; 16],
    pub(crate) household: Option<[u8; 16]>,
    docs: BTreeSet<[u8; 16]>,
    names: BTreeSet<String>,
    phones: BTreeSet<String>,
}

/// All that this device may compare with: nothing on a device that reads no restricted record.
pub(crate) fn compared(look: &Look<'_, '_>) -> Result<Vec<Compared>> {
    let mut out = Vec::new();
    for vault in look.reader.vaults_of_class(CLASS)? {
        let mut rows = rows(look.reader, &vault)?;
        let household = household_of(&rows);
        let docs = rows.iter().map(|row| row.doc).collect();
        if let Some(household) = household {
            rows.extend(look.reader.household_projections(
                &household,
                "member",
                Order::Ascending,
                1_000,
            )?);
        }
        let (mut names, mut phones) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            let (said, phone) = match row.kind.as_str() {
                "member" => {
                    let facts: PersonFacts = serde_json::from_str(&row.view)?;
                    (vec![facts.name(), facts.kana()], facts.phone)
                }
                "intake" => {
                    let facts: IntakeFacts = serde_json::from_str(&row.view)?;
                    (facts.caller_name.into_iter().collect(), facts.phone)
                }
                _ => continue,
            };
            names.extend(said.iter().map(|name| name_key(name)));
            phones.extend(phone.map(|phone| fold::phone_key(&phone)));
        }
        names.retain(|name| name.chars().count() >= LETTERS);
        phones.retain(|phone| phone.chars().count() >= DIGITS);
        out.push(Compared {
            vault: vault.vault,
            household,
            docs,
            names,
            phones,
        });
    }
    Ok(out)
}

impl Compared {
    /// Why this intake may concern the record; none where it does not, or is part of it.
    pub(crate) fn matches(&self, intake: &[u8; 16], facts: &IntakeFacts) -> Option<Because> {
        if self.docs.contains(intake) {
            return None;
        }
        let phone = facts.phone.as_deref().map(fold::phone_key);
        if phone.is_some_and(|phone| self.phones.contains(&phone)) {
            return Some(Because::Phone);
        }
        let caller = facts.caller_name.as_deref().map(name_key);
        let text = name_key(&facts.text);
        let named = |name: &String| caller.as_ref() == Some(name) || text.contains(name.as_str());
        self.names.iter().any(named).then_some(Because::Name)
    }
}

impl Because {
    /// The word for it, as views carry it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phone => "phone",
        }
    }
}

fn name_key(name: &str) -> String {
    fold::fold(name).split_whitespace().collect()
}

/// The restricted vault of this id, if this device reads it.
pub(crate) fn vault(reader: &Reader<'_>, id: DocId) -> Result<VaultRow> {
    let row = reader.vault(&id.to_bytes())?;
    Ok(row
        .filter(|row| row.class == CLASS)
        .ok_or(ErrorCode::NotFound)?)
}
