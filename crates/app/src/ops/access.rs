//! Who can read this case (この世帯を読める人), and changing who reads a restricted record.

use std::collections::{BTreeMap, BTreeSet};

use domain::DocId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use wire::directory::Standing;
use wire::ids::Device;
use wire::roster::{Grant, Readers, Roster};

use crate::error::{ErrorCode, Result};
use crate::facts::said::hex;
use crate::look::Look;
use crate::restricted;
use crate::team::{Belonging, TeamName};
use crate::trust;
use crate::view::AuthorView;
use crate::write::Write;

/// Asks who can read a household's case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct ListAccess {
    /// The household.
    pub household_id: DocId,
}

/// Changes who reads an opened restricted record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct ChangeAccess {
    /// The restricted record.
    pub id: DocId,
    /// The workers who come or go.
    pub worker_ids: Vec<String>,
    /// Whether those who come may change the readers too.
    pub keeper: Option<bool>,
}

/// Lets the office's escrow open an opened restricted record too, or takes that back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct ChangeEscrow {
    /// The restricted record.
    pub id: DocId,
    /// Whether the escrow opens it from now on.
    pub opens: bool,
}

/// A device that reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AccessDevice {
    /// Its pseudonym.
    pub device: String,
    /// Who works with it.
    pub worker: AuthorView,
    /// Shut out for now.
    pub frozen: bool,
    /// Through a team, not by name.
    pub by_team: bool,
    /// May change who reads.
    pub keeper: bool,
    /// Who named it; absent for those who read through a team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<AuthorView>,
    /// Named by nobody: it came in with two shares of the office's escrow, which opens this record.
    pub by_escrow: bool,
    /// Since when this laptop knows; absent until it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// Whether the office's escrow (預かり鍵) opens a restricted record beside its readers. It is none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct EscrowAccess {
    /// It does.
    pub opens: bool,
    /// The office has one that can.
    pub in_force: bool,
    /// Who let it in; absent while it does not open the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<AuthorView>,
    /// Since when this laptop knows; absent until it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// Who reads one restricted record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RestrictedAccess {
    /// The restricted record.
    pub id: DocId,
    /// Its readers.
    pub readers: Vec<AccessDevice>,
    /// Whether this worker may change them.
    pub may_change: bool,
    /// Whether the office's escrow opens it too.
    pub escrow: EscrowAccess,
}

/// Who can read a household's case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AccessView {
    /// The household.
    pub household_id: DocId,
    /// How many teams read it as a whole.
    pub teams: u32,
    /// The team, where it is not the whole office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// Every device that reads it.
    pub readers: Vec<AccessDevice>,
    /// What concerns only this device.
    pub local: AccessLocal,
}

/// What concerns only this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AccessLocal {
    /// Restricted records of this household that this device may open.
    pub restricted: Vec<RestrictedAccess>,
}

/// `access.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListAccess) -> Result<AccessView> {
    let household = request.household_id.to_bytes();
    let row = look
        .reader
        .document(&household)?
        .filter(|row| row.kind == record::Kind::Case.as_str())
        .ok_or(ErrorCode::NotFound)?;
    let roster = trust::read_roster(look.reader, look.directory, &row.vault)?
        .ok_or(ErrorCode::StoreDamaged)?;
    let mut beside = Vec::new();
    for vault in look.reader.vaults_of_class(restricted::CLASS)? {
        if vault.vault != row.vault
            && restricted::household_of(&restricted::rows(look.reader, &vault)?) == Some(household)
        {
            beside.push(restricted_access(look, vault.vault)?);
        }
    }
    let teams = roster.state().readers.groups.len();
    Ok(AccessView {
        household_id: request.household_id,
        teams: u32::try_from(teams).unwrap_or(u32::MAX),
        team: Belonging::read(look).of(look.reader, &household)?,
        readers: devices(look, &roster)?,
        local: AccessLocal { restricted: beside },
    })
}

/// `access.grant`
pub(crate) fn grant(w: &mut Write<'_, '_>, request: ChangeAccess) -> Result<RestrictedAccess> {
    let vault = opened(w, request.id)?;
    let coming = restricted::devices_of(&w.trust.directory, w.names, &request.worker_ids)?;
    let mut readers = Readers::default();
    if request.keeper.unwrap_or(false) {
        readers.stewards = coming;
    } else {
        readers.devices = coming;
    }
    trust::change_readers(w.tx, w.identity, w.trust, &vault, &Grant::Grant(readers))?;
    w.touch("restricted");
    restricted_access(&w.look(), vault)
}

/// `access.remove`. Whoever goes keeps what they had; what is written from now on is under a new key.
pub(crate) fn remove(w: &mut Write<'_, '_>, request: ChangeAccess) -> Result<RestrictedAccess> {
    let vault = opened(w, request.id)?;
    let now = restricted::readers_now(w.tx, &w.trust.directory, &vault)?;
    let named = restricted::devices_of(&w.trust.directory, w.names, &request.worker_ids)?;
    let going: BTreeSet<Device> = now.intersection(&named).copied().collect();
    if going.is_empty() {
        return Err(ErrorCode::UnknownWorker.into());
    }
    let staying = now.difference(&going).copied().collect();
    restricted::enough(&w.trust.directory, w.names, &staying)?;
    let readers = Readers {
        devices: going.clone(),
        stewards: going,
        ..Readers::default()
    };
    trust::change_readers(w.tx, w.identity, w.trust, &vault, &Grant::Remove(readers))?;
    w.touch("restricted");
    restricted_access(&w.look(), vault)
}

/// `access.escrow`. Taken back, what is written from now on is under a key that the escrow never had.
pub(crate) fn escrow(w: &mut Write<'_, '_>, request: ChangeEscrow) -> Result<RestrictedAccess> {
    let vault = opened(w, request.id)?;
    let now = restricted_access(&w.look(), vault)?;
    if now.escrow.opens != request.opens {
        if request.opens && !now.escrow.in_force {
            return Err(ErrorCode::EscrowNoSeat.into());
        }
        let grant = Grant::Escrow(request.opens);
        trust::change_readers(w.tx, w.identity, w.trust, &vault, &grant)?;
        w.touch("restricted");
    }
    restricted_access(&w.look(), vault)
}

/// Who changes the readers has opened the record, so that it is kept why.
fn opened(w: &Write<'_, '_>, id: DocId) -> Result<[u8; 16]> {
    let vault = restricted::vault(w.tx, id)?.vault;
    if w.tx.is_opened(&vault)? {
        Ok(vault)
    } else {
        Err(ErrorCode::ReasonNeeded.into())
    }
}

fn restricted_access(look: &Look<'_, '_>, vault: [u8; 16]) -> Result<RestrictedAccess> {
    let roster =
        trust::read_roster(look.reader, look.directory, &vault)?.ok_or(ErrorCode::StoreDamaged)?;
    let own = Device::new(look.identity.device);
    Ok(RestrictedAccess {
        id: DocId::from_bytes(vault),
        readers: devices(look, &roster)?,
        may_change: roster.state().may_change(own, look.directory.state()),
        escrow: escrow_access(look, &roster)?,
    })
}

fn escrow_access(look: &Look<'_, '_>, roster: &Roster) -> Result<EscrowAccess> {
    let seat = look.directory.state().escrow.and_then(|it| it.seat());
    let opens = roster.state().escrow;
    let said = roster.ops().filter(|op| *op.grant() == Grant::Escrow(true));
    let op = said.last().filter(|_| opens);
    let at = match op {
        Some(op) => look.reader.roster_op_at(op.id().as_bytes())?,
        None => None,
    };
    Ok(EscrowAccess {
        opens,
        in_force: seat.is_some(),
        by: op.map(|op| look.names.author(&hex(op.author().as_bytes()))),
        since: at.map(|at| look.instant(at)),
    })
}

/// Every device that reads, by the name of its worker.
fn devices(look: &Look<'_, '_>, roster: &Roster) -> Result<Vec<AccessDevice>> {
    let (office, state) = (look.directory.state(), roster.state());
    let named: BTreeMap<Device, &wire::roster::RosterOp> = roster
        .ops()
        .flat_map(|op| {
            let (new, entered) = match op.grant() {
                Grant::Found { readers, .. } | Grant::Grant(readers) => (Some(readers), None),
                Grant::Enter(device) => (None, Some(device)),
                Grant::Remove(_) | Grant::Escrow(_) | Grant::Unknown { .. } => (None, None),
            };
            let new = new.into_iter();
            new.flat_map(|new| new.devices.iter().chain(&new.stewards))
                .chain(entered)
                .map(move |device| (*device, op))
        })
        .collect();
    let entered = |op: &wire::roster::RosterOp| matches!(op.grant(), Grant::Enter(_));
    let mut out = Vec::new();
    for device in state.devices(office) {
        let Some(member) = office.devices.get(&device) else {
            continue;
        };
        if member.standing != Standing::Active {
            continue;
        }
        let by_name =
            state.readers.devices.contains(&device) || state.readers.stewards.contains(&device);
        let op = named.get(&device).filter(|_| by_name);
        let at = match op {
            Some(op) => look.reader.roster_op_at(op.id().as_bytes())?,
            None => None,
        };
        out.push(AccessDevice {
            device: hex(device.as_bytes()),
            worker: look.names.author(&hex(device.as_bytes())),
            frozen: member.frozen,
            by_team: !by_name,
            keeper: state.readers.stewards.contains(&device),
            by: op
                .filter(|op| !entered(op))
                .map(|op| look.names.author(&hex(op.author().as_bytes()))),
            by_escrow: op.is_some_and(|op| entered(op)),
            since: at.map(|at| look.instant(at)),
        });
    }
    out.sort_by(|a, b| (&a.worker.name, &a.device).cmp(&(&b.worker.name, &b.device)));
    Ok(out)
}
