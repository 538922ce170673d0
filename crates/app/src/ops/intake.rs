//! Intake (相談受付): any first contact, also without a name.

use std::collections::BTreeSet;

use domain::{DocId, fold};
use record::{Edit, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::intake::IntakeFacts;
use crate::facts::said::FIELDS;
use crate::look::{Look, read_instant};
use crate::ops::restricted::{RestrictedAlert, alerts};
use crate::ops::search::{self, Hit, Search, SearchView};
use crate::ops::value::{Room, filled, text_of};
use crate::page;
use crate::restricted;
use crate::view::{AuthorView, ById};
use crate::write::{Write, put};

/// Receives a contact. `{}` is valid: nothing is required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct CreateIntake {
    /// What was said, in free words.
    pub text: Option<String>,
    /// How the contact came (code list `intake-channel`).
    pub channel: Option<String>,
    /// How soon (code list `urgency`).
    pub urgency: Option<String>,
    /// Consent to take the matter up (code list `intake-consent`); absent means not asked.
    pub consent: Option<String>,
    /// Who called, if they said.
    pub caller_name: Option<String>,
    /// Where to call back.
    pub phone: Option<String>,
    /// The area, if known.
    pub area_id: Option<String>,
    /// When it came in; now, when absent.
    pub received_at: Option<String>,
    /// The team (チーム) that reads it, one that this device is in; the worker's own, when absent.
    pub team: Option<String>,
    /// The workers who alone may read it, besides the author. Nobody else can tell that it exists.
    pub restrict_to: Option<Vec<String>>,
    /// Why it is restricted; kept on this device.
    pub reason: Option<String>,
}

/// Changes one field of an intake. Fields: `text`, `channel`, `urgency`, `consent`, `callerName`,
/// `phone`, `areaId`, `receivedAt`, `closed` (a reason, or null to open it again).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct UpdateIntake {
    /// The intake.
    pub id: DocId,
    /// The field's name.
    pub field: String,
    /// Its new value.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// Lists intakes, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListIntakes {
    /// Only those that no household took up and nobody closed.
    pub open: Option<bool>,
    /// How many; 50 when absent, 500 at most.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// An intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct IntakeView {
    /// Its id.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// What was said; empty when nothing was written yet.
    pub text: String,
    /// How the contact came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// How soon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
    /// Consent to take the matter up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// Who called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller_name: Option<String>,
    /// Where to call back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_id: Option<String>,
    /// When it came in.
    pub received_at: String,
    /// The household that took it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// Neither taken up by a household nor closed.
    pub open: bool,
    /// Why it was closed, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// Who received it.
    pub author: AuthorView,
    /// When it was written down.
    pub at: String,
    /// What concerns only this device; where one intake was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<IntakeLocal>,
}

/// What concerns only this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct IntakeLocal {
    /// Restricted records that this contact may concern, for their readers alone.
    pub alerts: Vec<RestrictedAlert>,
}

/// A page of intakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct IntakeList {
    /// Newest first.
    pub items: Vec<IntakeView>,
    /// Give this to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `intake.create`
pub(crate) fn create(w: &mut Write<'_, '_>, request: CreateIntake) -> Result<IntakeView> {
    let zone = w.identity.zone;
    let received = request
        .received_at
        .as_deref()
        .map(|text| read_instant(zone, "receivedAt", text))
        .transpose()?;
    let vault = match request.restrict_to {
        Some(workers) => restricted::vault_for(w, None, &workers, request.reason)?,
        None => w.open_vault(request.team.as_deref())?,
    };
    let id = w.begin(
        Kind::Intake,
        vault,
        vec![
            (
                "channel",
                json!(filled("channel", request.channel, Room::Line)?),
            ),
            (
                "urgency",
                json!(filled("urgency", request.urgency, Room::Line)?),
            ),
            (
                "consent",
                json!(filled("consent", request.consent, Room::Line)?),
            ),
            (
                "callerName",
                json!(filled("callerName", request.caller_name, Room::Name)?),
            ),
            ("phone", json!(filled("phone", request.phone, Room::Line)?)),
            (
                "areaId",
                json!(filled("areaId", request.area_id, Room::Line)?),
            ),
            ("receivedAt", json!(received)),
        ],
        request.text,
    )?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// `intake.update`
pub(crate) fn update(w: &mut Write<'_, '_>, request: UpdateIntake) -> Result<IntakeView> {
    let id = request.id.to_bytes();
    let base = request.base.as_deref();
    let edit = match request.field.as_str() {
        "text" => Edit::Text(text_of("text", &request.value, Room::Note)?.unwrap_or_default()),
        field => put(FIELDS, field, checked(&w.look(), field, request.value)?),
    };
    w.edit(&id, Kind::Intake, base, &[edit])?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// A value as its field keeps it.
pub(crate) fn checked(look: &Look<'_, '_>, field: &str, value: Value) -> Result<Value> {
    match field {
        "receivedAt" => {
            let text = text_of("receivedAt", &value, Room::Line)?;
            let at = text
                .as_deref()
                .map(|text| read_instant(look.identity.zone, "receivedAt", text))
                .transpose()?;
            Ok(json!(at))
        }
        "channel" | "urgency" | "consent" | "callerName" | "phone" | "areaId" | "closed" => {
            Ok(json!(text_of(field, &value, Room::Line)?))
        }
        other => Err(AppError::new(ErrorCode::UnknownField).with("field", other)),
    }
}

/// `intake.get`
pub(crate) fn get(look: &mut Look<'_, '_>, request: ById) -> Result<IntakeView> {
    let id = request.id.to_bytes();
    let row = look
        .reader
        .projection("intake", &request.id.to_string())?
        .ok_or(ErrorCode::NotFound)?;
    let facts = serde_json::from_str(&row.view)?;
    let alerts = alerts(look, &[(id, facts)])?;
    Ok(IntakeView {
        local: Some(IntakeLocal { alerts }),
        ..from_row(look, &row)?
    })
}

/// `intake.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListIntakes) -> Result<IntakeList> {
    let limit = request.limit.unwrap_or(50).clamp(1, 500);
    let after = page::read(request.cursor.as_deref())?;
    let state = request.open.unwrap_or(false).then_some("open");
    let rows = look.reader.projections(
        "intake",
        state,
        Order::Descending,
        page::after(after.as_ref()),
        limit,
    )?;
    let cursor = page::next(&rows, limit);
    let items = rows
        .iter()
        .map(|row| from_row(look, row))
        .collect::<Result<_>>()?;
    Ok(IntakeList { items, cursor })
}

/// `intake.similar`: earlier contacts and people that may be the same, also from colleagues' merged records.
/// A suggestion, never a merge and never a block.
pub(crate) fn similar(look: &mut Look<'_, '_>, request: ById) -> Result<SearchView> {
    let intake = view(look, &request.id.to_bytes())?;
    let mut items: Vec<Hit> = Vec::new();
    let digits = intake
        .phone
        .as_deref()
        .map(fold::phone_key)
        .unwrap_or_default();
    // Fewer digits are no number.
    if digits.chars().count() >= 6 {
        items.extend(
            search::search(
                look,
                Search {
                    text: digits,
                    limit: Some(20),
                },
            )?
            .items,
        );
    }
    let mut guesses: Vec<Hit> = Vec::new();
    if let Some(name) = intake.caller_name {
        let by_name = search::search(
            look,
            Search {
                text: name,
                limit: Some(20),
            },
        )?;
        items.extend(by_name.items);
        guesses.extend(by_name.guesses);
    }
    let mut seen = BTreeSet::from([request.id]);
    let mut once =
        |hit: &Hit| matches!(hit.kind.as_str(), "member" | "intake") && seen.insert(hit.id);
    items.retain(&mut once);
    guesses.retain(&mut once);
    Ok(SearchView { items, guesses })
}

/// The view of one intake.
pub(crate) fn view(look: &mut Look<'_, '_>, id: &[u8; 16]) -> Result<IntakeView> {
    let row = look
        .reader
        .projection("intake", &DocId::from_bytes(*id).to_string())?
        .ok_or(ErrorCode::NotFound)?;
    from_row(look, &row)
}

/// The view of an intake's row.
pub(crate) fn from_row(look: &Look<'_, '_>, row: &ProjectionRow) -> Result<IntakeView> {
    let facts: IntakeFacts = serde_json::from_str(&row.view)?;
    Ok(from_facts(look, row.doc, row.version.clone(), facts))
}

/// The view of what an intake says.
pub(crate) fn from_facts(
    look: &Look<'_, '_>,
    id: [u8; 16],
    version: String,
    facts: IntakeFacts,
) -> IntakeView {
    let (author, at) = look.opened(&facts.opened);
    IntakeView {
        id: DocId::from_bytes(id),
        version,
        received_at: look.instant(facts.received()),
        open: facts.open(),
        text: facts.text,
        channel: facts.channel,
        urgency: facts.urgency,
        consent: facts.consent,
        caller_name: facts.caller_name,
        phone: facts.phone,
        area_id: facts.area_id,
        household_id: facts.household.and_then(|id| id.parse().ok()),
        closed: facts.closed,
        author,
        at,
        local: None,
    }
}
