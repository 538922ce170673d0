//! One register, read: who said what when.

use record::{Held, View};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The map that every kind of document has.
pub(crate) const FIELDS: &str = "fields";
/// The register that says who opened the document.
pub(crate) const OPENED: &str = "opened";
/// The tombstone register.
pub(crate) const DELETED: &str = "deleted";
/// The register that says that the document was written anew, and without what (消す一項目).
pub(crate) const REWRITTEN: &str = "rewritten";
/// Why a note is deleted that was moved to the right household: nothing of it is shown, not even in the past.
pub(crate) const MOVED: &str = "moved";
/// The document's household.
pub(crate) const HOUSEHOLD: &str = "household";

/// A value with its author and claimed time (ms).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) value: Value,
    pub(crate) by: String,
    pub(crate) at: i64,
}

impl Said {
    /// Reads a register. A value that undo put back carries whom it came from, so that a colleague's
    /// words do not become those of the one who pressed undo.
    fn read(held: Held) -> Said {
        let Held { value, at, device } = held;
        if let Value::Object(map) = &value
            && let (Some(restored), Some(inner)) = (map.get("restored"), map.get("value"))
            && let (Some(by), Some(at)) = (
                restored.get("by").and_then(Value::as_str),
                restored.get("at").and_then(Value::as_i64),
            )
        {
            return Said {
                value: inner.clone(),
                by: by.to_owned(),
                at,
            };
        }
        Said {
            value,
            by: hex(&device),
            at,
        }
    }

    /// Whether a value was put back as it was said then: by a document that was written anew, not by undo, which comes
    /// later than the words.
    pub(crate) fn is_of(&self, ms: i64) -> bool {
        self.at == ms
    }

    /// The register that puts this value back under its own author.
    pub(crate) fn restored(&self) -> Value {
        json!({ "restored": { "by": self.by, "at": self.at }, "value": self.value })
    }
}

/// Bytes from their hexadecimal form.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex_all(text)?.try_into().ok()
}

/// The same, however many they are.
pub(crate) fn unhex_all(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// What makes two answers different views: what was answered, not how it was learned.
fn point(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("state") => {
            json!([map.get("state"), map.get("value")])
        }
        other => other.clone(),
    }
}

/// All distinct values of a register, the shown one first.
pub(crate) fn all(view: &View, map: &str, key: &str) -> Vec<Said> {
    distinct(view.read(map, key))
}

/// Reads and de-duplicates the held values of one register.
pub(crate) fn distinct(held: Vec<Held>) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::with_capacity(held.len());
    for said in held.into_iter().map(Said::read) {
        if !out
            .iter()
            .any(|known| point(&known.value) == point(&said.value))
        {
            out.push(said);
        }
    }
    out
}

/// The shown value of a register; a cleared one is none.
pub(crate) fn shown(view: &View, map: &str, key: &str) -> Option<Said> {
    all(view, map, key)
        .into_iter()
        .next()
        .filter(|said| !said.value.is_null())
}

/// A text field of the document.
pub(crate) fn string(view: &View, key: &str) -> Option<String> {
    match shown(view, FIELDS, key)?.value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// A list of strings.
pub(crate) fn strings(view: &View, key: &str) -> Vec<String> {
    match shown(view, FIELDS, key).map(|said| said.value) {
        Some(Value::Array(items)) => items
            .into_iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// Who opened the document, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) by: String,
    pub(crate) at: i64,
}

/// Reads who opened the document; none while that change has not arrived, or once it was taken back.
pub(crate) fn opened(view: &View) -> Option<Opened> {
    if shown(view, FIELDS, DELETED).is_some() {
        return None;
    }
    let said = view
        .read(FIELDS, OPENED)
        .into_iter()
        .map(Said::read)
        .min_by(|a, b| (a.at, &a.by).cmp(&(b.at, &b.by)))?;
    Some(Opened {
        by: said.by,
        at: said.at,
    })
}

/// Whether a note was moved to another household.
pub(crate) fn is_moved(view: &View) -> bool {
    shown(view, FIELDS, DELETED)
        .is_some_and(|said| said.value.get("reason").and_then(Value::as_str) == Some(MOVED))
}

/// A point on which several values stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) map: String,
    pub(crate) key: String,
    pub(crate) values: Vec<Said>,
}

/// Every point of the document on which several values stand.
pub(crate) fn standing(view: &View, maps: &[&'static str]) -> Vec<Standing> {
    let mut out = Vec::new();
    for map in maps {
        for (key, held) in view.entries(map) {
            if held.len() < 2 || (*map == FIELDS && key == OPENED) {
                continue;
            }
            let values = distinct(held);
            if values.len() > 1 {
                out.push(Standing {
                    map: (*map).to_owned(),
                    key,
                    values,
                });
            }
        }
    }
    out
}

/// The value inside a register, whether or not undo put it back.
pub(crate) fn value_of(register: &Value) -> &Value {
    match register {
        Value::Object(map) if map.contains_key("restored") => map.get("value").unwrap_or(register),
        other => other,
    }
}
