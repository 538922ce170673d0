//! What a household case says about itself: its fields and its composition.

use std::collections::BTreeMap;

use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, Opened, Said};

/// The map of dated memberships, flat keys `<person>/<field>`.
pub(crate) const MEMBERS: &str = "members";

/// One membership.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Edge {
    pub(crate) person: String,
    pub(crate) role: Option<String>,
    pub(crate) joined_on: Option<String>,
    pub(crate) left_on: Option<String>,
    pub(crate) leave_reason: Option<String>,
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
    pub(crate) lead_worker: Option<String>,
    pub(crate) lead_agency: Option<String>,
    pub(crate) flags: Vec<String>,
    pub(crate) members: Vec<Edge>,
    pub(crate) opened: Opened,
}

impl CaseFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        Some(Self {
            name: said::string(view, "name").unwrap_or_default(),
            kana: said::string(view, "kana"),
            stage: said::string(view, "stage"),
            area_id: said::string(view, "areaId"),
            summary: said::string(view, "summary"),
            promise: said::string(view, "promise"),
            next_on: said::string(view, "nextOn"),
            next_what: said::string(view, "nextWhat"),
            lead_worker: said::string(view, "leadWorkerId"),
            lead_agency: said::string(view, "leadAgency"),
            flags: said::strings(view, "flags"),
            members: edges(view),
            opened: said::opened(view)?,
        })
    }
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
