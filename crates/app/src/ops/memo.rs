//! Memo (ひとことメモ): text caught without filing (未整理).

use domain::DocId;
use record::{Edit, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::table::projection::Order;
use ts_rs::TS;

use crate::error::{ErrorCode, Result};
use crate::facts::memo::MemoFacts;
use crate::facts::said::FIELDS;
use crate::look::Look;
use crate::view::{ById, Nothing};
use crate::write::{Write, put};

/// Catches a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct CreateMemo {
    /// The words.
    pub text: String,
}

/// Saves the whole text; it is merged as text at `base`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct EditMemo {
    /// The memo.
    pub id: DocId,
    /// The whole text.
    pub text: String,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// A memo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MemoView {
    /// Its id.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// The words.
    pub text: String,
    /// When it was caught.
    pub at: String,
}

/// The worker's own unfiled memos, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MemoList {
    /// Newest first.
    pub items: Vec<MemoView>,
}

/// `memo.create`
pub(crate) fn create(w: &mut Write<'_, '_>, request: CreateMemo) -> Result<MemoView> {
    // A vault of its own: a memo is nobody's case yet, and it must be erasable by itself.
    let vault = w.open_vault(None)?;
    let id = w.begin(Kind::Memo, vault, Vec::new(), Some(request.text))?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// `memo.edit`
pub(crate) fn edit(w: &mut Write<'_, '_>, request: EditMemo) -> Result<MemoView> {
    let id = request.id.to_bytes();
    w.edit(
        &id,
        Kind::Memo,
        request.base.as_deref(),
        &[Edit::Text(request.text)],
    )?;
    w.about = Some(id);
    w.settle()?;
    view(&mut w.look(), &id)
}

/// `memo.discard`. Undo brings it back.
pub(crate) fn discard(w: &mut Write<'_, '_>, request: ById) -> Result<MemoList> {
    let id = request.id.to_bytes();
    w.edit(
        &id,
        Kind::Memo,
        None,
        &[put(FIELDS, "filed", json!("discarded"))],
    )?;
    w.about = Some(id);
    w.settle()?;
    list(&mut w.look(), Nothing {})
}

/// `memo.list`
pub(crate) fn list(look: &mut Look<'_, '_>, _: Nothing) -> Result<MemoList> {
    let mut items = Vec::new();
    for row in look
        .reader
        .projections("memo", Some("unfiled"), Order::Descending, None, 1_000)?
    {
        let facts: MemoFacts = serde_json::from_str(&row.view)?;
        if look.names.author(&facts.opened.by).id == look.identity.worker {
            items.push(MemoView {
                id: DocId::from_bytes(row.doc),
                version: row.version,
                text: facts.text,
                at: look.instant(facts.opened.at),
            });
        }
    }
    Ok(MemoList { items })
}

fn view(look: &mut Look<'_, '_>, id: &[u8; 16]) -> Result<MemoView> {
    let row = look
        .reader
        .projection("memo", &DocId::from_bytes(*id).to_string())?
        .ok_or(ErrorCode::NotFound)?;
    let facts: MemoFacts = serde_json::from_str(&row.view)?;
    Ok(MemoView {
        id: DocId::from_bytes(*id),
        version: row.version,
        text: facts.text,
        at: look.instant(facts.opened.at),
    })
}
