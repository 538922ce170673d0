//! What a step of the schema makes of what stood there before it.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, params};

/// All steps, in order.
fn steps() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("00")
        })
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// What another office passed on before the vaults of several had a place in one.
#[test]
fn what_was_passed_on_before_keeps_its_place() {
    let conn = Connection::open_in_memory().unwrap();
    let steps = steps();
    for step in &steps[..16] {
        conn.execute_batch(step).unwrap();
    }
    let (vault, root, record, origin) = ([1_u8; 16], [9_u8; 16], [8_u8; 32], [10_u8; 32]);
    let document =
        "INSERT INTO document (vault, doc, kind, root, seen) VALUES (?1, ?2, 'case', ?3, ?4)";
    conn.execute(document, params![vault, [2_u8; 16], root, 0])
        .unwrap();
    conn.execute(document, params![vault, [3_u8; 16], None::<[u8; 16]>, 1])
        .unwrap();
    conn.execute(
        "INSERT INTO change (vault, doc, hash, bytes, device, at, dir_head, roster_head, record)
         VALUES (?1, ?2, ?3, x'00', ?2, 0, ?3, ?3, ?4)",
        params![vault, [2_u8; 16], [4_u8; 32], record],
    )
    .unwrap();
    conn.execute(
        "INSERT INTO passed VALUES (?1, ?2)",
        params![origin, record],
    )
    .unwrap();
    for step in &steps[16..] {
        conn.execute_batch(step).unwrap();
    }
    let passed: ([u8; 32], [u8; 16], [u8; 32]) = conn
        .query_row("SELECT origin, vault, record FROM passed", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })
        .unwrap();
    assert_eq!(passed, (origin, vault, record));
    let place: ([u8; 16], [u8; 16], Option<[u8; 32]>) = conn
        .query_row("SELECT root, vault, record FROM passed_root", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })
        .unwrap();
    assert_eq!(place, (root, vault, None));
}
