//! Evidence (根拠): the notes on which an answer rests.
//!
//! # Invariants
//!
//! - **A note that this round's readers may read**: one of the same household, in the same vault. A round never tells
//!   of a note that somebody else keeps to himself.
//! - **A set that merges**: each note has a register of its own in the round, so two workers who each
//!   name a note both stand.

use domain::DocId;
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use super::assessment::{self, AssessmentView};
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::note::NoteFacts;
use crate::facts::round::{Cited, RoundFacts, evidence_key};
use crate::facts::said::FIELDS;
use crate::look::Look;
use crate::view::AuthorView;
use crate::write::{Write, put};

/// Names a note as what an answer rests on, or takes that back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct CiteAssessment {
    /// The round.
    pub round_id: DocId,
    /// A member's id, `household`, or `memberA>memberB`.
    pub subject: String,
    /// The item of the pack.
    pub item: String,
    /// A note of the same household.
    pub note_id: DocId,
    /// False takes it back; true when absent.
    pub cited: Option<bool>,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// A note on which an answer rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct EvidenceView {
    /// A member's id, `household`, or `memberA>memberB`.
    pub subject: String,
    /// The item of the pack.
    pub item: String,
    /// The note.
    pub note_id: DocId,
    /// Its first 200 characters.
    pub text: String,
    /// When it happened.
    pub occurred_at: String,
    /// Who wrote it.
    pub author: AuthorView,
}

/// `assessment.cite`
pub(crate) fn cite(w: &mut Write<'_, '_>, request: CiteAssessment) -> Result<AssessmentView> {
    let id = request.round_id.to_bytes();
    let facts =
        RoundFacts::read(&w.read(&id, Kind::Round)?.view(None)).ok_or(ErrorCode::NotFound)?;
    assessment::check_place(w, &facts, &request.subject, &request.item)?;
    let cited = request.cited.unwrap_or(true);
    let note = request.note_id.to_bytes();
    if cited {
        let said = NoteFacts::read(&w.read(&note, Kind::Note)?.view(None));
        let here = said.is_some_and(|said| said.household == facts.household)
            && have_same_readers(w, (&note, Kind::Note), (&id, Kind::Round))?;
        if !here {
            return Err(AppError::new(ErrorCode::InvalidValue).with("field", "noteId"));
        }
    }
    let key = evidence_key(&request.subject, &request.item, request.note_id);
    let value = if cited { json!(true) } else { Value::Null };
    w.edit(
        &id,
        Kind::Round,
        request.base.as_deref(),
        &[put(FIELDS, key, value)],
    )?;
    w.about = Some(id);
    w.settle()?;
    assessment::view(&mut w.look(), &id, None)
}

/// Whether two documents of a household are read by the same people: in one vault, or both open to the team.
fn have_same_readers(
    w: &Write<'_, '_>,
    one: (&[u8; 16], Kind),
    other: (&[u8; 16], Kind),
) -> Result<bool> {
    let (one, other) = (w.vault_of(one.0, one.1)?, w.vault_of(other.0, other.1)?);
    Ok(one == other || !w.tx.is_restricted(&one)? && !w.tx.is_restricted(&other)?)
}

/// What the answers of a round rest on, the newest note first. A note that is gone is passed over.
pub(super) fn of(look: &Look<'_, '_>, cited: Vec<Cited>) -> Result<Vec<EvidenceView>> {
    let mut found = Vec::new();
    for (subject, item, note_id) in cited {
        let Some(row) = look.reader.projection("note", &note_id.to_string())? else {
            continue;
        };
        let facts: NoteFacts = serde_json::from_str(&row.view)?;
        let view = EvidenceView {
            subject,
            item,
            note_id,
            occurred_at: look.instant(facts.occurred()),
            author: look.opened(&facts.opened).0,
            text: facts.start.clone(),
        };
        found.push((facts.occurred(), view));
    }
    found.sort_by(|(a, one), (b, other)| b.cmp(a).then(one.note_id.cmp(&other.note_id)));
    Ok(found.into_iter().map(|(_, view)| view).collect())
}
