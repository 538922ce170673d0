//! Conflict (2つの見方): two kept values, until somebody decides.

use domain::DocId;
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::document::DocumentRow;
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use super::{assessment, household, intake, member, member_move, note};
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::{MEMBERS, MOVED_TO};
use crate::facts::round::{ANSWERS, Answer, COMMENTS};
use crate::facts::said::{FIELDS, Said};
use crate::facts::settings::WORKERS;
use crate::look::Look;
use crate::ops::team_move::Gone;
use crate::project::ConflictFacts;
use crate::view::{ConflictView, HeldView};
use crate::write::{Write, put};

/// Lists what two people saw differently.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListConflicts {
    /// Only of this household.
    pub household_id: Option<DocId>,
}

/// Decides. A listed value takes that whole answer with its basis; another is a new answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct ResolveConflict {
    /// The conflict.
    pub id: String,
    /// The value that stands from now on.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
}

/// All that stand now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConflictList {
    /// In the order of their ids.
    pub items: Vec<ConflictView>,
}

/// `conflict.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListConflicts) -> Result<ConflictList> {
    let rows = match request.household_id {
        Some(household) => look.reader.household_projections(
            &household.to_bytes(),
            "conflict",
            Order::Ascending,
            5_000,
        )?,
        None => look
            .reader
            .projections("conflict", None, Order::Ascending, None, 5_000)?,
    };
    let gone = Gone::read(look)?;
    let mut items: Vec<ConflictView> = Vec::new();
    for row in &rows {
        // Nobody decides here what stands in a case that went to another team.
        if !gone.has(look, &row.doc)? {
            items.push(from_row(look, row)?);
        }
    }
    items.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(ConflictList { items })
}

/// `conflict.resolve`
pub(crate) fn resolve(w: &mut Write<'_, '_>, request: ResolveConflict) -> Result<ConflictList> {
    let row =
        w.tx.projection("conflict", &request.id)?
            .ok_or(ErrorCode::ConflictSettled)?;
    let facts: ConflictFacts = serde_json::from_str(&row.view)?;
    let document = w.tx.document(&row.doc)?.ok_or(ErrorCode::NotFound)?;
    let listed = facts
        .values
        .iter()
        .find(|said| shown(&facts.map, &said.value) == request.value);
    let value = match listed {
        // The whole answer with its basis; that it was decided, by whom and when, is this change itself.
        Some(said) => said.value.clone(),
        None => checked(w, &document, &facts, request.value)?,
    };
    let map = [FIELDS, MEMBERS, ANSWERS, COMMENTS, WORKERS]
        .into_iter()
        .find(|map| *map == facts.map)
        .ok_or(ErrorCode::Internal)?;
    // Made at the version that showed these values: a third one that has arrived since is not decided away.
    let edit = put(map, facts.key.clone(), value.clone());
    w.edit_row(&document, Some(&row.version), &[edit])?;
    if let (MEMBERS, Some((person, MOVED_TO))) = (map, facts.key.split_once('/')) {
        let all: Vec<Value> = facts.values.iter().map(|said| said.value.clone()).collect();
        member_move::decided(w, &row.doc, person, &value, &all)?;
    }
    w.about = Some(row.doc);
    w.settle()?;
    let household_id = row.household.map(DocId::from_bytes);
    list(&mut w.look(), ListConflicts { household_id })
}

/// A value that nobody said yet goes through the checks of the operation that writes it; what no operation writes is
/// decided among the listed values alone.
fn checked(
    w: &mut Write<'_, '_>,
    document: &DocumentRow,
    facts: &ConflictFacts,
    value: Value,
) -> Result<Value> {
    let (key, look) = (facts.key.as_str(), &w.look());
    match (Kind::parse(&document.kind), facts.map.as_str()) {
        (Some(Kind::Case), FIELDS) => household::checked(look, key, value),
        (Some(Kind::Case), MEMBERS) => member::checked_edge(look, key, value),
        (Some(Kind::Person), FIELDS) => member::checked(look, key, value),
        (Some(Kind::Note), FIELDS) => note::checked(look, key, value),
        (Some(Kind::Intake), FIELDS) => intake::checked(look, key, value),
        (Some(Kind::Round), ANSWERS) => assessment::checked(facts.pack.as_ref(), key, value),
        (Some(Kind::Round), COMMENTS) => assessment::checked_comment(&value),
        _ => Err(ErrorCode::UnknownField.into()),
    }
    .map_err(|refused| match refused.code {
        ErrorCode::UnknownField => AppError::new(ErrorCode::InvalidValue).with("field", key),
        _ => refused,
    })
}

/// The view of a conflict's row.
pub(crate) fn from_row(look: &Look<'_, '_>, row: &ProjectionRow) -> Result<ConflictView> {
    let facts: ConflictFacts = serde_json::from_str(&row.view)?;
    let (subject, item) = match facts.map.as_str() {
        ANSWERS | COMMENTS | MEMBERS => match facts.key.split_once('/') {
            Some((subject, item)) => (Some(subject.to_owned()), Some(item.to_owned())),
            None => (None, Some(facts.key.clone())),
        },
        _ => (None, Some(facts.key.clone())),
    };
    let values = facts
        .values
        .iter()
        .map(|said| {
            let label = match &said.value {
                Value::String(id) if item.as_deref() == Some(MOVED_TO) => id.parse().ok(),
                _ => None,
            };
            let label = label
                .map(|id| member_move::household_name(look, id))
                .transpose()?;
            Ok(held(look, &facts.map, said, label.flatten()))
        })
        .collect::<Result<_>>()?;
    Ok(ConflictView {
        id: row.id.clone(),
        document_id: DocId::from_bytes(row.doc),
        household_id: row.household.map(DocId::from_bytes),
        path: format!("{}/{}", facts.map, facts.key),
        subject,
        item,
        pack: facts
            .pack
            .and_then(|pack| serde_json::from_value(pack).ok()),
        values,
    })
}

fn held(look: &Look<'_, '_>, map: &str, said: &Said, label: Option<String>) -> HeldView {
    HeldView {
        value: shown(map, &said.value),
        label,
        author: look.names.author(&said.by),
        at: look.instant(said.at),
    }
}

/// What people see of a register: an answer's bare value; where it was not answered, its state.
fn shown(map: &str, value: &Value) -> Value {
    if map != ANSWERS {
        return value.clone();
    }
    match serde_json::from_value::<Answer>(value.clone()) {
        Ok(answer) if answer.state == "answered" => answer.value,
        Ok(answer) => json!({ "state": answer.state }),
        Err(_) => value.clone(),
    }
}
