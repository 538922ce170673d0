//! Assessment round (アセスメント 第n回): one filling of a pack, growing over visits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::DocId;
use packs::{AppliesTo, Item, PackRef, Ready, registry};
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::CaseFacts;
use crate::facts::round::{
    ANSWERS, Answer, COMMENTS, RoundFacts, answers, comments, evidence as cited,
};
use crate::facts::said::{HOUSEHOLD, Said};
use crate::look::{Look, read_day};
use crate::ops::conflict;
use crate::ops::evidence::{self, EvidenceView};
use crate::ops::value::{Room, filled, text_of};
use crate::view::{AuthorView, ConflictView};
use crate::write::{Write, put};

/// Starts a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct StartAssessment {
    /// The household.
    pub household_id: DocId,
    /// The pack's id.
    pub pack: String,
    /// What the office calls the round.
    pub label: Option<String>,
}

/// Answers one item about one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct AnswerAssessment {
    /// The round.
    pub round_id: DocId,
    /// A member's id, `household`, or `memberA>memberB`.
    pub subject: String,
    /// The item of the pack.
    pub item: String,
    /// The value; null with a state other than `answered`.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// `answered` (when absent), `unasked` 未確認, `notNow` 今は聞かない, `declined` 答えたくない.
    pub state: Option<String>,
    /// `voiced` 本人から, `observed` 見て, `told` 人から; `voiced` when absent.
    pub basis: Option<String>,
    /// Free words on how sure; on demand only.
    pub certainty: Option<String>,
    /// A comment beside the answer; a register of its own.
    pub comment: Option<String>,
    /// The day it was seen or said, when not today.
    pub observed_on: Option<String>,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// Asks for a round, today or as it was at the end of a past day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct GetAssessment {
    /// The round.
    pub round_id: DocId,
    /// ISO date; the end of that day in the office's time zone.
    pub as_of: Option<String>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AnswerView {
    /// The item of the pack.
    pub item: String,
    /// The value that is shown; see `conflicts` for others that stand beside it.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// `answered`, `unasked`, `notNow`, `declined`.
    pub state: String,
    /// `voiced`, `observed`, `told`.
    pub basis: String,
    /// How sure, where it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certainty: Option<String>,
    /// The comment beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The day it was seen or said, when not the day of writing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_on: Option<String>,
    /// True while another value stands beside this one.
    pub two_views: bool,
    /// Who answered.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// The answers about one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct SubjectView {
    /// A member's id, `household`, or `memberA>memberB`.
    pub subject: String,
    /// In the order of the pack.
    pub answers: Vec<AnswerView>,
    /// What the pack computes, where it computes anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "Record<string, number | boolean | null>")]
    pub scores: Option<serde_json::Value>,
}

/// A round with its answers; only subjects with an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AssessmentView {
    /// The round.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// The household.
    pub household_id: DocId,
    /// The pack version it is answered under.
    pub pack: PackRef,
    /// That version is not known here: the answers stand under the ids of their items, without scores, and are not
    /// changed here.
    pub unknown_pack: bool,
    /// What the office calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Which round of this pack in this household, from 1, by time of starting.
    pub number: u32,
    /// Answers by subject.
    pub subjects: Vec<SubjectView>,
    /// The notes that answers rest on, newest first.
    pub evidence: Vec<EvidenceView>,
    /// What two people saw differently.
    pub conflicts: Vec<ConflictView>,
    /// Who started it.
    pub author: AuthorView,
    /// When.
    pub at: String,
    /// The day this view shows, where a past day was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

/// A round on the household's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct RoundSummary {
    /// The round.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// The pack version.
    pub pack: PackRef,
    /// What the office calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Which round of this pack, from 1.
    pub number: u32,
    /// How many items have an answer.
    pub answered: u32,
    /// Who started it.
    pub author: AuthorView,
    /// When it was started.
    pub at: String,
}

/// The states of an answer. 未確認, 今は聞かない and 答えたくない are three different things, and none of
/// them is "no trouble".
const STATES: &[&str] = &["answered", "unasked", "notNow", "declined"];
/// How an answer was learned.
const BASES: &[&str] = &["voiced", "observed", "told"];
/// The subject that is the household as a whole.
const HOUSEHOLD_SUBJECT: &str = "household";

/// `assessment.start`
pub(crate) fn start(w: &mut Write<'_, '_>, request: StartAssessment) -> Result<AssessmentView> {
    let case = request.household_id.to_bytes();
    let vault = w.vault_of(&case, Kind::Case)?;
    let today = w.look().today();
    let named = registry()
        .offered(&request.pack, today)
        .map_err(unknown_pack)?
        .reference();
    let id = w.begin(
        Kind::Round,
        vault,
        vec![
            (HOUSEHOLD, json!(request.household_id)),
            ("pack", json!(named)),
            ("label", json!(filled("label", request.label, Room::Line)?)),
        ],
        None,
    )?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id, None)
}

/// `assessment.answer`
pub(crate) fn answer(w: &mut Write<'_, '_>, request: AnswerAssessment) -> Result<AssessmentView> {
    let id = request.round_id.to_bytes();
    let facts =
        RoundFacts::read(&w.read(&id, Kind::Round)?.view(None)).ok_or(ErrorCode::NotFound)?;
    let pack = pack_of(&facts.pack)?;
    let item = pack.item(&request.item).ok_or(ErrorCode::UnknownItem)?;
    check_subject(&request.subject, item, &members_of(w, &facts)?)?;
    let state = one_of("state", STATES, request.state)?;
    let value = if state == "answered" {
        request.value
    } else {
        Value::Null
    };
    let comment_only = value.is_null() && state == "answered" && request.comment.is_some();
    if !comment_only && state == "answered" {
        check_value(&pack, &item.id, &value)?;
    }
    if let Some(day) = &request.observed_on {
        read_day("observedOn", day)?;
    }
    let key = format!("{}/{}", request.subject, request.item);
    let mut edits = Vec::new();
    if !comment_only {
        let answer = Answer {
            value,
            state,
            basis: one_of("basis", BASES, request.basis)?,
            observed_on: request.observed_on,
            certainty: filled("certainty", request.certainty, Room::Paragraph)?,
        };
        edits.push(put(ANSWERS, key.clone(), json!(answer)));
    }
    if let Some(comment) = request.comment {
        edits.push(put(COMMENTS, key, checked_comment(&json!(comment))?));
    }
    w.edit(&id, Kind::Round, request.base.as_deref(), &edits)?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id, None)
}

/// Whether the round's pack asks this of this subject.
pub(super) fn check_place(
    w: &mut Write<'_, '_>,
    facts: &RoundFacts,
    subject: &str,
    item: &str,
) -> Result<()> {
    let pack = pack_of(&facts.pack)?;
    let item = pack.item(item).ok_or(ErrorCode::UnknownItem)?;
    check_subject(subject, item, &members_of(w, facts)?)
}

fn check_value(pack: &Ready, item: &str, value: &Value) -> Result<()> {
    pack.check_value(item, value).map_err(|problem| {
        AppError::new(ErrorCode::InvalidValue)
            .with("field", item)
            .because(problem)
    })
}

/// A new whole answer to what stands under `<subject>/<item>`.
pub(crate) fn checked(pack: Option<&Value>, key: &str, value: Value) -> Result<Value> {
    let named: PackRef =
        serde_json::from_value(pack.cloned().unwrap_or_default()).map_err(AppError::from)?;
    let item = key.rsplit_once('/').map_or(key, |(_, item)| item);
    check_value(&*pack_of(&named)?, item, &value)?;
    Ok(json!(Answer {
        value,
        state: one_of("state", STATES, None)?,
        basis: one_of("basis", BASES, None)?,
        observed_on: None,
        certainty: None,
    }))
}

/// A comment as its register keeps it.
pub(crate) fn checked_comment(comment: &Value) -> Result<Value> {
    Ok(json!(text_of("comment", comment, Room::Paragraph)?))
}

/// `assessment.get`
pub(crate) fn get(look: &mut Look<'_, '_>, request: GetAssessment) -> Result<AssessmentView> {
    view(look, &request.round_id.to_bytes(), request.as_of.as_deref())
}

fn one_of(field: &'static str, list: &[&str], given: Option<String>) -> Result<String> {
    match given {
        None => Ok(list.first().copied().unwrap_or_default().to_owned()),
        Some(word) if list.contains(&word.as_str()) => Ok(word),
        Some(_) => Err(AppError::new(ErrorCode::InvalidValue).with("field", field)),
    }
}

fn pack_of(named: &PackRef) -> Result<Arc<Ready>> {
    registry()
        .by_hash(named.hash.as_str())
        .cloned()
        .map_err(unknown_pack)
}

fn unknown_pack(error: packs::PackError) -> AppError {
    AppError::new(ErrorCode::UnknownPack).because(error)
}

fn members_of(w: &mut Write<'_, '_>, facts: &RoundFacts) -> Result<BTreeSet<String>> {
    let case: DocId = facts
        .household
        .as_deref()
        .and_then(|id| id.parse().ok())
        .ok_or(ErrorCode::NotFound)?;
    let case = CaseFacts::read(&w.read(&case.to_bytes(), Kind::Case)?.view(None))
        .ok_or(ErrorCode::NotFound)?;
    Ok(case.members.into_iter().map(|edge| edge.person).collect())
}

fn check_subject(subject: &str, item: &Item, members: &BTreeSet<String>) -> Result<()> {
    let fits = match subject.split_once('>') {
        Some((a, b)) => {
            item.applies_to.contains(&AppliesTo::Relation)
                && members.contains(a)
                && members.contains(b)
                && a != b
        }
        None if subject == HOUSEHOLD_SUBJECT => item.applies_to.contains(&AppliesTo::Household),
        None => item.applies_to.contains(&AppliesTo::Person) && members.contains(subject),
    };
    if fits {
        Ok(())
    } else {
        Err(ErrorCode::UnknownSubject.into())
    }
}

/// The view of one round, today or as it was at the end of a past day.
pub(crate) fn view(
    look: &mut Look<'_, '_>,
    id: &[u8; 16],
    as_of: Option<&str>,
) -> Result<AssessmentView> {
    let end = as_of
        .map(|day| Ok::<_, AppError>(look.identity.zone.end_of(read_day("asOf", day)?).millis()))
        .transpose()?;
    let reader = look.reader;
    let (version, facts, said, remarks, cited) = {
        let document = look.documents.of_kind(reader, id, Kind::Round)?;
        let version = end.map_or_else(|| document.version(), |end| document.version_at(end));
        let then = document.view(Some(&version));
        let facts = RoundFacts::read(&then).ok_or(ErrorCode::NotFound)?;
        let mut said = answers(&then);
        if let (Some(end), Some(day)) = (end, as_of) {
            observed(&mut said, answers(&document.view(None)), end, day);
        }
        (version, facts, said, comments(&then), cited(&then))
    };
    let evidence = evidence::of(look, cited)?;
    let pack = pack_of(&facts.pack).ok();
    let subjects = subjects(look, pack.as_deref(), &said, &remarks);
    let conflicts = if as_of.is_some() {
        Vec::new()
    } else {
        conflicts_of(look, id)?
    };
    let (author, at) = look.opened(&facts.opened);
    let number = number(look, &facts)?;
    Ok(AssessmentView {
        id: DocId::from_bytes(*id),
        version: version.to_string(),
        household_id: facts
            .household
            .as_deref()
            .and_then(|id| id.parse().ok())
            .ok_or(ErrorCode::NotFound)?,
        pack: facts.pack,
        unknown_pack: pack.is_none(),
        label: facts.label,
        number,
        subjects,
        evidence,
        conflicts,
        author,
        at,
        as_of: as_of.map(str::to_owned),
    })
}

/// What was written down later but seen by that day counts; what was written down by that day but
/// seen later does not.
fn observed(
    then: &mut BTreeMap<(String, String), Vec<Said>>,
    now: BTreeMap<(String, String), Vec<Said>>,
    end: i64,
    day: &str,
) {
    let seen = |said: &Said| {
        serde_json::from_value::<Answer>(said.value.clone())
            .ok()
            .and_then(|answer| answer.observed_on)
    };
    for (key, values) in now {
        let earlier: Vec<Said> = values
            .into_iter()
            .filter(|said| said.at > end && seen(said).is_some_and(|on| on.as_str() <= day))
            .collect();
        if !earlier.is_empty() {
            then.insert(key, earlier);
        }
    }
    then.retain(|_, values| {
        values.retain(|said| seen(said).is_none_or(|on| on.as_str() <= day));
        !values.is_empty()
    });
}

fn conflicts_of(look: &Look<'_, '_>, id: &[u8; 16]) -> Result<Vec<ConflictView>> {
    look.reader
        .projections_of(id, "conflict")?
        .iter()
        .map(|row| conflict::from_row(look, row))
        .collect()
}

fn number(look: &Look<'_, '_>, facts: &RoundFacts) -> Result<u32> {
    let Some(household) = facts
        .household
        .as_deref()
        .and_then(|id| id.parse::<DocId>().ok())
    else {
        return Ok(1);
    };
    let rows = look.reader.household_projections(
        &household.to_bytes(),
        "round",
        Order::Ascending,
        10_000,
    )?;
    let earlier = rows
        .iter()
        .filter_map(|row: &ProjectionRow| serde_json::from_str::<RoundFacts>(&row.view).ok())
        .filter(|other| other.pack.id == facts.pack.id && other.opened.at < facts.opened.at)
        .count();
    Ok(u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1))
}

/// The answers in the order of the pack; of a pack that is not known here, in the order of their items' ids.
fn subjects(
    look: &Look<'_, '_>,
    pack: Option<&Ready>,
    said: &BTreeMap<(String, String), Vec<Said>>,
    remarks: &BTreeMap<(String, String), String>,
) -> Vec<SubjectView> {
    let names: BTreeSet<&String> = said
        .keys()
        .chain(remarks.keys())
        .map(|(subject, _)| subject)
        .collect();
    names
        .into_iter()
        .map(|subject| {
            let mut answers = Vec::new();
            let mut given: BTreeMap<String, Value> = BTreeMap::new();
            let items: Vec<&String> = match pack {
                Some(pack) => pack.items.iter().map(|item| &item.id).collect(),
                None => said
                    .keys()
                    .filter(|(whom, _)| whom == subject)
                    .map(|(_, item)| item)
                    .collect(),
            };
            for item in items {
                let key = (subject.clone(), item.clone());
                let values = said.get(&key).map(Vec::as_slice).unwrap_or_default();
                let Some((shown, answer)) = shown(pack, item, values) else {
                    continue;
                };
                if answer.state == "answered" {
                    given.insert(item.clone(), answer.value.clone());
                }
                answers.push(AnswerView {
                    item: item.clone(),
                    value: answer.value,
                    state: answer.state,
                    basis: answer.basis,
                    certainty: answer.certainty,
                    comment: remarks.get(&key).cloned(),
                    observed_on: answer.observed_on,
                    two_views: values.len() > 1,
                    author: look.names.author(&shown.by),
                    at: look.instant(shown.at),
                });
            }
            let scores = pack.map(|pack| pack.scores(AppliesTo::of(subject), &given));
            let scores = scores
                .filter(|scores| !scores.is_empty())
                .map(|scores| json!(scores));
            SubjectView {
                subject: subject.clone(),
                answers,
                scores,
            }
        })
        .collect()
}

/// The value that stands in the cell: while two views stand, the one that calls for caution first.
fn shown<'a>(pack: Option<&Ready>, item: &str, values: &'a [Said]) -> Option<(&'a Said, Answer)> {
    let read = |said: &'a Said| {
        serde_json::from_value::<Answer>(said.value.clone())
            .ok()
            .map(|answer| (said, answer))
    };
    let cautious = values
        .iter()
        .filter_map(read)
        .find(|(_, answer)| pack.is_some_and(|pack| pack.is_cautious(item, &answer.value)));
    cautious.or_else(|| values.iter().find_map(read))
}

/// A round on the household's page.
pub(crate) fn summary(
    look: &Look<'_, '_>,
    id: [u8; 16],
    version: String,
    facts: RoundFacts,
    number: usize,
) -> RoundSummary {
    let (author, at) = look.opened(&facts.opened);
    RoundSummary {
        id: DocId::from_bytes(id),
        version,
        pack: facts.pack,
        label: facts.label,
        number: u32::try_from(number).unwrap_or(u32::MAX),
        answered: facts.answered,
        author,
        at,
    }
}
