//! Who changed what when.

use std::collections::BTreeSet;

use automerge::{ObjId, legacy};

use crate::{
    diff::{self},
    document::Document,
    statement::Span,
    view::{self, Held, View},
};

pub use crate::diff::TextSplice;

/// One thing that one change did.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// The change.
    pub hash: [u8; 32],
    /// The first bytes of the writer's device.
    pub device: [u8; 8],
    /// When the writer says it was written, in ms UTC.
    pub at: i64,
    /// What it did.
    pub what: Changed,
}

/// What was changed, as the writer saw it: others' changes that the writer had not seen play no part.
#[derive(Clone, Debug, PartialEq)]
pub enum Changed {
    /// A register got a value.
    Field {
        /// The map.
        map: &'static str,
        /// The key in it.
        key: String,
        /// What the writer saw there.
        before: Vec<Held>,
        /// What stood there then.
        after: Vec<Held>,
    },
    /// The text was changed.
    Text(Vec<TextSplice>),
    /// Statements were marked or taken off.
    Statements {
        /// What the writer saw, in places of the text before.
        before: Vec<Span>,
        /// What stood there then, in places of the text after.
        after: Vec<Span>,
    },
}

pub(crate) fn history(document: &Document) -> Vec<HistoryEntry> {
    let mut entries = Vec::new();
    for change in document.doc.get_changes(&[]) {
        if change.hash() == document.layout.genesis {
            continue;
        }
        let touched = Touched::by(document, &change.decode());
        let before = View::at_heads(document, change.deps().to_vec());
        let after = View::at_heads(document, vec![change.hash()]);
        let entry = |what| HistoryEntry {
            hash: change.hash().0,
            device: view::device(change.actor_id().to_bytes()),
            at: change.timestamp(),
            what,
        };
        for (map, key) in touched.fields {
            let (before, after) = (before.read(map, &key), after.read(map, &key));
            entries.push(entry(Changed::Field {
                map,
                key,
                before,
                after,
            }));
        }
        if touched.text {
            entries.push(entry(Changed::Text(diff::splices(
                &before.text(),
                &after.text(),
            ))));
        }
        if touched.marks {
            entries.push(entry(Changed::Statements {
                before: before.spans(),
                after: after.spans(),
            }));
        }
    }
    entries
}

/// What the operations of a change are about.
#[derive(Default)]
struct Touched {
    fields: BTreeSet<(&'static str, String)>,
    text: bool,
    marks: bool,
}

impl Touched {
    fn by(document: &Document, change: &legacy::Change) -> Self {
        let mut touched = Touched::default();
        for operation in &change.operations {
            match (&operation.key, &operation.action) {
                (legacy::Key::Map(key), _) => {
                    let map = document
                        .layout
                        .maps()
                        .find(|(_, id)| same(id, &operation.obj));
                    touched
                        .fields
                        .extend(map.map(|(name, _)| (name, key.to_string())));
                }
                (_, legacy::OpType::MarkBegin(_) | legacy::OpType::MarkEnd(_)) => {
                    touched.marks = true
                }
                _ => touched.text = true,
            }
        }
        touched
    }
}

/// Whether an operation's object is the container `id`.
pub(crate) fn same(id: &ObjId, object: &legacy::ObjectId) -> bool {
    match (id, object) {
        (ObjId::Id(counter, actor, _), legacy::ObjectId::Id(operation)) => {
            *counter == operation.counter() && actor == operation.actor()
        }
        _ => false,
    }
}
