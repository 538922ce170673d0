//! What other households say about the people of one household: linked households shown as one, and what changed for a
//! person elsewhere.

use std::collections::BTreeSet;

use domain::DocId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::projection::Order;
use ts_rs::TS;

use super::{MOST_NOTES, case_of, members_of};
use crate::error::Result;
use crate::facts::link::SAME_HOUSEHOLD;
use crate::facts::person::{PersonFacts, REACHED};
use crate::links::{self, Seen};
use crate::look::Look;
use crate::ops::link::{self, HouseholdRef};
use crate::ops::member::MemberView;
use crate::ops::note::{self, NoteSummary};
use crate::view::AuthorView;

/// Another case that is the same household: shown together, kept apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LinkedHousehold {
    /// The case.
    pub household: HouseholdRef,
    /// Its members.
    pub members: Vec<MemberView>,
    /// Its notes, newest first.
    pub notes: Vec<NoteSummary>,
}

/// A telephone number, address, school or workplace that changed in another household of the same person. It is
/// offered and never pushed; of a person with anything shielded nothing is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OfferedChange {
    /// The member here.
    pub member_id: DocId,
    /// The field.
    pub field: String,
    /// What it says there.
    pub value: String,
    /// Where.
    pub household: HouseholdRef,
    /// Who wrote it there.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// The other cases of a household, as far as the whole office sees that they are one, and those that only readers of a
/// restricted record see.
pub(super) fn linked(
    look: &mut Look<'_, '_>,
    id: DocId,
) -> Result<(Vec<LinkedHousehold>, Vec<LinkedHousehold>)> {
    let by_all = links::one_with(look.reader, id, SAME_HOUSEHOLD, Seen::ByAll)?;
    let here = links::one_with(look.reader, id, SAME_HOUSEHOLD, Seen::Here)?;
    let open: BTreeSet<DocId> = by_all
        .iter()
        .copied()
        .filter(|other| *other != id)
        .collect();
    let more = here.difference(&by_all).copied().collect();
    Ok((together(look, &open)?, together(look, &more)?))
}

fn together(look: &mut Look<'_, '_>, ids: &BTreeSet<DocId>) -> Result<Vec<LinkedHousehold>> {
    let mut out = Vec::new();
    for id in ids {
        let Some(household) = link::named(look, *id)? else {
            continue;
        };
        let (row, facts) = case_of(look, *id)?;
        let reader = look.reader;
        let notes =
            reader.household_projections(&row.doc, "note", Order::Descending, MOST_NOTES)?;
        out.push(LinkedHousehold {
            household,
            members: members_of(look, &row, &facts)?,
            notes: notes
                .iter()
                .map(|row| note::summary(look, row))
                .collect::<Result<_>>()?,
        });
    }
    Ok(out)
}

/// What changed for the present members in their other households and was not answered yet.
pub(super) fn offered(look: &Look<'_, '_>, members: &[MemberView]) -> Result<Vec<OfferedChange>> {
    let mut out = Vec::new();
    for member in members.iter().filter(|member| member.left_on.is_none()) {
        let others = links::same_people(look.reader, member.id, Seen::ByAll)?;
        if others.is_empty() {
            continue;
        }
        let mut people = Vec::new();
        for id in std::iter::once(member.id).chain(others) {
            if let Some(row) = look.reader.projection("member", &id.to_string())? {
                let facts: PersonFacts = serde_json::from_str(&row.view)?;
                people.push((row.household, facts));
            }
        }
        if people.iter().any(|(_, facts)| !facts.shielded.is_empty()) {
            continue;
        }
        let Some(((_, own), others)) = people.split_first() else {
            continue;
        };
        for field in REACHED {
            if let Some(offer) = newest(look, member.id, own, others, field)? {
                out.push(offer);
            }
        }
    }
    Ok(out)
}

fn newest(
    look: &Look<'_, '_>,
    member_id: DocId,
    own: &PersonFacts,
    others: &[(Option<[u8; 16]>, PersonFacts)],
    field: &str,
) -> Result<Option<OfferedChange>> {
    // What was there before this person's document was begun was left behind on purpose.
    let known = own.since.get(field).map_or(own.opened.at, |since| since.at);
    let known = known.max(own.opened.at);
    let changed = others
        .iter()
        .filter_map(|(household, facts)| {
            Some((
                (*household)?,
                facts.reached(field)?,
                facts.since.get(field)?,
            ))
        })
        .filter(|(_, value, since)| since.at > known && own.reached(field) != Some(value))
        .max_by_key(|(household, _, since)| (since.at, *household));
    let Some((household, value, since)) = changed else {
        return Ok(None);
    };
    if own.declined.get(field) == Some(value) {
        return Ok(None);
    }
    let household = link::named(look, DocId::from_bytes(household))?;
    let (author, at) = look.opened(since);
    Ok(household.map(|household| OfferedChange {
        member_id,
        field: field.to_owned(),
        value: value.clone(),
        household,
        author,
        at,
    }))
}
