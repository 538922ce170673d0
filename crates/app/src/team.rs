//! Teams (チーム): parts of the office whose cases nobody outside reads.
//!
//! A team is a group of the directory. Its name stands in the office's settings, never in the directory.
//!
//! # Invariants
//!
//! - **The office itself is no team here**: everybody is in it, and what belongs to no team is read by all.
//! - **A case belongs to the team in whose lane its records travel**; one that was moved, to the team that its roster says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Reader;
use ts_rs::TS;
use wire::ids::{Device, Group};

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{hex, unhex};
use crate::identity::Identity;
use crate::look::Look;
use crate::names::Names;
use crate::trust::Trust;

/// A team, by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TeamName {
    /// Its id.
    pub id: String,
    /// Its name; empty until the office's settings have arrived.
    pub name: String,
}

/// Reads a team's id.
pub(crate) fn parse(text: &str) -> Result<Group> {
    unhex(text)
        .map(Group::new)
        .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "team"))
}

/// A team with its name.
pub(crate) fn named(names: &Names, group: Group) -> TeamName {
    let id = hex(group.vault().as_bytes());
    TeamName {
        name: names.team(&id),
        id,
    }
}

/// The team into which something new goes: the one that is named, or else the device's own, the first by name where it is
/// in several, and the whole office where it is in none.
///
/// # Errors
/// [`ErrorCode::InvalidValue`] when this device is not in the named one, or has no key of it yet.
pub(crate) fn chosen(
    reader: &Reader<'_>,
    identity: &Identity,
    trust: &Trust,
    names: &Names,
    named_team: Option<&str>,
) -> Result<Group> {
    let office = trust.directory.state();
    let own = Device::new(identity.device);
    let mut mine = Vec::new();
    for group in office.groups.keys().copied() {
        if office.is_member(own, group) && !reader.vault_keys(group.vault().as_bytes())?.is_empty()
        {
            mine.push(group);
        }
    }
    if let Some(text) = named_team {
        let group = parse(text)?;
        return mine
            .contains(&group)
            .then_some(group)
            .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "team"));
    }
    mine.retain(|group| *group != trust.office);
    mine.sort_by_cached_key(|group| {
        let team = named(names, *group);
        (team.name, team.id)
    });
    Ok(mine.into_iter().next().unwrap_or(trust.office))
}

/// The team, or the office, in whose lane a vault's records travel, as [`chosen`] takes it.
pub(crate) fn in_lane(trust: &Trust, lane: &[u8; 16]) -> Option<String> {
    let mut groups = trust.directory.state().groups.keys();
    let group = groups.find(|group| group.lane().as_bytes() == lane)?;
    Some(hex(group.vault().as_bytes()))
}

/// The teams of vaults, for views.
#[derive(Debug)]
pub(crate) struct Belonging {
    by_lane: BTreeMap<[u8; 16], TeamName>,
}

impl Belonging {
    /// Reads which lanes are teams'.
    pub(crate) fn read(look: &Look<'_, '_>) -> Self {
        let groups = look.directory.state().groups.keys();
        let teams = groups.filter(|group| *group.lane().as_bytes() != look.identity.lane);
        Self {
            by_lane: teams
                .map(|group| (*group.lane().as_bytes(), named(look.names, *group)))
                .collect(),
        }
    }

    /// Whether there is any team.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_lane.is_empty()
    }

    /// The team that a document belongs to; none where it is the whole office's, or restricted.
    pub(crate) fn of(&self, reader: &Reader<'_>, doc: &[u8; 16]) -> Result<Option<TeamName>> {
        if self.is_empty() {
            return Ok(None);
        }
        let Some(document) = reader.document(doc)? else {
            return Ok(None);
        };
        if let Some(moved) = reader.moved(&document.vault)? {
            let lane = Group::new(moved.team).lane();
            return Ok(self.by_lane.get(lane.as_bytes()).cloned());
        }
        let vault = reader.vault(&document.vault)?;
        Ok(vault.and_then(|row| self.by_lane.get(&row.lane).cloned()))
    }
}
