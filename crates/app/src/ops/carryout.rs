//! The register of what was carried out (持ち出し管理簿): an entry for every bundle that was written as a file.
//!
//! # Invariants
//!
//! - **Never a file without an entry.** The entry is on the disk before a byte of the file is, and travels in it.
//! - **Nothing of it is undone**: what left the house has left it.

use domain::DocId;
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::carryout::{CLOSED, CarryoutFacts, FAILED};
use crate::facts::said::FIELDS;
use crate::look::{self, Look};
use crate::session::view::ExportBundle;
use crate::view::AuthorView;
use crate::write::{Write, put};

/// How an entry ends.
const ENDS: [&str; 2] = ["returned", "erased"];
/// The longest purpose, in characters.
pub(crate) const MOST_PURPOSE: usize = 200;
/// More entries than anybody reads.
const MANY: u32 = 100_000;

/// Lists the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct ListCarryouts {
    /// Only what is out (true), or only what is over (false); all when absent.
    pub open: Option<bool>,
    /// How many; 100 when absent.
    pub limit: Option<u32>,
}

/// Says that a medium came back, or that what was on it was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct CloseCarryout {
    /// The entry.
    pub id: DocId,
    /// `returned` or `erased`.
    pub how: String,
    /// The day; today when absent.
    pub on: Option<String>,
}

/// How an entry ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CarryoutEnd {
    /// `returned` or `erased`.
    pub how: String,
    /// The day.
    pub on: String,
    /// Who said so.
    pub author: AuthorView,
    /// When they said so.
    pub at: String,
}

/// An entry of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct CarryoutView {
    /// Its id.
    pub id: DocId,
    /// The name of the file; of the first, where it was cut into several.
    pub file: String,
    /// Who carried it out.
    pub author: AuthorView,
    /// When.
    pub at: String,
    /// For whom; absent where every device of the office can open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<AuthorView>,
    /// Code list `medium`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// What for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The day by which it comes back or is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_by: Option<String>,
    /// Records in it, this entry's own included.
    #[ts(type = "number")]
    pub records: u64,
    /// Bytes of the records other than this entry's own; the file is a little larger.
    #[ts(type = "number")]
    pub bytes: u64,
    /// All that the device had, or only what the readers lacked.
    pub complete: bool,
    /// The file was written. Where it failed, nothing has left.
    pub written: bool,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<CarryoutEnd>,
    /// The day has passed, and nobody has said that it ended.
    pub overdue: bool,
}

/// The register: what is overdue, what else is out, what is over; each newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CarryoutList {
    /// In this order.
    pub items: Vec<CarryoutView>,
}

/// What is going to be carried out.
pub(crate) struct Going<'a> {
    pub(crate) request: &'a ExportBundle,
    /// The only device that can open it, hexadecimal.
    pub(crate) reader: Option<String>,
    pub(crate) file: String,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) complete: bool,
}

/// Refuses details that cannot be kept.
///
/// # Errors
/// [`ErrorCode::InvalidValue`]
pub(crate) fn check(request: &ExportBundle) -> Result<()> {
    let invalid = |field| Err(AppError::new(ErrorCode::InvalidValue).with("field", field));
    if let Some(medium) = &request.medium
        && !packs::lists::get("medium").is_some_and(|list| list.has(medium))
    {
        return invalid("medium");
    }
    if let Some(purpose) = &request.purpose
        && purpose.chars().count() > MOST_PURPOSE
    {
        return invalid("purpose");
    }
    if let Some(day) = &request.return_by {
        look::read_day("returnBy", day)?;
    }
    Ok(())
}

/// Writes an entry, before the file.
pub(crate) fn enter(w: &mut Write<'_, '_>, going: &Going<'_>) -> Result<[u8; 16]> {
    let text = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    let request = going.request;
    let fields = vec![
        ("file", json!(going.file)),
        ("reader", json!(going.reader)),
        ("medium", json!(text(&request.medium))),
        ("purpose", json!(text(&request.purpose))),
        ("returnBy", json!(text(&request.return_by))),
        ("records", json!(going.records)),
        ("bytes", json!(going.bytes)),
        ("complete", json!(going.complete)),
    ];
    let vault = w.identity.office_vault;
    let id = w.begin(Kind::Carryout, vault, fields, None)?;
    w.steps.clear();
    Ok(id)
}

/// Marks an entry whose file could not be written.
pub(crate) fn not_written(w: &mut Write<'_, '_>, id: &[u8; 16]) -> Result<()> {
    w.edit(
        id,
        Kind::Carryout,
        None,
        &[put(FIELDS, FAILED, json!(true))],
    )?;
    w.steps.clear();
    Ok(())
}

/// `carryout.close`. Said again, it corrects the day.
pub(crate) fn close(w: &mut Write<'_, '_>, request: CloseCarryout) -> Result<CarryoutView> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    if !ENDS.contains(&request.how.as_str()) {
        return Err(invalid("how"));
    }
    let today = w.look().today();
    let on = match request.on.as_deref() {
        Some(day) => look::read_day("on", day)?,
        None => today,
    };
    if on > today {
        return Err(invalid("on"));
    }
    let id = request.id.to_bytes();
    w.edit(
        &id,
        Kind::Carryout,
        None,
        &[put(
            FIELDS,
            CLOSED,
            json!({ "how": request.how, "on": on.to_string() }),
        )],
    )?;
    w.steps.clear();
    w.settle()?;
    let mut look = w.look();
    let row = look
        .reader
        .projection("carryout", &request.id.to_string())?
        .ok_or(ErrorCode::NotFound)?;
    view(&mut look, &row)
}

/// `carryout.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListCarryouts) -> Result<CarryoutList> {
    let mut items = Vec::new();
    let limit = request.limit.unwrap_or(100);
    let states = match request.open {
        Some(true) => &["out"][..],
        Some(false) => &["over"],
        None => &["out", "over"],
    };
    for state in states {
        // What is out is read whole: the oldest of it may be what is overdue.
        let most = if *state == "out" { MANY } else { limit };
        let rows =
            look.reader
                .projections("carryout", Some(state), Order::Descending, None, most)?;
        for row in &rows {
            items.push(view(look, row)?);
        }
    }
    items.sort_by_key(|item| !item.overdue);
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(CarryoutList { items })
}

fn view(look: &mut Look<'_, '_>, row: &ProjectionRow) -> Result<CarryoutView> {
    let facts: CarryoutFacts = serde_json::from_str(&row.view)?;
    let (author, at) = look.opened(&facts.opened);
    let today = look.today().to_string();
    let overdue = !facts.is_over() && facts.return_by.as_ref().is_some_and(|day| *day < today);
    let end = facts.closed.map(|end| CarryoutEnd {
        how: end.how,
        on: end.on,
        author: look.names.author(&end.by),
        at: look.instant(end.at),
    });
    Ok(CarryoutView {
        id: DocId::from_bytes(row.doc),
        file: facts.file,
        author,
        at,
        reader: facts.reader.map(|device| look.names.author(&device)),
        medium: facts.medium,
        purpose: facts.purpose,
        return_by: facts.return_by,
        records: facts.records,
        bytes: facts.bytes,
        complete: facts.complete,
        written: !facts.failed,
        end,
        overdue,
    })
}
