//! From a damaged store into a fresh one: all that can be read, and a list of what cannot.

use std::fs;

use store::recover::{Recovered, recover};
use store::table::record::RecordRow;
use store::{Error, Store, integrity};

use crate::fixture::{Fixture, add, copy_folder, count};

fn changes(recovered: &Recovered) -> (u64, u64) {
    let table = recovered
        .tables
        .iter()
        .find(|saved| saved.table == "change")
        .unwrap();
    let missing = recovered.missing.iter();
    let changes = missing.filter(|pin| pin.kind() == "change").count();
    (table.saved, changes as u64)
}

#[test]
fn a_good_store_comes_over_whole_with_another_incarnation() {
    let fixture = Fixture::with_rows(30);
    let to = fixture.beside("fresh");
    let recovered = recover(&fixture.dir, &to, fixture.secret(), |_| true).unwrap();
    assert_eq!(changes(&recovered), (30, 0));
    assert_eq!((recovered.incarnation, recovered.commits_missing), (2, 0));
    assert!(recovered.journal_whole);
    assert_eq!(integrity::check(&to, fixture.secret()).unwrap(), []);
    let store = fixture.unlock_at(&to).unwrap();
    assert_eq!((count(&store), store.incarnation()), (30, 2));
}

/// A store from before that table, or of which it is lost, has own records that nobody noted there.
#[test]
fn what_no_hub_signed_for_is_found_anew() {
    let fixture = Fixture::with_rows(1);
    let own = RecordRow {
        id: [5; 32],
        lane: [7; 16],
        device: [1; 16],
        incarnation: 1,
        seq: 1,
        state: "own".to_owned(),
        reason: None,
        at: 0,
        bytes: vec![1],
    };
    let mut store = fixture.unlock_at(&fixture.dir).unwrap();
    store.transact(|tx| tx.put_record(&own)).unwrap();
    let unreceipted = |store: &Store| store.read(|reader| reader.unreceipted(&own.lane)).unwrap();
    assert!(unreceipted(&store).is_empty(), "it was not noted");
    store.lock().unwrap();
    let to = fixture.beside("fresh");
    recover(&fixture.dir, &to, fixture.secret(), |_| true).unwrap();
    assert_eq!(unreceipted(&fixture.unlock_at(&to).unwrap()), [own.id]);
}

#[test]
fn whatever_page_is_damaged_what_is_saved_and_what_is_missing_add_up() {
    let fixture = Fixture::with_rows(60);
    let bytes = fs::read(fixture.dir.join("store.db")).unwrap();
    let (work, to) = (fixture.beside("work"), fixture.beside("fresh"));
    let (mut partly, mut nothing) = (0, 0);
    for page in 0..bytes.len() / 4096 {
        copy_folder(&fixture.dir, &work);
        let mut damaged = bytes.clone();
        damaged[page * 4096 + 100] ^= 1;
        fs::write(work.join("store.db"), &damaged).unwrap();
        let _ = fs::remove_dir_all(&to);
        let recovered = recover(&work, &to, fixture.secret(), |_| true).unwrap();
        let (saved, missing) = changes(&recovered);
        if recovered.journal_whole {
            assert_eq!(saved + missing, 60, "page {page}");
        }
        partly += u32::from(saved > 0 && saved < 60);
        nothing += u32::from(saved == 0);
        assert!(page > 0 || saved == 60, "the first page holds no rows");
        assert_eq!(count(&fixture.unlock_at(&to).unwrap()) as u64, saved);
        assert_eq!(integrity::check(&to, fixture.secret()).unwrap(), []);
        assert_eq!(
            fs::read(work.join("store.db")).unwrap(),
            damaged,
            "the damaged store stays as it was"
        );
    }
    assert!(partly > 3, "no page with rows was hit");
    assert!(
        nothing <= 1,
        "only the root of the table costs more than its own rows"
    );
}

#[test]
fn two_damaged_pages_cost_the_rows_on_them_and_not_those_between() {
    let fixture = Fixture::with_rows(400);
    let bytes = fs::read(fixture.dir.join("store.db")).unwrap();
    let to = fixture.beside("fresh");
    let pages = bytes.len() / 4096;
    let mut damaged = bytes;
    for page in [pages / 3, pages / 2, pages * 3 / 4] {
        damaged[page * 4096 + 100] ^= 1;
    }
    fs::write(fixture.dir.join("store.db"), damaged).unwrap();
    let recovered = recover(&fixture.dir, &to, fixture.secret(), |_| true).unwrap();
    assert!(changes(&recovered).0 > 360, "{recovered:?}");
}

#[test]
fn a_row_that_does_not_verify_is_refused_and_listed() {
    let fixture = Fixture::with_rows(10);
    let to = fixture.beside("fresh");
    let recovered = recover(&fixture.dir, &to, fixture.secret(), |row| {
        row.table() != "change" || row.integer("at") != Some(4)
    })
    .unwrap();
    assert_eq!(changes(&recovered), (9, 1));
    assert_eq!(
        recovered
            .tables
            .iter()
            .map(|saved| saved.refused)
            .sum::<u64>(),
        1
    );
}

#[test]
fn a_lost_write_ahead_log_is_accepted_by_recovering() {
    let fixture = Fixture::with_rows(5);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 5, 9);
    drop(store);
    fs::remove_file(fixture.dir.join("store.db-wal")).unwrap();
    let to = fixture.beside("fresh");
    let recovered = recover(&fixture.dir, &to, fixture.secret(), |_| true).unwrap();
    assert_eq!(
        (changes(&recovered), recovered.commits_missing),
        ((5, 0), 4)
    );
    assert_eq!(count(&fixture.unlock_at(&to).unwrap()), 5);
    assert!(
        matches!(fixture.unlock(), Err(Error::Loss(_))),
        "the damaged store stays as it was"
    );
}

#[test]
fn without_its_database_a_store_keeps_its_key_and_says_what_is_gone() {
    let fixture = Fixture::with_rows(5);
    fs::remove_file(fixture.dir.join("store.db")).unwrap();
    let to = fixture.beside("fresh");
    let recovered = recover(&fixture.dir, &to, fixture.secret(), |_| true).unwrap();
    assert!(recovered.commits_missing >= 5 && !recovered.journal_whole);
    assert_eq!(recovered.incarnation, 2);
    assert_eq!(count(&fixture.unlock_at(&to).unwrap()), 0);
}

#[test]
fn with_neither_database_nor_head_the_incarnation_is_far_above_any_other() {
    let fixture = Fixture::with_rows(5);
    for file in ["store.db", "journal.head"] {
        fs::remove_file(fixture.dir.join(file)).unwrap();
    }
    let recovered = recover(
        &fixture.dir,
        &fixture.beside("fresh"),
        fixture.secret(),
        |_| true,
    )
    .unwrap();
    assert!(recovered.incarnation >= 1 << 30);
}

#[test]
fn without_a_header_nothing_can_be_recovered_and_that_is_said() {
    let fixture = Fixture::with_rows(5);
    for file in ["header.json", "header.bak"] {
        fs::remove_file(fixture.dir.join(file)).unwrap();
    }
    let refused = recover(
        &fixture.dir,
        &fixture.beside("fresh"),
        fixture.secret(),
        |_| true,
    );
    assert!(matches!(refused, Err(Error::HeaderLost)));
}

#[test]
fn an_overwritten_first_page_is_damage_and_no_other_store() {
    let fixture = Fixture::with_rows(30);
    let path = fixture.dir.join("store.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..4096].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let opened = fixture.unlock();
    assert!(matches!(opened, Err(Error::DatabaseDamaged)), "{opened:?}");
    let saved = fixture.beside("saved");
    let recovered = recover(&fixture.dir, &saved, fixture.secret(), |_| true).unwrap();
    assert_eq!(changes(&recovered), (30, 0));

    // With no page of ours left, it is another store's.
    bytes.fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(fixture.unlock(), Err(Error::ForeignFile { .. })));
}
