//! Member (世帯員): a person document within one case; membership is dated.

use domain::{Age, Direction, DocId, Lang, PartialDate, Precision, date};
use record::{Edit, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::{CaseFacts, Edge, MEMBERS};
use crate::facts::link::SAME_PERSON;
use crate::facts::person::{PersonFacts, REACHED, declined, shield};
use crate::facts::said::{self, FIELDS, HOUSEHOLD};
use crate::links::{self, Seen};
use crate::look::Look;
use crate::ops::link::{self, LinkView};
use crate::ops::member_move::{self, MoveView};
use crate::ops::value::{Room, filled, room, text_of};
use crate::view::AuthorView;
use crate::write::{Write, put};

/// Adds a member. Everything may be empty: an unnamed member is 「氏名未確認」.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct AddMember {
    /// The household.
    pub household_id: DocId,
    /// A person document of another case that is the same human being; a link is made, nothing is merged.
    pub same_person_as: Option<DocId>,
    /// 姓.
    pub family_name: Option<String>,
    /// 名.
    pub given_name: Option<String>,
    /// 姓のフリガナ.
    pub family_kana: Option<String>,
    /// 名のフリガナ.
    pub given_kana: Option<String>,
    /// Any text of a birth date: `S35.1.8`, `60代`, `昭和30年頃` …
    pub birth: Option<String>,
    /// Code list `sex`.
    pub sex: Option<String>,
    /// Role in the household (code list `member-role`).
    pub role: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Free words.
    pub note: Option<String>,
}

/// Changes one field of a member. Fields: `familyName`, `givenName`, `familyKana`, `givenKana`,
/// `birth`, `sex`, `phone`, `address`, `school`, `workplace`, `note`, and `role` (which belongs to the household and needs `householdId`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct UpdateMember {
    /// The member.
    pub id: DocId,
    /// The field's name.
    pub field: String,
    /// Its new value; null clears it.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// The household, for `role`.
    pub household_id: Option<DocId>,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// Ends a membership. The person and everything about them stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct LeaveMember {
    /// The member.
    pub id: DocId,
    /// The household.
    pub household_id: DocId,
    /// The day, as any date text.
    pub on: String,
    /// Code list `leave-reason`.
    pub reason: Option<String>,
}

/// Leaves a changed value of another household there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct DeclineChange {
    /// The member.
    pub id: DocId,
    /// `address`, `phone`, `school` or `workplace`.
    pub field: String,
    /// The value that was offered.
    pub value: String,
}

/// A birth date as precise as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct BirthView {
    /// `1960-01-08`, `1960-01` or `1960`, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso: Option<String>,
    /// `day`, `month`, `year`, `decade`, `ageBand` or `unknown`.
    pub precision: String,
    /// 「頃」.
    pub approx: bool,
    /// As it was typed.
    pub raw: String,
    /// Age today (or on the day shown): `76`, or `60-69`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<String>,
}

/// A member of a household.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct MemberView {
    /// The person document in this case.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// 姓, as it was typed.
    pub family_name: String,
    /// 名.
    pub given_name: String,
    /// 姓のフリガナ.
    pub family_kana: String,
    /// 名のフリガナ.
    pub given_kana: String,
    /// True while neither name is known (氏名未確認).
    pub unnamed: bool,
    /// Birth date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth: Option<BirthView>,
    /// Code list `sex`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// Role in the household.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where they live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// School or nursery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub school: Option<String>,
    /// Workplace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workplace: Option<String>,
    /// Fields whose values only named people may know (秘匿): `address`, `phone`, `school`, `workplace`.
    pub shielded: Vec<String>,
    /// Free words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Since when, where it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined_on: Option<String>,
    /// Until when; absent for a present member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_on: Option<String>,
    /// Why (code list `leave-reason`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leave_reason: Option<String>,
    /// Where they went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<MoveView>,
    /// Where they came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<MoveView>,
    /// Person documents of other cases that are the same human being.
    pub same_person_as: Vec<DocId>,
    /// What was said of this person and others: that they are one, or that they are not.
    pub links: Vec<LinkView>,
    /// Who added the member.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// The fields of a person document that hold plain text.
const TEXTS: &[(&str, Room)] = &[
    ("familyName", Room::Name),
    ("givenName", Room::Name),
    ("familyKana", Room::Name),
    ("givenKana", Room::Name),
    ("sex", Room::Line),
    ("phone", Room::Line),
    ("address", Room::Line),
    ("school", Room::Line),
    ("workplace", Room::Line),
    ("note", Room::Paragraph),
];

/// `member.add`
pub(crate) fn add(w: &mut Write<'_, '_>, request: AddMember) -> Result<MemberView> {
    let case = request.household_id.to_bytes();
    let vault = w.vault_of(&case, Kind::Case)?;
    let birth = request
        .birth
        .as_deref()
        .filter(|text| !text.trim().is_empty());
    let birth = birth.map(|text| read_birth(&w.look(), text)).transpose()?;
    if let Some(other) = request.same_person_as {
        w.vault_of(&other.to_bytes(), Kind::Person)?;
    }
    let person = w.begin(
        Kind::Person,
        vault,
        vec![
            (HOUSEHOLD, json!(request.household_id)),
            (
                "familyName",
                json!(filled("familyName", request.family_name, Room::Name)?),
            ),
            (
                "givenName",
                json!(filled("givenName", request.given_name, Room::Name)?),
            ),
            (
                "familyKana",
                json!(filled("familyKana", request.family_kana, Room::Name)?),
            ),
            (
                "givenKana",
                json!(filled("givenKana", request.given_kana, Room::Name)?),
            ),
            ("birth", birth.map_or(Value::Null, |birth| json!(birth))),
            ("sex", json!(filled("sex", request.sex, Room::Line)?)),
            ("phone", json!(filled("phone", request.phone, Room::Line)?)),
            (
                "note",
                json!(filled("note", request.note, Room::Paragraph)?),
            ),
        ],
        None,
    )?;
    let id = DocId::from_bytes(person);
    let mut edges = vec![put(MEMBERS, format!("{id}/added"), json!(true))];
    if let Some(role) = filled("role", request.role, Room::Line)? {
        edges.push(put(MEMBERS, format!("{id}/role"), json!(role)));
    }
    w.edit(&case, Kind::Case, None, &edges)?;
    if let Some(other) = request.same_person_as {
        links::say(w, (id, other), Kind::Person, SAME_PERSON, None)?;
    }
    w.about = Some(person);
    w.settle()?;
    view(&mut w.look(), &case, &person)
}

/// `member.update`
pub(crate) fn update(w: &mut Write<'_, '_>, request: UpdateMember) -> Result<MemberView> {
    let person = request.id.to_bytes();
    let own = w.household_of(&person)?;
    let case = request.household_id.map_or(own, DocId::to_bytes);
    let (person_base, case_base) = Bases::read(request.base.as_deref());
    if request.field == "role" {
        membership(w, &case, &person)?;
        let key = format!("{}/role", request.id);
        let value = checked_edge(&w.look(), &key, request.value)?;
        w.edit(&case, Kind::Case, case_base, &[put(MEMBERS, key, value)])?;
    } else {
        let value = checked(&w.look(), &request.field, request.value)?;
        let view = w.read(&person, Kind::Person)?.view(None);
        if !value.is_null() && said::shown(&view, FIELDS, &shield(&request.field)).is_some() {
            return Err(ErrorCode::Shielded.into());
        }
        let edit = put(FIELDS, request.field, value);
        w.edit(&person, Kind::Person, person_base, &[edit])?;
    }
    w.about = Some(person);
    w.settle()?;
    view(&mut w.look(), &case, &person)
}

/// A value as its field of the person keeps it.
pub(crate) fn checked(look: &Look<'_, '_>, field: &str, value: Value) -> Result<Value> {
    if field != "birth" {
        return Ok(json!(text_of(field, &value, room(TEXTS, field)?)?));
    }
    let text = text_of("birth", &value, Room::Line)?;
    let birth = text
        .as_deref()
        .map(|text| read_birth(look, text))
        .transpose()?;
    Ok(birth.map_or(Value::Null, |birth| json!(birth)))
}

/// A value as the membership keeps it under `<person>/<field>`.
pub(crate) fn checked_edge(look: &Look<'_, '_>, key: &str, value: Value) -> Result<Value> {
    let field = key.split_once('/').map_or(key, |(_, field)| field);
    match field {
        "role" | "leaveReason" => Ok(json!(text_of(field, &value, Room::Line)?)),
        "joinedOn" | "leftOn" => {
            let text = text_of(field, &value, Room::Line)?;
            let on = text.map(|text| past_day(look, field, &text)).transpose()?;
            Ok(json!(on))
        }
        field => Err(AppError::new(ErrorCode::UnknownField).with("field", field)),
    }
}

/// `member.leave`
pub(crate) fn leave(w: &mut Write<'_, '_>, request: LeaveMember) -> Result<MemberView> {
    let (case, person) = (request.household_id.to_bytes(), request.id.to_bytes());
    membership(w, &case, &person)?;
    let on = past_day(&w.look(), "on", &request.on)?;
    let edits: Vec<Edit> = vec![
        put(MEMBERS, format!("{}/leftOn", request.id), json!(on)),
        put(
            MEMBERS,
            format!("{}/leaveReason", request.id),
            json!(filled("reason", request.reason, Room::Line)?),
        ),
    ];
    w.edit(&case, Kind::Case, None, &edits)?;
    w.about = Some(person);
    w.settle()?;
    view(&mut w.look(), &case, &person)
}

/// `member.decline`: what another household of this person says is not taken over, and not offered again.
///
/// # Errors
/// [`ErrorCode::NotFound`], [`ErrorCode::UnknownField`].
pub(crate) fn decline(w: &mut Write<'_, '_>, request: DeclineChange) -> Result<MemberView> {
    let person = request.id.to_bytes();
    let case = w.household_of(&person)?;
    if !REACHED.contains(&request.field.as_str()) {
        return Err(AppError::new(ErrorCode::UnknownField).with("field", request.field));
    }
    let value = filled("value", Some(request.value), Room::Line)?;
    let edit = put(FIELDS, declined(&request.field), json!(value));
    w.edit(&person, Kind::Person, None, &[edit])?;
    w.about = Some(person);
    w.settle()?;
    view(&mut w.look(), &case, &person)
}

/// Reads a date text, with a hint in the error where it is none.
pub(crate) fn read_date(
    look: &Look<'_, '_>,
    text: &str,
    direction: Direction,
) -> Result<PartialDate> {
    date::parse(text, look.today(), direction).map_err(|error| {
        AppError::new(ErrorCode::ImpossibleDate)
            .with("hint", error.hint(Lang::Ja).unwrap_or_default())
    })
}

/// A day that a request named by any date text, as an ISO date.
pub(crate) fn past_day(look: &Look<'_, '_>, field: &str, text: &str) -> Result<String> {
    let date = read_date(look, text, Direction::Past)?;
    date.iso
        .filter(|_| date.precision == Precision::Day)
        .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", field))
}

fn read_birth(look: &Look<'_, '_>, text: &str) -> Result<PartialDate> {
    read_date(look, text, Direction::Past)
}

/// Refuses who is no member of the household and never was.
pub(crate) fn membership(w: &mut Write<'_, '_>, case: &[u8; 16], person: &[u8; 16]) -> Result<()> {
    let id = DocId::from_bytes(*person).to_string();
    let facts =
        CaseFacts::read(&w.read(case, Kind::Case)?.view(None)).ok_or(ErrorCode::NotFound)?;
    if facts.members.iter().any(|edge| edge.person == id) {
        Ok(())
    } else {
        Err(ErrorCode::UnknownSubject.into())
    }
}

/// A member's version names two documents: the person, and the case that holds role and dates.
struct Bases;

impl Bases {
    fn read(base: Option<&str>) -> (Option<&str>, Option<&str>) {
        match base.map(|base| base.split_once('~').unwrap_or((base, ""))) {
            None => (None, None),
            Some((person, "")) => (Some(person), None),
            Some((person, case)) => (Some(person), Some(case)),
        }
    }

    fn write(person: &str, case: &str) -> String {
        format!("{person}~{case}")
    }
}

/// The view of one member of a household.
pub(crate) fn view(
    look: &mut Look<'_, '_>,
    case: &[u8; 16],
    person: &[u8; 16],
) -> Result<MemberView> {
    let id = DocId::from_bytes(*person).to_string();
    let case = look
        .reader
        .projection("household", &DocId::from_bytes(*case).to_string())?
        .ok_or(ErrorCode::NotFound)?;
    let row = look
        .reader
        .projection("member", &id)?
        .ok_or(ErrorCode::NotFound)?;
    let facts: CaseFacts = serde_json::from_str(&case.view)?;
    let edge = facts
        .members
        .into_iter()
        .find(|edge| edge.person == id)
        .unwrap_or_default();
    let person: PersonFacts = serde_json::from_str(&row.view)?;
    from_facts(
        look,
        row.doc,
        &row.version,
        &case.version,
        person,
        edge,
        look.now,
    )
}

/// The view of what a person document and a membership say; `at` decides the age.
pub(crate) fn from_facts(
    look: &Look<'_, '_>,
    id: [u8; 16],
    person_version: &str,
    case_version: &str,
    facts: PersonFacts,
    edge: Edge,
    at: i64,
) -> Result<MemberView> {
    let (author, opened) = look.opened(&facts.opened);
    let day = look
        .identity
        .zone
        .day_of(domain::Timestamp::from_millis(at));
    let text_id = DocId::from_bytes(id);
    let (moved_to, moved_from) =
        member_move::ends(look, text_id, facts.household.as_deref(), &edge)?;
    // What only readers of a restricted record know of a person of theirs.
    let home = look.reader.document(&id)?.map(|row| row.vault);
    let within = home.map(|vault| look.reader.is_restricted(&vault));
    let seen = if within.transpose()?.unwrap_or_default() {
        Seen::Here
    } else {
        Seen::ByAll
    };
    let links = link::views(look, text_id, seen)?;
    Ok(MemberView {
        id: text_id,
        version: Bases::write(person_version, case_version),
        unnamed: facts.family_name.is_empty() && facts.given_name.is_empty(),
        birth: facts.birth.as_ref().map(|birth| birth_view(birth, day)),
        family_name: facts.family_name,
        given_name: facts.given_name,
        family_kana: facts.family_kana,
        given_kana: facts.given_kana,
        sex: facts.sex,
        role: edge.role,
        phone: facts.phone,
        address: facts.address,
        school: facts.school,
        workplace: facts.workplace,
        shielded: facts.shielded,
        note: facts.note,
        moved_to,
        moved_from,
        joined_on: edge.joined_on,
        left_on: edge.left_on,
        leave_reason: edge.leave_reason,
        same_person_as: links
            .iter()
            .filter(|link| link.kind == SAME_PERSON && link.conflict.is_none())
            .map(|link| link.other_id)
            .collect(),
        links,
        author,
        at: opened,
    })
}

/// A birth date with the age on a day.
pub(crate) fn birth_view(birth: &PartialDate, day: domain::Day) -> BirthView {
    BirthView {
        iso: birth.iso.clone(),
        precision: precision(birth.precision).to_owned(),
        approx: birth.approx,
        raw: birth.raw.clone(),
        age: birth.age_on(day).map(age_text),
    }
}

/// The word for a precision, as views carry it.
pub(crate) const fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::Day => "day",
        Precision::Month => "month",
        Precision::Year => "year",
        Precision::Decade => "decade",
        Precision::AgeBand => "ageBand",
        Precision::Unknown => "unknown",
    }
}

/// An age, or the ages that are possible.
pub(crate) fn age_text(age: Age) -> String {
    if age.low == age.high {
        age.low.to_string()
    } else {
        format!("{}-{}", age.low, age.high)
    }
}
