//! A member moves to another household (転出・転入): here the membership ends, there it begins.
//!
//! # Invariants
//!
//! - **The old household keeps everything.** The person there and the person here are two documents joined by a link.
//! - **Two laptops that move the same member to the same household make one person there**: the document is named by
//!   the person and the household. Moved to different ones, both stand until somebody decides.
//! - **A household that everybody sees names no restricted one.**

use domain::DocId;
use record::{DocKey, Edit, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::projection::Order;
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::{CaseFacts, Edge, LEAD, MEMBERS, MOVED_FROM, MOVED_TO};
use crate::facts::link::SAME_PERSON;
use crate::facts::person::{PersonFacts, shield};
use crate::facts::said::{self, DELETED, FIELDS, HOUSEHOLD};
use crate::links::{self, Seen};
use crate::look::Look;
use crate::ops::member::{self, MemberView};
use crate::ops::value::{Room, filled};
use crate::team;
use crate::write::{Write, put};

/// Moves a member to another household, or into a new one of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct MoveMember {
    /// The member.
    pub id: DocId,
    /// The household that they leave.
    pub household_id: DocId,
    /// The household that they join; either this or `newHousehold`.
    pub to_household_id: Option<DocId>,
    /// The name of a household that is opened for them; may be empty.
    pub new_household: Option<String>,
    /// The day, as any date text.
    pub on: String,
    /// Code list `leave-reason`; `moved` when absent.
    pub reason: Option<String>,
    /// Role there (code list `member-role`).
    pub role: Option<String>,
    /// What goes along beside the names: `birth`, `sex`, `phone`, `school`, `workplace`, `note`. Birth and sex when
    /// absent. What is shielded never does.
    pub carry: Option<Vec<String>>,
}

/// The other end of a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct MoveView {
    /// The other household.
    pub household_id: DocId,
    /// Its name; empty where it has none.
    pub household_name: String,
    /// The person there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<DocId>,
    /// Two people moved them differently, and nobody decided yet.
    pub undecided: bool,
}

/// Why a membership ended that two laptops had begun in different households, and that was decided against.
const ELSEWHERE: &str = "elsewhere";
const NAMES: &[&str] = &["familyName", "givenName", "familyKana", "givenKana"];
const CARRIED: &[&str] = &["birth", "sex", "phone", "school", "workplace", "note"];
const CARRIED_UNASKED: usize = 2;

/// `member.move`
///
/// # Errors
/// [`ErrorCode::NotFound`], [`ErrorCode::UnknownSubject`], [`ErrorCode::InvalidValue`], [`ErrorCode::ImpossibleDate`].
pub(crate) fn go(w: &mut Write<'_, '_>, request: MoveMember) -> Result<MemberView> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let (from, person) = (request.household_id.to_bytes(), request.id.to_bytes());
    member::membership(w, &from, &person)?;
    let on = member::past_day(&w.look(), "on", &request.on)?;
    let reason =
        filled("reason", request.reason, Room::Line)?.unwrap_or_else(|| "moved".to_owned());
    let role = filled("role", request.role, Room::Line)?;
    let carry = match request.carry {
        None => CARRIED.iter().take(CARRIED_UNASKED).copied().collect(),
        Some(names) => {
            let known = |name: &String| CARRIED.iter().find(|field| **field == name.as_str());
            let fields: Option<Vec<&str>> = names.iter().map(|name| known(name).copied()).collect();
            fields.ok_or_else(|| invalid("carry"))?
        }
    };
    let from_vault = w.vault_of(&from, Kind::Case)?;
    let target = match (request.to_household_id, request.new_household) {
        (Some(id), None) if id != request.household_id => id.to_bytes(),
        (None, Some(name)) => {
            let name = filled("newHousehold", Some(name), Room::Name)?;
            found(w, from_vault, name)?
        }
        _ => return Err(invalid("toHouseholdId")),
    };
    let home = w.vault_of(&target, Kind::Case)?;
    let between = home != from_vault;
    let hidden_here = between && w.tx.is_restricted(&from_vault)?;
    let hidden_there = between && w.tx.is_restricted(&home)?;

    let arrived = arrive(w, person, target, &carry)?;
    let arrived_id = DocId::from_bytes(arrived);
    let mut edges = joined(w, &target, &arrived_id.to_string(), &on)?;
    if let Some(role) = role {
        edges.push(put(MEMBERS, format!("{arrived_id}/role"), json!(role)));
    }
    if !hidden_here {
        edges.push(put(
            MEMBERS,
            format!("{arrived_id}/{MOVED_FROM}"),
            json!(request.id),
        ));
    }
    w.edit(&target, Kind::Case, None, &edges)?;

    let mut edges = vec![
        put(MEMBERS, format!("{}/leftOn", request.id), json!(on)),
        put(
            MEMBERS,
            format!("{}/leaveReason", request.id),
            json!(reason),
        ),
    ];
    if !hidden_there {
        let to = DocId::from_bytes(target);
        edges.push(put(
            MEMBERS,
            format!("{}/{MOVED_TO}", request.id),
            json!(to),
        ));
    }
    w.edit(&from, Kind::Case, None, &edges)?;
    if !links::same_people(w.tx, request.id, Seen::Here)?.contains(&arrived_id) {
        links::say(w, (request.id, arrived_id), Kind::Person, SAME_PERSON, None)?;
    }
    w.about = Some(person);
    w.settle()?;
    member::view(&mut w.look(), &from, &person)
}

/// A household of their own: as open, or as restricted, as the one that they leave, and of the same team.
fn found(w: &mut Write<'_, '_>, from: [u8; 16], name: Option<String>) -> Result<[u8; 16]> {
    let vault = if w.tx.is_restricted(&from)? {
        from
    } else {
        let lane = w.tx.vault(&from)?.map(|row| row.lane);
        let team = lane.and_then(|lane| team::in_lane(w.trust, &lane));
        w.open_vault(team.as_deref())?
    };
    let fields = vec![("name", json!(name)), (LEAD, json!(w.identity.worker))];
    let id = w.begin(Kind::Case, vault, fields, None)?;
    w.settle()?;
    Ok(id)
}

/// The person document there: the one that they have there already, or a new one with what goes along.
fn arrive(
    w: &mut Write<'_, '_>,
    person: [u8; 16],
    target: [u8; 16],
    carry: &[&'static str],
) -> Result<[u8; 16]> {
    let arrived = match person_in(
        &w.look(),
        DocId::from_bytes(person),
        DocId::from_bytes(target),
    )? {
        Some(there) => there.to_bytes(),
        None => links::made_from(&[b"mg/moved/1", &person, &target]),
    };
    let home = w.vault_of(&target, Kind::Case)?;
    let mut fields = vec![(HOUSEHOLD, json!(DocId::from_bytes(target)))];
    {
        let view = w.read(&person, Kind::Person)?.view(None);
        for field in NAMES.iter().chain(carry) {
            let hidden = said::shown(&view, FIELDS, &shield(field)).is_some();
            if let Some(said) = said::shown(&view, FIELDS, field).filter(|_| !hidden) {
                fields.push((*field, said.value));
            }
        }
    }
    if w.tx.document_in(&home, &arrived)?.is_none() {
        let key = DocKey::new(Kind::Person, home, arrived);
        w.begin_as(key, fields, None)?;
        return Ok(arrived);
    }
    // They were here before, or their coming was undone: what is written here stays, and only gaps are filled.
    let view = w.read(&arrived, Kind::Person)?.view(None);
    let mut edits: Vec<Edit> = fields
        .into_iter()
        .filter(|(field, _)| said::shown(&view, FIELDS, field).is_none())
        .map(|(field, value)| put(FIELDS, field, value))
        .collect();
    if said::shown(&view, FIELDS, DELETED).is_some() {
        edits.push(put(FIELDS, DELETED, Value::Null));
    }
    if !edits.is_empty() {
        w.edit(&arrived, Kind::Person, None, &edits)?;
    }
    Ok(arrived)
}

/// The registers of a membership that begins on a day; what ended an earlier one is cleared.
fn joined(w: &mut Write<'_, '_>, case: &[u8; 16], person: &str, on: &str) -> Result<Vec<Edit>> {
    let view = w.read(case, Kind::Case)?.view(None);
    let key = |field: &str| format!("{person}/{field}");
    let mut edits = vec![put(MEMBERS, key("joinedOn"), json!(on))];
    if said::shown(&view, MEMBERS, &key("added")).is_none() {
        edits.push(put(MEMBERS, key("added"), json!(true)));
    }
    for field in ["leftOn", "leaveReason", MOVED_TO, DELETED] {
        if said::shown(&view, MEMBERS, &key(field)).is_some() {
            edits.push(put(MEMBERS, key(field), Value::Null));
        }
    }
    Ok(edits)
}

/// The document of this human being in a household, where there is one.
fn person_in(look: &Look<'_, '_>, person: DocId, household: DocId) -> Result<Option<DocId>> {
    for other in links::same_people(look.reader, person, Seen::Here)? {
        let Some(row) = look.reader.projection("member", &other.to_string())? else {
            continue;
        };
        if row.household == Some(household.to_bytes()) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// It was decided where a member went: there they are, and in the other households they are not. Whatever was written
/// about them there stays.
pub(crate) fn decided(
    w: &mut Write<'_, '_>,
    case: &[u8; 16],
    person: &str,
    chosen: &Value,
    all: &[Value],
) -> Result<()> {
    w.settle()?;
    let Ok(person) = person.parse::<DocId>() else {
        return Ok(());
    };
    let left = CaseFacts::read(&w.read(case, Kind::Case)?.view(None))
        .and_then(|facts| {
            let id = person.to_string();
            facts.members.into_iter().find(|edge| edge.person == id)
        })
        .and_then(|edge| edge.left_on);
    let on = left.unwrap_or_else(|| w.look().today().to_string());
    let household = |value: &Value| value.as_str().and_then(|id| id.parse::<DocId>().ok());
    let winner = household(chosen);
    for loser in all.iter().filter_map(household) {
        let there = person_in(&w.look(), person, loser)?;
        let (Some(there), false) = (there, Some(loser) == winner) else {
            continue;
        };
        if edge_of(w, loser, there)?.is_some_and(|edge| edge.left_on.is_none()) {
            let edits = [
                put(MEMBERS, format!("{there}/leftOn"), json!(on)),
                put(MEMBERS, format!("{there}/leaveReason"), json!(ELSEWHERE)),
            ];
            w.edit(&loser.to_bytes(), Kind::Case, None, &edits)?;
        }
    }
    if let Some(winner) = winner {
        let target = winner.to_bytes();
        let arrived = DocId::from_bytes(arrive(w, person.to_bytes(), target, &["birth", "sex"])?);
        if edge_of(w, winner, arrived)?.is_none_or(|edge| edge.left_on.is_some()) {
            let edges = joined(w, &target, &arrived.to_string(), &on)?;
            w.edit(&target, Kind::Case, None, &edges)?;
        }
    }
    Ok(())
}

fn edge_of(w: &mut Write<'_, '_>, case: DocId, person: DocId) -> Result<Option<Edge>> {
    let facts = CaseFacts::read(&w.read(&case.to_bytes(), Kind::Case)?.view(None));
    let id = person.to_string();
    Ok(facts.and_then(|facts| facts.members.into_iter().find(|edge| edge.person == id)))
}

/// Where a member went and where they came from, as far as it can be seen here.
pub(crate) fn ends(
    look: &Look<'_, '_>,
    person: DocId,
    own: Option<&str>,
    edge: &Edge,
) -> Result<(Option<MoveView>, Option<MoveView>)> {
    let mut to = None;
    if let Some(household) = edge.moved_to.as_deref().and_then(|id| id.parse().ok()) {
        let undecided = is_undecided(look, own, person)?;
        let there = person_in(look, person, household)?;
        to = end(look, household, there, undecided)?;
    }
    let mut from = None;
    if let Some(there) = edge.moved_from.as_deref().and_then(|id| id.parse().ok())
        && let Some(facts) = person_facts(look, there)?
        && let Some(household) = facts.household.as_deref().and_then(|id| id.parse().ok())
    {
        let undecided = is_undecided(look, facts.household.as_deref(), there)?;
        from = end(look, household, Some(there), undecided)?;
    }
    Ok((to, from))
}

fn person_facts(look: &Look<'_, '_>, person: DocId) -> Result<Option<PersonFacts>> {
    let row = look.reader.projection("member", &person.to_string())?;
    Ok(row.map(|row| serde_json::from_str(&row.view)).transpose()?)
}

fn end(
    look: &Look<'_, '_>,
    household: DocId,
    person: Option<DocId>,
    undecided: bool,
) -> Result<Option<MoveView>> {
    let Some(name) = household_name(look, household)? else {
        return Ok(None);
    };
    Ok(Some(MoveView {
        household_id: household,
        household_name: name,
        person_id: person,
        undecided,
    }))
}

/// The name of a household that can be seen here.
pub(crate) fn household_name(look: &Look<'_, '_>, id: DocId) -> Result<Option<String>> {
    let row = look.reader.projection("household", &id.to_string())?;
    let facts = row
        .map(|row| serde_json::from_str::<CaseFacts>(&row.view))
        .transpose()?;
    Ok(facts.map(|facts| facts.name))
}

fn is_undecided(look: &Look<'_, '_>, household: Option<&str>, person: DocId) -> Result<bool> {
    let Some(household) = household.and_then(|id| id.parse::<DocId>().ok()) else {
        return Ok(false);
    };
    let rows = look.reader.household_projections(
        &household.to_bytes(),
        "conflict",
        Order::Ascending,
        1_000,
    )?;
    let path = format!("{MEMBERS}/{person}/{MOVED_TO}");
    Ok(rows.iter().any(|row| row.sort == path))
}
