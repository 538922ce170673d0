//! Undo, redo and the history of one record.

use domain::DocId;
use record::{Changed, Edit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::undo::UndoRow;
use ts_rs::TS;

use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::MEMBERS;
use crate::facts::person::PersonFacts;
use crate::facts::round::{ANSWERS, COMMENTS};
use crate::facts::said::{self, DELETED, FIELDS, REWRITTEN, Said};
use crate::facts::settings::WORKERS;
use crate::look::Look;
use crate::view::{AuthorView, ById, Nothing};
use crate::write::{Step, Write, put};

/// What was undone or redone; absent when there was nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct UndoView {
    /// The operation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// When it had been done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The record it concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<DocId>,
    /// The household it concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
}

/// Who changed what when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HistoryItem {
    /// When, as the author's clock said.
    pub at: String,
    /// Who.
    pub author: AuthorView,
    /// `map/key`, or `text`.
    pub field: String,
    /// The value before; null when there was none.
    #[ts(type = "unknown")]
    pub before: serde_json::Value,
    /// The value after.
    #[ts(type = "unknown")]
    pub after: serde_json::Value,
}

/// The history of one record, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HistoryView {
    /// The record.
    pub id: DocId,
    /// Newest first.
    pub items: Vec<HistoryItem>,
}

/// `undo`
pub(crate) fn undo(w: &mut Write<'_, '_>, _: Nothing) -> Result<UndoView> {
    match w.tx.last_done()? {
        Some(row) => turn(w, &row, true),
        None => Ok(UndoView {
            op: None,
            at: None,
            id: None,
            household_id: None,
        }),
    }
}

/// `redo`
pub(crate) fn redo(w: &mut Write<'_, '_>, _: Nothing) -> Result<UndoView> {
    match w.tx.first_undone()? {
        Some(row) => turn(w, &row, false),
        None => Ok(UndoView {
            op: None,
            at: None,
            id: None,
            household_id: None,
        }),
    }
}

/// Turns one step around by compensating changes. What it writes is the step that would turn it back.
fn turn(w: &mut Write<'_, '_>, row: &UndoRow, undone: bool) -> Result<UndoView> {
    let steps: Vec<Step> = serde_json::from_str(&row.entries)?;
    // Everything is looked at before anything is written: half an undo would be a new mistake.
    for step in &steps {
        stands(w, step, &steps)?;
    }
    for step in steps.into_iter().rev() {
        take_back(w, step)?;
    }
    let back = std::mem::take(&mut w.steps);
    w.tx.turn_undo(row.id, undone, &serde_json::to_string(&back)?)?;
    w.settle()?;
    let household = match row.doc {
        Some(doc) => {
            w.tx.projections_of(&doc, "")?
                .into_iter()
                .find_map(|row| row.household)
        }
        None => None,
    };
    Ok(UndoView {
        op: Some(row.op.clone()),
        at: Some(w.look().instant(row.at)),
        id: row.doc.map(DocId::from_bytes),
        household_id: household.map(DocId::from_bytes),
    })
}

/// Refuses where somebody else's words would go: a register must hold what the step wrote there and nothing else.
fn stands(w: &mut Write<'_, '_>, step: &Step, all: &[Step]) -> Result<()> {
    let Step::Put {
        doc,
        map,
        key,
        after,
        ..
    } = step
    else {
        return Ok(());
    };
    let me = said::hex(w.identity.device.get(..8).unwrap_or_default());
    let names = w.names;
    let zone = w.identity.zone;
    let document = w.documents.by_id(w.tx, doc)?;
    let superseded = |by: &str, at: i64| {
        AppError::new(ErrorCode::Superseded)
            .with("name", names.author(by).name)
            .with("at", crate::look::instant(zone, at))
    };
    let now = said::all(&document.view(None), map, key);
    // Where a decision was taken back, two values were written beside each other.
    let written: Vec<&Value> = all
        .iter()
        .filter_map(|other| match other {
            Step::Put {
                doc: d,
                map: m,
                key: k,
                after,
                ..
            } if (d, m, k) == (doc, map, key) => Some(said::value_of(after)),
            Step::Put { .. } | Step::Text { .. } | Step::Marks { .. } => None,
        })
        .collect();
    let other = now.iter().find(|said| !written.contains(&&said.value));
    if let Some(other) = other {
        return Err(superseded(&other.by, other.at));
    }
    if map == FIELDS && key == DELETED && after.is_null() {
        // Taking back a creation would hide what others wrote into it since.
        let foreign = document
            .history()
            .into_iter()
            .find(|entry| said::hex(&entry.device) != me);
        if let Some(entry) = foreign {
            return Err(superseded(&said::hex(&entry.device), entry.at));
        }
    }
    Ok(())
}

fn take_back(w: &mut Write<'_, '_>, step: Step) -> Result<()> {
    match step {
        Step::Put {
            doc,
            map,
            key,
            before,
            ..
        } => {
            let map = [FIELDS, MEMBERS, ANSWERS, COMMENTS, WORKERS]
                .into_iter()
                .find(|known| *known == map)
                .ok_or(ErrorCode::Internal)?;
            let row = w.tx.document(&doc)?.ok_or(ErrorCode::NotFound)?;
            let base = w.documents.open(w.tx, &row)?.version().to_string();
            if before.is_empty() {
                return w.edit_row(&row, None, &[put(map, key, Value::Null)]);
            }
            // Where two views had stood, both are put back beside each other: each at the same version.
            for said in before {
                w.edit_row(&row, Some(&base), &[put(map, key.clone(), said.restored())])?;
            }
            Ok(())
        }
        Step::Text { doc, before, after } => {
            // At the version right after the step, so that only what the step did is reversed.
            let row = w.tx.document(&doc)?.ok_or(ErrorCode::NotFound)?;
            w.edit_row(&row, Some(&after), &[Edit::Text(before)])
        }
        Step::Marks { doc, before, after } => {
            let row = w.tx.document(&doc)?.ok_or(ErrorCode::NotFound)?;
            let version = crate::write::parse_version(&after)?;
            let length = w
                .documents
                .open(w.tx, &row)?
                .view(Some(&version))
                .text()
                .chars()
                .count();
            if length == 0 {
                return Ok(());
            }
            let mut edits = vec![Edit::Unmark {
                start: 0,
                end: length,
            }];
            edits.extend(
                before
                    .into_iter()
                    .map(|(start, end, statement)| Edit::Mark {
                        start,
                        end,
                        statement,
                    }),
            );
            w.edit_row(&row, Some(&after), &edits)
        }
    }
}

/// `history`: who changed what when, per field.
pub(crate) fn history(look: &mut Look<'_, '_>, request: ById) -> Result<HistoryView> {
    let id = request.id.to_bytes();
    let reader = look.reader;
    let row = reader.document(&id)?.ok_or(ErrorCode::NotFound)?;
    let document = documents::load(reader, documents::key(&row)?)?;
    if said::is_moved(&document.view(None)) {
        return Err(ErrorCode::NotFound.into());
    }
    // What is shielded was written openly before, and is not shown any more.
    let hidden: Vec<String> = PersonFacts::read(&document.view(None))
        .map(|person| person.shielded)
        .unwrap_or_default();
    let hidden: Vec<String> = hidden
        .iter()
        .map(|field| format!("{FIELDS}/{field}"))
        .collect();
    let is_copy = said::shown(&document.view(None), FIELDS, REWRITTEN).is_some();
    let mut items = Vec::new();
    for entry in document.history() {
        let mut author = look.names.author(&said::hex(&entry.device));
        let at = look.instant(entry.at);
        let (field, before, after) = match entry.what {
            Changed::Field {
                map,
                key,
                before,
                after,
            } => {
                let after = said::distinct(after);
                // A document that was written anew says again what others had said, as of then.
                if let Some(said) = after.first().filter(|said| is_copy && said.is_of(entry.at)) {
                    author = look.names.author(&said.by);
                }
                let before = values(said::distinct(before));
                (format!("{map}/{key}"), before, values(after))
            }
            Changed::Text(splices) => (
                "text".to_owned(),
                json!(
                    splices
                        .iter()
                        .map(|s| s.removed.clone())
                        .collect::<Vec<_>>()
                ),
                json!(
                    splices
                        .iter()
                        .map(|s| s.inserted.clone())
                        .collect::<Vec<_>>()
                ),
            ),
            Changed::Statements { before, after } => {
                let kinds = |spans: Vec<record::Span>| {
                    json!(
                        spans
                            .into_iter()
                            .map(|s| s.statement.kind)
                            .collect::<Vec<_>>()
                    )
                };
                ("statements".to_owned(), kinds(before), kinds(after))
            }
        };
        let (before, after) = if hidden.contains(&field) {
            (Value::Null, Value::Null)
        } else {
            (before, after)
        };
        items.push(HistoryItem {
            at,
            author,
            field,
            before,
            after,
        });
    }
    items.sort_by(|a, b| b.at.cmp(&a.at));
    Ok(HistoryView {
        id: request.id,
        items,
    })
}

/// One value as it is; several as a list.
fn values(said: Vec<Said>) -> Value {
    let mut values: Vec<Value> = said.into_iter().map(|said| said.value).collect();
    if values.len() > 1 {
        json!(values)
    } else {
        values.pop().unwrap_or(Value::Null)
    }
}
