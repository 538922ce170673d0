//! Changes and documents with bytes changed and the checksum mended: what a fault in another program,
//! or malice, makes of them.

use std::{
    env, fs,
    panic::{self, AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use automerge::Automerge;
use record::{Change, Document, Edit, Kind, LoadError, prescan, trial};

use crate::support::{Desk, announced, body, chunk, mark, put, stripped, text};

/// SplitMix64: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// A note that two wrote, without the last changes of one of them, and these changes.
fn unfinished() -> (Document, Vec<Change>) {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(
        None,
        &[
            text("母は元気。父は通院中。"),
            mark(0, 5, "fact"),
            put("a", 1),
        ],
    );
    sato.receive_all(&ito);
    sato.write(
        None,
        &[
            text("母は元気。父は通院中。電話した。"),
            put("a", 2),
            put("b", "x"),
        ],
    );
    ito.write(None, &[text("母は元気。姉は東京。"), put("a", 3)]);
    ito.receive_all(&sato);
    let document = ito.document.clone();
    let mut made = ito.write(None, &[put("a", "y"), put("c", "z")]);
    made.extend(ito.write(None, &[text("母はとても元気。姉は大阪。電話した。")]));
    made.extend(ito.write(
        None,
        &[mark(2, 10, "view"), Edit::Unmark { start: 0, end: 1 }],
    ));
    (document, made)
}

fn mutated(change: &Change, numbers: &mut Numbers) -> Change {
    let mut bytes = body(change);
    for _ in 0..=numbers.below(4) {
        let place = numbers.below(bytes.len());
        bytes[place] = numbers.next() as u8;
    }
    chunk(&bytes)
}

/// Keeps the thousands of panics that are caught out of the output.
fn quietly<T>(run: impl FnOnce() -> T) -> T {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(loud);
    done.unwrap()
}

/// `MARUGOTO_CASES` says how many.
fn runs() -> usize {
    env::var("MARUGOTO_CASES").map_or(6_000, |cases| cases.parse().unwrap())
}

#[test]
fn no_mutated_change_panics_or_spoils_a_document() {
    let (document, honest) = unfinished();
    let mut numbers = Numbers(1);
    let (mut seen, mut taken) = (0, 0);
    quietly(|| {
        for run in 0..runs() {
            // Each rests on those before it.
            let which = run % honest.len();
            let before = trial(&document, &announced(&honest[..which])).unwrap();
            let bad = mutated(&honest[which], &mut numbers);
            seen += usize::from(prescan(&bad.bytes, &[1; 16]).is_ok());
            let Ok(after) = trial(&before, &announced(&[bad])) else {
                continue;
            };
            taken += 1;
            let mut again = Desk::new(3, Kind::Note);
            again.document = Document::load(after.key(), &after.save()).unwrap();
            assert_eq!(again.document.version(), after.version());
            again.write(None, &[put("a", 1), text("次の文。")]);
            again.reopen();
            assert!(!again.document.history().is_empty());
            let log: Vec<_> = again
                .document
                .changes()
                .into_iter()
                .map(|change| change.bytes)
                .collect();
            assert_eq!(
                Document::rebuild(after.key(), &log).unwrap().version(),
                again.document.version()
            );
        }
    });
    assert!(
        seen > runs() / 20 && taken > runs() / 100,
        "the test reaches what it is about: {seen}, {taken}"
    );
}

/// The red control: automerge alone, on changes of the same kind.
#[test]
fn without_trial_some_mutated_changes_panic_or_make_a_document_unloadable() {
    let (document, honest) = unfinished();
    let mut numbers = Numbers(1);
    let (mut panicked, mut unloadable) = (0, 0);
    quietly(|| {
        for run in 0..runs() {
            let which = run % honest.len();
            let before = trial(&document, &announced(&honest[..which])).unwrap();
            let bad = mutated(&honest[which], &mut numbers);
            let mut raw = stripped(&before, 4);
            let done = catch_unwind(AssertUnwindSafe(|| {
                let change = automerge::Change::try_from(bad.bytes.as_slice()).ok()?;
                raw.apply_changes([change]).ok()?;
                Some(
                    Automerge::load(&raw.save())
                        .is_ok_and(|loaded| loaded.get_heads() == raw.get_heads()),
                )
            }));
            match done {
                Err(_) => panicked += 1,
                Ok(Some(false)) => unloadable += 1,
                Ok(_) => {}
            }
        }
    });
    assert!(
        panicked > 0 && unloadable > 0,
        "{panicked} panicked, {unloadable} unloadable"
    );
}

#[test]
fn no_mutated_snapshot_panics() {
    let (document, honest) = unfinished();
    let document = trial(&document, &announced(&honest)).unwrap();
    let save = document.save();
    let mut numbers = Numbers(2);
    quietly(|| {
        for _ in 0..runs() {
            let mut bytes = save.clone();
            for _ in 0..=numbers.below(4) {
                let place = numbers.below(bytes.len() - 9) + 9;
                bytes[place] = numbers.next() as u8;
            }
            // The checksum of a document is over its type, length and body, as that of a change.
            let hash = <sha2::Sha256 as sha2::Digest>::digest(&bytes[8..]);
            bytes[4..8].copy_from_slice(&hash[..4]);
            if let Ok(loaded) = Document::load(document.key(), &bytes) {
                assert!(loaded.version().hashes().len() == 1);
            }
        }
    });
}

/// Files on which earlier versions of automerge crashed, and old documents, from its own package.
#[test]
fn the_crashers_of_automerge_itself_are_refused() {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
        .unwrap();
    let mut files: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0x85, 0x6f, 0x4a, 0x83],
        chunk(&[]).bytes,
        chunk(&[0; 40]).bytes,
    ];
    for registry in fs::read_dir(home.join("registry/src"))
        .into_iter()
        .flatten()
        .flatten()
    {
        for folder in ["fuzz-crashers", "fixtures"] {
            let folder = registry.path().join("automerge-0.12.0/tests").join(folder);
            let found = fs::read_dir(folder).into_iter().flatten().flatten();
            files.extend(found.filter_map(|file| fs::read(file.path()).ok()));
        }
    }
    assert!(
        files.len() >= 4 + 8,
        "the package of automerge is not where cargo keeps it"
    );
    let document = Desk::new(1, Kind::Note).document;
    for bytes in files {
        assert!(prescan(&bytes, &[1; 16]).is_err());
        assert!(trial(&document, &[([0; 32], bytes.clone())]).is_err());
        let loaded = Document::load(document.key(), &bytes).unwrap_err();
        assert!(matches!(loaded, LoadError::Damaged | LoadError::Foreign));
        assert!(Document::rebuild(document.key(), &[bytes]).is_err());
    }
}
