//! Household case (世帯ケース): the root of everything.

mod kin;
mod list;
mod past;

use domain::{DocId, PartialDate, Precision};
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

pub use self::kin::{LinkedHousehold, OfferedChange};
pub(crate) use self::list::list;
use super::assessment::{self, RoundSummary};
use super::cover::{self, CoverView};
use super::handover::{self, HandoverView};
use super::intake::{self, IntakeView};
use super::link::{self, LinkView};
use super::member::{self, MemberView};
use super::note::{self, NoteSummary};
use super::shield::{self, ShieldedView};
use super::team_move::{self, LateWords, TeamMoveView};
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::{CaseFacts, FIRST_STAGE};
use crate::facts::person::PersonFacts;
use crate::facts::round::RoundFacts;
use crate::facts::said::{self, FIELDS, HOUSEHOLD};
use crate::links::Seen;
use crate::look::Look;
use crate::ops::conflict;
use crate::ops::value::{Room, filled, room, text_of};
use crate::restricted;
use crate::team::{Belonging, TeamName};
use crate::view::{AuthorView, ConflictView};
use crate::write::{Write, put};

/// Opens a household case; with an intake, in the intake's vault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct CreateHousehold {
    /// What the office calls it, as 「佐藤さんの世帯」. May be empty.
    pub name: Option<String>,
    /// The intake it grew from.
    pub intake_id: Option<DocId>,
    /// The area; the intake's, when absent.
    pub area_id: Option<String>,
    /// The team (チーム) that reads it, one that this device is in; the worker's own, or the intake's, when absent.
    pub team: Option<String>,
    /// The workers who alone may read it, besides the author. Nobody else can tell that it exists.
    pub restrict_to: Option<Vec<String>>,
    /// Why it is restricted; kept on this device.
    pub reason: Option<String>,
}

/// Lists households by name and reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListHouseholds {
    /// Kanji, kana or romaji of the household or a member.
    pub query: Option<String>,
    /// Only this stage (code list `stage`).
    pub stage: Option<String>,
    /// Only this team's (チーム); the id from the list of teams.
    pub team: Option<String>,
    /// Only those that this worker leads (主担当者).
    pub lead_worker_id: Option<String>,
    /// How many; 100 when absent, 500 at most.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// Asks for one household, today or as it was known at the end of a past day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct GetHousehold {
    /// The household.
    pub id: DocId,
    /// ISO date; the end of that day in the office's time zone.
    pub as_of: Option<String>,
}

/// Changes one field. Fields: `name`, `stage`, `areaId`, `summary` (概況), `promise` (約束),
/// `nextOn` (次回, a date), `nextWhat`, `leadWorkerId` (主担当者), `leadAgency` (主担当機関).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct UpdateHousehold {
    /// The household.
    pub id: DocId,
    /// The field's name.
    pub field: String,
    /// Its new value; null clears it.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// A household on one screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct HouseholdView {
    /// Its id.
    pub id: DocId,
    /// What an edit of the household's own fields names as `base`.
    pub version: String,
    /// The name; empty when none was given.
    pub name: String,
    /// Where the case stands (code list `stage`).
    pub stage: String,
    /// The area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_id: Option<String>,
    /// 概況: one paragraph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// 約束: what was promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise: Option<String>,
    /// 次回: the next date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_on: Option<String>,
    /// What happens then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_what: Option<String>,
    /// 主担当者.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_worker: Option<AuthorView>,
    /// Who leads after that, where a hand-over was accepted for a day that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_next: Option<LeadNext>,
    /// 主担当機関.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_agency: Option<String>,
    /// The team that reads it; absent where the whole office does, and for a restricted one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// When it went from team to team (担当チームの変更), newest first.
    pub team_moves: Vec<TeamMoveView>,
    /// What came after the newest of them from those who are not in the team (もとのチームからの追記).
    pub late: Vec<LateWords>,
    /// The intakes it grew from.
    pub intakes: Vec<IntakeView>,
    /// Present members first, in the order of joining; those who left after them.
    pub members: Vec<MemberView>,
    /// Assessment rounds, newest first.
    pub rounds: Vec<RoundSummary>,
    /// What two people saw differently and nobody decided yet.
    pub conflicts: Vec<ConflictView>,
    /// What a visitor must know first (code list `flag`).
    pub flags: Vec<String>,
    /// Newest first; the first 200 characters of each text.
    pub notes: Vec<NoteSummary>,
    /// Hand-overs: what waits for an answer first.
    pub handovers: Vec<HandoverView>,
    /// Covers that run or are to come.
    pub covers: Vec<CoverView>,
    /// What was said of this and other households: that they are one, or that they are not.
    pub links: Vec<LinkView>,
    /// Cases that are the same household, shown together.
    pub linked: Vec<LinkedHousehold>,
    /// What changed for a member in another household of theirs.
    pub offered: Vec<OfferedChange>,
    /// Who opened the case.
    pub author: AuthorView,
    /// When.
    pub at: String,
    /// The day this view shows, where a past day was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// What concerns only this device.
    pub local: HouseholdLocal,
}

/// Who leads from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LeadNext {
    /// The worker.
    pub worker: AuthorView,
    /// The first day.
    pub on: String,
}

/// What concerns only this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct HouseholdLocal {
    /// Changes of this household that have not left this laptop (職場へ未送信).
    pub unsent: u32,
    /// The team to which the case went that this device is not in: what is written there does not come here, and nothing is
    /// written here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<TeamName>,
    /// Nobody of that team has said yet that it arrived there.
    pub move_pending: bool,
    /// Notes of restricted records beside this household's own that were opened since the program was unlocked, newest
    /// first.
    pub restricted_notes: Vec<NoteSummary>,
    /// Cases that are the same household, as only readers of a restricted record know.
    pub linked: Vec<LinkedHousehold>,
    /// What opened restricted records say of shielded fields (秘匿).
    pub shielded: Vec<ShieldedView>,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct HouseholdRow {
    /// Its id.
    pub id: DocId,
    /// The name; empty when none was given.
    pub name: String,
    /// Reading of the first member's name, for sorting.
    pub kana: String,
    /// Names of the present members.
    pub members: Vec<String>,
    /// Where the case stands.
    pub stage: String,
    /// 主担当者.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_worker: Option<AuthorView>,
    /// The last contact that a note records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_contact_at: Option<String>,
    /// The next date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_on: Option<String>,
    /// The area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_id: Option<String>,
    /// The team that reads it; absent where the whole office does, and for a restricted one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// What two people saw differently.
    pub conflict_count: u32,
    /// First lines a visitor must know.
    pub flags: Vec<String>,
}

/// A page of households.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct HouseholdList {
    /// By reading.
    pub items: Vec<HouseholdRow>,
    /// Give this to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The most notes that one view carries.
const MOST_NOTES: u32 = 5_000;
/// The most members, rounds, intakes or conflicts that one view carries.
const MOST: u32 = 1_000;
/// The fields of a case that hold plain text.
const TEXTS: &[(&str, Room)] = &[
    ("name", Room::Name),
    ("kana", Room::Name),
    ("stage", Room::Line),
    ("areaId", Room::Line),
    ("summary", Room::Paragraph),
    ("promise", Room::Paragraph),
    ("nextWhat", Room::Line),
    ("leadWorkerId", Room::Line),
    ("leadAgency", Room::Line),
];

/// `household.create`
pub(crate) fn create(w: &mut Write<'_, '_>, request: CreateHousehold) -> Result<HouseholdView> {
    // A household that grows from an intake lives in the intake's vault, under the same readers.
    let vault = match (request.intake_id, request.restrict_to) {
        // The intake would point at it.
        (Some(_), Some(_)) => {
            return Err(AppError::new(ErrorCode::InvalidValue).with("field", "restrictTo"));
        }
        (Some(intake), None) => w.vault_of(&intake.to_bytes(), Kind::Intake)?,
        (None, Some(workers)) => restricted::vault_for(w, None, &workers, request.reason)?,
        (None, None) => w.open_vault(request.team.as_deref())?,
    };
    let area = match (request.area_id, request.intake_id) {
        (None, Some(intake)) => {
            let document = w.read(&intake.to_bytes(), Kind::Intake)?;
            said::string(&document.view(None), "areaId")
        }
        (given, _) => filled("areaId", given, Room::Line)?,
    };
    let id = w.begin(
        Kind::Case,
        vault,
        vec![
            ("name", json!(filled("name", request.name, Room::Name)?)),
            ("areaId", json!(area)),
            ("leadWorkerId", json!(w.identity.worker)),
        ],
        None,
    )?;
    if let Some(intake) = request.intake_id {
        let link = put(FIELDS, HOUSEHOLD, json!(DocId::from_bytes(id)));
        w.edit(&intake.to_bytes(), Kind::Intake, None, &[link])?;
    }
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// `household.update`
pub(crate) fn update(w: &mut Write<'_, '_>, request: UpdateHousehold) -> Result<HouseholdView> {
    let id = request.id.to_bytes();
    let value = checked(&w.look(), &request.field, request.value)?;
    let edit = put(FIELDS, request.field, value);
    w.edit(&id, Kind::Case, request.base.as_deref(), &[edit])?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// A value as its field keeps it.
pub(crate) fn checked(look: &Look<'_, '_>, field: &str, value: Value) -> Result<Value> {
    match field {
        "nextOn" => {
            let text = text_of("nextOn", &value, Room::Line)?;
            let on = text
                .as_deref()
                .map(|text| future_day(look, text))
                .transpose()?;
            Ok(json!(on))
        }
        "flags" => flags(value),
        field => Ok(json!(text_of(field, &value, room(TEXTS, field)?)?)),
    }
}

fn future_day(look: &Look<'_, '_>, text: &str) -> Result<String> {
    let date: PartialDate = member::read_date(look, text, domain::Direction::Future)?;
    date.iso
        .filter(|_| date.precision == Precision::Day)
        .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "nextOn"))
}

fn flags(value: Value) -> Result<Value> {
    let list: Option<Vec<String>> = serde_json::from_value(value)
        .map_err(|_| AppError::new(ErrorCode::InvalidValue).with("field", "flags"))?;
    Ok(list
        .filter(|list| !list.is_empty())
        .map_or(Value::Null, |list| json!(list)))
}

/// `household.get`
pub(crate) fn get(look: &mut Look<'_, '_>, request: GetHousehold) -> Result<HouseholdView> {
    let id = request.id.to_bytes();
    match request.as_of {
        None => view(look, &id),
        Some(day) => past::view(look, &id, &day),
    }
}

/// A household that can be seen here: its row and what it says.
pub(super) fn case_of(look: &Look<'_, '_>, id: DocId) -> Result<(ProjectionRow, CaseFacts)> {
    let row = look.reader.projection("household", &id.to_string())?;
    let row = row.ok_or(ErrorCode::NotFound)?;
    let facts = serde_json::from_str(&row.view)?;
    Ok((row, facts))
}

/// The household as the merged documents say today.
pub(crate) fn view(look: &mut Look<'_, '_>, id: &[u8; 16]) -> Result<HouseholdView> {
    let row_id = DocId::from_bytes(*id);
    let (row, facts) = case_of(look, row_id)?;
    let reader = look.reader;
    let members = members_of(look, &row, &facts)?;
    let notes = reader
        .household_projections(id, "note", Order::Descending, MOST_NOTES)?
        .iter()
        .map(|row| note::summary(look, row))
        .collect::<Result<_>>()?;
    let rounds = rounds(
        look,
        &reader.household_projections(id, "round", Order::Ascending, MOST)?,
    )?;
    let intakes = reader
        .household_projections(id, "intake", Order::Ascending, MOST)?
        .iter()
        .map(|row| intake::from_row(look, row))
        .collect::<Result<_>>()?;
    let conflicts = reader
        .household_projections(id, "conflict", Order::Ascending, MOST)?
        .iter()
        .map(|row| conflict::from_row(look, row))
        .collect::<Result<_>>()?;
    let vault = reader.document(id)?.ok_or(ErrorCode::NotFound)?.vault;
    let restricted_notes = reader
        .opened_beside(id, "note")?
        .iter()
        .map(|row| note::summary(look, row))
        .collect::<Result<_>>()?;
    let (linked, linked_here) = kin::linked(look, row_id)?;
    let local = HouseholdLocal {
        unsent: reader.unsent_in(&vault)?,
        moved_to: team_move::gone(look, &vault)?,
        move_pending: team_move::is_pending(look, &vault)?,
        restricted_notes,
        linked: linked_here,
        shielded: shield::opened(look, id)?,
    };
    let seen = if reader.is_restricted(&vault)? {
        Seen::Here
    } else {
        Seen::ByAll
    };
    let parts = Parts {
        links: link::views(look, row_id, seen)?,
        linked,
        offered: kin::offered(look, &members)?,
        intakes,
        members,
        rounds,
        conflicts,
        notes,
        handovers: handover::of_household(look, id)?
            .iter()
            .map(|row| handover::view(look, row))
            .collect::<Result<_>>()?,
        covers: cover::of_household(look, id, look.today())?,
        team: Belonging::read(look).of(look.reader, id)?,
        late: team_move::late(look, &vault, &facts)?,
    };
    Ok(assemble(look, *id, row.version, facts, parts, None, local))
}

/// The members of a household, as the merged documents say today.
fn members_of(
    look: &Look<'_, '_>,
    row: &ProjectionRow,
    facts: &CaseFacts,
) -> Result<Vec<MemberView>> {
    let people = look
        .reader
        .household_projections(&row.doc, "member", Order::Ascending, MOST)?;
    let mut members = Vec::new();
    for edge in &facts.members {
        let Some(person) = people
            .iter()
            .find(|row| DocId::from_bytes(row.doc).to_string() == edge.person)
        else {
            continue;
        };
        let person_facts: PersonFacts = serde_json::from_str(&person.view)?;
        members.push(member::from_facts(
            look,
            person.doc,
            &person.version,
            &row.version,
            person_facts,
            edge.clone(),
            look.now,
        )?);
    }
    Ok(members)
}

fn rounds(look: &Look<'_, '_>, rows: &[ProjectionRow]) -> Result<Vec<RoundSummary>> {
    let mut out: Vec<RoundSummary> = Vec::new();
    for row in rows {
        let facts: RoundFacts = serde_json::from_str(&row.view)?;
        let number = out
            .iter()
            .filter(|round| round.pack.id == facts.pack.id)
            .count()
            + 1;
        out.push(assessment::summary(
            look,
            row.doc,
            row.version.clone(),
            facts,
            number,
        ));
    }
    out.reverse();
    Ok(out)
}

/// What a household's page is put together from.
struct Parts {
    intakes: Vec<IntakeView>,
    members: Vec<MemberView>,
    rounds: Vec<RoundSummary>,
    conflicts: Vec<ConflictView>,
    notes: Vec<NoteSummary>,
    handovers: Vec<HandoverView>,
    covers: Vec<CoverView>,
    links: Vec<LinkView>,
    linked: Vec<LinkedHousehold>,
    offered: Vec<OfferedChange>,
    team: Option<TeamName>,
    late: Vec<LateWords>,
}

fn assemble(
    look: &Look<'_, '_>,
    id: [u8; 16],
    version: String,
    facts: CaseFacts,
    parts: Parts,
    as_of: Option<String>,
    local: HouseholdLocal,
) -> HouseholdView {
    let (author, at) = look.opened(&facts.opened);
    let day = as_of.clone().unwrap_or_else(|| look.today().to_string());
    let lead_worker = facts.lead_on(&day).map(|id| look.names.worker(id));
    let lead_next = facts.lead_after(&day).map(|(worker, on)| LeadNext {
        worker: look.names.worker(worker),
        on: on.to_owned(),
    });
    let team_moves = team_move::moves(look, &facts);
    HouseholdView {
        id: DocId::from_bytes(id),
        version,
        name: facts.name,
        stage: facts.stage.unwrap_or_else(|| FIRST_STAGE.to_owned()),
        area_id: facts.area_id,
        summary: facts.summary,
        promise: facts.promise,
        next_on: facts.next_on,
        next_what: facts.next_what,
        lead_worker,
        lead_next,
        lead_agency: facts.lead_agency,
        team: parts.team,
        team_moves,
        late: parts.late,
        intakes: parts.intakes,
        members: parts.members,
        rounds: parts.rounds,
        conflicts: parts.conflicts,
        flags: facts.flags,
        notes: parts.notes,
        handovers: parts.handovers,
        covers: parts.covers,
        links: parts.links,
        linked: parts.linked,
        offered: parts.offered,
        author,
        at,
        as_of,
        local,
    }
}
