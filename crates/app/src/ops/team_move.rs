//! Moving a household's case to another team (担当チームの変更).
//!
//! # Invariants
//!
//! - **The whole case goes**: all that lies in its vault, an intake and its other households included. Restricted records
//!   stay with their named readers.
//! - **Why stands before the move**, so that the team that gives it away reads it too.
//! - **Nothing is decided away**: moved to two teams at the same time, both read it, until somebody moves it to one.
//! - **It is not taken back with one step**: the team that has it now moves it again.
//! - **Whoever cannot write in it does not lead it.** A lead who is not in the new team is none from then on, so that its next
//!   date stands on the first screen of everybody there and not on that of nobody.

use std::collections::BTreeSet;

use domain::DocId;
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::table::record::RecordRow;
use ts_rs::TS;
use wire::body::Have;
use wire::cbor;
use wire::ids::{Device, Group};

use super::household::{self, HouseholdView};
use super::value::{Room, filled};
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::{CaseFacts, LEAD, TEAM_MOVE, TeamMove};
use crate::facts::said::{FIELDS, hex, unhex};
use crate::look::Look;
use crate::team::{self, TeamName};
use crate::trust;
use crate::view::AuthorView;
use crate::write::{Write, put};

/// Moves a household's case to another team. For a supervisor of the team that has it, or an administrator. Its members read
/// all of the past; who is only in the old team reads nothing that is written from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct MoveToTeam {
    /// The household.
    pub id: DocId,
    /// The team's id; the office's own for the whole office.
    pub team: String,
    /// Why; both teams read it.
    pub reason: String,
}

/// A move to another team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct TeamMoveView {
    /// The team before; absent where it was the whole office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<TeamName>,
    /// The team after; absent where it is the whole office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<TeamName>,
    /// Why.
    pub reason: String,
    /// Who moved it.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// What somebody who is not in the team wrote after the move, who had not heard of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LateWords {
    /// Who.
    pub author: AuthorView,
    /// How many changes.
    pub changes: u32,
    /// The newest, by its author's clock.
    pub at: String,
}

/// `household.moveTeam`
///
/// # Errors
/// [`ErrorCode::NotFound`], [`ErrorCode::RestrictedRecord`], [`ErrorCode::ReasonNeeded`], [`ErrorCode::NotSupervisor`],
/// [`ErrorCode::NobodyInTeam`], [`ErrorCode::MovedAway`], [`ErrorCode::InvalidValue`] when there is no such team or it has
/// the case.
pub(crate) fn move_team(w: &mut Write<'_, '_>, request: MoveToTeam) -> Result<HouseholdView> {
    let invalid = || AppError::new(ErrorCode::InvalidValue).with("field", "team");
    let id = request.id.to_bytes();
    household::case_of(&w.look(), request.id)?;
    let reason = filled(
        "reason",
        Some(request.reason.trim().to_owned()),
        Room::Paragraph,
    )?;
    let reason = reason.ok_or(ErrorCode::ReasonNeeded)?;
    let vault = w.vault_of(&id, Kind::Case)?;
    if w.tx.is_restricted(&vault)? {
        return Err(ErrorCode::RestrictedRecord.into());
    }
    let to = team::parse(&request.team)?;
    let known = w.trust.directory.state().groups.contains_key(&to);
    let from = holding(&w.look(), &vault)?;
    if !known || from == BTreeSet::from([to]) {
        return Err(invalid());
    }
    let said = json!({
        "from": from.first().map(|group| hex(group.vault().as_bytes())),
        "to": hex(to.vault().as_bytes()),
        "reason": reason,
    });
    let key = format!("{}{TEAM_MOVE}", DocId::from_bytes(w.id()));
    let mut edits = vec![put(FIELDS, key, said)];
    if !leads_on(w, request.id, to)? {
        edits.push(put(FIELDS, LEAD, serde_json::Value::Null));
    }
    w.edit(&id, Kind::Case, None, &edits)?;
    trust::change_team(w.tx, w.identity, w.trust, &vault, to)?;
    // Documents that were written anew without a field lie in vaults of their own.
    for beside in w.tx.vaults_of_household(&id)? {
        let has_it = beside == vault || holding(&w.look(), &beside)? == BTreeSet::from([to]);
        if !has_it && must_go_along(w, &beside)? {
            trust::change_team(w.tx, w.identity, w.trust, &beside, to)?;
        }
    }
    w.steps.clear();
    for tag in ["households", "status"] {
        w.touch(tag);
    }
    w.about = Some(id);
    w.settle()?;
    household::view(&mut w.look(), &id)
}

/// Whether the worker who leads a case, or is to lead it, has a device in a team; true where nobody leads.
fn leads_on(w: &mut Write<'_, '_>, id: DocId, team: Group) -> Result<bool> {
    let look = w.look();
    let row = look.reader.projection("household", &id.to_string())?;
    let facts: CaseFacts = serde_json::from_str(&row.ok_or(ErrorCode::NotFound)?.view)?;
    let Some(lead) = facts.lead_worker else {
        return Ok(true);
    };
    let mut members = look.directory.state().members(team);
    Ok(members.any(|device| look.names.author(&hex(device.as_bytes())).id == lead))
}

/// Whether this device reads a vault beside that of the case; without its key it cannot hand it on.
fn must_go_along(w: &Write<'_, '_>, vault: &[u8; 16]) -> Result<bool> {
    Ok(!w.tx.vault_keys(vault)?.is_empty() && w.tx.moved(vault)?.is_none_or(|moved| moved.reads))
}

/// The teams that have a case: more than one where two moved it at the same time, until somebody moves it to one.
fn holding(look: &Look<'_, '_>, vault: &[u8; 16]) -> Result<BTreeSet<Group>> {
    let roster = trust::read_roster(look.reader, look.directory, vault)?;
    Ok(roster.map_or_else(BTreeSet::new, |roster| {
        roster.state().readers.groups.clone()
    }))
}

/// A team as views name it; none for the whole office.
fn named(look: &Look<'_, '_>, group: &str) -> Option<TeamName> {
    let group = unhex(group).map(Group::new)?;
    let is_office = *group.vault().as_bytes() == look.identity.office_vault;
    (!is_office).then(|| team::named(look.names, group))
}

/// The moves of a case, newest first.
pub(super) fn moves(look: &Look<'_, '_>, facts: &CaseFacts) -> Vec<TeamMoveView> {
    let view = |it: &TeamMove| TeamMoveView {
        from: it.from.as_deref().and_then(|group| named(look, group)),
        to: named(look, &it.to),
        reason: it.reason.clone(),
        author: look.names.author(&it.by),
        at: look.instant(it.at),
    };
    facts.team_moves.iter().map(view).collect()
}

/// The team to which a case went that this device is not in, with its name.
pub(super) fn gone(look: &Look<'_, '_>, vault: &[u8; 16]) -> Result<Option<TeamName>> {
    let moved = look.reader.moved(vault)?.filter(|row| !row.reads);
    Ok(moved.map(|row| team::named(look.names, Group::new(row.team))))
}

/// The cases that went to a team which this device is not in: there is nothing to be done in them here.
pub(super) struct Gone(BTreeSet<[u8; 16]>);

impl Gone {
    pub(super) fn read(look: &Look<'_, '_>) -> Result<Self> {
        let moved = look.reader.all_moved()?.into_iter();
        Ok(Self(
            moved
                .filter(|row| !row.reads)
                .map(|row| row.vault)
                .collect(),
        ))
    }

    pub(super) fn has(&self, look: &Look<'_, '_>, doc: &[u8; 16]) -> Result<bool> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let row = look.reader.document(doc)?;
        Ok(row.is_some_and(|row| self.0.contains(&row.vault)))
    }

    /// How many of these households have not gone.
    pub(super) fn without(&self, look: &Look<'_, '_>, households: &[String]) -> Result<usize> {
        let mut left = 0;
        for id in households {
            let doc: Option<DocId> = id.parse().ok();
            let gone = doc.map_or(Ok(false), |doc| self.has(look, &doc.to_bytes()))?;
            left += usize::from(!gone);
        }
        Ok(left)
    }
}

/// Whether a case is on its way: it went where this device is not, and no device there has said that it has any of it.
pub(super) fn is_pending(look: &Look<'_, '_>, vault: &[u8; 16]) -> Result<bool> {
    if look.reader.moved(vault)?.is_none_or(|row| row.reads) {
        return Ok(false);
    }
    let Some(roster) = trust::read_roster(look.reader, look.directory, vault)? else {
        return Ok(false);
    };
    let readers = roster.state().devices(look.directory.state());
    // Whoever wrote in the roster has the case, and may be in the new team.
    if roster.ops().any(|op| readers.contains(&op.author())) {
        return Ok(false);
    }
    let mut carriers = Vec::new();
    for id in look.reader.carriers(vault)? {
        carriers.extend(look.reader.record_place(&id)?);
    }
    for peer in look.reader.peers()? {
        let has: Vec<Have> = peer
            .has
            .and_then(|has| cbor::from_slice(&has).ok())
            .unwrap_or_default();
        let arrived = |place: &RecordRow| {
            has.iter().any(|have| {
                (
                    *have.lane.as_bytes(),
                    *have.device.as_bytes(),
                    have.incarnation,
                ) == (place.lane, place.device, place.incarnation)
                    && have.seq >= place.seq
            })
        };
        if readers.contains(&Device::new(peer.device)) && carriers.iter().any(arrived) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What came after the newest move from those who are not in the team.
pub(super) fn late(
    look: &Look<'_, '_>,
    vault: &[u8; 16],
    facts: &CaseFacts,
) -> Result<Vec<LateWords>> {
    let Some(newest) = facts.team_moves.first() else {
        return Ok(Vec::new());
    };
    let Some(roster) = trust::read_roster(look.reader, look.directory, vault)? else {
        return Ok(Vec::new());
    };
    let office = look.directory.state();
    let mut late = Vec::new();
    for (device, changes, at) in look.reader.writers_after(vault, newest.at)? {
        if hex(&device) != newest.by && !roster.state().reads(Device::new(device), office) {
            late.push(LateWords {
                author: look.names.author(&hex(&device)),
                changes,
                at: look.instant(at),
            });
        }
    }
    Ok(late)
}
