//! A damaged bundle is refused whole, and leaves the store as it was.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use super::Damage;
use super::specimen::Specimen;
use crate::program::Laptop;
use crate::work;

/// A second laptop of the same office, which never saw a bundle.
fn colleague(specimen: &Specimen) -> Laptop {
    let mut laptop = Laptop::new();
    let (request, approval) = (
        specimen.laptop.stick("request"),
        specimen.laptop.stick("approval"),
    );
    let (request, approval) = (request.to_str().unwrap(), approval.to_str().unwrap());
    let sheet = laptop
        .run(&["device", "request", "--worker", "山田 健", "--out", request])
        .json();
    laptop.learn(&sheet);
    assert_eq!(
        specimen
            .laptop
            .run(&["device", "approve", request, "--out", approval, "--yes"])
            .status,
        0
    );
    assert_eq!(
        laptop.run(&["device", "accept", approval, "--yes"]).status,
        0
    );
    laptop
}

#[test]
fn a_bundle_with_any_byte_flipped_or_cut_off_is_refused_and_changes_nothing() {
    let specimen = Specimen::locked();
    let laptop = colleague(&specimen);
    let bundle = specimen.laptop.stick("for-all.mgb");
    assert_eq!(
        specimen
            .laptop
            .run(&["bundle", "export", "--to", bundle.to_str().unwrap()])
            .status,
        0
    );
    let whole = fs::read(&bundle).unwrap();
    let damaged = laptop.stick("damaged.mgb");

    let mut app = work::open(&laptop.store(), &laptop.secret).unwrap();
    // Every commit writes the head.
    let head = || fs::read(laptop.store().join("journal.head")).unwrap();
    let before = head();
    let began = Instant::now();
    let damages = (0..whole.len())
        .map(Damage::Flip)
        .chain((0..whole.len()).step_by(64).map(Damage::Cut));
    let (mut trials, mut codes) = (0, BTreeMap::<String, usize>::new());
    for damage in damages {
        fs::write(&damaged, damage.done_to(&whole)).unwrap();
        let refused = app
            .bundle_import(&damaged)
            .expect_err(&format!("{damage:?} is taken in"));
        assert_eq!(refused.code.exit(), 1, "{damage:?}: {refused}");
        assert!(head() == before, "{damage:?}: the store was written");
        trials += 1;
        *codes.entry(refused.code.as_str().to_owned()).or_default() += 1;
    }
    println!(
        "bundle of {} bytes: 0 of {trials} taken in {codes:?} in {:?}",
        whole.len(),
        began.elapsed()
    );
    assert!(!codes.contains_key("internal"), "{codes:?}");

    // Control: undamaged it is taken in, and everything is there.
    fs::write(&damaged, &whole).unwrap();
    let (view, _) = app.bundle_import(&damaged).unwrap();
    assert!(view.new > 0 && view.refused.is_empty(), "{view:?}");
    assert!(head() != before);
    let there = work::everything(&mut app, &specimen.household).unwrap();
    let notes = specimen
        .marks
        .iter()
        .filter(|mark| there.contains(mark.as_str()))
        .count();
    assert!(
        notes * 4 >= specimen.marks.len() * 3,
        "{notes} of {}",
        specimen.marks.len()
    );
    app.lock().unwrap();
    // By the command line: the code, the status, the store.
    fs::write(&damaged, Damage::Flip(whole.len() / 2).done_to(&whole)).unwrap();
    let refused = laptop.run(&["bundle", "import", damaged.to_str().unwrap()]);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert_eq!(laptop.run(&["verify"]).status, 0);
}
