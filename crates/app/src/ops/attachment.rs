//! Attachment (添付): a photo, scan, PDF or text that belongs to a household, to one of its people or to a note.
//!
//! # Invariants
//!
//! - **Only what `picture` took in** becomes an attachment: told by its content, without what nobody meant to hand over.
//! - **Its chunks are on the disk before the answer**; an operation that is refused leaves none.
//! - **It is read by whoever reads what it belongs to**: it lies in the same vault.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::DocId;
use picture::{Media, Refused};
use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;
use wire::chunk;

use crate::attach;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::attachment::{AttachmentFacts, MANIFEST, manifest_text};
use crate::facts::said::{DELETED, FIELDS, HOUSEHOLD};
use crate::look::{Look, read_day};
use crate::ops::value::{Room, filled};
use crate::view::{AuthorView, ById};
use crate::write::{Write, put};

/// The most attachments of one household, person or note.
pub const MOST: usize = 100;
/// More rows than a household has.
const MANY: u32 = 100_000;

/// Adds a file to one of a household, a person or a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct AddAttachment {
    /// The household it belongs to.
    pub household_id: Option<DocId>,
    /// The person it belongs to.
    pub member_id: Option<DocId>,
    /// The note it belongs to; who reads the note reads it.
    pub note_id: Option<DocId>,
    /// The file's name, for people.
    pub name: String,
    /// The file, in base64; at most 20 MiB.
    pub content: String,
    /// What is on it.
    pub description: Option<String>,
    /// The day it was taken or written, as 2026-12-01.
    pub taken_on: Option<String>,
}

/// Lists the attachments of a household, or of one of its notes or people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct ListAttachments {
    /// The household.
    pub household_id: DocId,
    /// Only those of this note.
    pub note_id: Option<DocId>,
    /// Only those of this person.
    pub member_id: Option<DocId>,
}

/// Changes one field of an attachment. Fields: `name`, `description`, `takenOn`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct UpdateAttachment {
    /// The attachment.
    pub id: DocId,
    /// The field's name.
    pub field: String,
    /// Its new value; null clears it.
    #[ts(type = "unknown")]
    pub value: Value,
    /// The version the person was looking at.
    pub base: Option<String>,
}

/// An attachment without its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AttachmentView {
    /// Its id.
    pub id: DocId,
    /// What an edit names as `base`.
    pub version: String,
    /// The household.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// The person it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_id: Option<DocId>,
    /// The note it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<DocId>,
    /// The file's name.
    pub name: String,
    /// Its media type; absent where a member wrote one that is none of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// Bytes of the file.
    #[ts(type = "number")]
    pub size: u64,
    /// Of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// A small JPEG, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// The day it was taken or written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_on: Option<String>,
    /// What is on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the file is here; until then only the words and the thumbnail are.
    pub local: AttachmentLocal,
    /// Who added it.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// What only this device knows of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AttachmentLocal {
    /// Its chunks that are here.
    pub arrived: u32,
    /// All its chunks.
    pub chunks: u32,
}

/// Attachments, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AttachmentList {
    /// Newest first.
    pub items: Vec<AttachmentView>,
    /// How many one household, person or note takes.
    pub limit: u32,
}

/// An attachment with its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AttachmentContent {
    /// Its media type.
    pub media: String,
    /// The file, in base64.
    pub content: String,
}

/// `attachment.add`
pub(crate) fn add(w: &mut Write<'_, '_>, request: AddAttachment) -> Result<AttachmentView> {
    if request.content.len() / 4 * 3 > picture::MOST_BYTES + 3 {
        return Err(refused(Refused::TooLarge));
    }
    let file = STANDARD
        .decode(&request.content)
        .map_err(|_| AppError::new(ErrorCode::InvalidValue).with("field", "content"))?;
    add_file(w, request, &file)
}

/// The same with the file's bytes beside the request.
pub(crate) fn add_file(
    w: &mut Write<'_, '_>,
    request: AddAttachment,
    file: &[u8],
) -> Result<AttachmentView> {
    let (vault, household) = home(w, &request)?;
    must_have_room(w, household, &request)?;
    if let Some(day) = &request.taken_on {
        read_day("takenOn", day)?;
    }
    let description = filled("description", request.description, Room::Paragraph)?;
    let taken = picture::take(file).map_err(refused)?;
    let name = filled("name", Some(named(&request.name, taken.media)), Room::Line)?;
    let manifest = stage(w, &taken.bytes)?;
    let small = taken.picture.as_ref();
    let fields = vec![
        (HOUSEHOLD, json!(household)),
        ("member", json!(request.member_id)),
        ("note", json!(request.note_id)),
        ("name", json!(name)),
        ("media", json!(taken.media.as_str())),
        ("width", json!(small.map(|small| small.width))),
        ("height", json!(small.map(|small| small.height))),
        (
            "thumbnail",
            json!(small.map(|small| STANDARD.encode(&small.thumbnail))),
        ),
        ("takenOn", json!(request.taken_on)),
        ("description", json!(description)),
        (MANIFEST, json!(manifest)),
    ];
    let id = w.begin(Kind::Attachment, vault, fields, None)?;
    w.about = Some(id);
    w.settle()?;
    one(&mut w.look(), &id)
}

/// Seals a file under a key of its own, and puts its chunks by. Gives its manifest.
pub(super) fn stage(w: &mut Write<'_, '_>, file: &[u8]) -> Result<String> {
    let (manifest, chunks) = chunk::seal(file)?;
    for (hash, bytes) in manifest.chunks.iter().zip(&chunks) {
        w.chunks.stage(hash.as_bytes(), bytes)?;
    }
    Ok(manifest_text(manifest))
}

/// `attachment.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListAttachments) -> Result<AttachmentList> {
    let household = request.household_id.to_bytes();
    let (note, member) = (
        request.note_id.map(|id| id.to_string()),
        request.member_id.map(|id| id.to_string()),
    );
    let mut items = Vec::new();
    for row in rows(look, &household)? {
        let facts: AttachmentFacts = serde_json::from_str(&row.view)?;
        let is_meant =
            (note.is_none() || facts.note == note) && (member.is_none() || facts.member == member);
        if is_meant {
            items.push(view(look, &row, facts)?);
        }
    }
    Ok(AttachmentList {
        items,
        limit: u32::try_from(MOST).unwrap_or(u32::MAX),
    })
}

/// `attachment.get`
pub(crate) fn get(look: &mut Look<'_, '_>, request: ById) -> Result<AttachmentView> {
    one(look, &request.id.to_bytes())
}

/// `attachment.open`: the file itself.
pub(crate) fn open(look: &mut Look<'_, '_>, request: ById) -> Result<AttachmentContent> {
    let id = request.id.to_bytes();
    let (facts, bytes) = attach::content(look.reader, look.documents, look.chunks, &id)?;
    Ok(AttachmentContent {
        // What the window shows is what the bytes are, whatever a member said of them.
        media: picture::tell(&bytes)
            .ok()
            .filter(|media| Some(media.as_str()) == facts.media.as_deref())
            .ok_or(ErrorCode::AttachmentDamaged)?
            .as_str()
            .to_owned(),
        content: STANDARD.encode(bytes),
    })
}

/// `attachment.update`
pub(crate) fn update(w: &mut Write<'_, '_>, request: UpdateAttachment) -> Result<AttachmentView> {
    let invalid = || AppError::new(ErrorCode::InvalidValue).with("field", &request.field);
    let text = match &request.value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        _ => return Err(invalid()),
    };
    let (field, value) = match request.field.as_str() {
        "name" => (
            "name",
            filled("name", text, Room::Line)?
                .ok_or_else(invalid)?
                .into(),
        ),
        "description" => (
            "description",
            json!(filled("description", text, Room::Paragraph)?),
        ),
        "takenOn" => {
            let text = text.filter(|text| !text.is_empty());
            if let Some(day) = &text {
                read_day("takenOn", day)?;
            }
            ("takenOn", json!(text))
        }
        _ => return Err(AppError::new(ErrorCode::UnknownField).with("field", request.field)),
    };
    let id = request.id.to_bytes();
    w.edit(
        &id,
        Kind::Attachment,
        request.base.as_deref(),
        &[put(FIELDS, field, value)],
    )?;
    w.about = Some(id);
    w.settle()?;
    one(&mut w.look(), &id)
}

/// `attachment.remove`. Undo brings it back; its chunks stay until the record itself is erased.
pub(crate) fn remove(w: &mut Write<'_, '_>, request: ById) -> Result<crate::view::Nothing> {
    let id = request.id.to_bytes();
    one(&mut w.look(), &id)?;
    let removed = json!({ "reason": "removed" });
    w.edit(
        &id,
        Kind::Attachment,
        None,
        &[put(FIELDS, DELETED, removed)],
    )?;
    w.about = Some(id);
    Ok(crate::view::Nothing {})
}

/// The vault of what it is to belong to, and the household.
fn home(w: &mut Write<'_, '_>, request: &AddAttachment) -> Result<([u8; 16], DocId)> {
    let given = [request.household_id, request.member_id, request.note_id];
    let wrong = || AppError::new(ErrorCode::InvalidValue).with("field", "householdId");
    if given.iter().flatten().count() != 1 {
        return Err(wrong());
    }
    if let Some(id) = request.household_id {
        return Ok((w.vault_of(&id.to_bytes(), Kind::Case)?, id));
    }
    let (id, kind) = match (request.member_id, request.note_id) {
        (Some(id), _) => (id.to_bytes(), Kind::Person),
        (_, Some(id)) => (id.to_bytes(), Kind::Note),
        _ => return Err(wrong()),
    };
    let vault = w.vault_of(&id, kind)?;
    let document = w.read(&id, kind)?;
    let household = crate::facts::said::string(&document.view(None), HOUSEHOLD)
        .and_then(|id| id.parse().ok())
        .ok_or(ErrorCode::NotFound)?;
    Ok((vault, household))
}

fn must_have_room(w: &mut Write<'_, '_>, household: DocId, request: &AddAttachment) -> Result<()> {
    let text = |id: Option<DocId>| id.map(|id| id.to_string());
    let (note, member) = (text(request.note_id), text(request.member_id));
    let mut here = 0;
    for row in rows(&w.look(), &household.to_bytes())? {
        let facts: AttachmentFacts = serde_json::from_str(&row.view)?;
        if (facts.note, facts.member) == (note.clone(), member.clone()) {
            here += 1;
        }
    }
    if here >= MOST {
        return Err(AppError::new(ErrorCode::TooManyAttachments).with("limit", MOST.to_string()));
    }
    Ok(())
}

/// A name without its path and without an ending that lies about the content.
fn named(name: &str, media: Media) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_known = |other: &&Media| other.ending().eq_ignore_ascii_case(ending);
    let says = Media::ALL.iter().find(is_known).copied();
    let is_true =
        says == Some(media) || (media == Media::Jpeg && ending.eq_ignore_ascii_case("jpeg"));
    if is_true && !stem.is_empty() {
        return name.to_owned();
    }
    let is_ending = says.is_some()
        || ["jpeg", "svg", "html", "htm", "exe", "js"]
            .iter()
            .any(|it| ending.eq_ignore_ascii_case(it));
    let stem = if is_ending || stem.is_empty() {
        stem
    } else {
        name
    };
    let stem = if stem.is_empty() { "file" } else { stem };
    format!("{stem}.{}", media.ending())
}

/// Why a file does not come in, in words.
fn refused(why: Refused) -> AppError {
    let code = match why {
        Refused::TooLarge => ErrorCode::AttachmentTooLarge,
        Refused::Empty | Refused::Damaged => ErrorCode::AttachmentUnreadable,
        Refused::Heic => ErrorCode::AttachmentHeic,
        Refused::Active => ErrorCode::AttachmentActive,
        Refused::Unknown => ErrorCode::AttachmentUnknown,
        Refused::TooManyPixels => ErrorCode::AttachmentPixels,
        Refused::Moving => ErrorCode::AttachmentMoves,
    };
    AppError::new(code)
        .with("limit", (picture::MOST_BYTES >> 20).to_string())
        .because(why)
}

/// Those of a household, newest first, with those of its opened restricted records.
pub(super) fn rows(look: &Look<'_, '_>, household: &[u8; 16]) -> Result<Vec<ProjectionRow>> {
    let mut rows =
        look.reader
            .household_projections(household, "attachment", Order::Descending, MANY)?;
    rows.extend(look.reader.opened_beside(household, "attachment")?);
    rows.sort_by(|a, b| (&b.sort, &b.id).cmp(&(&a.sort, &a.id)));
    rows.dedup_by(|a, b| a.doc == b.doc);
    Ok(rows)
}

fn one(look: &mut Look<'_, '_>, id: &[u8; 16]) -> Result<AttachmentView> {
    let row = look
        .reader
        .projection("attachment", &DocId::from_bytes(*id).to_string())?
        .ok_or(ErrorCode::NotFound)?;
    let facts = serde_json::from_str(&row.view)?;
    view(look, &row, facts)
}

fn view(
    look: &mut Look<'_, '_>,
    row: &ProjectionRow,
    facts: AttachmentFacts,
) -> Result<AttachmentView> {
    let (author, at) = look.opened(&facts.opened);
    let id = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let number = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let vault = look
        .reader
        .document(&row.doc)?
        .ok_or(ErrorCode::NotFound)?
        .vault;
    let chunks = look.reader.chunks_of(&vault, &row.doc)?;
    let arrived = chunks.iter().filter(|hash| look.chunks.has(hash)).count();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(AttachmentView {
        id: DocId::from_bytes(row.doc),
        version: row.version.clone(),
        household_id: id(facts.household),
        member_id: id(facts.member),
        note_id: id(facts.note),
        name: facts.name,
        media: facts.media,
        size: facts.size,
        width: number(facts.width),
        height: number(facts.height),
        thumbnail: facts.thumbnail,
        taken_on: facts.taken_on,
        description: facts.description,
        local: AttachmentLocal {
            arrived: count(arrived),
            chunks: count(chunks.len()),
        },
        author,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_no_path_and_no_lie() {
        for (given, media, kept) in [
            ("IMG_0001.JPG", Media::Jpeg, "IMG_0001.JPG"),
            ("photo.jpeg", Media::Jpeg, "photo.jpeg"),
            ("C:\\Users\\ito\\通知.pdf", Media::Pdf, "通知.pdf"),
            ("../../etc/passwd", Media::Text, "passwd.txt"),
            ("photo.webp", Media::Jpeg, "photo.jpg"),
            ("run.exe", Media::Png, "run.png"),
            ("令和8.11.26", Media::Png, "令和8.11.26.png"),
            ("", Media::Png, "file.png"),
        ] {
            assert_eq!(named(given, media), kept);
        }
    }
}
