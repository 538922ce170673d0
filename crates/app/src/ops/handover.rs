//! Hand-over (引き継ぎ): a household passes from one lead worker (主担当者) to another.
//!
//! Offered, then accepted or declined by the worker who is named. On acceptance the household's `leadWorkerId` is put to
//! the new worker, from the effective day on: where that day is still to come, the register says so, and every view reads
//! it by the office's day. No key moves: the whole office team reads all its case vaults already, and a restricted record
//! is passed on only to somebody who reads it.
//!
//! # Invariants
//!
//! - **Nothing is locked.** What the worker before writes later merges as ever.
//! - **Nothing is decided away.** An acceptance is written at the version of the case that the hand-over was offered at:
//!   two that were accepted for one household, or a lead that was named since, stand as 2つの見方. Two answers to one
//!   hand-over stand beside each other as well.
//! - **Undo** takes back an offer that nobody answered and an answer that nobody built on, as it does any edit.

use std::collections::BTreeSet;

use domain::DocId;
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use super::household::case_of;
use super::value::{Room, filled};
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::{CaseFacts, LEAD, lead_register};
use crate::facts::handover::{ANSWER, HandoverFacts};
use crate::facts::said::FIELDS;
use crate::look::{Look, read_day};
use crate::restricted;
use crate::view::AuthorView;
use crate::write::{Write, parse_version, put};

/// More hand-overs than an office makes in years.
const MANY: u32 = 100_000;
/// The most households that one offer names.
const MOST: usize = 1_000;

/// What is passed on with one household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct HandoverWords {
    /// The household.
    pub household_id: DocId,
    /// Where it stands; the household's own 概況 when absent, nothing when empty.
    pub summary: Option<String>,
    /// What was promised; the household's own 約束 when absent, nothing when empty.
    pub promise: Option<String>,
    /// 避けたい関わり方・大切にしたいこと.
    pub avoid: Option<String>,
}

/// Offers one or many households to a new lead worker. For the lead worker, a supervisor or an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct OfferHandover {
    /// The households, each with its words.
    pub households: Vec<HandoverWords>,
    /// Who is to lead.
    pub to_worker_id: String,
    /// The first day under the new lead, an ISO date; today when absent.
    pub on: Option<String>,
}

/// Answers hand-overs. For the worker who is named in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct AnswerHandover {
    /// The hand-overs.
    pub ids: Vec<DocId>,
    /// `accepted` or `declined`.
    pub answer: String,
    /// Why; asked where it is declined.
    pub reason: Option<String>,
}

/// Lists hand-overs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListHandovers {
    /// Only of this household.
    pub household_id: Option<DocId>,
    /// Only those that wait for an answer or a decision (true), or only the others (false).
    pub open: Option<bool>,
    /// Only those that concern this worker: offered to, by or away from them.
    pub mine: Option<bool>,
    /// How many; 200 when absent.
    pub limit: Option<u32>,
}

/// What somebody answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct HandoverAnswer {
    /// `accepted` or `declined`.
    pub answer: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// A hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct HandoverView {
    /// Its id.
    pub id: DocId,
    /// The version that is shown.
    pub version: String,
    /// The household.
    pub household_id: DocId,
    /// What the office calls it.
    pub household_name: String,
    /// Who led when it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<AuthorView>,
    /// Who is to lead.
    pub to: AuthorView,
    /// The first day under the new lead.
    pub on: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// 約束.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise: Option<String>,
    /// 避けたい関わり方・大切にしたいこと.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avoid: Option<String>,
    /// `offered`, `accepted`, `declined`, or `both` where two answers stand beside each other.
    pub state: String,
    /// What was answered, the shown one first.
    pub answers: Vec<HandoverAnswer>,
    /// Who offered it.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// Hand-overs: what waits, oldest first, then what was answered, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HandoverList {
    /// In this order.
    pub items: Vec<HandoverView>,
}

/// `handover.offer`: all of the households, or none.
///
/// # Errors
/// [`ErrorCode::NotLead`], [`ErrorCode::UnknownWorker`], [`ErrorCode::NotReader`], [`ErrorCode::NotInTeam`],
/// [`ErrorCode::InvalidValue`].
pub(crate) fn offer(w: &mut Write<'_, '_>, request: OfferHandover) -> Result<HandoverList> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let different: BTreeSet<_> = request
        .households
        .iter()
        .map(|it| it.household_id)
        .collect();
    let count = request.households.len();
    if count == 0 || count > MOST || different.len() != count {
        return Err(invalid("households"));
    }
    let to = request.to_worker_id;
    let devices = restricted::devices_of(&w.trust.directory, w.names, std::slice::from_ref(&to))?;
    let today = w.look().today();
    let on = match request.on.as_deref() {
        Some(day) => read_day("on", day)?,
        None => today,
    };
    let mut ids = Vec::new();
    for words in request.households {
        let (row, facts) = case_of(&w.look(), words.household_id)?;
        let lead = facts.lead_on(&today.to_string());
        if !w.look().decides_for(lead) {
            return Err(ErrorCode::NotLead.into());
        }
        if lead == Some(to.as_str()) {
            return Err(invalid("toWorkerId"));
        }
        let vault = w.vault_of(&row.doc, Kind::Case)?;
        if restricted::readers_now(w.tx, &w.trust.directory, &vault)?.is_disjoint(&devices) {
            let restricted = w.tx.is_restricted(&vault)?;
            return Err(if restricted {
                ErrorCode::NotReader.into()
            } else {
                ErrorCode::NotInTeam.into()
            });
        }
        // Absent, the household's own words are taken over; emptied, none are.
        let said = |field, given: Option<String>, own: &Option<String>| match given {
            Some(text) => filled(field, Some(text), Room::Paragraph),
            None => Ok(own.clone()),
        };
        let summary = said("summary", words.summary, &facts.summary)?;
        let promise = said("promise", words.promise, &facts.promise)?;
        let fields = vec![
            ("household", json!(words.household_id)),
            ("from", json!(lead)),
            ("to", json!(to)),
            ("on", json!(on.to_string())),
            ("summary", json!(summary)),
            ("promise", json!(promise)),
            (
                "avoid",
                json!(filled("avoid", words.avoid, Room::Paragraph)?),
            ),
            ("case", json!(row.version)),
        ];
        ids.push(w.begin(Kind::Handover, vault, fields, None)?);
    }
    done(w, &ids)
}

/// `handover.answer`: all of them, or none. Where two answers stand, answering again decides.
///
/// # Errors
/// [`ErrorCode::NotForYou`], [`ErrorCode::AlreadyAnswered`], [`ErrorCode::ReasonNeeded`], [`ErrorCode::InvalidValue`].
pub(crate) fn answer(w: &mut Write<'_, '_>, request: AnswerHandover) -> Result<HandoverList> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let reason = filled("reason", request.reason, Room::Paragraph)?;
    let accepted = match request.answer.as_str() {
        "accepted" => true,
        "declined" if reason.is_none() => return Err(ErrorCode::ReasonNeeded.into()),
        "declined" => false,
        _ => return Err(invalid("answer")),
    };
    let mut register = json!({ "answer": request.answer });
    if let (Some(reason), Some(map)) = (reason, register.as_object_mut()) {
        map.insert("reason".to_owned(), json!(reason));
    }
    let different: BTreeSet<_> = request.ids.iter().copied().collect();
    if different.is_empty() {
        return Err(invalid("ids"));
    }
    let mut ids = Vec::new();
    for id in different {
        let row =
            w.tx.projection("handover", &id.to_string())?
                .ok_or(ErrorCode::NotFound)?;
        let facts: HandoverFacts = serde_json::from_str(&row.view)?;
        if facts.to != w.identity.worker {
            return Err(ErrorCode::NotForYou.into());
        }
        if !is_open(facts.state()) {
            return Err(ErrorCode::AlreadyAnswered.into());
        }
        let edit = put(FIELDS, ANSWER, register.clone());
        w.edit(&row.doc, Kind::Handover, Some(&row.version), &[edit])?;
        if accepted {
            take_over(w, &facts)?;
        } else if facts.state() == "both" {
            give_back(w, &facts)?;
        }
        ids.push(row.doc);
    }
    done(w, &ids)
}

/// Puts the new worker as the lead, at the version of the case that the hand-over was offered at.
fn take_over(w: &mut Write<'_, '_>, facts: &HandoverFacts) -> Result<()> {
    let household: DocId = facts.household.parse().map_err(|_| ErrorCode::NotFound)?;
    let (row, case) = case_of(&w.look(), household)?;
    let today = w.look().today().to_string();
    let lead = if facts.on <= today {
        json!(facts.to)
    } else {
        lead_register(&facts.to, &facts.on, case.lead_on(&today))
    };
    let offered_at = facts.case.as_deref().map(parse_version).transpose()?;
    let document = w.read(&row.doc, Kind::Case)?;
    // What the hand-over was made against may not have arrived here: then it is made against what has.
    let base = offered_at
        .filter(|version| document.knows(version))
        .map_or(row.version, |version| version.to_string());
    w.edit(
        &row.doc,
        Kind::Case,
        Some(&base),
        &[put(FIELDS, LEAD, lead)],
    )
}

/// Of two answers the declining one is to count: the lead goes back where it still is what the other answer put.
fn give_back(w: &mut Write<'_, '_>, facts: &HandoverFacts) -> Result<()> {
    let household: DocId = facts.household.parse().map_err(|_| ErrorCode::NotFound)?;
    let (row, case) = case_of(&w.look(), household)?;
    if case.lead_worker.as_deref() != Some(facts.to.as_str()) {
        return Ok(());
    }
    let edit = put(FIELDS, LEAD, json!(facts.from));
    w.edit(&row.doc, Kind::Case, Some(&row.version), &[edit])
}

/// Settles, and shows what was written.
fn done(w: &mut Write<'_, '_>, ids: &[[u8; 16]]) -> Result<HandoverList> {
    // Undo names the record that it concerned, where there is one.
    if let [only] = ids {
        w.about = Some(*only);
    }
    w.settle()?;
    let look = w.look();
    let items = ids
        .iter()
        .map(|id| {
            let id = DocId::from_bytes(*id).to_string();
            let row = look.reader.projection("handover", &id)?;
            view(&look, &row.ok_or(ErrorCode::NotFound)?)
        })
        .collect::<Result<_>>()?;
    Ok(HandoverList { items })
}

/// `handover.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListHandovers) -> Result<HandoverList> {
    let limit = usize::try_from(request.limit.unwrap_or(200)).unwrap_or(usize::MAX);
    let rows = match request.household_id {
        Some(household) => of_household(look, &household.to_bytes())?,
        None => {
            let mut waiting =
                look.reader
                    .projections("handover", None, Order::Descending, None, MANY)?;
            in_order(&mut waiting);
            waiting
        }
    };
    let mut items = Vec::new();
    for row in rows {
        if items.len() >= limit {
            break;
        }
        if request.open.is_some_and(|open| open != is_open(&row.state)) {
            continue;
        }
        let view = view(look, &row)?;
        let me = &look.identity.worker;
        let mine = [Some(&view.to), view.from.as_ref(), Some(&view.author)]
            .into_iter()
            .flatten()
            .any(|worker| worker.id == *me);
        if mine || request.mine != Some(true) {
            items.push(view);
        }
    }
    Ok(HandoverList { items })
}

/// All of one household, in the order of lists.
pub(super) fn of_household(look: &Look<'_, '_>, id: &[u8; 16]) -> Result<Vec<ProjectionRow>> {
    let mut rows = look
        .reader
        .household_projections(id, "handover", Order::Descending, MANY)?;
    in_order(&mut rows);
    Ok(rows)
}

/// From newest first to: what waits, oldest first, then the others as they are.
fn in_order(rows: &mut [ProjectionRow]) {
    rows.sort_by_key(|row| !is_open(&row.state));
    let waiting = rows.iter().take_while(|row| is_open(&row.state)).count();
    if let Some(waiting) = rows.get_mut(..waiting) {
        waiting.reverse();
    }
}

/// Whether it waits for an answer, or for a decision between two.
pub(super) fn is_open(state: &str) -> bool {
    matches!(state, "offered" | "both")
}

/// The view of a hand-over's row.
pub(super) fn view(look: &Look<'_, '_>, row: &ProjectionRow) -> Result<HandoverView> {
    let facts: HandoverFacts = serde_json::from_str(&row.view)?;
    from_facts(look, row.doc, row.version.clone(), facts)
}

/// The view of a hand-over as it was read.
pub(super) fn from_facts(
    look: &Look<'_, '_>,
    doc: [u8; 16],
    version: String,
    facts: HandoverFacts,
) -> Result<HandoverView> {
    let household = look.reader.projection("household", &facts.household)?;
    let case: Option<CaseFacts> = household
        .map(|row| serde_json::from_str(&row.view))
        .transpose()?;
    let state = facts.state().to_owned();
    let (author, at) = look.opened(&facts.opened);
    let answers = facts.answers.into_iter().map(|said| HandoverAnswer {
        answer: said.answer,
        reason: said.reason,
        author: look.names.author(&said.by),
        at: look.instant(said.at),
    });
    Ok(HandoverView {
        id: DocId::from_bytes(doc),
        version,
        household_id: facts.household.parse().map_err(|_| ErrorCode::NotFound)?,
        household_name: case.map(|case| case.name).unwrap_or_default(),
        from: facts.from.map(|id| look.names.worker(&id)),
        to: look.names.worker(&facts.to),
        on: facts.on,
        summary: facts.summary,
        promise: facts.promise,
        avoid: facts.avoid,
        state,
        answers: answers.collect(),
        author,
        at,
    })
}
