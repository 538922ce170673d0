//! Shapes that several views share.
//!
//! Views are what the window, the command line and the tests see. They carry no document, no key
//! and no path. Instants are RFC 3339 at the office's offset, dates ISO 8601, ids UUID strings.

use domain::DocId;
use packs::PackRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who wrote something: the worker, not the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AuthorView {
    /// The worker's id, or the device's pseudonym while the worker's name has not arrived.
    pub id: String,
    /// The name as the office shows it; empty while it has not arrived.
    pub name: String,
}

/// One of several values that stand beside each other (2つの見方).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HeldView {
    /// The value as it was given.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// The name of what the value points at, as of a household.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub label: Option<String>,
    /// Who gave it.
    pub author: AuthorView,
    /// When, as the author's clock said.
    pub at: String,
}

/// Two or more kept values on one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConflictView {
    /// Hash of document and path: equal on all laptops.
    pub id: String,
    /// The document it is in.
    pub document_id: DocId,
    /// The household it belongs to, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub household_id: Option<DocId>,
    /// `map/key` inside the document.
    pub path: String,
    /// For an answer: whom it is about (`household`, a member's id, or `a>b`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub subject: Option<String>,
    /// For an answer: the item of the pack; for a field: its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub item: Option<String>,
    /// For an answer: the pack, so that the words of the item can be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pack: Option<PackRef>,
    /// The values, the shown one first.
    pub values: Vec<HeldView>,
}

/// What one call gave, and what went stale by it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Applied<T: TS> {
    /// The view.
    pub value: T,
    /// The tags of everything that a screen may hold stale now, as `household:<id>` or `today`.
    pub touched: Vec<String>,
}

/// An empty request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct Nothing {}

/// A request for one thing by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct ById {
    /// Its id.
    pub id: DocId,
}
