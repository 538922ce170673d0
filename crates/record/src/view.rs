//! What a document says, at one version.
//!
//! # Invariants
//!
//! - A function of the heads alone: two laptops with equal heads see the same.
//! - Nothing is hidden: a register read gives every value that is held.

use std::fmt;

use automerge::{
    ChangeHash, ObjId, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef, marks::Mark,
};

use crate::{
    document::Document,
    register,
    statement::{self, Places, Span},
    version::Version,
};

/// One value of a register, and who put it there when.
#[derive(Clone, PartialEq)]
pub struct Held {
    /// The value.
    pub value: serde_json::Value,
    /// When its writer says it was written, in ms UTC.
    pub at: i64,
    /// The first bytes of the writer's device.
    pub device: [u8; 8],
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("at", &self.at)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// A document at one version.
pub struct View<'a> {
    document: &'a Document,
    /// `None` for the present, which automerge reads faster.
    at: Option<Vec<ChangeHash>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(document: &'a Document, at: Option<&Version>) -> Self {
        let at = at
            .filter(|version| **version != document.version())
            .map(Version::heads);
        View { document, at }
    }

    pub(crate) fn at_heads(document: &'a Document, heads: Vec<ChangeHash>) -> Self {
        View {
            document,
            at: Some(heads),
        }
    }

    /// What the register `key` of `map` holds: nothing, one value, or several that differ and were put
    /// side by side. The first is the one automerge would show, the same on every laptop; it is not
    /// the more recent or the better one.
    #[must_use]
    pub fn read(&self, map: &str, key: &str) -> Vec<Held> {
        self.document
            .layout
            .map(map)
            .map(|id| self.held(id, key))
            .unwrap_or_default()
    }

    /// All registers of `map` that hold something, ordered by key.
    #[must_use]
    pub fn entries(&self, map: &str) -> Vec<(String, Vec<Held>)> {
        let Some(id) = self.document.layout.map(map) else {
            return Vec::new();
        };
        let doc = &self.document.doc;
        let items = match &self.at {
            None => doc.map_range(id, ..),
            Some(heads) => doc.map_range_at(id, .., heads),
        };
        items
            .filter_map(|item| {
                let held = match (&item.value, item.conflict) {
                    (ValueRef::Scalar(ScalarValueRef::Bytes(bytes)), false) => {
                        held(bytes, &item.id()).into_iter().collect()
                    }
                    // One value that is no register, or several.
                    _ => self.held(id, &item.key),
                };
                (!held.is_empty()).then(|| (item.key.into_owned(), held))
            })
            .collect()
    }

    /// The text; empty where the kind has none.
    #[must_use]
    pub fn text(&self) -> String {
        let Some(id) = self.document.layout.text() else {
            return String::new();
        };
        let doc = &self.document.doc;
        match &self.at {
            None => doc.text(id),
            Some(heads) => doc.text_at(id, heads),
        }
        .unwrap_or_default()
    }

    /// The statements in the text, ordered by where they begin. Statements of workers who had not met
    /// may overlap: both stand until somebody marks again.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let Some(id) = self.document.layout.text() else {
            return Vec::new();
        };
        let doc = &self.document.doc;
        let marks = self.marks();
        if marks.is_empty() {
            return Vec::new();
        }
        let listed = match &self.at {
            None => doc.list_range(id, ..),
            Some(heads) => doc.list_range_at(id, .., heads),
        };
        statement::spans(&marks, &Places::of(statement::characters(listed)))
    }

    /// The marks in the text, as they are held. With the text they say all that [`spans`](Self::spans) says.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let Some(id) = self.document.layout.text() else {
            return Vec::new();
        };
        let doc = &self.document.doc;
        match &self.at {
            None => doc.marks(id),
            Some(heads) => doc.marks_at(id, heads),
        }
        .unwrap_or_default()
    }

    /// Whether the text consists of single characters and nothing else.
    pub(crate) fn is_plain(&self) -> bool {
        let doc = &self.document.doc;
        self.document.layout.text().is_none_or(|id| {
            statement::characters(doc.list_range(id, ..)).count() == doc.length(id)
        })
    }

    fn held(&self, id: &ObjId, key: &str) -> Vec<Held> {
        let doc = &self.document.doc;
        let all = match &self.at {
            None => doc.get_all(id, key),
            Some(heads) => doc.get_all_at(id, key, heads),
        };
        let mut distinct: Vec<Held> = Vec::new();
        // Automerge gives the one it would show last.
        for (value, id) in all.unwrap_or_default().iter().rev() {
            let Value::Scalar(scalar) = value else {
                continue;
            };
            let ScalarValue::Bytes(bytes) = scalar.as_ref() else {
                continue;
            };
            if let Some(held) = held(bytes, id)
                && distinct.iter().all(|known| known.value != held.value)
            {
                distinct.push(held);
            }
        }
        distinct
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("document", &self.document)
            .finish_non_exhaustive()
    }
}

fn held(bytes: &[u8], id: &ObjId) -> Option<Held> {
    let (at, value) = register::decode(bytes)?;
    let device = match id {
        ObjId::Id(_, actor, _) => device(actor.to_bytes()),
        ObjId::Root => [0; 8],
    };
    Some(Held { value, at, device })
}

/// The device in an actor: its first eight bytes.
pub(crate) fn device(actor: &[u8]) -> [u8; 8] {
    actor.first_chunk().copied().unwrap_or_default()
}
