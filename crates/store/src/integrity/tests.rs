//! What each part of the check is for: without it, the damage it is there for passes unseen.

use std::fs;
use std::path::PathBuf;

use crypto::passphrase::Params;
use crypto::recovery::RecoveryCode;
use tempfile::TempDir;

use super::*;
use crate::header_file::NewHeader;
use crate::table::change::ChangeRow;

#[test]
fn each_line_of_the_page_check_is_understood() {
    assert_eq!(
        page("HMAC verification failed for page 12"),
        Finding::Page { number: 12 }
    );
    assert_eq!(
        page("page 3 has an invalid size of 17 bytes (expected 4096 bytes)"),
        Finding::Size
    );
    let unread = page("error reading 4096 bytes from file page 7 at offset 24576");
    assert_eq!(unread, Finding::Page { number: 7 });
    assert_eq!(
        page("unable to allocate memory for hmac"),
        Finding::Unreadable
    );
}

/// Red control for the comparison with `journal.head`: everything inside the database is in order, and rows are gone.
#[test]
fn without_the_head_a_damaged_write_ahead_log_is_silent_loss() {
    let (_keep, dir, code) = folder();
    let mut store = Store::unlock(&dir, Secret::Recovery(&code)).unwrap();
    add(&mut store, 0, 5);
    drop(store);
    let wal = dir.join("store.db-wal");
    let mut bytes = fs::read(&wal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&wal, bytes).unwrap();

    let entered = Entered::enter(&dir, Secret::Recovery(&code)).unwrap();
    assert!(matches!(
        entered.judge(),
        Err(Error::Loss(Loss::DatabaseBehind { .. }))
    ));
    let conn = entered.connect_anyway().unwrap();
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM change", (), |row| row.get(0))
        .unwrap();
    assert!(rows < 5);
    assert_eq!(contents(&conn, &entered.id), []);
}

/// Red control for the pins: with the pages and the structure alone, an old page passes (security finding 3).
#[test]
fn without_pins_a_page_from_an_older_copy_passes() {
    let (_keep, dir, code) = folder();
    let database = dir.join("store.db");
    let keep_key = || {
        let mut store = Store::unlock(&dir, Secret::Recovery(&code)).unwrap();
        store
            .transact(|tx| tx.put_vault_key(&[1; 16], &crypto::SecretKey::make()))
            .unwrap();
        store.lock().unwrap();
        fs::read(&database).unwrap()
    };
    let (old, new) = (keep_key(), keep_key());

    let mut told_by_pins_alone = 0;
    let pages_that_differ = (4096..old.len())
        .step_by(4096)
        .filter(|at| old[*at..at + 4096] != new[*at..at + 4096]);
    for at in pages_that_differ {
        let mut mixed = new.clone();
        mixed[at..at + 4096].copy_from_slice(&old[at..at + 4096]);
        fs::write(&database, mixed).unwrap();
        let entered = Entered::enter(&dir, Secret::Recovery(&code)).unwrap();
        let conn = entered.connect_anyway().unwrap();
        assert_eq!(
            pages(&conn).unwrap(),
            [],
            "SQLCipher takes every old page for good"
        );
        assert_eq!(structure(&conn).unwrap(), [], "and so does SQLite");
        let chain = chain(&conn, &entered.id).unwrap();
        told_by_pins_alone += u32::from(matches!(
            chain[..],
            [Finding::Pinned {
                kind: "vault_key",
                ..
            }]
        ));
    }
    assert_eq!(told_by_pins_alone, 1);
}

/// Red control for the page check: a free page is never read, so that only this pragma sees its damage.
#[test]
fn without_the_page_check_a_damaged_free_page_passes() {
    let (_keep, dir, code) = folder();
    let mut store = Store::unlock(&dir, Secret::Recovery(&code)).unwrap();
    for sql in [
        "UPDATE meta SET value = zeroblob(40000) WHERE key = 'header'",
        "UPDATE meta SET value = x'00' WHERE key = 'header'",
    ] {
        store
            .transact(|tx| tx.conn().execute(sql, ()).map_err(Error::from))
            .unwrap();
    }
    store.lock().unwrap();
    let database = dir.join("store.db");
    let bytes = fs::read(&database).unwrap();
    let mut told_by_pages_alone = 0;
    for at in (4096 + 2000..bytes.len()).step_by(4096) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(&database, damaged).unwrap();
        let entered = Entered::enter(&dir, Secret::Recovery(&code)).unwrap();
        let Ok(conn) = entered.connect_anyway() else {
            continue;
        };
        assert!(matches!(pages(&conn).unwrap()[..], [Finding::Page { .. }]));
        let rest =
            structure(&conn).and_then(|found| Ok([found, chain(&conn, &entered.id)?].concat()));
        told_by_pages_alone += u32::from(rest.is_ok_and(|found| found.is_empty()));
    }
    assert!(told_by_pages_alone > 5, "{told_by_pages_alone}");
}

/// Those of the schema, too, on which nothing connects.
#[test]
fn whatever_page_is_damaged_its_number_is_said() {
    let (_keep, dir, code) = folder();
    let database = dir.join("store.db");
    let bytes = fs::read(&database).unwrap();
    let mut past_connecting = 0;
    for at in (2000..bytes.len()).step_by(4096) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(&database, damaged).unwrap();
        let number = at as u64 / 4096 + 1;
        let found = check(&dir, Secret::Recovery(&code)).unwrap();
        assert!(
            found.contains(&Finding::Page { number }),
            "{number}: {found:?}"
        );
        let entered = Entered::enter(&dir, Secret::Recovery(&code)).unwrap();
        past_connecting += u32::from(entered.connect_anyway().is_err());
    }
    assert!(past_connecting > 1, "{past_connecting}");
}

#[test]
fn a_changed_row_of_the_journal_breaks_the_chain() {
    let (_keep, dir, code) = folder();
    let mut store = Store::unlock(&dir, Secret::Recovery(&code)).unwrap();
    add(&mut store, 0, 5);
    assert_eq!(chain(&store.conn, &store.id).unwrap(), []);
    let changes = [
        "UPDATE journal SET pins = x'' WHERE counter = 4",
        "UPDATE journal SET incarnation = 2 WHERE counter = 4",
        "DELETE FROM journal WHERE counter = 4",
    ];
    for change in changes {
        store.conn.execute_batch("BEGIN").unwrap();
        store.conn.execute(change, ()).unwrap();
        assert_eq!(
            chain(&store.conn, &store.id).unwrap(),
            [Finding::Chain { counter: 4 }],
            "{change}"
        );
        store.conn.execute_batch("ROLLBACK").unwrap();
    }
}

fn folder() -> (TempDir, PathBuf, RecoveryCode) {
    let keep = tempfile::tempdir().unwrap();
    let (dir, code) = (keep.path().join("store"), RecoveryCode::make());
    let header = NewHeader {
        passphrase: "x",
        params: Params::FLOOR,
        recovery: &code,
    };
    Store::create(&dir, &header).unwrap().lock().unwrap();
    (keep, dir, code)
}

fn add(store: &mut Store, from: u8, to: u8) {
    for number in from..to {
        store
            .transact(|tx| tx.put_change(&change(number), None))
            .unwrap();
    }
}

fn change(number: u8) -> ChangeRow {
    ChangeRow {
        vault: [1; 16],
        doc: [2; 16],
        hash: [number; 32],
        bytes: vec![number; 300],
        device: [3; 16],
        at: i64::from(number),
        dir_head: [0; 32],
        roster_head: [0; 32],
    }
}
