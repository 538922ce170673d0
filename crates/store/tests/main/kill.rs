//! An answered commit survives the death of the process, at whatever instant.
//!
//! The test runs itself as a child, reads its answers, and kills it. How often: `MARUGOTO_KILLS`, 40 without it.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crypto::passphrase::Params;
use crypto::recovery::RecoveryCode;
use store::{Error, NewHeader, Secret, Store, integrity};

use crate::fixture::{DOC, Fixture, VAULT, change};

const FOLDER: &str = "MARUGOTO_TEST_FOLDER";
const CODE: &str = "MARUGOTO_TEST_CODE";
const MAKING: &str = "MARUGOTO_TEST_MAKING";

/// The child: writes until it is killed, with a lock and an unlock now and then. Without a folder it is no child.
#[test]
fn child() {
    let (Ok(folder), Ok(code)) = (std::env::var(FOLDER), std::env::var(CODE)) else {
        return;
    };
    let (folder, code) = (PathBuf::from(folder), RecoveryCode::parse(&code).unwrap());
    if std::env::var(MAKING).is_ok() {
        make(&folder, &code).lock().unwrap();
        return;
    }
    let unlock = || Store::unlock(&folder, Secret::Recovery(&code)).unwrap();
    let mut store = unlock();
    let mut number = u32::try_from(store.counter()).unwrap() * 1000;
    loop {
        number += 1;
        store
            .transact(|tx| tx.put_change(&change(number), None))
            .unwrap();
        let mut answer = std::io::stdout().lock();
        writeln!(answer, "\nanswered {number}").unwrap();
        answer.flush().unwrap();
        drop(answer);
        if number % 7 == 0 {
            store.flush_head().unwrap();
        }
        if number % 60 == 0 {
            store.lock().unwrap();
            store = unlock();
        }
    }
}

fn make(folder: &Path, code: &RecoveryCode) -> Store {
    let header = NewHeader {
        passphrase: "x",
        params: Params::FLOOR,
        recovery: code,
    };
    Store::create(folder, &header).unwrap()
}

fn start(folder: &Path, code: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "kill::child", "--nocapture", "--test-threads=1"]);
    child.env(FOLDER, folder).env(CODE, code);
    child.stdout(Stdio::piped()).stderr(Stdio::null());
    child
}

fn wait_up_to(milliseconds: u64) {
    let instant = u64::from(u16::from_be_bytes(crypto::random())) % milliseconds;
    std::thread::sleep(Duration::from_millis(instant));
}

/// Lets a child write for a while and kills it. Returns what it answered.
fn run_and_kill(folder: &Path, code: &str) -> Vec<u32> {
    let mut child = start(folder, code).spawn().unwrap();
    let answers = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let lines = answers.lines().map_while(Result::ok);
        lines
            .filter_map(|line| line.strip_prefix("answered ")?.parse().ok())
            .collect()
    });
    wait_up_to(220);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn what_was_answered_is_there_after_a_kill_at_any_instant() {
    let kills = std::env::var("MARUGOTO_KILLS").map_or(40, |kills| kills.parse::<u32>().unwrap());
    let fixture = Fixture::with_rows(0);
    let code = fixture.code.text();
    let mut answered = HashSet::new();
    for _ in 0..kills {
        answered.extend(run_and_kill(&fixture.dir, &code));
        let store = fixture.unlock().expect("the store opens after a kill");
        let rows = store.read(|reader| reader.changes(&VAULT, &DOC)).unwrap();
        let there: HashSet<[u8; 32]> = rows.into_iter().map(|row| row.hash).collect();
        let lost = answered
            .iter()
            .filter(|number| !there.contains(&change(**number).hash))
            .count();
        assert_eq!(lost, 0, "of {} answered", answered.len());
    }
    assert!(
        answered.len() > 100,
        "the child hardly wrote: {}",
        answered.len()
    );
    assert_eq!(
        integrity::check(&fixture.dir, fixture.secret()).unwrap(),
        []
    );
}

#[test]
fn a_making_that_is_killed_leaves_a_store_or_none_and_can_be_repeated() {
    let code = RecoveryCode::make();
    let (mut whole, mut none) = (0, 0);
    for _ in 0..16 {
        let keep = tempfile::tempdir().unwrap();
        let folder = keep.path().join("store");
        let mut child = start(&folder, &code.text())
            .env(MAKING, "1")
            .spawn()
            .unwrap();
        wait_up_to(400);
        child.kill().unwrap();
        child.wait().unwrap();
        match Store::unlock(&folder, Secret::Recovery(&code)) {
            Ok(_) => whole += 1,
            Err(Error::NotFound) => {
                none += 1;
                make(&folder, &code).lock().unwrap();
            }
            Err(fault) => panic!("neither a store nor none: {fault}"),
        }
    }
    assert_eq!(whole + none, 16);
}

/// The kill above rarely falls into the few milliseconds in which each of these files is there.
#[test]
fn whatever_an_interrupted_making_left_is_cleared_away() {
    let code = RecoveryCode::make();
    let left = [
        "making.db",
        "making.db-journal",
        "making.db-wal",
        "making.db-shm",
        "journal.head",
        "journal.head.tmp",
        "header.json",
        "header.json.tmp",
        "header.bak",
        "header.bak.tmp",
        "lock",
    ];
    for last in 1..=left.len() {
        let keep = tempfile::tempdir().unwrap();
        let folder = keep.path().join("store");
        std::fs::create_dir(&folder).unwrap();
        for name in left.iter().take(last) {
            std::fs::write(folder.join(name), b"half").unwrap();
        }
        let found = Store::unlock(&folder, Secret::Recovery(&code));
        assert!(matches!(found, Err(Error::NotFound)), "{:?}", &left[..last]);
        make(&folder, &code).lock().unwrap();
        Store::unlock(&folder, Secret::Recovery(&code)).unwrap();
    }
    // Red control: a file that no making leaves is somebody's, and is not cleared away.
    let keep = tempfile::tempdir().unwrap();
    for name in ["making.db", "letter.txt"] {
        std::fs::write(keep.path().join(name), b"mine").unwrap();
    }
    let header = NewHeader {
        passphrase: "x",
        params: Params::FLOOR,
        recovery: &code,
    };
    let refused = Store::create(keep.path(), &header);
    assert!(matches!(refused, Err(Error::AlreadyExists)));
    assert!(keep.path().join("letter.txt").exists());
}
