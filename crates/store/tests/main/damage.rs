//! Rot, removal and old copies: each is said, none is silent.
//!
//! "Noticed" is an error at opening, a notice after it, or a finding of the check. What is not noticed must be
//! harmless: then every row is still there.

use std::fs;
use std::path::Path;

use crypto::passphrase::Params;
use store::{Error, Finding, Loss, Store, integrity};

use crate::fixture::{Fixture, add, copy_folder, count};

/// The four files of a locked store.
const FILES: [&str; 4] = ["store.db", "header.json", "header.bak", "journal.head"];

const NONE: [usize; 0] = [];

/// Whether opening says anything.
fn noticed_at_opening(fixture: &Fixture, dir: &Path) -> bool {
    match fixture.unlock_at(dir) {
        Err(_) => true,
        Ok(store) => !store.notices().unwrap().is_empty(),
    }
}

fn noticed_by_check(fixture: &Fixture, dir: &Path) -> bool {
    integrity::check(dir, fixture.secret()).map_or(true, |findings| !findings.is_empty())
}

/// Flips one bit in each of the bytes `at`, one after the other, and returns those that nobody noticed.
fn silent_flips(
    file: &str,
    fixture: &Fixture,
    at: impl Iterator<Item = usize>,
    noticed: impl Fn(&Fixture, &Path) -> bool,
) -> Vec<usize> {
    let work = fixture.beside("work");
    let bytes = fs::read(fixture.dir.join(file)).unwrap();
    copy_folder(&fixture.dir, &work);
    assert!(
        !noticed(fixture, &work),
        "an undamaged copy raises no alarm"
    );
    at.filter(|at| {
        copy_folder(&fixture.dir, &work);
        let mut damaged = bytes.clone();
        damaged[*at] ^= 1 << (at % 8);
        fs::write(work.join(file), damaged).unwrap();
        !noticed(fixture, &work)
    })
    .collect()
}

fn length(fixture: &Fixture, file: &str) -> usize {
    fs::read(fixture.dir.join(file)).unwrap().len()
}

#[test]
fn a_flip_in_any_byte_of_a_header_is_noticed_at_opening() {
    let fixture = Fixture::with_rows(1);
    for file in ["header.json", "header.bak"] {
        let all = 0..length(&fixture, file);
        assert_eq!(silent_flips(file, &fixture, all, noticed_at_opening), NONE);
    }
}

#[test]
fn a_flip_in_any_byte_of_the_head_is_noticed_at_opening() {
    let fixture = Fixture::with_rows(1);
    assert_eq!(
        silent_flips("journal.head", &fixture, 0..192, noticed_at_opening),
        NONE
    );
}

#[test]
fn a_flip_in_any_page_of_the_database_is_noticed_by_the_check() {
    let fixture = Fixture::with_rows(40);
    let pages = length(&fixture, "store.db") / 4096;
    let sample = (0..pages).flat_map(|page| [0, 1033, 2999, 4095].map(|byte| page * 4096 + byte));
    assert_eq!(
        silent_flips("store.db", &fixture, sample, noticed_by_check),
        NONE
    );
}

#[test]
fn a_flip_in_the_write_ahead_log_is_noticed_at_opening() {
    let fixture = Fixture::with_rows(2);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 2, 8);
    drop(store);
    let sample = (0..length(&fixture, "store.db-wal")).step_by(37);
    assert_eq!(
        silent_flips("store.db-wal", &fixture, sample, noticed_at_opening),
        NONE
    );
}

#[test]
fn a_shortened_file_is_noticed() {
    let fixture = Fixture::with_rows(40);
    let work = fixture.beside("work");
    for file in FILES {
        let bytes = fs::read(fixture.dir.join(file)).unwrap();
        // All short lengths, then every page.
        let lengths = (0..bytes.len().min(400))
            .step_by(13)
            .chain((4096..bytes.len()).step_by(4096));
        for length in lengths.chain([bytes.len() - 1]) {
            copy_folder(&fixture.dir, &work);
            fs::write(work.join(file), &bytes[..length]).unwrap();
            assert!(noticed_by_check(&fixture, &work), "{file} cut to {length}");
        }
    }
}

#[test]
fn a_shortened_write_ahead_log_is_noticed() {
    let fixture = Fixture::with_rows(2);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 2, 12);
    drop(store);
    let work = fixture.beside("work");
    let bytes = fs::read(fixture.dir.join("store.db-wal")).unwrap();
    for length in (0..bytes.len()).step_by(1024) {
        copy_folder(&fixture.dir, &work);
        fs::write(work.join("store.db-wal"), &bytes[..length]).unwrap();
        let behind = fixture.unlock_at(&work);
        assert!(
            matches!(behind, Err(Error::Loss(Loss::DatabaseBehind { .. }))),
            "cut to {length}"
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    let fixture = Fixture::with_rows(3);
    let work = fixture.beside("work");
    for file in FILES {
        copy_folder(&fixture.dir, &work);
        fs::remove_file(work.join(file)).unwrap();
        let opened = fixture.unlock_at(&work);
        match file {
            "store.db" => assert!(matches!(opened, Err(Error::Loss(Loss::DatabaseMissing)))),
            "journal.head" => assert!(matches!(opened, Err(Error::Loss(Loss::HeadMissing)))),
            file => {
                let store = opened.unwrap();
                assert_eq!(store.notices().unwrap(), [Finding::HeaderCopy { file }]);
                assert_eq!(
                    fs::read(work.join("header.json")).unwrap(),
                    fs::read(work.join("header.bak")).unwrap()
                );
            }
        }
    }
    copy_folder(&fixture.dir, &work);
    for header in ["header.json", "header.bak"] {
        fs::remove_file(work.join(header)).unwrap();
    }
    assert!(matches!(fixture.unlock_at(&work), Err(Error::HeaderLost)));
}

#[test]
fn a_removed_write_ahead_log_is_a_loss_of_so_many_commits() {
    let fixture = Fixture::with_rows(3);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 3, 10);
    drop(store);
    fs::remove_file(fixture.dir.join("store.db-wal")).unwrap();
    let expected = Loss::DatabaseBehind { by: 7 };
    for _ in 0..2 {
        assert!(
            matches!(fixture.unlock(), Err(Error::Loss(loss)) if loss == expected),
            "it is said until it is accepted"
        );
    }
    assert_eq!(
        integrity::check(&fixture.dir, fixture.secret()).unwrap(),
        [Finding::Lost(expected)]
    );
}

#[test]
fn an_old_copy_of_any_single_file_is_noticed_at_opening() {
    let fixture = Fixture::with_rows(3);
    let old = fixture.copy("old");
    let mut store = fixture.unlock().unwrap();
    store
        .change_passphrase("べつの ことば", Params::FLOOR)
        .unwrap();
    add(&mut store, 3, 6);
    store.lock().unwrap();
    let work = fixture.beside("work");
    for file in FILES {
        copy_folder(&fixture.dir, &work);
        fs::copy(old.join(file), work.join(file)).unwrap();
        let opened = fixture.unlock_at(&work);
        match file {
            "store.db" => assert!(matches!(
                opened,
                Err(Error::Loss(Loss::DatabaseBehind { .. }))
            )),
            "journal.head" => assert!(matches!(opened, Err(Error::Loss(Loss::HeadOld { .. })))),
            file => assert_eq!(
                opened.unwrap().notices().unwrap(),
                [Finding::HeaderCopy { file }]
            ),
        }
    }
    // Both copies of the header: the old passphrase opens again, and that is said.
    copy_folder(&fixture.dir, &work);
    for file in ["header.json", "header.bak"] {
        fs::copy(old.join(file), work.join(file)).unwrap();
    }
    assert_eq!(
        fixture.unlock_at(&work).unwrap().notices().unwrap(),
        [Finding::HeaderOld]
    );
}

/// An old write-ahead log beside a newer database: SQLite would read old pages over new ones.
#[test]
fn an_old_write_ahead_log_is_noticed_at_opening() {
    let fixture = Fixture::with_rows(3);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 3, 6);
    drop(store);
    let old = fixture.copy("old");
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 6, 9);
    store.lock().unwrap();
    fs::copy(old.join("store.db-wal"), fixture.dir.join("store.db-wal")).unwrap();
    assert!(matches!(
        fixture.unlock(),
        Err(Error::Loss(_) | Error::DatabaseDamaged)
    ));
}

#[test]
fn a_file_of_another_store_is_named() {
    let (fixture, other) = (Fixture::with_rows(2), Fixture::with_rows(2));
    let work = fixture.beside("work");
    for file in ["store.db", "journal.head"] {
        copy_folder(&fixture.dir, &work);
        fs::copy(other.dir.join(file), work.join(file)).unwrap();
        let opened = fixture.unlock_at(&work);
        assert!(matches!(opened, Err(Error::ForeignFile { file: named }) if named == file));
    }
    copy_folder(&fixture.dir, &work);
    fs::copy(other.dir.join("header.json"), work.join("header.json")).unwrap();
    let store = fixture.unlock_at(&work).unwrap();
    assert_eq!(
        store.notices().unwrap(),
        [Finding::HeaderCopy {
            file: "header.json"
        }]
    );
    drop(store);

    copy_folder(&fixture.dir, &work);
    for header in ["header.json", "header.bak"] {
        fs::copy(other.dir.join(header), work.join(header)).unwrap();
    }
    let ours = fixture.unlock_at(&work);
    assert!(matches!(
        ours,
        Err(Error::ForeignFile {
            file: "header.json"
        })
    ));
    let theirs = other.unlock_at(&work);
    assert!(matches!(
        theirs,
        Err(Error::ForeignFile {
            file: "journal.head" | "store.db"
        })
    ));
}

/// SQLCipher alone takes a page from an older copy for good (security finding 3).
#[test]
fn a_page_put_back_from_an_older_copy_is_noticed_or_harmless() {
    let fixture = Fixture::with_rows(40);
    let old = fs::read(fixture.dir.join("store.db")).unwrap();
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 40, 48);
    store.lock().unwrap();
    let new = fs::read(fixture.dir.join("store.db")).unwrap();
    let (work, mut put_back, mut noticed) = (fixture.beside("work"), 0, 0);
    for (page, bytes) in old.chunks(4096).enumerate() {
        let at = page * 4096;
        if new[at..at + 4096] == *bytes {
            continue;
        }
        copy_folder(&fixture.dir, &work);
        let mut mixed = new.clone();
        mixed[at..at + 4096].copy_from_slice(bytes);
        fs::write(work.join("store.db"), mixed).unwrap();
        put_back += 1;
        if noticed_by_check(&fixture, &work) {
            noticed += 1;
        } else {
            assert_eq!(
                count(&fixture.unlock_at(&work).unwrap()),
                48,
                "page {page} is silent and not harmless"
            );
        }
    }
    assert!(put_back >= 3 && noticed >= 2, "{noticed} of {put_back}");
}

#[test]
fn a_head_that_was_flushed_and_then_lost_is_an_old_copy() {
    let fixture = Fixture::with_rows(1);
    let mut store = fixture.unlock().unwrap();
    let old = fs::read(fixture.dir.join("journal.head")).unwrap();
    add(&mut store, 1, 3);
    store.flush_head().unwrap();
    add(&mut store, 3, 4);
    drop(store);
    fs::write(fixture.dir.join("journal.head"), old).unwrap();
    assert!(matches!(
        fixture.unlock(),
        Err(Error::Loss(Loss::HeadOld { .. }))
    ));
}

/// What a power cut may do to the head: the slot that was not fsynced is torn. The other one is enough.
#[test]
fn a_torn_slot_is_a_notice_and_no_loss() {
    let fixture = Fixture::with_rows(1);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 1, 3);
    store.flush_head().unwrap();
    let flushed = fs::read(fixture.dir.join("journal.head")).unwrap();
    add(&mut store, 3, 9);
    drop(store);
    let newest = fs::read(fixture.dir.join("journal.head")).unwrap();
    let changed: Vec<usize> = (0..192).filter(|at| flushed[*at] != newest[*at]).collect();
    let slot = changed[0] / 96;
    assert!(
        changed.iter().all(|at| at / 96 == slot),
        "only one slot is written between two fsyncs"
    );
    let mut torn = newest.clone();
    torn[slot * 96 + 48..slot * 96 + 96].copy_from_slice(&flushed[slot * 96 + 48..slot * 96 + 96]);
    fs::write(fixture.dir.join("journal.head"), torn).unwrap();
    let store: Store = fixture.unlock().unwrap();
    assert_eq!(
        (count(&store), store.notices().unwrap()),
        (9, vec![Finding::HeadSlot])
    );
}
