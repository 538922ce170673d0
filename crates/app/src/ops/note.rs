//! Note (支援経過記録): a record of a contact, one text with typed statements inside.

use domain::DocId;
use record::{Edit, Kind, Statement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::projection::ProjectionRow;
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::note::{NoteFacts, runs};
use crate::facts::said::{self, FIELDS, HOUSEHOLD, Opened};
use crate::look::{Look, read_day, read_instant};
use crate::ops::value::{Room, text_of};
use crate::restricted;
use crate::view::{AuthorView, ById};
use crate::write::{Write, parse_version, put};

/// Writes a note, as plain text or as typed statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct CreateNote {
    /// The household.
    pub household_id: DocId,
    /// The whole text, without types.
    pub text: Option<String>,
    /// Typed statements, joined by line breaks.
    pub blocks: Option<Vec<NewBlock>>,
    /// When it happened; now, when absent.
    pub occurred_at: Option<String>,
    /// How (code list `contact-method`).
    pub method: Option<String>,
    /// Who was there.
    pub member_ids: Option<Vec<DocId>>,
    /// The memo it was made from.
    pub memo_id: Option<DocId>,
    /// The workers who alone may read it, besides the author. Nobody else can tell that it exists.
    pub restrict_to: Option<Vec<String>>,
    /// Why it is restricted; kept on this device.
    pub reason: Option<String>,
}

/// A typed statement that is being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct NewBlock {
    /// Code list `statement-kind`: 事実, 本人の言葉, 家族の言葉, 関係者の話, 見立て.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its words.
    pub text: String,
    /// Whom it is about.
    pub member_ids: Option<Vec<DocId>>,
    /// Where it comes from (code list `source`).
    pub source: Option<String>,
    /// The day it was seen or said.
    pub observed_on: Option<String>,
    /// Code list `secrecy`.
    pub secrecy: Option<String>,
}

/// Saves the whole text; it is merged as text at `base`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct EditNote {
    /// The note.
    pub id: DocId,
    /// The whole text.
    pub text: String,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// Changes one field of a note. Fields: `occurredAt`, `method`, `memberIds`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct UpdateNote {
    /// The note.
    pub id: DocId,
    /// The field's name.
    pub field: String,
    /// Its new value; null clears it.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// Gives a range of the text a type, or takes it away with the type `none`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct MarkNote {
    /// The note.
    pub id: DocId,
    /// The version that `start` and `end` count in.
    pub base: String,
    /// First code point.
    pub start: u32,
    /// Behind the last code point.
    pub end: u32,
    /// Code list `statement-kind`, or `none`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whom it is about.
    pub member_ids: Option<Vec<DocId>>,
    /// Where it comes from.
    pub source: Option<String>,
    /// The day it was seen or said.
    pub observed_on: Option<String>,
    /// Code list `secrecy`.
    pub secrecy: Option<String>,
}

/// Asks for a note, today or as it was at the end of a past day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct GetNote {
    /// The note.
    pub id: DocId,
    /// ISO date; the end of that day in the office's time zone.
    pub as_of: Option<String>,
}

/// A run of a note's text of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct BlockView {
    /// Its type; absent for plain text.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its words.
    pub text: String,
    /// First code point in the whole text.
    pub start: u32,
    /// Behind the last code point.
    pub end: u32,
    /// Whom it is about.
    pub member_ids: Vec<DocId>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The day it was seen or said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_on: Option<String>,
    /// Who may not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrecy: Option<String>,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct NoteView {
    /// Its id.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// The household.
    pub household_id: DocId,
    /// The whole text.
    pub text: String,
    /// The text again, cut into runs of one type; together they give the whole text.
    pub blocks: Vec<BlockView>,
    /// When it happened.
    pub occurred_at: String,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Who was there.
    pub member_ids: Vec<DocId>,
    /// Written on a later day than it happened (後日記入).
    pub late: bool,
    /// Set once it is confirmed (確定).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<ConfirmedView>,
    /// Only its named readers can tell that it exists.
    pub restricted: bool,
    /// Who wrote it first; of a note that was moved here, who moved it.
    pub author: AuthorView,
    /// When it was written down, or moved.
    pub at: String,
    /// Of a note that was moved here from another household: who had written it, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<WrittenView>,
}

/// Who wrote a note that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct WrittenView {
    /// Who wrote it.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// A confirmation freezes a text by its heads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConfirmedView {
    /// Who confirmed.
    pub author: AuthorView,
    /// When.
    pub at: String,
    /// The version that was confirmed.
    pub version: String,
    /// The text at that version; what differs from it now is an amendment (追記).
    pub text: String,
    /// True when the text changed after the confirmation.
    pub amended: bool,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct NoteSummary {
    /// Its id.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// The first 200 characters, verbatim.
    pub text: String,
    /// True when the text goes on.
    pub more: bool,
    /// The types of statements inside.
    pub kinds: Vec<String>,
    /// When it happened.
    pub occurred_at: String,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Who was there.
    pub member_ids: Vec<DocId>,
    /// Confirmed.
    pub confirmed: bool,
    /// Who wrote it first.
    pub author: AuthorView,
    /// When it was written down.
    pub at: String,
}

/// `note.create`
pub(crate) fn create(w: &mut Write<'_, '_>, request: CreateNote) -> Result<NoteView> {
    let case = request.household_id.to_bytes();
    let home = w.vault_of(&case, Kind::Case)?;
    let vault = match request.restrict_to {
        // The memo is the whole office's, and would point at what it became.
        Some(_) if request.memo_id.is_some() => {
            return Err(AppError::new(ErrorCode::InvalidValue).with("field", "memoId"));
        }
        Some(workers) => restricted::vault_for(w, Some(case), &workers, request.reason)?,
        None => home,
    };
    let zone = w.identity.zone;
    let occurred = request
        .occurred_at
        .as_deref()
        .map(|text| read_instant(zone, "occurredAt", text))
        .transpose()?;
    let blocks = request.blocks.unwrap_or_default();
    let (text, marks) = join(request.text.unwrap_or_default(), blocks)?;
    let id = w.begin(
        Kind::Note,
        vault,
        vec![
            (HOUSEHOLD, json!(request.household_id)),
            ("occurredAt", json!(occurred)),
            ("method", json!(request.method)),
            (
                "memberIds",
                json!(request.member_ids.filter(|ids| !ids.is_empty())),
            ),
        ],
        Some(text),
    )?;
    if !marks.is_empty() {
        let steps = w.steps.len();
        w.edit(&id, Kind::Note, None, &marks)?;
        // Taking back the note is enough; its marks go with it.
        w.steps.truncate(steps);
    }
    if let Some(memo) = request.memo_id {
        w.edit(
            &memo.to_bytes(),
            Kind::Memo,
            None,
            &[put(FIELDS, "filed", json!(DocId::from_bytes(id)))],
        )?;
    }
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// Joins blocks to one text, each on lines of its own, with a mark over each.
fn join(lead: String, blocks: Vec<NewBlock>) -> Result<(String, Vec<Edit>)> {
    let mut text = lead;
    let mut marks = Vec::new();
    for block in blocks {
        if !text.is_empty() {
            text.push('\n');
        }
        let start = text.chars().count();
        text.push_str(&block.text);
        let end = text.chars().count();
        if end > start {
            let statement = statement(
                block.kind,
                block.member_ids,
                block.source,
                block.observed_on,
                block.secrecy,
            )?;
            marks.push(Edit::Mark {
                start,
                end,
                statement,
            });
        }
    }
    Ok((text, marks))
}

fn statement(
    kind: String,
    member_ids: Option<Vec<DocId>>,
    source: Option<String>,
    observed_on: Option<String>,
    secrecy: Option<String>,
) -> Result<Statement> {
    if let Some(day) = &observed_on {
        read_day("observedOn", day)?;
    }
    if packs::lists::get("statement-kind").is_none_or(|list| !list.has(&kind)) {
        return Err(AppError::new(ErrorCode::InvalidValue).with("field", "type"));
    }
    let member_ids = member_ids
        .unwrap_or_default()
        .iter()
        .map(DocId::to_string)
        .collect();
    Ok(Statement {
        kind,
        member_ids,
        source,
        observed_on,
        secrecy,
    })
}

/// `note.edit`
pub(crate) fn edit(w: &mut Write<'_, '_>, request: EditNote) -> Result<NoteView> {
    let id = request.id.to_bytes();
    w.edit(
        &id,
        Kind::Note,
        request.base.as_deref(),
        &[Edit::Text(request.text)],
    )?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// `note.update`
pub(crate) fn update(w: &mut Write<'_, '_>, request: UpdateNote) -> Result<NoteView> {
    let id = request.id.to_bytes();
    let value = checked(&w.look(), &request.field, request.value)?;
    let edit = put(FIELDS, request.field, value);
    w.edit(&id, Kind::Note, request.base.as_deref(), &[edit])?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// A value as its field keeps it.
pub(crate) fn checked(look: &Look<'_, '_>, field: &str, value: Value) -> Result<Value> {
    match field {
        "occurredAt" => {
            let text = text_of("occurredAt", &value, Room::Line)?;
            let at = text
                .as_deref()
                .map(|text| read_instant(look.identity.zone, "occurredAt", text))
                .transpose()?;
            Ok(json!(at))
        }
        "method" => Ok(json!(text_of("method", &value, Room::Line)?)),
        "memberIds" => {
            let ids: Option<Vec<DocId>> = serde_json::from_value(value)
                .map_err(|_| AppError::new(ErrorCode::InvalidValue).with("field", "memberIds"))?;
            Ok(ids
                .filter(|ids| !ids.is_empty())
                .map_or(Value::Null, |ids| json!(ids)))
        }
        other => Err(AppError::new(ErrorCode::UnknownField).with("field", other)),
    }
}

/// `note.mark`
pub(crate) fn mark(w: &mut Write<'_, '_>, request: MarkNote) -> Result<NoteView> {
    let id = request.id.to_bytes();
    let range = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let (start, end) = (range(request.start), range(request.end));
    let edit = if request.kind == "none" {
        Edit::Unmark { start, end }
    } else {
        let statement = statement(
            request.kind,
            request.member_ids,
            request.source,
            request.observed_on,
            request.secrecy,
        )?;
        Edit::Mark {
            start,
            end,
            statement,
        }
    };
    w.edit(&id, Kind::Note, Some(&request.base), &[edit])?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// `note.confirm`. A confirmation freezes the text by its heads and is not undoable; later changes are amendments.
pub(crate) fn confirm(w: &mut Write<'_, '_>, request: ById) -> Result<NoteView> {
    let id = request.id.to_bytes();
    let version = w.read(&id, Kind::Note)?.version().to_string();
    w.edit(
        &id,
        Kind::Note,
        None,
        &[put(FIELDS, "confirmed", json!({ "version": version }))],
    )?;
    w.steps.clear();
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// `note.get`
pub(crate) fn get(look: &mut Look<'_, '_>, request: GetNote) -> Result<NoteView> {
    view_at(look, &request.id.to_bytes(), request.as_of.as_deref())
}

/// The view of one note.
pub(crate) fn view(look: &mut Look<'_, '_>, id: &[u8; 16]) -> Result<NoteView> {
    view_at(look, id, None)
}

fn view_at(look: &mut Look<'_, '_>, id: &[u8; 16], as_of: Option<&str>) -> Result<NoteView> {
    let reader = look.reader;
    let end = as_of
        .map(|day| Ok::<_, AppError>(look.identity.zone.end_of(read_day("asOf", day)?).millis()))
        .transpose()?;
    let document = look.documents.of_kind(reader, id, Kind::Note)?;
    let restricted = reader.is_restricted(&document.key().vault)?;
    if said::is_moved(&document.view(None)) {
        return Err(ErrorCode::NotFound.into());
    }
    let mut version = end.map_or_else(|| document.version(), |end| document.version_at(end));
    if NoteFacts::read(&document.view(Some(&version))).is_none() {
        // Written down later than it happened: there is no older text to show than the one of today.
        version = document.version();
    }
    let current = document.view(Some(&version));
    let facts = NoteFacts::read(&current).ok_or(ErrorCode::NotFound)?;
    if end.is_some_and(|end| facts.occurred() > end) {
        return Err(ErrorCode::NotFound.into());
    }
    let version = version.to_string();
    let (text, spans) = (current.text(), current.spans());
    let first = said::shown(&current, FIELDS, "written")
        .and_then(|said| serde_json::from_value::<Opened>(said.value).ok());
    let confirmed_text = match &facts.confirmed {
        Some(confirmed) => Some(
            document
                .view(Some(&parse_version(&confirmed.version)?))
                .text(),
        ),
        None => None,
    };
    let (author, at) = look.opened(&facts.opened);
    let written = first.map(|first| {
        let (author, at) = look.opened(&first);
        WrittenView { author, at }
    });
    let zone = look.identity.zone;
    let day = |ms| zone.day_of(domain::Timestamp::from_millis(ms));
    let confirmed = facts
        .confirmed
        .as_ref()
        .zip(confirmed_text)
        .map(|(confirmed, was)| ConfirmedView {
            author: look.names.author(&confirmed.by),
            at: look.instant(confirmed.at),
            version: confirmed.version.clone(),
            amended: was != text,
            text: was,
        });
    let ids = |ids: &[String]| {
        ids.iter()
            .filter_map(|id| id.parse().ok())
            .collect::<Vec<DocId>>()
    };
    let count = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let blocks = runs(&text, &spans)
        .into_iter()
        .map(|run| {
            let statement = run.statement.as_ref();
            BlockView {
                kind: statement.map(|s| s.kind.clone()),
                member_ids: statement.map(|s| ids(&s.member_ids)).unwrap_or_default(),
                source: statement.and_then(|s| s.source.clone()),
                observed_on: statement.and_then(|s| s.observed_on.clone()),
                secrecy: statement.and_then(|s| s.secrecy.clone()),
                text: run.text,
                start: count(run.start),
                end: count(run.end),
            }
        })
        .collect();
    Ok(NoteView {
        id: DocId::from_bytes(*id),
        version,
        household_id: facts
            .household
            .as_deref()
            .and_then(|id| id.parse().ok())
            .ok_or(ErrorCode::NotFound)?,
        text,
        blocks,
        occurred_at: look.instant(facts.occurred()),
        late: day(facts.occurred()) < day(facts.opened.at),
        member_ids: ids(&facts.member_ids),
        method: facts.method,
        confirmed,
        restricted,
        author,
        at,
        written,
    })
}

/// A line of the timeline.
pub(crate) fn summary(look: &Look<'_, '_>, row: &ProjectionRow) -> Result<NoteSummary> {
    let facts: NoteFacts = serde_json::from_str(&row.view)?;
    Ok(summary_from(look, row.doc, row.version.clone(), facts))
}

/// A line of the timeline from what a note says.
pub(crate) fn summary_from(
    look: &Look<'_, '_>,
    id: [u8; 16],
    version: String,
    facts: NoteFacts,
) -> NoteSummary {
    let (author, at) = look.opened(&facts.opened);
    NoteSummary {
        id: DocId::from_bytes(id),
        version,
        occurred_at: look.instant(facts.occurred()),
        text: facts.start,
        more: facts.more,
        kinds: facts.kinds,
        method: facts.method,
        member_ids: facts
            .member_ids
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect(),
        confirmed: facts.confirmed.is_some(),
        author,
        at,
    }
}
