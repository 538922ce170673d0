//! The first change of every document, which each laptop makes for itself.
//!
//! Two laptops that never met must open "round R of household H" and end up with one document. So the
//! first change, which creates all containers, is the same bytes everywhere: its actor is a hash of the
//! document's name, its time is 0, it has no author.
//!
//! # Invariants
//!
//! - **Golden.** `tests/vectors/genesis.txt` pins bytes and hashes; a genesis that changes forks every
//!   document of that kind.
//! - Containers are addressed by the ids they get here, never by looking up their names: whatever else
//!   might come to stand under the name cannot stand in for them.

use std::{collections::BTreeMap, sync::OnceLock};

use automerge::{
    ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc as _,
    TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use sha2::{Digest, Sha256};

use crate::kind::{DocKey, Kind};

/// The name of the text in the root of a document.
const TEXT: &str = "text";

/// Where the containers of a document are.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The hash of the genesis change.
    pub(crate) genesis: ChangeHash,
    maps: Vec<(&'static str, ObjId)>,
    text: Option<ObjId>,
}

impl Layout {
    /// The map called `name`.
    pub(crate) fn map(&self, name: &str) -> Option<&ObjId> {
        self.maps
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, id)| id)
    }

    /// All maps with their names.
    pub(crate) fn maps(&self) -> impl Iterator<Item = (&'static str, &ObjId)> {
        self.maps.iter().map(|(name, id)| (*name, id))
    }

    /// The text, where the kind has one.
    pub(crate) fn text(&self) -> Option<&ObjId> {
        self.text.as_ref()
    }
}

/// Makes the document that consists of its genesis alone.
pub(crate) fn make(key: &DocKey) -> (Automerge, Layout) {
    #[expect(
        clippy::expect_used,
        reason = "creating objects in an empty root has no way to fail"
    )]
    let made = try_make(key).expect("the root of an empty document takes new objects");
    made
}

fn try_make(key: &DocKey) -> Result<(Automerge, Layout), AutomergeError> {
    let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
    doc.set_actor(actor(key));
    let mut tx = doc.transaction();
    let mut maps = Vec::new();
    for name in key.kind.maps() {
        maps.push((*name, tx.put_object(ROOT, *name, ObjType::Map)?));
    }
    let text = match key.kind.has_text() {
        true => Some(tx.put_object(ROOT, TEXT, ObjType::Text)?),
        false => None,
    };
    let (genesis, _) = tx.commit_with(CommitOptions::default().with_time(0));
    let genesis = genesis.ok_or(AutomergeError::Fail)?;
    Ok((
        doc,
        Layout {
            genesis,
            maps,
            text,
        },
    ))
}

/// The hash of the genesis, without making the document: of one kind, all are the same bytes but for the actor.
pub(crate) fn hash(key: &DocKey) -> [u8; 32] {
    static FORMS: OnceLock<BTreeMap<Kind, Form>> = OnceLock::new();
    let forms = FORMS.get_or_init(|| {
        Kind::ALL
            .into_iter()
            .map(|kind| (kind, form(kind)))
            .collect()
    });
    match forms.get(&key.kind) {
        Some(Some((before, behind))) => Sha256::new()
            .chain_update(before)
            .chain_update(actor_bytes(key))
            .chain_update(behind)
            .finalize()
            .into(),
        // A form in which the actor was not found once is made each time.
        _ => make(key).1.genesis.0,
    }
}

/// What of a genesis is hashed before and behind the actor.
type Form = Option<(Vec<u8>, Vec<u8>)>;

fn form(kind: Kind) -> Form {
    let key = DocKey::new(kind, [0; 16], [0; 16]);
    let (doc, layout) = make(&key);
    let change = doc.get_change_by_hash(&layout.genesis)?;
    // Behind the magic and the checksum.
    let hashed = change.raw_bytes().get(8..)?;
    let actor = actor_bytes(&key);
    let at = hashed.windows(actor.len()).position(|part| part == actor)?;
    let (before, rest) = hashed.split_at(at);
    Some((before.to_vec(), rest.get(actor.len()..)?.to_vec()))
}

fn actor(key: &DocKey) -> ActorId {
    ActorId::from(actor_bytes(key))
}

fn actor_bytes(key: &DocKey) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(b"mg/genesis")
        .chain_update(key.kind.as_str())
        .chain_update(key.kind.schema().to_be_bytes())
        .chain_update(key.root)
        .chain_update(key.doc)
        .finalize();
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_genesis_is_told_without_making_it() {
        for kind in Kind::ALL {
            for seed in 0..20 {
                let mut key = DocKey::new(kind, [seed; 16], [200 - seed; 16]);
                assert_eq!(hash(&key), make(&key).1.genesis.0, "{kind}");
                key.root = [seed + 1; 16];
                assert_eq!(hash(&key), make(&key).1.genesis.0, "{kind}");
            }
        }
    }
}
