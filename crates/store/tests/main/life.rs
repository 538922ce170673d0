//! Making, opening, locking; who is let in and who is not.

use std::fs;

use crypto::passphrase::Params;
use crypto::recovery::RecoveryCode;
use store::{Error, Finding, NewHeader, Secret, Store, integrity};

use crate::fixture::{Fixture, PASSPHRASE, add, change, count};

#[test]
fn what_was_written_is_there_after_lock_and_unlock() {
    let fixture = Fixture::with_rows(3);
    let mut store = Store::unlock(&fixture.dir, Secret::Passphrase(PASSPHRASE)).unwrap();
    assert_eq!(count(&store), 3);
    add(&mut store, 3, 5);
    store.lock().unwrap();
    let store = fixture.unlock().unwrap();
    assert_eq!((count(&store), store.incarnation()), (5, 1));
    assert_eq!(store.notices().unwrap(), []);
}

#[test]
fn a_copy_in_memory_holds_what_was_there_and_goes_its_own_way() {
    let mut store = Store::ephemeral().unwrap();
    add(&mut store, 0, 2);
    let mut copy = store.ephemeral_copy().unwrap();
    assert_eq!((count(&copy), copy.counter()), (2, store.counter()));
    add(&mut store, 2, 5);
    assert_eq!(count(&copy), 2, "an old copy");
    add(&mut copy, 2, 3);
    assert_eq!((count(&store), count(&copy)), (5, 3));
    // What lies under a key on a disk is not poured out of it.
    let fixture = Fixture::with_rows(1);
    assert!(fixture.unlock().unwrap().ephemeral_copy().is_err());
}

#[test]
fn a_locked_store_is_four_files_and_a_lock() {
    let fixture = Fixture::with_rows(3);
    let mut names: Vec<String> = fs::read_dir(&fixture.dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "header.bak",
            "header.json",
            "journal.head",
            "lock",
            "store.db"
        ]
    );
    assert_eq!(
        fs::metadata(fixture.dir.join("journal.head"))
            .unwrap()
            .len(),
        192
    );
}

#[test]
fn a_good_store_has_no_findings() {
    let fixture = Fixture::with_rows(50);
    assert_eq!(
        integrity::check(&fixture.dir, fixture.secret()).unwrap(),
        []
    );
}

#[test]
fn a_commit_that_fails_leaves_nothing() {
    let fixture = Fixture::with_rows(0);
    let mut store = fixture.unlock().unwrap();
    let before = store.counter();
    let failed: Result<(), Error> = store.transact(|tx| {
        tx.put_change(&change(1), None)?;
        Err(Error::NotFound)
    });
    assert!(matches!(failed, Err(Error::NotFound)));
    assert_eq!((count(&store), store.counter()), (0, before));
}

#[test]
fn a_commit_that_writes_nothing_takes_no_number() {
    let fixture = Fixture::with_rows(0);
    let mut store = fixture.unlock().unwrap();
    let before = store.counter();
    store.transact(|tx| tx.changes(&[0; 16], &[0; 16])).unwrap();
    assert_eq!(store.counter(), before);
}

#[test]
fn a_wrong_passphrase_is_told_from_a_damaged_header() {
    let fixture = Fixture::with_rows(0);
    let wrong = Store::unlock(&fixture.dir, Secret::Passphrase("みほん市の あいことは"));
    assert!(matches!(wrong, Err(Error::WrongSecret)));
    let other = RecoveryCode::make();
    let wrong = Store::unlock(&fixture.dir, Secret::Recovery(&other));
    assert!(matches!(wrong, Err(Error::WrongSecret)));

    fs::write(fixture.dir.join("header.json"), "{").unwrap();
    let wrong = Store::unlock(&fixture.dir, Secret::Recovery(&other));
    assert!(
        matches!(wrong, Err(Error::WrongSecret)),
        "one good copy decides"
    );
    fs::write(fixture.dir.join("header.bak"), "{").unwrap();
    let damaged = Store::unlock(&fixture.dir, Secret::Recovery(&other));
    assert!(matches!(damaged, Err(Error::HeaderDamaged)));
}

#[test]
fn a_second_opening_is_refused_while_the_first_lasts() {
    let fixture = Fixture::with_rows(0);
    let first = fixture.unlock().unwrap();
    let second = fixture.unlock();
    assert!(matches!(&second, Err(fault @ Error::InUse) if !fault.is_permanent()));
    drop(first);
    fixture.unlock().unwrap();
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::with_rows(0);
    fs::set_permissions(&fixture.dir, fs::Permissions::from_mode(0o555)).unwrap();
    let refused = fixture.unlock();
    fs::set_permissions(&fixture.dir, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(refused, Err(Error::ReadOnly)));
    fixture.unlock().unwrap();
}

#[test]
fn nothing_is_made_where_something_is() {
    let fixture = Fixture::with_rows(1);
    let header = NewHeader {
        passphrase: "x",
        params: Params::FLOOR,
        recovery: &fixture.code,
    };
    assert!(matches!(
        Store::create(&fixture.dir, &header),
        Err(Error::AlreadyExists)
    ));
    let other = fixture.beside("letters");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter.txt"), "x").unwrap();
    assert!(matches!(
        Store::create(&other, &header),
        Err(Error::AlreadyExists)
    ));
    assert_eq!(count(&fixture.unlock().unwrap()), 1);
}

#[test]
fn no_store_is_told_from_a_damaged_one() {
    let fixture = Fixture::with_rows(0);
    let nothing = fixture.beside("nothing");
    assert!(matches!(fixture.unlock_at(&nothing), Err(Error::NotFound)));
    fs::create_dir(&nothing).unwrap();
    assert!(matches!(fixture.unlock_at(&nothing), Err(Error::NotFound)));
}

#[test]
fn an_interrupted_making_is_no_store_and_can_be_repeated() {
    let fixture = Fixture::with_rows(0);
    fs::rename(fixture.dir.join("store.db"), fixture.dir.join("making.db")).unwrap();
    assert!(matches!(fixture.unlock(), Err(Error::NotFound)));
    let header = NewHeader {
        passphrase: "x",
        params: Params::FLOOR,
        recovery: &fixture.code,
    };
    Store::create(&fixture.dir, &header)
        .unwrap()
        .lock()
        .unwrap();
    fixture.unlock().unwrap();
}

#[test]
fn a_new_passphrase_replaces_the_old_one() {
    let fixture = Fixture::with_rows(1);
    let mut store = fixture.unlock().unwrap();
    store
        .change_passphrase("べつの ことば", Params::FLOOR)
        .unwrap();
    store.lock().unwrap();
    let old = Store::unlock(&fixture.dir, Secret::Passphrase(PASSPHRASE));
    assert!(matches!(old, Err(Error::WrongSecret)));
    let store = Store::unlock(&fixture.dir, Secret::Passphrase("べつの ことば")).unwrap();
    assert_eq!((count(&store), store.notices().unwrap()), (1, vec![]));
}

#[test]
fn an_incarnation_once_begun_stays_begun() {
    let fixture = Fixture::with_rows(1);
    let mut store = fixture.unlock().unwrap();
    assert_eq!(store.begin_incarnation().unwrap(), 2);
    add(&mut store, 1, 2);
    store.lock().unwrap();
    assert_eq!(fixture.unlock().unwrap().incarnation(), 2);
    assert_eq!(
        integrity::check(&fixture.dir, fixture.secret()).unwrap(),
        []
    );
}

#[test]
fn a_copy_of_the_database_opens_as_the_store_did() {
    let fixture = Fixture::with_rows(20);
    let mut store = fixture.unlock().unwrap();
    add(&mut store, 20, 25);
    let copy = fixture.beside("copy.db");
    store.copy_database(&copy).unwrap();
    assert!(matches!(
        store.copy_database(&copy),
        Err(Error::AlreadyExists)
    ));
    store.lock().unwrap();
    fs::rename(&copy, fixture.dir.join("store.db")).unwrap();
    assert_eq!(count(&fixture.unlock().unwrap()), 25);
    assert_eq!(
        integrity::check(&fixture.dir, fixture.secret()).unwrap(),
        []
    );
}

#[test]
fn a_store_in_memory_commits_like_any_other() {
    let mut store = Store::ephemeral().unwrap();
    add(&mut store, 0, 3);
    store.flush_head().unwrap();
    assert_eq!(count(&store), 3);
    store.lock().unwrap();
}

#[test]
fn a_notice_stays_until_it_was_read() {
    let fixture = Fixture::with_rows(0);
    fs::remove_file(fixture.dir.join("header.bak")).unwrap();
    let expected = [Finding::HeaderCopy { file: "header.bak" }];
    fixture.unlock().unwrap().lock().unwrap();
    let mut store = fixture.unlock().unwrap();
    assert_eq!(store.notices().unwrap(), expected);
    assert_eq!(store.check().unwrap(), expected);
    store.clear_notices().unwrap();
    store.lock().unwrap();
    assert_eq!(
        integrity::check(&fixture.dir, fixture.secret()).unwrap(),
        []
    );
}

#[test]
fn the_head_names_the_newest_commit_before_the_answer() {
    let fixture = Fixture::with_rows(0);
    let mut store = fixture.unlock().unwrap();
    for number in 0..4 {
        let before = fs::read(fixture.dir.join("journal.head")).unwrap();
        add(&mut store, number, number + 1);
        assert_ne!(before, fs::read(fixture.dir.join("journal.head")).unwrap());
    }
}

#[test]
fn an_open_store_can_move_to_another_thread() {
    let mut store = Store::ephemeral().unwrap();
    std::thread::spawn(move || add(&mut store, 0, 1))
        .join()
        .unwrap();
}
