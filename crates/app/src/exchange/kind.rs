//! Which kind of document changes belong to: told by the genesis that they rest on.

use record::{ChangeFacts, DocKey, Document, Kind};

/// All names that a document of this id in this vault could have that began in `root`.
pub(super) fn keys(vault: [u8; 16], root: [u8; 16], doc: [u8; 16]) -> impl Iterator<Item = DocKey> {
    Kind::ALL.into_iter().map(move |kind| DocKey {
        kind,
        vault,
        doc,
        root,
    })
}

/// The name of the document on whose genesis one of the changes rests.
pub(crate) fn of(
    vault: [u8; 16],
    root: [u8; 16],
    doc: [u8; 16],
    changes: &[ChangeFacts],
) -> Option<DocKey> {
    keys(vault, root, doc).find(|key| {
        let genesis = Document::genesis_hash(*key);
        changes.iter().any(|change| change.deps.contains(&genesis))
    })
}
