//! Saved views (保存した見方): filters of the household list that a worker keeps under a name.
//!
//! They are kept on this device, in its store: a filter may hold somebody's name, so it rests nowhere else. No colleague
//! gets them, and undo knows nothing of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Reader;
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::look::Look;
use crate::ops::value::{Room, filled};
use crate::view::Nothing;
use crate::write::Write;

/// Under which the store keeps them (`device_state`), JSON.
const SAVED: &str = "saved-views";

/// Keeps a filter under a name; another one of that name gives way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct SavedView {
    /// What the worker calls it.
    pub name: String,
    /// As in the list of households.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// As in the list of households.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

/// Names one saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct BySavedName {
    /// Its name.
    pub name: String,
}

/// Every saved view of this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SavedViewList {
    /// In the order of their first saving.
    pub items: Vec<SavedView>,
}

/// `saved.list`
pub(crate) fn list(look: &mut Look<'_, '_>, _: Nothing) -> Result<SavedViewList> {
    read(look.reader)
}

/// `saved.put`
pub(crate) fn put(w: &mut Write<'_, '_>, request: SavedView) -> Result<SavedViewList> {
    let name = filled("name", Some(request.name.trim().to_owned()), Room::Line)?
        .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "name"))?;
    let saved = SavedView {
        name,
        query: filled("query", request.query, Room::Line)?,
        stage: filled("stage", request.stage, Room::Line)?,
    };
    let mut list = read(w.tx)?;
    match list.items.iter_mut().find(|item| item.name == saved.name) {
        Some(item) => *item = saved,
        None => list.items.push(saved),
    }
    keep(w, list)
}

/// `saved.drop`: a name that is not there is dropped already.
pub(crate) fn drop(w: &mut Write<'_, '_>, request: BySavedName) -> Result<SavedViewList> {
    let mut list = read(w.tx)?;
    list.items.retain(|item| item.name != request.name);
    keep(w, list)
}

fn read(reader: &Reader<'_>) -> Result<SavedViewList> {
    let items = reader
        .device_state(SAVED)?
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()?
        .unwrap_or_default();
    Ok(SavedViewList { items })
}

fn keep(w: &mut Write<'_, '_>, list: SavedViewList) -> Result<SavedViewList> {
    w.tx.put_device_state(SAVED, &serde_json::to_vec(&list.items)?)?;
    w.touch("saved");
    Ok(list)
}
