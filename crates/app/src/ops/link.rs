//! Links (つながり): the same household or the same person entered twice, found, joined and taken apart again.

use std::collections::{BTreeMap, BTreeSet};

use domain::DocId;
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::CaseFacts;
use crate::facts::link::{LinkFacts, NOT_SAME, SAME_HOUSEHOLD, SAME_PERSON};
use crate::facts::person::PersonFacts;
use crate::links::{self, Seen};
use crate::look::Look;
use crate::ops::conflict;
use crate::ops::value::{Room, filled};
use crate::view::{AuthorView, ConflictView};
use crate::write::Write;

/// Says of two households or two persons that they are one, or that they are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct MakeLink {
    /// `same_household`, `same_person` or `not_same`.
    pub kind: String,
    /// A household or a person.
    pub a: DocId,
    /// The other one.
    pub b: DocId,
    /// Why.
    pub reason: Option<String>,
    /// Two households: persons of the one and of the other who are the same, in pairs.
    pub same_people: Option<Vec<PersonPair>>,
}

/// Two person documents.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct PersonPair {
    /// The person of the one household.
    pub a: DocId,
    /// The person of the other.
    pub b: DocId,
}

/// Takes back what was said of two households or two persons. Nothing else changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct RetractLink {
    /// A household or a person.
    pub a: DocId,
    /// The other one.
    pub b: DocId,
}

/// Asks for households that may be one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListLinkOffers {
    /// Only those that may be this one.
    pub household_id: Option<DocId>,
}

/// A household, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HouseholdRef {
    /// Its id.
    pub id: DocId,
    /// Its name; empty where it has none.
    pub name: String,
    /// The names of its present members.
    pub members: Vec<String>,
}

/// Two persons who may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PersonOffer {
    /// The person of the first household.
    pub a: DocId,
    /// The person of the second.
    pub b: DocId,
    /// The name.
    pub name: String,
}

/// Two households that may be one (同じ世帯かもしれません).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LinkOffer {
    /// The household that was asked about, or the one with the smaller id.
    pub a: HouseholdRef,
    /// The other one.
    pub b: HouseholdRef,
    /// What is alike: `name` (reading and birth), `phone`, `address`.
    pub because: Vec<String>,
    /// Persons with the same reading and birth.
    pub people: Vec<PersonOffer>,
}

/// Households that may be one and of which nobody said yet whether they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LinkOfferList {
    /// In the order of their ids.
    pub items: Vec<LinkOffer>,
}

/// What was said of this and another household or person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct LinkView {
    /// The link.
    pub id: DocId,
    /// `same_household`, `same_person` or `not_same`.
    pub kind: String,
    /// The other household or person.
    pub other_id: DocId,
    /// The household at the other end.
    pub household: HouseholdRef,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who said it.
    pub author: AuthorView,
    /// When.
    pub at: String,
    /// Where two people said different things: what is to be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictView>,
}

/// What was said of a household or a person and others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LinkList {
    /// In the order of the other ends' ids.
    pub items: Vec<LinkView>,
}

/// More households than this with the same telephone or address are a home or a hostel, not one household.
const SHARED_BY: usize = 6;
/// The most rows that are compared at once.
const MOST: u32 = 5_000;

/// `link.make`
///
/// # Errors
/// [`ErrorCode::NotFound`], [`ErrorCode::InvalidValue`].
pub(crate) fn make(w: &mut Write<'_, '_>, request: MakeLink) -> Result<LinkList> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let kind_of = |id: DocId| -> Result<Kind> {
        let row = w.tx.document(&id.to_bytes())?.ok_or(ErrorCode::NotFound)?;
        Kind::parse(&row.kind).ok_or_else(|| ErrorCode::NotFound.into())
    };
    let (a, b) = (kind_of(request.a)?, kind_of(request.b)?);
    let of = match (request.kind.as_str(), a, b) {
        (SAME_HOUSEHOLD | NOT_SAME, Kind::Case, Kind::Case) => Kind::Case,
        (SAME_PERSON | NOT_SAME, Kind::Person, Kind::Person) => Kind::Person,
        (SAME_HOUSEHOLD | SAME_PERSON | NOT_SAME, _, _) => return Err(invalid("b")),
        _ => return Err(invalid("kind")),
    };
    let reason = filled("reason", request.reason, Room::Paragraph)?;
    if !links::say(w, (request.a, request.b), of, &request.kind, reason)? {
        return Err(invalid("b"));
    }
    for pair in request.same_people.unwrap_or_default() {
        links::say(w, (pair.a, pair.b), Kind::Person, SAME_PERSON, None)?;
    }
    w.about = Some(request.a.to_bytes());
    w.settle()?;
    let items = views(&w.look(), request.a, Seen::Here)?;
    Ok(LinkList { items })
}

/// `link.retract`
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub(crate) fn retract(w: &mut Write<'_, '_>, request: RetractLink) -> Result<LinkList> {
    if links::retract(w, request.a, request.b)? == 0 {
        return Err(ErrorCode::NotFound.into());
    }
    w.about = Some(request.a.to_bytes());
    w.settle()?;
    let items = views(&w.look(), request.a, Seen::Here)?;
    Ok(LinkList { items })
}

/// What was said of one end, as far as the other end can be seen here.
pub(crate) fn views(look: &Look<'_, '_>, end: DocId, seen: Seen) -> Result<Vec<LinkView>> {
    let name = end.to_string();
    let mut out = Vec::new();
    for (row, facts) in links::at(look.reader, end, seen)? {
        let Ok(other_id) = facts.other(&name).parse::<DocId>() else {
            continue;
        };
        let household = match look.reader.projection("member", &other_id.to_string())? {
            Some(member) => member.household.map(DocId::from_bytes),
            None => Some(other_id),
        };
        let Some(household) = household.map(|id| named(look, id)).transpose()?.flatten() else {
            continue;
        };
        let (author, at) = look.opened(&facts.said);
        out.push(LinkView {
            id: DocId::from_bytes(row.doc),
            kind: facts.kind.clone(),
            other_id,
            household,
            reason: facts.reason.clone(),
            author,
            at,
            conflict: undecided(look, &row, &facts)?,
        });
    }
    Ok(out)
}

fn undecided(
    look: &Look<'_, '_>,
    row: &ProjectionRow,
    facts: &LinkFacts,
) -> Result<Option<ConflictView>> {
    if !facts.undecided {
        return Ok(None);
    }
    let rows = look.reader.projections_of(&row.doc, "conflict")?;
    let of_kind = rows.iter().find(|row| row.sort == "fields/kind");
    of_kind.map(|row| conflict::from_row(look, row)).transpose()
}

/// A household with the names of its present members; none where it cannot be seen here.
pub(crate) fn named(look: &Look<'_, '_>, id: DocId) -> Result<Option<HouseholdRef>> {
    let Some(row) = look.reader.projection("household", &id.to_string())? else {
        return Ok(None);
    };
    let facts: CaseFacts = serde_json::from_str(&row.view)?;
    let mut members = Vec::new();
    for person in people(look, &row.doc)? {
        let (id, person) = person;
        let here = facts
            .members
            .iter()
            .any(|edge| edge.left_on.is_none() && edge.person == id.to_string());
        if here && !person.name().is_empty() {
            members.push(person.name());
        }
    }
    Ok(Some(HouseholdRef {
        id,
        name: facts.name,
        members,
    }))
}

fn people(look: &Look<'_, '_>, household: &[u8; 16]) -> Result<Vec<(DocId, PersonFacts)>> {
    look.reader
        .household_projections(household, "member", Order::Ascending, 1_000)?
        .into_iter()
        .map(|row| Ok((DocId::from_bytes(row.doc), serde_json::from_str(&row.view)?)))
        .collect()
}

/// What speaks for two households being one.
#[derive(Default)]
struct Alike {
    because: BTreeSet<String>,
    people: BTreeSet<(DocId, DocId)>,
}

/// `link.offers`
pub(crate) fn offers(look: &mut Look<'_, '_>, request: ListLinkOffers) -> Result<LinkOfferList> {
    let asked = request.household_id.map(DocId::to_bytes);
    let mut by_key: BTreeMap<String, Vec<(DocId, DocId)>> = BTreeMap::new();
    for row in look.reader.alike(asked.as_ref(), MOST)? {
        if let Some(household) = row.household {
            let ends = (DocId::from_bytes(household), DocId::from_bytes(row.doc));
            by_key.entry(row.state).or_default().push(ends);
        }
    }
    let mut found: BTreeMap<(DocId, DocId), Alike> = BTreeMap::new();
    for (key, rows) in by_key {
        let households: BTreeSet<_> = rows.iter().map(|(household, _)| household).collect();
        if households.len() > SHARED_BY {
            continue;
        }
        for (home, person) in &rows {
            for (other, double) in rows.iter().filter(|(other, _)| home < other) {
                let asks = request.household_id;
                if asks.is_some_and(|asked| asked != *home && asked != *other)
                    || settled(look, *person, *double, SAME_PERSON)?
                {
                    continue;
                }
                let alike = found.entry((*home, *other)).or_default();
                let because = key.split(':').next().unwrap_or_default();
                alike.because.insert(because.to_owned());
                if because == "name" {
                    alike.people.insert((*person, *double));
                }
            }
        }
    }
    let mut items = Vec::new();
    for ((home, other), alike) in found {
        if settled(look, home, other, SAME_HOUSEHOLD)? {
            continue;
        }
        if let (Some(a), Some(b)) = (named(look, home)?, named(look, other)?) {
            let turned = request.household_id == Some(other);
            items.push(offer(look, a, b, alike, turned)?);
        }
    }
    Ok(LinkOfferList { items })
}

/// Whether somebody said already what these two are.
fn settled(look: &Look<'_, '_>, a: DocId, b: DocId, kind: &str) -> Result<bool> {
    let name = a.to_string();
    let said = links::at(look.reader, a, Seen::ByAll)?;
    let other = b.to_string();
    Ok(said.iter().any(|(_, facts)| facts.other(&name) == other)
        || links::one_with(look.reader, a, kind, Seen::ByAll)?.contains(&b))
}

fn offer(
    look: &Look<'_, '_>,
    a: HouseholdRef,
    b: HouseholdRef,
    alike: Alike,
    turned: bool,
) -> Result<LinkOffer> {
    let mut named = Vec::new();
    for (one, two) in alike.people {
        let row = look.reader.projection("member", &one.to_string())?;
        let facts = row
            .map(|row| serde_json::from_str::<PersonFacts>(&row.view))
            .transpose()?;
        let (a, b) = if turned { (two, one) } else { (one, two) };
        let name = facts.map(|facts| facts.name()).unwrap_or_default();
        named.push(PersonOffer { a, b, name });
    }
    let (a, b) = if turned { (b, a) } else { (a, b) };
    Ok(LinkOffer {
        a,
        b,
        because: alike.because.into_iter().collect(),
        people: named,
    })
}
