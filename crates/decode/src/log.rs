//! The access log that somebody exported: text, line by line, its last line made here by device 1, who exports it.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::LazyLock;

use crypto::sign::SignatureKind;
use serde_json::{Value, json};
use wire::cbor;
use wire::ids::{Hash, Org};

use crate::world::Person;

/// The kept file.
const KEPT: &str = include_str!("../../verifier/tests/vectors/log.jsonl");

/// Everything but the last line. Accepted is what the check finds whole; then each entry in it is one that its author
/// signed, whatever the exporter did to the file.
pub(crate) fn log(input: &[u8]) -> bool {
    let file = ended(input);
    let Ok(report) = verifier::check(Cursor::new(&file)) else {
        return false;
    };
    if report.ok {
        let entries: u64 = report.logs.iter().map(|log| log.entries).sum();
        let known = entries_of(&String::from_utf8_lossy(&file));
        assert!(known.is_subset(&SIGNED), "an entry that nobody signed");
        assert!(entries >= known.len() as u64, "and all are counted");
    }
    report.ok
}

/// The entries of the kept file.
static SIGNED: LazyLock<BTreeSet<String>> = LazyLock::new(|| entries_of(KEPT));

fn entries_of(text: &str) -> BTreeSet<String> {
    let lines = text.split('\n');
    let parsed = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed
        .filter_map(|line| Some(line.get("entry")?.as_str()?.to_owned()))
        .collect()
}

/// With the last line that device 1 would write under it.
fn ended(input: &[u8]) -> Vec<u8> {
    let body = input.strip_suffix(b"\n").unwrap_or(input);
    let (mut digest, mut lines) = (Hash::ZERO, 0_u64);
    for line in body.split(|byte| *byte == b'\n') {
        digest = match std::str::from_utf8(line) {
            Ok(_) => Hash::of(&[digest.as_bytes(), line]),
            // As the check reads what is no text.
            Err(_) => Hash::of(&[digest.as_bytes(), "\u{fffd}".as_bytes()]),
        };
        lines += 1;
    }
    let org = org_of(body).unwrap_or(Org::ZERO);
    let statement = cbor::to_vec(&("mg/audit/file/1".to_owned(), (lines, *digest.as_bytes())));
    let key = Person::new(1).sign;
    let signature = key.sign(SignatureKind::Audit, org.as_bytes(), &statement);
    let (sum, signature) = (verifier::hex(digest.as_bytes()), verifier::hex(&signature));
    let end = json!({ "end": { "lines": lines, "sha256": sum, "signature": signature } });
    [body, b"\n", end.to_string().as_bytes(), b"\n"].concat()
}

/// The organisation that the first line names.
fn org_of(body: &[u8]) -> Option<Org> {
    let first = body.split(|byte| *byte == b'\n').next()?;
    let head: Value = serde_json::from_slice(first).ok()?;
    let text = head.get("org")?.as_str()?;
    let byte = |at: usize| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..16).map(byte).collect();
    Some(Org::new(bytes?.try_into().ok()?))
}
