//! Restricted records (限定した記録): what there is for a reader, and opening one with a reason.

use std::collections::BTreeMap;

use domain::DocId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Reader;
use store::table::projection::ProjectionRow;
use store::table::vault::VaultRow;
use ts_rs::TS;

use crate::error::{ErrorCode, Result};
use crate::facts::case::CaseFacts;
use crate::facts::intake::IntakeFacts;
use crate::facts::note::NoteFacts;
use crate::facts::person::PersonFacts;
use crate::facts::said::{Opened, hex};
use crate::look::Look;
use crate::ops::value::{Room, filled};
use crate::restricted;
use crate::view::AuthorView;
use crate::write::Write;

/// Asks which restricted records this device may open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListRestricted {
    /// Only those of this household.
    pub household_id: Option<DocId>,
}

/// Opens a restricted record until the program is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct OpenRestricted {
    /// As the list names it.
    pub id: DocId,
    /// Why; kept on this device.
    pub reason: String,
}

/// What lies in an opened restricted record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RestrictedEntry {
    /// `household`, `member`, `intake`, `note`, `round`, or `shielded` for fields of a member (秘匿).
    pub kind: String,
    /// What it opens.
    pub id: DocId,
    /// Name or first words.
    pub title: String,
}

/// A restricted record, for one of its readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct RestrictedView {
    /// Its id.
    pub id: DocId,
    /// The household that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// How many documents of each kind.
    pub kinds: BTreeMap<String, u32>,
    /// Who may open it.
    pub readers: Vec<AuthorView>,
    /// Who made it.
    pub author: AuthorView,
    /// When.
    pub at: String,
    /// Opened since the program was unlocked.
    pub opened: bool,
    /// The office's escrow (預かり鍵) opens it too, and what is written into it from now on.
    pub escrow: bool,
    /// What lies in it; empty while it is closed.
    pub entries: Vec<RestrictedEntry>,
}

/// The restricted records that this device may open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RestrictedList {
    /// Oldest first.
    pub items: Vec<RestrictedView>,
}

/// A new contact that may concern a restricted record: a hint for its readers alone, written into no document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct RestrictedAlert {
    /// The new contact.
    pub intake_id: DocId,
    /// The restricted record.
    pub restricted_id: DocId,
    /// The household that it belongs to, where that is not itself restricted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// What is alike: `name` or `phone`.
    pub because: String,
}

/// `restricted.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListRestricted) -> Result<RestrictedList> {
    let mut items = Vec::new();
    for vault in look.reader.vaults_of_class(restricted::CLASS)? {
        let rows = restricted::rows(look.reader, &vault)?;
        let asked = request.household_id.map(DocId::to_bytes);
        if rows.is_empty() || (asked.is_some() && restricted::household_of(&rows) != asked) {
            continue;
        }
        items.push(view(look, &vault, &rows)?);
    }
    items.sort_by(|a, b| (&a.at, a.id).cmp(&(&b.at, b.id)));
    Ok(RestrictedList { items })
}

/// `restricted.open`
pub(crate) fn open(w: &mut Write<'_, '_>, request: OpenRestricted) -> Result<RestrictedView> {
    let vault = restricted::vault(w.tx, request.id)?;
    let reason = request.reason.trim().to_owned();
    let reason = filled("reason", Some(reason), Room::Line)?.ok_or(ErrorCode::ReasonNeeded)?;
    restricted::open(w, vault.vault, reason)?;
    let rows = restricted::rows(w.tx, &vault)?;
    view(&w.look(), &vault, &rows)
}

fn view(look: &Look<'_, '_>, vault: &VaultRow, rows: &[ProjectionRow]) -> Result<RestrictedView> {
    let mut kinds = BTreeMap::new();
    let mut first: Option<Opened> = None;
    for row in rows {
        *kinds.entry(kind_of(row)?).or_default() += 1;
        let opened = opened_of(row)?;
        first = first
            .into_iter()
            .chain(opened)
            .min_by_key(|opened| opened.at);
    }
    let opened = look.reader.is_opened(&vault.vault)?;
    let (author, at) = first
        .as_ref()
        .map(|first| look.opened(first))
        .ok_or(ErrorCode::NotFound)?;
    let entries = rows.iter().filter(|_| opened);
    Ok(RestrictedView {
        id: DocId::from_bytes(vault.vault),
        household_id: restricted::household_of(rows).map(DocId::from_bytes),
        kinds,
        readers: readers(look, &vault.vault)?,
        author,
        at,
        opened,
        escrow: restricted::is_open_to_escrow(look.reader, look.directory, &vault.vault)?,
        entries: entries.map(entry).collect::<Result<_>>()?,
    })
}

fn readers(look: &Look<'_, '_>, vault: &[u8; 16]) -> Result<Vec<AuthorView>> {
    let devices = restricted::readers_now(look.reader, look.directory, vault)?;
    let mut readers: Vec<AuthorView> = devices
        .iter()
        .map(|device| look.names.author(&hex(device.as_bytes())))
        .collect();
    readers.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    readers.dedup();
    Ok(readers)
}

/// What it is to a reader: a person who only shields another's fields is no member.
fn kind_of(row: &ProjectionRow) -> Result<String> {
    let shields = row.kind == "member"
        && serde_json::from_str::<PersonFacts>(&row.view)?
            .shields
            .is_some();
    Ok(if shields { "shielded" } else { &row.kind }.to_owned())
}

/// Every kind of row says who opened its document.
fn opened_of(row: &ProjectionRow) -> Result<Option<Opened>> {
    let view: serde_json::Value = serde_json::from_str(&row.view)?;
    Ok(view
        .get("opened")
        .cloned()
        .map(serde_json::from_value)
        .transpose()?)
}

fn entry(row: &ProjectionRow) -> Result<RestrictedEntry> {
    let title = match row.kind.as_str() {
        "household" => serde_json::from_str::<CaseFacts>(&row.view)?.name,
        "note" => serde_json::from_str::<NoteFacts>(&row.view)?.start,
        "intake" => {
            let facts: IntakeFacts = serde_json::from_str(&row.view)?;
            facts.caller_name.unwrap_or(facts.text)
        }
        "member" => serde_json::from_str::<PersonFacts>(&row.view)?.name(),
        _ => String::new(),
    };
    Ok(RestrictedEntry {
        kind: kind_of(row)?,
        id: DocId::from_bytes(row.doc),
        title: title.lines().next().unwrap_or_default().to_owned(),
    })
}

/// What among these intakes may concern a restricted record; for its readers alone.
pub(crate) fn alerts(
    look: &Look<'_, '_>,
    intakes: &[([u8; 16], IntakeFacts)],
) -> Result<Vec<RestrictedAlert>> {
    if intakes.is_empty() {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for compared in restricted::compared(look)? {
        for (id, facts) in intakes {
            if let Some(because) = compared.matches(id, facts) {
                out.push(RestrictedAlert {
                    intake_id: DocId::from_bytes(*id),
                    restricted_id: DocId::from_bytes(compared.vault),
                    household_id: open_household(look.reader, compared.household)?,
                    because: because.as_str().to_owned(),
                });
            }
        }
    }
    Ok(out)
}

fn open_household(reader: &Reader<'_>, household: Option<[u8; 16]>) -> Result<Option<DocId>> {
    let Some(household) = household.map(DocId::from_bytes) else {
        return Ok(None);
    };
    let row = reader.projection("household", &household.to_string())?;
    Ok(row.map(|_| household))
}
