//! What a household case says about itself: its fields and its composition.

use std::collections::BTreeMap;

use record::View;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::said::{self, FIELDS, Opened, Said};

/// The map of dated memberships, flat keys `<person>/<field>`.
pub(crate) const MEMBERS: &str = "members";

/// Where a member went: the other household's id.
pub(crate) const MOVED_TO: &str = "movedTo";
/// Where a member came from: the id of the person document there.
pub(crate) const MOVED_FROM: &str = "movedFrom";

/// Where a case stands that nobody placed yet.
pub(crate) const FIRST_STAGE: &str = "intake";

/// Behind the names of registers that say that the case went to another team: a set of `<uuid v7>/teamMove`.
pub(crate) const TEAM_MOVE: &str = "/teamMove";

/// The register that says who leads (主担当者).
pub(crate) const LEAD: &str = "leadWorkerId";

/// From when somebody leads, and who leads until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeadFrom {
    /// An ISO date.
    pub(crate) on: String,
    pub(crate) before: Option<String>,
}

/// One membership.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Edge {
    pub(crate) person: String,
    pub(crate) role: Option<String>,
    pub(crate) joined_on: Option<String>,
    pub(crate) left_on: Option<String>,
    pub(crate) leave_reason: Option<String>,
    /// The household that the person went to.
    pub(crate) moved_to: Option<String>,
    /// The person document in the household that the person came from.
    pub(crate) moved_from: Option<String>,
    pub(crate) at: i64,
}

/// That the case went to another team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TeamMove {
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    pub(crate) reason: String,
    pub(crate) by: String,
    pub(crate) at: i64,
}

/// A household case, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseFacts {
    pub(crate) name: String,
    pub(crate) kana: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) area_id: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) promise: Option<String>,
    pub(crate) next_on: Option<String>,
    pub(crate) next_what: Option<String>,
    /// Who leads; from a day that may still come where `lead_from` says so.
    pub(crate) lead_worker: Option<String>,
    pub(crate) lead_from: Option<LeadFrom>,
    pub(crate) lead_agency: Option<String>,
    pub(crate) flags: Vec<String>,
    pub(crate) members: Vec<Edge>,
    /// Newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) team_moves: Vec<TeamMove>,
    pub(crate) opened: Opened,
}

impl CaseFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let (lead_worker, lead_from) = lead(view);
        Some(Self {
            name: said::string(view, "name").unwrap_or_default(),
            kana: said::string(view, "kana"),
            stage: said::string(view, "stage"),
            area_id: said::string(view, "areaId"),
            summary: said::string(view, "summary"),
            promise: said::string(view, "promise"),
            next_on: said::string(view, "nextOn"),
            next_what: said::string(view, "nextWhat"),
            lead_worker,
            lead_from,
            lead_agency: said::string(view, "leadAgency"),
            flags: said::strings(view, "flags"),
            members: edges(view),
            team_moves: team_moves(view),
            opened: said::opened(view)?,
        })
    }

    /// The worker who leads on a day (ISO date).
    pub(crate) fn lead_on(&self, day: &str) -> Option<&str> {
        match &self.lead_from {
            Some(from) if day < from.on.as_str() => from.before.as_deref(),
            _ => self.lead_worker.as_deref(),
        }
    }

    /// Who will lead from a day after `day`, and from which.
    pub(crate) fn lead_after(&self, day: &str) -> Option<(&str, &str)> {
        let from = self
            .lead_from
            .as_ref()
            .filter(|from| day < from.on.as_str())?;
        Some((self.lead_worker.as_deref()?, from.on.as_str()))
    }
}

/// The register `leadWorkerId`: a worker's id, or what [`lead_register`] makes.
fn lead(view: &View) -> (Option<String>, Option<LeadFrom>) {
    let said = said::shown(view, FIELDS, LEAD);
    match said.map(|said| said.value) {
        Some(Value::String(worker)) => (Some(worker), None),
        Some(Value::Object(later)) => {
            let text = |key| later.get(key).and_then(Value::as_str).map(str::to_owned);
            let before = text("before");
            (
                text("worker"),
                text("from").map(|on| LeadFrom { on, before }),
            )
        }
        _ => (None, None),
    }
}

/// What the register holds when a worker leads from a day (ISO date) that is still to come.
pub(crate) fn lead_register(worker: &str, on: &str, before: Option<&str>) -> Value {
    json!({ "worker": worker, "from": on, "before": before })
}

fn team_moves(view: &View) -> Vec<TeamMove> {
    let mut moves: Vec<TeamMove> = Vec::new();
    for (key, held) in view.entries(FIELDS) {
        if !key.ends_with(TEAM_MOVE) {
            continue;
        }
        for said in said::distinct(held) {
            let text = |key| said.value.get(key).and_then(Value::as_str);
            if let (Some(to), Some(reason)) = (text("to"), text("reason")) {
                moves.push(TeamMove {
                    from: text("from").map(str::to_owned),
                    to: to.to_owned(),
                    reason: reason.to_owned(),
                    by: said.by.clone(),
                    at: said.at,
                });
            }
        }
    }
    moves.sort_by(|a, b| (b.at, &b.to, &b.by).cmp(&(a.at, &a.to, &a.by)));
    moves
}

fn edges(view: &View) -> Vec<Edge> {
    let mut by_person: BTreeMap<String, Edge> = BTreeMap::new();
    let mut gone: Vec<String> = Vec::new();
    for (key, held) in view.entries(MEMBERS) {
        let Some((person, field)) = key.split_once('/') else {
            continue;
        };
        let Some(Said { value, at, .. }) = said::distinct(held).into_iter().next() else {
            continue;
        };
        let text = value.as_str().map(str::to_owned);
        let edge = by_person.entry(person.to_owned()).or_insert_with(|| Edge {
            person: person.to_owned(),
            ..Edge::default()
        });
        match field {
            // A cleared register is a joining that was taken back.
            "added" if !value.is_null() => edge.at = at,
            "role" => edge.role = text,
            "joinedOn" => edge.joined_on = text,
            "leftOn" => edge.left_on = text,
            "leaveReason" => edge.leave_reason = text,
            MOVED_TO => edge.moved_to = text,
            MOVED_FROM => edge.moved_from = text,
            said::DELETED if !value.is_null() => gone.push(person.to_owned()),
            _ => {}
        }
    }
    let mut edges: Vec<Edge> = by_person
        .into_values()
        .filter(|edge| edge.at != 0 && !gone.contains(&edge.person))
        .collect();
    // Present members first; within each, the order of joining.
    edges.sort_by(|a, b| {
        (a.left_on.is_some(), a.at, &a.person).cmp(&(b.left_on.is_some(), b.at, &b.person))
    });
    edges
}
