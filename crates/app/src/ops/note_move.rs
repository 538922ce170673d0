//! A note that was written to the wrong household (別の世帯に書いた記録): it goes to the right one, and nothing of it is seen in
//! the wrong one from then on.
//!
//! # Invariants
//!
//! - **A new record in the right household**, which says who wrote the words first and when; who moved them is its author.
//! - **The old one is hidden at once** from views, search, history and the past, on every laptop that hears of it. Its bytes
//!   go by an order of erasure, which is drawn up here and waits for its two signatures.
//! - **Its attachments go along** under another key: who read the wrong household reads nothing of the right one.
//! - **Moved, not taken back**: moving it again is the way back.

use std::collections::BTreeSet;

use domain::DocId;
use record::{DocKey, Edit, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;
use wire::chunk;
use wire::erase::Order;
use wire::ids::{Doc, Vault};

use super::attachment;
use super::note::{self, NoteView};
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::attachment::{AttachmentFacts, MANIFEST, manifest};
use crate::facts::said::{self, DELETED, FIELDS, HOUSEHOLD, MOVED};
use crate::write::{Write, put};

/// Moves a note to the household that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct MoveNote {
    /// The note.
    pub id: DocId,
    /// The right household.
    pub household_id: DocId,
}

/// `note.move`
pub(crate) fn move_note(w: &mut Write<'_, '_>, request: MoveNote) -> Result<NoteView> {
    let wrong = |field: &'static str| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let id = request.id.to_bytes();
    let home = w.vault_of(&id, Kind::Note)?;
    // Its readers are others than those of a household.
    if w.tx.is_restricted(&home)? {
        return Err(wrong("id"));
    }
    let right = w.vault_of(&request.household_id.to_bytes(), Kind::Case)?;
    let (text, marks, written, household, when, method) = {
        let document = w.read(&id, Kind::Note)?;
        let view = document.view(None);
        let written = said::opened(&view).ok_or(ErrorCode::NotFound)?;
        let marks: Vec<Edit> = view
            .spans()
            .into_iter()
            .map(|span| Edit::Mark {
                start: span.start,
                end: span.end,
                // They name people of the other household.
                statement: record::Statement {
                    member_ids: Vec::new(),
                    ..span.statement
                },
            })
            .collect();
        (
            view.text(),
            marks,
            written,
            said::string(&view, HOUSEHOLD),
            said::shown(&view, FIELDS, "occurredAt").map(|said| said.value),
            said::string(&view, "method"),
        )
    };
    if household == Some(request.household_id.to_string()) {
        return Err(wrong("householdId"));
    }
    let fields = vec![
        (HOUSEHOLD, json!(request.household_id)),
        // Without a time of its own it happened when it was written, which is not now.
        ("occurredAt", when.unwrap_or_else(|| json!(written.at))),
        ("method", json!(method)),
        ("written", json!({ "by": written.by, "at": written.at })),
    ];
    let moved = w.begin(Kind::Note, right, fields, Some(text))?;
    if !marks.is_empty() {
        w.edit(&moved, Kind::Note, None, &marks)?;
    }
    let mut docs = BTreeSet::from([Doc::new(id)]);
    for attached in attached(w, household.as_deref(), request.id)? {
        carry(w, &attached, right, (request.household_id, moved))?;
        docs.insert(Doc::new(attached));
    }
    w.edit(&id, Kind::Note, None, &[gone()])?;
    let order = Order {
        vaults: [Vault::new(home)].into(),
        docs,
        fields: BTreeSet::new(),
        // They are found when it is signed.
        records: BTreeSet::new(),
        reason: "別の世帯に書かれた記録を移した / moved to the right household".to_owned(),
        basis: "誤記入の訂正 / correction".to_owned(),
        asked_by: w.names.worker(&w.identity.worker).name,
        at: u64::try_from(w.now).unwrap_or_default(),
    };
    let office = w.identity.office_vault;
    w.tx.put_erasure_order(order.id().as_bytes(), &office, &order.to_bytes(), None)?;
    w.touch("erasures");
    w.steps.clear();
    w.settle()?;
    note::view(&mut w.look(), &moved)
}

fn gone() -> Edit {
    put(FIELDS, DELETED, json!({ "reason": MOVED }))
}

/// The attachments of a note.
fn attached(w: &mut Write<'_, '_>, household: Option<&str>, note: DocId) -> Result<Vec<[u8; 16]>> {
    let Some(household) = household.and_then(|id| id.parse::<DocId>().ok()) else {
        return Ok(Vec::new());
    };
    let note = note.to_string();
    let mut found = Vec::new();
    for row in attachment::rows(&w.look(), &household.to_bytes())? {
        let facts: AttachmentFacts = serde_json::from_str(&row.view)?;
        if facts.note.as_deref() == Some(note.as_str()) {
            found.push(row.doc);
        }
    }
    Ok(found)
}

/// What an attachment says beside what it belongs to and how its chunks are put together.
const CARRIED: [&str; 7] = [
    "name",
    "media",
    "width",
    "height",
    "thumbnail",
    "takenOn",
    "description",
];

/// Seals an attachment anew in the vault to which its note moved.
///
/// # Errors
/// As [`seal_anew`].
fn carry(
    w: &mut Write<'_, '_>,
    id: &[u8; 16],
    vault: [u8; 16],
    (household, note): (DocId, [u8; 16]),
) -> Result<()> {
    let row = w.tx.document(id)?.ok_or(ErrorCode::NotFound)?;
    let belongs = vec![
        (HOUSEHOLD, json!(household)),
        ("note", json!(DocId::from_bytes(note))),
    ];
    seal_anew(w, documents::key(&row)?, vault, belongs)?;
    w.edit(id, Kind::Attachment, None, &[gone()])
}

/// Seals the file of an attachment anew in another vault, with what it says and with what it belongs to there.
///
/// # Errors
/// [`ErrorCode::AttachmentMissing`] while its file has not arrived; [`ErrorCode::AttachmentDamaged`].
pub(crate) fn seal_anew(
    w: &mut Write<'_, '_>,
    key: DocKey,
    vault: [u8; 16],
    belongs: Vec<(&'static str, Value)>,
) -> Result<[u8; 16]> {
    let (mut fields, manifest) = {
        let document = documents::load(w.tx, key)?;
        let view = document.view(None);
        let fields: Vec<_> = CARRIED
            .into_iter()
            .filter_map(|field| Some((field, said::shown(&view, FIELDS, field)?.value)))
            .collect();
        (fields, manifest(&view).ok_or(ErrorCode::AttachmentDamaged)?)
    };
    let chunks = w.chunks;
    let file = chunk::open::<AppError>(&manifest, |_, name| {
        let found = chunks.get(name.as_bytes())?;
        found.ok_or_else(|| ErrorCode::AttachmentMissing.into())
    })?;
    fields.extend(belongs);
    fields.push((MANIFEST, json!(attachment::stage(w, &file)?)));
    w.begin(Kind::Attachment, vault, fields, None)
}
