//! One field (消す一項目): the document is written anew without it, in a vault of its own under the same name, with the same
//! readers; then an order destroys the one in which the field stood. Whoever asks for the name is answered by the new one.
//!
//! # Invariants
//!
//! - **Everything else is there as it was**: each value under its author and its day, also in the past; of a text, the words
//!   are there and stand under the name of who wrote the document anew.
//! - **Written before it is signed**: no laptop hides the old one before there is a new one.
//! - **A late laptop's words go over**: what it had put into other fields is put there once the new document has come, as of
//!   then; what it had put into the field itself is shown to the team.

use std::collections::{BTreeMap, BTreeSet};

use record::{Changed, DocKey, Document, Edit, Kind, Statement, Version};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::document::DocumentRow;
use store::table::erase::Part;
use store::{Reader, Transaction};
use wire::erase::Order;
use wire::ids::Hash;

use super::effect;
use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{self, DELETED, FIELDS, HOUSEHOLD, OPENED, REWRITTEN, Said, hex, unhex};
use crate::restricted;
use crate::team;
use crate::trust;
use crate::write::{Write, put};

/// The name of a document's text among its fields.
const TEXT: &str = "text";
/// The register of a note that says which version was confirmed.
const CONFIRMED: &str = "confirmed";
/// What holds a document together; without it there is none.
const INNER: [&str; 8] = [
    OPENED, DELETED, HOUSEHOLD, REWRITTEN, CONFIRMED, "pack", "manifest", "shields",
];

/// Whether a document of this kind has such a field that can go by itself, as `fields/address`, `answers/…` or `text`.
pub(super) fn can_go(kind: Kind, path: &str) -> bool {
    let of_kind = matches!(
        kind,
        Kind::Intake
            | Kind::Case
            | Kind::Person
            | Kind::Note
            | Kind::Round
            | Kind::Handover
            | Kind::Attachment
    );
    if path == TEXT {
        return of_kind && kind.has_text();
    }
    let Some((map, key)) = path.split_once('/') else {
        return false;
    };
    let is_inner =
        map == FIELDS && (INNER.contains(&key) || (kind == Kind::Attachment && key == "note"));
    of_kind && kind.maps().contains(&map) && !is_inner
}

/// Whether anybody ever put something there.
pub(super) fn was_said(document: &Document, path: &str) -> bool {
    document
        .history()
        .into_iter()
        .any(|entry| match entry.what {
            Changed::Field { map, key, .. } => path == format!("{map}/{key}"),
            Changed::Text(_) => path == TEXT,
            Changed::Statements { .. } => false,
        })
}

/// The document of an order about fields.
fn subject(order: &Order) -> Option<([u8; 16], [u8; 16])> {
    let (vault, doc) = (order.vaults.first()?, order.docs.first()?);
    Some((*vault.as_bytes(), *doc.as_bytes()))
}

/// The document that stands in the place of one of this name in `vault`, where it is here.
fn copy_of(reader: &Reader<'_>, vault: &[u8; 16], doc: &[u8; 16]) -> Result<Option<DocumentRow>> {
    for row in reader.namesakes(doc)? {
        if row.vault == *vault {
            continue;
        }
        let document = documents::load(reader, documents::key(&row)?)?;
        if said::shown(&document.view(None), FIELDS, REWRITTEN).is_some() {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

impl App {
    /// Writes the document of an order anew, without its fields. A second time it is brought up to date.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where it is not here to be read, or was written anew since the order was drawn up.
    pub(super) fn rewrite(&mut self, order: &Order) -> Result<()> {
        let (vault, doc) = subject(order).ok_or(ErrorCode::NotFound)?;
        self.apply("erase.rewrite", |w| {
            let row = w.tx.document(&doc)?.filter(|row| row.vault == vault);
            let key = documents::key(&row.ok_or(ErrorCode::NotFound)?)?;
            let old = documents::load(w.tx, key)?;
            let copy = match copy_of(w.tx, &vault, &doc)? {
                Some(row) => {
                    let copy = documents::key(&row)?;
                    w.documents.open(w.tx, &row)?;
                    repeat(w, &old, copy, &order.fields, None)?;
                    copy
                }
                None => {
                    let home = home_beside(w, &vault)?;
                    let copy = DocKey::new(key.kind, home, key.doc);
                    w.begin_copy(copy)?;
                    let times: BTreeSet<i64> =
                        old.history().into_iter().map(|entry| entry.at).collect();
                    for at in times {
                        repeat(w, &old, copy, &order.fields, Some(at))?;
                    }
                    repeat(w, &old, copy, &order.fields, None)?;
                    copy
                }
            };
            let without = put(FIELDS, REWRITTEN, json!({ "without": order.fields }));
            let now = w.now;
            w.write_as_of(copy, None, &[without], now)?;
            w.steps.clear();
            Ok(())
        })?;
        Ok(())
    }

    /// Puts what stood in the fields of an order back into the document that was written anew.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where one of the two is not here.
    pub(super) fn put_back(&mut self, order: &Order) -> Result<Vec<String>> {
        let (vault, doc) = subject(order).ok_or(ErrorCode::NotFound)?;
        let ((), touched) = self.apply("erase.putBack", |w| {
            let row = w.tx.document_in(&vault, &doc)?.ok_or(ErrorCode::NotFound)?;
            let old = documents::load(w.tx, documents::key(&row)?)?;
            let copy = copy_of(w.tx, &vault, &doc)?.ok_or(ErrorCode::NotFound)?;
            let key = documents::key(&copy)?;
            w.documents.open(w.tx, &copy)?;
            let (view, now) = (old.view(None), w.now);
            // Beside what was put there since: then both stand, for somebody to decide.
            let before = Document::genesis(key).version();
            for path in &order.fields {
                if path == TEXT {
                    let since = open(w, &key)?.view(None).text();
                    let mut both = vec![since.clone(), view.text()];
                    both.retain(|text| !text.is_empty());
                    let mut edits = vec![Edit::Text(both.join("\n"))];
                    if since.is_empty() {
                        edits.extend(marks(&view.spans()));
                    }
                    w.write_as_of(key, None, &edits, now)?;
                    continue;
                }
                for (map, name, said) in values_at(&old, None, |other| other == path) {
                    for said in said {
                        let edit = put(map, name.clone(), said.restored());
                        w.write_as_of(key, Some(&before), &[edit], now)?;
                    }
                }
            }
            w.steps.clear();
            Ok(())
        })?;
        Ok(touched)
    }
}

/// A vault with the readers of this one.
fn home_beside(w: &mut Write<'_, '_>, vault: &[u8; 16]) -> Result<[u8; 16]> {
    if w.tx.is_restricted(vault)? {
        let readers = restricted::readers_now(w.tx, &w.trust.directory, vault)?;
        let home = trust::found_restricted_vault(w.tx, w.identity, w.trust, readers)?;
        restricted::open(w, home, String::new())?;
        return Ok(home);
    }
    let lane = w.tx.vault(vault)?.map(|row| row.lane);
    let team = lane.and_then(|lane| team::in_lane(w.trust, &lane));
    w.open_vault(team.as_deref())
}

fn open<'a>(w: &'a mut Write<'_, '_>, key: &DocKey) -> Result<&'a mut Document> {
    w.documents.open(w.tx, &documents::row(*key))
}

fn marks(spans: &[record::Span]) -> Vec<Edit> {
    let mark = |span: &record::Span| Edit::Mark {
        start: span.start,
        end: span.end,
        statement: span.statement.clone(),
    };
    spans.iter().map(mark).collect()
}

/// The registers that `which` takes, as they stood.
fn values_at(
    document: &Document,
    at: Option<&Version>,
    which: impl Fn(&str) -> bool,
) -> Vec<(&'static str, String, Vec<Said>)> {
    let (view, mut values) = (document.view(at), Vec::new());
    for map in document.key().kind.maps() {
        for (key, held) in view.entries(map) {
            if which(&format!("{map}/{key}")) {
                values.push((*map, key, said::distinct(held)));
            }
        }
    }
    values
}

/// Makes the copy say what the document said at a time, ms, or says now.
fn repeat(
    w: &mut Write<'_, '_>,
    old: &Document,
    copy: DocKey,
    without: &BTreeSet<String>,
    at: Option<i64>,
) -> Result<()> {
    let version = at.map(|at| old.version_at(at));
    let said_at = at.unwrap_or(w.now);
    #[cfg(test)]
    let (all, stays) = (BTreeSet::new(), super::tests::FIELD_STAYS.get());
    #[cfg(test)]
    let without = if stays { &all } else { without };
    let wanted = values_at(old, version.as_ref(), |path| !without.contains(path));
    let here = open(w, &copy)?;
    let base = here.version();
    let has: BTreeMap<_, _> = values_at(here, None, |_| true)
        .into_iter()
        .map(|(map, key, said)| ((map, key), said))
        .collect();
    let (mut edits, mut beside, mut confirmed) = (Vec::new(), Vec::new(), None);
    for (map, key, said) in wanted {
        let is_version = map == FIELDS && key == CONFIRMED;
        let alike = |known: &Vec<Said>| match is_version {
            true => known.first().map(who) == said.first().map(who),
            false => *known == said,
        };
        if has.get(&(map, key.clone())).is_some_and(alike) {
            continue;
        }
        let mut said = said.into_iter();
        match said.next() {
            Some(first) if is_version => confirmed = Some(first),
            Some(first) => edits.push(put(map, key.clone(), first.restored())),
            None => {}
        }
        beside.extend(said.map(|other| put(map, key.clone(), other.restored())));
    }
    let (text, spans) = if old.key().kind.has_text() && !without.contains(TEXT) {
        let (view, now) = (old.view(version.as_ref()), here.view(None));
        let text = Some(view.text()).filter(|text| *text != now.text());
        let spans = view.spans();
        let spans = Some(spans).filter(|spans| text.is_some() || *spans != now.spans());
        (text, spans)
    } else {
        (None, None)
    };
    let length = text.as_ref().map(|text| text.chars().count());
    edits.extend(text.map(Edit::Text));
    if !edits.is_empty() {
        w.write_as_of(copy, None, &edits, said_at)?;
    }
    for other in beside {
        w.write_as_of(copy, Some(&base), &[other], said_at)?;
    }
    if let Some(spans) = spans {
        let end = length.unwrap_or(old.view(version.as_ref()).text().chars().count());
        let mut edits = Vec::new();
        if end > 0 {
            edits.push(Edit::Unmark { start: 0, end });
        }
        edits.extend(marks(&spans));
        w.write_as_of(copy, None, &edits, said_at)?;
    }
    if let Some(mut said) = confirmed {
        // What was confirmed is the copy as it is by now.
        let now = open(w, &copy)?.version().to_string();
        if let Some(version) = said.value.get_mut("version") {
            *version = json!(now);
        }
        let edit = put(FIELDS, CONFIRMED, said.restored());
        w.write_as_of(copy, None, &[edit], said_at)?;
    }
    Ok(())
}

fn who(said: &Said) -> (String, i64) {
    (said.by.clone(), said.at)
}

/// What a late laptop had put into other fields, until the new document is here.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Late {
    vault: String,
    doc: String,
    puts: Vec<LatePut>,
    text: Option<LateText>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LatePut {
    map: String,
    key: String,
    value: Value,
    at: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct LateText {
    before: String,
    after: String,
    marks: Vec<(usize, usize, Statement)>,
    at: i64,
}

/// What this device put into a document that those who signed had not seen: what can go over, and the words of the fields
/// that are to go.
pub(super) fn late(
    tx: &Transaction<'_>,
    order: &Order,
    part: &Part,
    own: &[u8; 16],
) -> Result<(Option<Late>, Vec<String>)> {
    let Some((vault, doc)) =
        subject(order).filter(|it| (it.0, Some(it.1)) == (part.vault, part.doc))
    else {
        return Ok((None, Vec::new()));
    };
    let Some(row) = tx.document_in(&vault, &doc)? else {
        return Ok((None, Vec::new()));
    };
    let unseen = |record: &Option<[u8; 32]>| {
        record.is_none_or(|record| !order.records.contains(&Hash::new(record)))
    };
    let late: BTreeSet<[u8; 32]> = tx
        .changes_by(&vault, &doc, own)?
        .into_iter()
        .filter(|(_, record)| unseen(record))
        .map(|(hash, _)| hash)
        .collect();
    if late.is_empty() {
        return Ok((None, Vec::new()));
    }
    let document = documents::load(tx, documents::key(&row)?)?;
    let mut words = Vec::new();
    let mut over = Late {
        vault: hex(&vault),
        doc: hex(&doc),
        puts: Vec::new(),
        text: None,
    };
    let mut text: Option<(Version, i64)> = None;
    for entry in document.history() {
        if !late.contains(&entry.hash) {
            continue;
        }
        match entry.what {
            Changed::Field {
                map, key, after, ..
            } => {
                let Some(put) = after.into_iter().next() else {
                    continue;
                };
                if order.fields.contains(&format!("{map}/{key}")) {
                    words.extend(spoken(said::value_of(&put.value)));
                } else {
                    over.puts.push(LatePut {
                        map: map.to_owned(),
                        key,
                        value: put.value,
                        at: entry.at,
                    });
                }
            }
            Changed::Text(splices) if order.fields.contains(TEXT) => {
                let inserted = splices.into_iter().map(|splice| splice.inserted);
                words.extend(inserted.filter(|text| !text.trim().is_empty()));
            }
            Changed::Statements { .. } if order.fields.contains(TEXT) => {}
            Changed::Text(_) | Changed::Statements { .. } => {
                if text.is_none()
                    && let Some(base) = document.made_at(&entry.hash)
                {
                    text = Some((base, entry.at));
                }
            }
        }
    }
    if let Some((base, at)) = text {
        let view = document.view(None);
        let marks = view.spans().into_iter();
        over.text = Some(LateText {
            before: document.view(Some(&base)).text(),
            after: view.text(),
            marks: marks.map(|it| (it.start, it.end, it.statement)).collect(),
            at,
        });
    }
    let any = !over.puts.is_empty() || over.text.is_some();
    Ok((any.then_some(over), words))
}

/// The words in a value.
fn spoken(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(spoken).collect(),
        Value::Object(map) => map.values().flat_map(spoken).collect(),
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// What came of carrying a late laptop's words over.
pub(super) enum Went {
    /// The new document is not here yet.
    Waits,
    /// They are there, but for these words, which fit nowhere in its text.
    Over(Option<String>),
}

/// Puts late words into the document that was written anew.
pub(super) fn carry_over(w: &mut Write<'_, '_>, late: &Late) -> Result<Went> {
    let names = unhex(&late.vault).zip(unhex(&late.doc));
    let (vault, doc) = names.ok_or_else(|| AppError::new(ErrorCode::StoreDamaged))?;
    let Some(row) = copy_of(w.tx, &vault, &doc)? else {
        return Ok(Went::Waits);
    };
    let key = documents::key(&row)?;
    let gone = gone(w.tx, &doc)?;
    let text = late.text.as_ref().filter(|_| !gone.contains(TEXT));
    let left = text.map_or(Ok(None), |text| carry_text(w, key, text))?;
    for late in &late.puts {
        let map = key.kind.maps().iter().find(|map| **map == late.map);
        let Some(map) = map.filter(|map| !gone.contains(&format!("{map}/{}", late.key))) else {
            continue;
        };
        let mut value = late.value.clone();
        let copy = open(w, &key)?;
        let (now, then) = (copy.version(), copy.version_at(late.at));
        let is_version = *map == FIELDS && late.key == CONFIRMED;
        if is_version && let Some(version) = value.get_mut("version") {
            *version = json!(now.to_string());
        }
        let base = if is_version { now } else { then };
        let edit = put(map, late.key.clone(), value);
        w.write_as_of(key, Some(&base), &[edit], late.at)?;
    }
    Ok(Went::Over(left))
}

/// Puts a late text where its author began. Gives the words where the text that they began with was another.
fn carry_text(w: &mut Write<'_, '_>, key: DocKey, text: &LateText) -> Result<Option<String>> {
    let document = open(w, &key)?;
    let base = document.version_at(text.at);
    if document.view(Some(&base)).text() != text.before {
        return Ok(Some(text.after.clone()).filter(|words| *words != text.before));
    }
    let mut edits = vec![Edit::Text(text.after.clone())];
    edits.extend(text.marks.iter().map(|(start, end, statement)| Edit::Mark {
        start: *start,
        end: *end,
        statement: statement.clone(),
    }));
    w.write_as_of(key, Some(&base), &edits, text.at)?;
    Ok(None)
}

/// The fields of a document that orders in effect have taken out of it.
fn gone(reader: &Reader<'_>, doc: &[u8; 16]) -> Result<BTreeSet<String>> {
    let mut gone = BTreeSet::new();
    for row in reader.erasure_orders()? {
        if row.since.is_some()
            && let Some(order) = effect::read(reader, &row.id)?
            && subject(&order).is_some_and(|(_, of)| of == *doc)
        {
            gone.extend(order.fields);
        }
    }
    Ok(gone)
}
