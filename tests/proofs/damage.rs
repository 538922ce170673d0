//! Rot, cuts, deletions and old copies: each is refused or told, none is silent.
//!
//! A trial damages one copy of a store and asks `verify`, as the command line does; what it costs is spared by opening
//! with the recovery code. What is not told at all fails the test, whether or not it would have done harm.

mod bundle;
mod recover;
mod specimen;

use std::fs;
use std::path::Path;
use std::time::Instant;

use self::specimen::{Specimen, copy_folder};
use app::AppError;
use crypto::recovery::RecoveryCode;
use store::{Secret, Store};

use crate::work;

/// What came of damage.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// The store does not open, for this reason.
    Refused(String),
    /// It was told, by these codes.
    Told(Vec<String>),
    /// Nobody said a word.
    Silent,
}

/// Asks `verify`.
fn checked(dir: &Path, secret: &str) -> Outcome {
    let verified = work::verify(dir, secret);
    match (verified.ok, verified.codes.is_empty()) {
        (true, true) => Outcome::Silent,
        _ => Outcome::Told(verified.codes),
    }
}

/// Opens, and reads the notices: what `verify` says without looking at the database, at a tenth of the cost.
fn noticed(dir: &Path, secret: &str) -> Outcome {
    let code = RecoveryCode::parse(secret).unwrap();
    match Store::unlock(dir, Secret::Recovery(&code)) {
        Err(error) => Outcome::Refused(AppError::from(error).code.as_str().to_owned()),
        Ok(store) => {
            let codes: Vec<_> = store
                .notices()
                .unwrap()
                .iter()
                .map(|found| found.code().to_owned())
                .collect();
            if codes.is_empty() {
                Outcome::Silent
            } else {
                Outcome::Told(codes)
            }
        }
    }
}

/// Opens, and asks `verify` only where that succeeds.
fn opened(dir: &Path, secret: &str) -> Outcome {
    match work::open(dir, secret) {
        Err(error) => {
            assert!([1, 3].contains(&error.code.exit()));
            Outcome::Refused(error.code.as_str().to_owned())
        }
        Ok(app) => {
            drop(app);
            checked(dir, secret)
        }
    }
}

/// Damages one file of a copy in every way of `damages`, and counts what comes of it.
fn tried(
    specimen: &Specimen,
    files: &[&str],
    damages: impl Iterator<Item = Damage>,
    ask: fn(&Path, &str) -> Outcome,
) -> Tally {
    let work = specimen.beside("work");
    copy_folder(&specimen.dir(), &work);
    assert_eq!(
        ask(&work, specimen.secret()),
        Outcome::Silent,
        "control: an undamaged copy raises no alarm"
    );
    let whole = fs::read(specimen.dir().join(files[0])).unwrap();
    let began = Instant::now();
    let mut tally = Tally::default();
    for damage in damages {
        copy_folder(&specimen.dir(), &work);
        for file in files {
            fs::write(work.join(file), damage.done_to(&whole)).unwrap();
        }
        tally.add(damage, ask(&work, specimen.secret()));
    }
    println!("{files:?}: {tally} in {:?}", began.elapsed());
    tally
}

/// One way to damage a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    /// One bit of this byte.
    Flip(usize),
    /// Everything from here on is gone.
    Cut(usize),
}

impl Damage {
    fn done_to(self, whole: &[u8]) -> Vec<u8> {
        match self {
            Self::Flip(at) => {
                let mut bytes = whole.to_vec();
                bytes[at] ^= 1 << (at % 8);
                bytes
            }
            Self::Cut(length) => whole[..length].to_vec(),
        }
    }
}

/// How many trials, and what came of them.
#[derive(Debug, Default)]
struct Tally {
    trials: usize,
    outcomes: std::collections::BTreeMap<String, usize>,
    silent: Vec<Damage>,
}

impl Tally {
    fn add(&mut self, damage: Damage, outcome: Outcome) {
        self.trials += 1;
        let told = match outcome {
            Outcome::Refused(code) => code,
            // The worst one names the outcome.
            Outcome::Told(codes) => codes[0].clone(),
            Outcome::Silent => {
                self.silent.push(damage);
                return;
            }
        };
        *self.outcomes.entry(told).or_default() += 1;
    }

    /// All that came of it, by code.
    fn codes(&self) -> Vec<&str> {
        self.outcomes.keys().map(String::as_str).collect()
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} silent of {} {:?}",
            self.silent.len(),
            self.trials,
            self.outcomes
        )
    }
}

fn none() -> [Damage; 0] {
    []
}

#[test]
fn a_flip_in_any_byte_of_a_header_is_told_and_the_other_copy_opens() {
    let specimen = Specimen::locked();
    for file in ["header.json", "header.bak"] {
        let length = specimen.length(file);
        let tally = tried(&specimen, &[file], (0..length).map(Damage::Flip), noticed);
        assert_eq!(tally.silent, none(), "{file}");
        let expected = if file == "header.json" {
            "header_json_restored"
        } else {
            "header_bak_restored"
        };
        assert_eq!(tally.codes(), [expected]);
    }
}

#[test]
fn a_flip_in_the_same_byte_of_both_headers_is_refused() {
    let specimen = Specimen::locked();
    let flips = (0..specimen.length("header.json")).map(Damage::Flip);
    let tally = tried(&specimen, &["header.json", "header.bak"], flips, opened);
    assert_eq!(tally.silent, none());
    // Never as a slip of the tongue.
    assert!(!tally.codes().contains(&"wrong_passphrase"), "{tally}");
}

#[test]
fn a_flip_in_any_byte_of_the_head_is_told() {
    let specimen = Specimen::locked();
    let tally = tried(
        &specimen,
        &["journal.head"],
        (0..192).map(Damage::Flip),
        noticed,
    );
    assert_eq!(tally.silent, none());
}

#[test]
fn a_flip_in_any_page_of_the_database_is_told() {
    let specimen = Specimen::locked();
    let flips = || {
        (0..specimen.length("store.db") / 4096)
            .flat_map(|page| [0, 1033, 2999, 4095].map(|at| Damage::Flip(page * 4096 + at)))
    };
    let tally = tried(&specimen, &["store.db"], flips(), checked);
    assert_eq!(tally.silent, none());
    // Control: opening and looking at a household alone miss many of them.
    let looked = |dir: &Path, secret: &str| match work::open(dir, secret) {
        Err(error) => Outcome::Refused(error.code.as_str().to_owned()),
        Ok(_) => Outcome::Silent,
    };
    let tally = tried(&specimen, &["store.db"], flips().step_by(7), looked);
    assert!(tally.silent.len() * 4 > tally.trials, "{tally}");
}

#[test]
fn a_flip_in_the_write_ahead_log_is_refused() {
    let specimen = Specimen::live(2);
    let flips = (0..specimen.length("store.db-wal"))
        .step_by(37)
        .map(Damage::Flip);
    let tally = tried(&specimen, &["store.db-wal"], flips, opened);
    assert_eq!(tally.silent, none());
    assert_eq!(tally.codes(), ["store_loss"]);
}

#[test]
fn a_cut_write_ahead_log_is_refused_because_the_head_stands_outside() {
    let specimen = Specimen::live(6);
    let cuts = (0..specimen.length("store.db-wal"))
        .step_by(2048)
        .map(Damage::Cut);
    let tally = tried(&specimen, &["store.db-wal"], cuts, opened);
    assert_eq!(tally.silent, none());
    assert_eq!(tally.codes(), ["store_loss"]);
    // Control: put back the head of an earlier moment, and the very same cut is silent. So it is the head that tells.
    let mut silent = 0;
    for (length, head) in &specimen.heads {
        let work = specimen.beside("work");
        copy_folder(&specimen.dir(), &work);
        fs::write(
            work.join("store.db-wal"),
            &fs::read(specimen.dir().join("store.db-wal")).unwrap()[..*length],
        )
        .unwrap();
        assert_eq!(
            opened(&work, specimen.secret()),
            if *length == specimen.length("store.db-wal") {
                Outcome::Silent
            } else {
                Outcome::Refused("store_loss".to_owned())
            }
        );
        copy_folder(&specimen.dir(), &work);
        fs::write(
            work.join("store.db-wal"),
            &fs::read(specimen.dir().join("store.db-wal")).unwrap()[..*length],
        )
        .unwrap();
        fs::write(work.join("journal.head"), head).unwrap();
        silent += usize::from(opened(&work, specimen.secret()) == Outcome::Silent);
    }
    assert_eq!(silent, specimen.heads.len());
}

#[test]
fn a_cut_file_is_told() {
    let specimen = Specimen::locked();
    for file in ["header.json", "header.bak", "journal.head"] {
        let tally = tried(
            &specimen,
            &[file],
            (0..specimen.length(file)).map(Damage::Cut),
            noticed,
        );
        assert_eq!(tally.silent, none(), "{file}");
    }
    let length = specimen.length("store.db");
    let cuts = (0..length)
        .step_by(4096)
        .chain([1, 15, 16, 100, length - 4095, length - 1])
        .map(Damage::Cut);
    let tally = tried(&specimen, &["store.db"], cuts, checked);
    assert_eq!(tally.silent, none());
}

#[test]
fn a_deleted_file_is_named() {
    let specimen = Specimen::live(2);
    let work = specimen.beside("work");
    for (file, expected) in [
        ("store.db", Outcome::Refused("store_loss".to_owned())),
        ("store.db-wal", Outcome::Refused("store_loss".to_owned())),
        ("journal.head", Outcome::Refused("store_loss".to_owned())),
        (
            "header.json",
            Outcome::Told(vec!["header_json_restored".to_owned()]),
        ),
        (
            "header.bak",
            Outcome::Told(vec!["header_bak_restored".to_owned()]),
        ),
        // These two hold nothing.
        ("store.db-shm", Outcome::Silent),
        ("lock", Outcome::Silent),
    ] {
        copy_folder(&specimen.dir(), &work);
        fs::remove_file(work.join(file)).unwrap();
        assert_eq!(opened(&work, specimen.secret()), expected, "{file}");
        if !matches!(expected, Outcome::Refused(_)) {
            assert_eq!(specimen.missing_in(&work), [""; 0], "{file}");
        }
    }
    copy_folder(&specimen.dir(), &work);
    for file in ["header.json", "header.bak"] {
        fs::remove_file(work.join(file)).unwrap();
    }
    assert_eq!(
        opened(&work, specimen.secret()),
        Outcome::Refused("header_damaged".to_owned())
    );
}

/// The index of the write-ahead log is made anew at each opening, whatever lies there.
#[test]
fn a_garbled_index_of_the_log_does_no_harm() {
    let specimen = Specimen::live(3);
    let work = specimen.beside("work");
    for garbage in [
        vec![0; 32768],
        vec![0xff; 32768],
        vec![0x5a; 100],
        Vec::new(),
    ] {
        copy_folder(&specimen.dir(), &work);
        fs::write(work.join("store.db-shm"), garbage).unwrap();
        assert_eq!(opened(&work, specimen.secret()), Outcome::Silent);
        assert_eq!(specimen.missing_in(&work), [""; 0]);
    }
}

#[test]
fn an_old_copy_of_a_file_is_told_and_of_the_whole_folder_only_by_a_peer() {
    let mut specimen = Specimen::locked();
    let old = specimen.beside("old");
    copy_folder(&specimen.dir(), &old);
    specimen.change_passphrase();
    specimen.go_on(2);
    let work = specimen.beside("work");
    for (file, expected) in [
        ("store.db", Outcome::Refused("store_loss".to_owned())),
        ("journal.head", Outcome::Refused("store_loss".to_owned())),
        (
            "header.json",
            Outcome::Told(vec!["header_json_restored".to_owned()]),
        ),
        (
            "header.bak",
            Outcome::Told(vec!["header_bak_restored".to_owned()]),
        ),
    ] {
        copy_folder(&specimen.dir(), &work);
        fs::copy(old.join(file), work.join(file)).unwrap();
        assert_eq!(opened(&work, specimen.secret()), expected, "{file}");
    }
    copy_folder(&specimen.dir(), &work);
    for file in ["header.json", "header.bak"] {
        fs::copy(old.join(file), work.join(file)).unwrap();
    }
    // The passphrase that was given up opens again: nothing is lost, and it is told.
    assert_eq!(
        opened(&work, specimen.secret()),
        Outcome::Told(vec!["header_old".to_owned()])
    );

    // The whole folder is a store like any other; so `verify` never says less than when it last met somebody.
    copy_folder(&old, &specimen.dir());
    let verified = specimen.laptop.run_plainly(&["verify"]);
    assert_eq!(verified.status, 0, "{verified:?}");
    assert!(verified.out.contains("最後に照合"), "{verified:?}");
}

/// SQLCipher alone takes a page from an older copy for a good one.
#[test]
fn a_page_put_back_from_an_older_copy_is_told_or_does_no_harm() {
    let mut specimen = Specimen::locked();
    let old = fs::read(specimen.dir().join("store.db")).unwrap();
    specimen.go_on(6);
    let new = fs::read(specimen.dir().join("store.db")).unwrap();
    let (work, mut tried, mut harmless) = (specimen.beside("work"), 0, 0);
    for (page, bytes) in old.chunks(4096).enumerate() {
        let at = page * 4096;
        if new[at..at + 4096] == *bytes {
            continue;
        }
        tried += 1;
        let mixed = [&new[..at], bytes, &new[at + 4096..]].concat();
        copy_folder(&specimen.dir(), &work);
        fs::write(work.join("store.db"), mixed).unwrap();
        if checked(&work, specimen.secret()) == Outcome::Silent {
            harmless += 1;
            assert_eq!(
                specimen.missing_in(&work),
                [""; 0],
                "page {page} of the older copy is silent and does harm"
            );
        }
    }
    println!("older pages: 0 silent and harmful of {tried}; {harmless} of them without effect");
    assert!(tried > 10 && harmless * 2 < tried, "{harmless} of {tried}");
}

/// SQLCipher hands out zeros for the tail of a long value on a damaged page, and says so only when asked. (The control
/// stands in `store`, which can ask without it.)
#[test]
fn what_is_read_from_a_damaged_database_is_right_or_refused() {
    let specimen = Specimen::locked();
    let right = specimen.words_in(&specimen.dir()).unwrap();
    assert!(right.len() > 30_000);
    let whole = fs::read(specimen.dir().join("store.db")).unwrap();
    let (work, mut refused, pages) = (specimen.beside("work"), 0, whole.len() / 4096);
    for page in 0..pages {
        copy_folder(&specimen.dir(), &work);
        fs::write(
            work.join("store.db"),
            Damage::Flip(page * 4096 + 2000).done_to(&whole),
        )
        .unwrap();
        match specimen.words_in(&work) {
            Ok(words) => assert!(words == right, "page {page}: other words than were written"),
            Err(error) => {
                refused += 1;
                assert_eq!(error.code.exit(), 3, "page {page}: {error}");
            }
        }
    }
    println!("one page damaged: 0 of {pages} stores show other words; {refused} refuse");
    assert!(refused * 5 > pages, "{refused} of {pages}");
}

/// The command line says the same as the check in this process.
#[test]
fn the_command_line_tells_what_the_check_finds() {
    let specimen = Specimen::locked();
    let copy = specimen.beside("whole");
    copy_folder(&specimen.dir(), &copy);
    let pages = specimen.length("store.db") / 4096;
    for (file, damage, status, code) in [
        ("header.json", Damage::Flip(60), 0, "header_json_restored"),
        ("header.bak", Damage::Cut(100), 0, "header_bak_restored"),
        ("journal.head", Damage::Cut(191), 3, "head_damaged"),
        (
            "store.db",
            Damage::Flip(pages / 2 * 4096 + 9),
            3,
            "page_damaged",
        ),
        (
            "store.db",
            Damage::Flip(pages * 4096 - 9),
            3,
            "page_damaged",
        ),
    ] {
        let whole = fs::read(copy.join(file)).unwrap();
        fs::write(specimen.dir().join(file), damage.done_to(&whole)).unwrap();
        let verified = specimen.laptop.run(&["verify"]);
        assert_eq!(verified.status, status, "{file}: {verified:?}");
        assert!(verified.out.contains(code), "{file}: {verified:?}");
        copy_folder(&copy, &specimen.dir());
    }
}
