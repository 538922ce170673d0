//! Shielded fields (秘匿): an address, telephone, school or workplace that only named people may know.
//!
//! # Invariants
//!
//! - **The value lies in a restricted record**; the open record says 秘匿 and holds nothing.
//! - **Opened with a reason, it is shown on its page alone**: never in lists, search, exports, a window's title.
//! - What colleagues had before it was shielded stays on their laptops until it is erased there; the screen says so.

use domain::DocId;
use record::{Edit, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::error::{AppError, ErrorCode, Result};
use crate::facts::person::{PersonFacts, REACHED, SHIELDS, shield};
use crate::facts::said::{self, FIELDS, HOUSEHOLD};
use crate::look::Look;
use crate::ops::member::{self, MemberView};
use crate::ops::value::{Room, filled};
use crate::restricted;
use crate::write::{Write, put};

/// Shields fields of a member. Each field that is named is shielded from now on; an empty one has no value yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct ShieldMember {
    /// The member.
    pub id: DocId,
    /// Where they live.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// School.
    pub school: Option<String>,
    /// Workplace.
    pub workplace: Option<String>,
    /// The workers who alone may read it, besides the author; absent, the value joins the opened record that shields
    /// the member already.
    pub restrict_to: Option<Vec<String>>,
    /// Why; kept on this device.
    pub reason: Option<String>,
}

/// Shows a field openly again. Its shielded value stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct UnshieldMember {
    /// The member.
    pub id: DocId,
    /// `address`, `phone`, `school` or `workplace`.
    pub field: String,
}

/// What a restricted record that was opened says of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct ShieldedView {
    /// The member.
    pub member_id: DocId,
    /// Where they live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// School.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub school: Option<String>,
    /// Workplace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workplace: Option<String>,
}

/// `member.shield`
///
/// # Errors
/// [`ErrorCode::NotFound`], [`ErrorCode::InvalidValue`], [`ErrorCode::TooFewReaders`], [`ErrorCode::UnknownWorker`].
pub(crate) fn shield_fields(w: &mut Write<'_, '_>, request: ShieldMember) -> Result<MemberView> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let person = request.id.to_bytes();
    let case = w.household_of(&person)?;
    let home = w.vault_of(&person, Kind::Person)?;
    // In a household that is itself restricted nothing is open.
    if w.tx.is_restricted(&home)? {
        return Err(invalid("id"));
    }
    let given = [
        ("address", request.address),
        ("phone", request.phone),
        ("school", request.school),
        ("workplace", request.workplace),
    ];
    let mut values = Vec::new();
    for (field, value) in given {
        if let Some(text) = value {
            values.push((field, filled(field, Some(text), Room::Line)?));
        }
    }
    if values.is_empty() {
        return Err(invalid("address"));
    }
    let kept = match request.restrict_to {
        None => record_of(&w.look(), &case, request.id)?.ok_or(ErrorCode::NotFound)?,
        Some(workers) => {
            let vault = restricted::vault_for(w, Some(case), &workers, request.reason)?;
            let known = record_of(&w.look(), &case, request.id)?;
            let known = match known {
                Some(doc) if w.vault_of(&doc, Kind::Person)? == vault => Some(doc),
                _ => None,
            };
            match known {
                Some(doc) => doc,
                None => {
                    let fields = vec![
                        (HOUSEHOLD, json!(DocId::from_bytes(case))),
                        (SHIELDS, json!(request.id)),
                    ];
                    w.begin(Kind::Person, vault, fields, None)?
                }
            }
        }
    };
    let hidden: Vec<Edit> = values
        .iter()
        .map(|(field, value)| put(FIELDS, *field, json!(value)))
        .collect();
    w.edit(&kept, Kind::Person, None, &hidden)?;
    let mut open = Vec::new();
    {
        let view = w.read(&person, Kind::Person)?.view(None);
        for (field, _) in &values {
            open.push(put(FIELDS, shield(field), json!(true)));
            if said::shown(&view, FIELDS, field).is_some() {
                open.push(put(FIELDS, *field, Value::Null));
            }
        }
    }
    w.edit(&person, Kind::Person, None, &open)?;
    w.about = Some(person);
    w.settle()?;
    member::view(&mut w.look(), &case, &person)
}

/// `member.unshield`
///
/// # Errors
/// [`ErrorCode::NotFound`], [`ErrorCode::UnknownField`].
pub(crate) fn unshield(w: &mut Write<'_, '_>, request: UnshieldMember) -> Result<MemberView> {
    let person = request.id.to_bytes();
    let case = w.household_of(&person)?;
    if !REACHED.contains(&request.field.as_str()) {
        return Err(AppError::new(ErrorCode::UnknownField).with("field", request.field));
    }
    let edit = put(FIELDS, shield(&request.field), Value::Null);
    w.edit(&person, Kind::Person, None, &[edit])?;
    w.about = Some(person);
    w.settle()?;
    member::view(&mut w.look(), &case, &person)
}

/// The opened restricted record that shields a member.
fn record_of(look: &Look<'_, '_>, case: &[u8; 16], member: DocId) -> Result<Option<[u8; 16]>> {
    let id = member.to_string();
    for row in look.reader.opened_beside(case, "member")? {
        let facts: PersonFacts = serde_json::from_str(&row.view)?;
        if facts.shields.as_deref() == Some(id.as_str()) {
            return Ok(Some(row.doc));
        }
    }
    Ok(None)
}

/// What the records that this session opened say of the members of a household.
pub(crate) fn opened(look: &Look<'_, '_>, case: &[u8; 16]) -> Result<Vec<ShieldedView>> {
    let mut out = Vec::new();
    for row in look.reader.opened_beside(case, "member")? {
        let facts: PersonFacts = serde_json::from_str(&row.view)?;
        let Some(member_id) = facts.shields.as_deref().and_then(|id| id.parse().ok()) else {
            continue;
        };
        out.push(ShieldedView {
            member_id,
            address: facts.address,
            phone: facts.phone,
            school: facts.school,
            workplace: facts.workplace,
        });
    }
    Ok(out)
}
