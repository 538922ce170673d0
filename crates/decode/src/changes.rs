//! Changes of documents: the first look, and the trial on a copy. The input is the body of a change; the checksum around
//! it is made here.

use std::sync::LazyLock;

use crypto::sha256;
use record::{Change, DocKey, Document, Edit, Kind, Pen, Refused, Statement};

/// A change with a right checksum around `body`, and its hash.
#[must_use]
pub fn chunk(body: &[u8]) -> ([u8; 32], Vec<u8>) {
    let mut hashed = vec![1];
    let mut length = body.len();
    while length >= 0x80 {
        hashed.push((length % 0x80) as u8 | 0x80);
        length >>= 7;
    }
    hashed.push(length as u8);
    hashed.extend(body);
    let hash = sha256(&[&hashed]);
    let (sum, _) = hash.split_at(4);
    (hash, [&[0x85, 0x6f, 0x4a, 0x83], sum, &hashed].concat())
}

/// The body of a change.
#[must_use]
pub fn body(change: &Change) -> Vec<u8> {
    let behind_kind = change.bytes.get(9..).unwrap_or_default();
    let length = behind_kind.iter().take_while(|byte| **byte >= 0x80).count() + 1;
    behind_kind.get(length..).unwrap_or_default().to_vec()
}

/// Accepted is what the first look lets through.
pub(crate) fn prescan(input: &[u8]) -> bool {
    let (hash, bytes) = chunk(input);
    record::prescan(&bytes, &DEVICE).is_ok_and(|facts| {
        assert_eq!(facts.hash, hash);
        true
    })
}

/// Accepted is what a document takes in; then it is in it byte for byte, and the document can be edited, saved and loaded.
pub(crate) fn trial(input: &[u8]) -> bool {
    let (hash, bytes) = chunk(input);
    if record::prescan(&bytes, &DEVICE).is_err() {
        return false;
    }
    let before = &NOTE.0;
    let mut after = match record::trial(before, &[(hash, bytes.clone())]) {
        Ok(after) => after,
        Err(refused) => {
            assert!(!matches!(refused, Refused::HashDiffers));
            return false;
        }
    };
    let kept = after.changes();
    assert!(kept.iter().any(|it| it.hash == hash && it.bytes == bytes));
    let loaded = Document::load(after.key(), &after.save()).expect("it is loaded again");
    assert_eq!(loaded.version(), after.version());
    write(
        &mut after,
        &[put("a", 9), Edit::Text("次の文。".to_owned())],
    );
    true
}

const DEVICE: [u8; 16] = [1; 16];

/// A note by device 1, and changes by it that rest on the note, each for itself.
static NOTE: LazyLock<(Document, Vec<Change>)> = LazyLock::new(|| {
    let key = DocKey::new(Kind::Note, [7; 16], [9; 16]);
    let mut note = Document::genesis(key);
    let says = |text: &str| Edit::Text(text.to_owned());
    write(&mut note, &[says("母は元気。父は通院中。"), put("a", 1)]);
    let fact = Statement {
        kind: "fact".to_owned(),
        member_ids: Vec::new(),
        source: None,
        observed_on: None,
        secrecy: None,
    };
    let edits = [
        vec![put("a", 2), put("b", "x".to_owned())],
        vec![says("母はとても元気。電話した。")],
        vec![Edit::Mark {
            start: 0,
            end: 5,
            statement: fact,
        }],
    ];
    let changes = edits
        .iter()
        .flat_map(|edits| write(&mut note.clone(), edits));
    let changes = changes.collect();
    (note, changes)
});

/// Honest changes that rest on the note of these targets.
#[must_use]
pub fn honest() -> &'static [Change] {
    &NOTE.1
}

fn put(key: &str, value: impl Into<serde_json::Value>) -> Edit {
    Edit::Put {
        map: "fields",
        key: key.to_owned(),
        value: value.into(),
    }
}

fn write(document: &mut Document, edits: &[Edit]) -> Vec<Change> {
    let mut drawn = 0_u64;
    let mut nonce = || {
        drawn += 1;
        drawn.to_be_bytes()
    };
    let mut pen = Pen {
        device: DEVICE,
        at: 1_790_000_000_000,
        nonce: &mut nonce,
    };
    document
        .write(&mut pen, None, edits)
        .expect("an honest edit is written")
}
