//! A backup is restored whole, or refused with nothing made.

use std::fs;

use store::{Error, Secret, Store, integrity};

use crate::fixture::{Fixture, PASSPHRASE, add, count};

fn backup(store: &Store, fixture: &Fixture) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.back_up(&mut bytes, &fixture.beside("copy")).unwrap();
    assert!(
        !fixture.beside("copy").exists(),
        "nothing is left beside it"
    );
    bytes
}

#[test]
fn a_backup_is_restored_as_another_life_of_the_store() {
    let fixture = Fixture::with_rows(20);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 20, 25);
    let bytes = backup(&store, &fixture);
    // What is written after it is not in it.
    add(&mut store, 25, 30);
    let incarnation = store.incarnation();
    store.lock().unwrap();

    for (name, secret) in [
        ("by-code", fixture.secret()),
        ("by-words", Secret::Passphrase(PASSPHRASE)),
    ] {
        let to = fixture.beside(name);
        let restored = Store::restore(&mut bytes.as_slice(), &to, secret).unwrap();
        assert_eq!(count(&restored), 25);
        assert!(restored.incarnation() > incarnation);
        restored.lock().unwrap();
        assert_eq!(integrity::check(&to, fixture.secret()).unwrap(), []);
        let mut again = fixture.unlock_at(&to).unwrap();
        add(&mut again, 30, 31);
        assert_eq!(count(&again), 26);
    }
    // The one that it was made of is as it was.
    assert_eq!(count(&fixture.unlock().unwrap()), 30);
}

#[test]
fn a_backup_is_never_restored_over_anything() {
    let fixture = Fixture::with_rows(3);
    let bytes = backup(&fixture.unlock().unwrap(), &fixture);
    let over = Store::restore(&mut bytes.as_slice(), &fixture.dir, fixture.secret());
    assert!(matches!(over, Err(Error::AlreadyExists)));
    assert_eq!(count(&fixture.unlock().unwrap()), 3);
}

#[test]
fn a_wrong_secret_and_a_foreign_file_are_told_apart() {
    let fixture = Fixture::with_rows(3);
    let bytes = backup(&fixture.unlock().unwrap(), &fixture);
    let to = fixture.beside("other");
    let wrong = Store::restore(&mut bytes.as_slice(), &to, Secret::Passphrase("ちがう"));
    assert!(matches!(wrong, Err(Error::WrongSecret)));
    let foreign = Store::restore(&mut &b"PK\x03\x04 and more"[..], &to, fixture.secret());
    assert!(matches!(foreign, Err(Error::NotABackup)));
    let mut newer = bytes;
    newer[4] = 2;
    let newer = Store::restore(&mut newer.as_slice(), &to, fixture.secret());
    assert!(matches!(newer, Err(Error::NewerFormat)));
}

/// Every byte of the front, and bytes all over the rest; cuts likewise. Each is refused, and the same folder takes the
/// good file afterwards, which is the control.
#[test]
fn no_flip_and_no_cut_is_restored() {
    let fixture = Fixture::with_rows(400);
    let bytes = backup(&fixture.unlock().unwrap(), &fixture);
    let front = 9 + fs::read(fixture.dir.join("header.json")).unwrap().len() + 32;
    let step = (bytes.len() - front) / 120;
    let places: Vec<usize> = (0..front)
        .step_by(7)
        .chain((front..bytes.len()).step_by(step))
        .chain(bytes.len() - 40..bytes.len())
        .collect();
    let to = fixture.beside("restored");
    let refused = |bad: &[u8], what: &str| {
        let fault = Store::restore(&mut &*bad, &to, fixture.secret());
        assert!(fault.is_err(), "{what}");
        let found = Store::unlock(&to, fixture.secret());
        assert!(
            matches!(found, Err(Error::NotFound)),
            "{what} left something"
        );
    };
    for place in &places {
        let mut bad = bytes.clone();
        bad[*place] ^= 1;
        refused(&bad, &format!("a flip at {place} of {}", bytes.len()));
        refused(&bytes[..*place], &format!("a cut at {place}"));
    }
    refused(&[&bytes[..], b"."].concat(), "a byte behind the end");
    let whole = Store::restore(&mut bytes.as_slice(), &to, fixture.secret()).unwrap();
    assert_eq!(count(&whole), 400);
}
