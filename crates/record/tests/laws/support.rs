//! A desk: one worker's laptop with one document.

use automerge::{ActorId, Automerge, AutomergeError, ChangeHash, transaction::Transaction};
use record::{
    Change, DocKey, Document, Edit, Kind, Pen, Refused, Statement, Version, WriteError, prescan,
    trial,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(crate) fn key(kind: Kind) -> DocKey {
    DocKey::new(kind, [7; 16], [9; 16])
}

pub(crate) struct Desk {
    pub(crate) device: [u8; 16],
    pub(crate) document: Document,
    pub(crate) now: i64,
    drawn: u64,
}

impl Desk {
    pub(crate) fn new(number: u8, kind: Kind) -> Desk {
        Desk {
            device: [number; 16],
            document: Document::genesis(key(kind)),
            now: 1_000,
            drawn: u64::from(number) << 56,
        }
    }

    pub(crate) fn try_write(
        &mut self,
        base: Option<&Version>,
        edits: &[Edit],
    ) -> Result<Vec<Change>, WriteError> {
        let Desk {
            device,
            document,
            now,
            drawn,
        } = self;
        let mut nonce = || {
            *drawn += 1;
            drawn.to_be_bytes()
        };
        *now += 1;
        document.write(
            &mut Pen {
                device: *device,
                at: *now,
                nonce: &mut nonce,
            },
            base,
            edits,
        )
    }

    pub(crate) fn write(&mut self, base: Option<&Version>, edits: &[Edit]) -> Vec<Change> {
        self.try_write(base, edits).unwrap()
    }

    /// Takes in what `from` signed.
    pub(crate) fn receive(&mut self, from: [u8; 16], changes: &[Change]) -> Result<(), Refused> {
        for change in changes {
            prescan(&change.bytes, &from)?;
        }
        self.document = trial(&self.document, &announced(changes))?;
        Ok(())
    }

    pub(crate) fn receive_all(&mut self, from: &Desk) {
        self.document = trial(&self.document, &announced(&from.document.changes())).unwrap();
    }

    /// As after a restart: from a snapshot.
    pub(crate) fn reopen(&mut self) {
        self.document = Document::load(self.document.key(), &self.document.save()).unwrap();
    }

    pub(crate) fn text(&self) -> String {
        self.document.view(None).text()
    }

    pub(crate) fn values(&self, map: &str, key: &str) -> Vec<Value> {
        self.document
            .view(None)
            .read(map, key)
            .into_iter()
            .map(|held| held.value)
            .collect()
    }
}

pub(crate) fn announced(changes: &[Change]) -> Vec<([u8; 32], Vec<u8>)> {
    changes
        .iter()
        .map(|change| (change.hash, change.bytes.clone()))
        .collect()
}

pub(crate) fn put(key: &str, value: impl Into<Value>) -> Edit {
    Edit::Put {
        map: "fields",
        key: key.into(),
        value: value.into(),
    }
}

pub(crate) fn text(text: &str) -> Edit {
    Edit::Text(text.into())
}

pub(crate) fn statement(kind: &str) -> Statement {
    Statement {
        kind: kind.into(),
        member_ids: Vec::new(),
        source: None,
        observed_on: None,
        secrecy: None,
    }
}

pub(crate) fn mark(start: usize, end: usize, kind: &str) -> Edit {
    Edit::Mark {
        start,
        end,
        statement: statement(kind),
    }
}

/// A document without this crate: for the red controls.
pub(crate) fn bare(number: u8) -> Automerge {
    Automerge::new().with_actor(ActorId::from([number; 16]))
}

/// The document of a desk, without this crate.
pub(crate) fn stripped(document: &Document, number: u8) -> Automerge {
    Automerge::load(&document.save())
        .unwrap()
        .with_actor(ActorId::from([number; 16]))
}

/// One change to a bare document.
pub(crate) fn edit(
    doc: &mut Automerge,
    edit: impl FnOnce(&mut Transaction<'_>) -> Result<(), AutomergeError>,
) -> ChangeHash {
    let mut tx = doc.transaction();
    edit(&mut tx).unwrap();
    tx.commit().0.unwrap()
}

/// A change chunk with a right checksum around `body`.
pub(crate) fn chunk(body: &[u8]) -> Change {
    let mut hashed = vec![1];
    let mut length = body.len();
    while length >= 0x80 {
        hashed.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    hashed.push(length as u8);
    hashed.extend(body);
    let hash: [u8; 32] = Sha256::digest(&hashed).into();
    let bytes = [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat();
    Change { hash, bytes }
}

/// The body of a change chunk.
pub(crate) fn body(change: &Change) -> Vec<u8> {
    let after_length = change.bytes[9..]
        .iter()
        .position(|byte| byte & 0x80 == 0)
        .unwrap()
        + 10;
    change.bytes[after_length..].to_vec()
}
