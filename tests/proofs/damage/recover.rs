//! `recover` saves what verifies and names what is missing; what it saved goes on working.

use std::fs;
use std::path::Path;

use app::teams::TeamAct;
use app::verify::{RecoverView, recover};
use app::{System, ops};

use serde_json::{Value, json};
use testkit::{Laptop, PASSPHRASE};

use super::Damage;
use super::specimen::{Specimen, copy_folder};
use crate::dice::Dice;
use crate::program::{Ended, in_memory};
use crate::work;

fn names_a_loss(view: &RecoverView) -> bool {
    let whole = view.missing.is_empty() && view.unreadable.is_empty();
    !whole || view.commits_missing > 0 || !view.journal_whole
}

#[test]
fn whatever_page_is_damaged_the_rest_is_saved_and_a_loss_is_named() {
    let specimen = Specimen::locked();
    let whole = fs::read(specimen.dir().join("store.db")).unwrap();
    let (damaged, saved) = (specimen.beside("damaged"), specimen.beside("saved"));
    let pages = whole.len() / 4096;
    let (mut lossless, mut marks, mut kept) = (0, 0, 0);
    // Another sixth of the pages each time.
    let from = Dice::cast().below(6);
    let sample: Vec<_> = (from..pages).step_by(6).collect();
    for page in sample.iter().copied() {
        copy_folder(&specimen.dir(), &damaged);
        fs::write(
            damaged.join("store.db"),
            Damage::Flip(page * 4096 + 500).done_to(&whole),
        )
        .unwrap();
        let _ = fs::remove_dir_all(&saved);
        let view = recover(&damaged, &saved, specimen.secret(), Box::new(System)).unwrap();
        let missing = specimen.missing_in(&saved);
        assert!(
            missing.is_empty() || names_a_loss(&view),
            "page {page}: {missing:?} is gone without a word: {view:?}"
        );
        let verified = work::verify(&saved, specimen.secret());
        assert!(
            verified.ok || names_a_loss(&view),
            "page {page}: {verified:?}"
        );
        lossless += usize::from(missing.is_empty());
        marks += specimen.marks.len();
        kept += specimen.marks.len() - missing.len();
        // The damaged store stays as it was found.
        assert!(
            fs::read(damaged.join("store.db")).unwrap()
                == Damage::Flip(page * 4096 + 500).done_to(&whole)
        );
    }
    println!(
        "one page damaged: {kept} of {marks} marks saved, all of them in {lossless} of {} stores",
        sample.len()
    );
    assert!(kept * 4 > marks * 3, "{kept} of {marks}");
}

/// Replaces a damaged store by what `recover` saves of it, and goes on working. Returns the last word of `verify`.
fn recovered(specimen: &mut Specimen) -> (RecoverView, Ended) {
    assert_eq!(specimen.laptop.run(&["verify"]).status, 3);
    let saved = specimen.beside("saved");
    let view = specimen
        .laptop
        .run(&["recover", "--to", saved.to_str().unwrap()])
        .json();
    copy_folder(&saved, &specimen.dir());

    let before = std::mem::take(&mut specimen.marks);
    specimen.go_on(8);
    assert_eq!(
        specimen.missing_in(&specimen.dir()),
        [""; 0],
        "what is written after recovering"
    );
    specimen.marks.extend(before);
    let bundle = specimen.laptop.stick("after.mgb");
    let exported = specimen
        .laptop
        .run(&["bundle", "export", "--to", bundle.to_str().unwrap()]);
    assert_eq!(exported.status, 0, "{exported:?}");
    (
        serde_json::from_value(view).unwrap(),
        specimen.laptop.run(&["verify"]),
    )
}

#[test]
fn a_store_without_its_log_is_recovered_and_goes_on_working() {
    let mut specimen = Specimen::live(4);
    fs::remove_file(specimen.dir().join("store.db-wal")).unwrap();
    let (view, verified) = recovered(&mut specimen);
    assert_eq!(view.commits_missing, 4);
    assert_eq!(verified.status, 0, "{verified:?}");
    assert_eq!(specimen.missing_in(&specimen.dir()).len(), 4);
}

/// Copies of a store with one page damaged, newest first, and what `recover` saves of each: page, damaged, saved.
fn newest_pages_damaged(
    (dir, secret): (&Path, &str),
    mut look: impl FnMut(usize, &Path, &Path, RecoverView) -> bool,
) {
    let whole = fs::read(dir.join("store.db")).unwrap();
    let work = in_memory();
    let (damaged, saved) = (work.path().join("damaged"), work.path().join("saved"));
    for page in (0..whole.len() / 4096).rev() {
        copy_folder(dir, &damaged);
        fs::write(
            damaged.join("store.db"),
            Damage::Flip(page * 4096 + 100).done_to(&whole),
        )
        .unwrap();
        let _ = fs::remove_dir_all(&saved);
        let view = recover(&damaged, &saved, secret, Box::new(System)).unwrap();
        if look(page, &damaged, &saved, view) {
            return;
        }
    }
    panic!("no page was what was looked for");
}

#[test]
fn a_store_with_a_damaged_page_is_recovered_and_goes_on_working() {
    for gap in [false, true] {
        let mut specimen = Specimen::locked();
        // What has not left stands in no record: a page of it is a gap.
        specimen.go_on(8);
        newest_pages_damaged(
            (&specimen.dir(), specimen.secret()),
            |_, damaged, _, view| {
                let found =
                    !view.unreadable.is_empty() && gap == view.missing.contains_key("change");
                if found {
                    copy_folder(damaged, &specimen.dir());
                }
                found
            },
        );
        let (view, verified) = recovered(&mut specimen);
        let missing = specimen.missing_in(&specimen.dir());
        if gap {
            // A document with a gap stays one until a colleague fills it, and opens all the same.
            assert!(
                !missing.is_empty() && missing.len() < 9,
                "{missing:?}, {view:?}"
            );
            let told = verified.status == 0 || verified.out.contains("document_damaged");
            assert!(
                told && !verified.out.contains("projection_differs"),
                "{verified:?}"
            );
        } else {
            assert_eq!(
                (missing.len(), verified.status),
                (0, 0),
                "{view:?} {verified:?}"
            );
        }
    }
}

#[test]
fn changes_that_are_lost_come_back_from_the_records_that_carried_them() {
    let specimen = Specimen::locked();
    let mut lost = 0;
    newest_pages_damaged(
        (&specimen.dir(), specimen.secret()),
        |page, _, saved, view| {
            if view.unreadable.contains_key("change") {
                lost += 1;
                assert_eq!(specimen.missing_in(saved), [""; 0], "page {page}");
                assert!(!view.missing.contains_key("change"), "{view:?}");
                let verified = work::verify(saved, specimen.secret());
                assert!(verified.ok, "page {page}: {verified:?}");
            }
            lost == 3
        },
    );
}

/// A laptop of the western team, to which a household went with its past, and the household.
fn with_a_case_of_another_team(notes: u32) -> (Laptop, Value) {
    let (mut sato, _) = Laptop::founding("佐藤", 61);
    let mut west = Laptop::joining(&mut sato, "西野", 62);
    let device = west.app().devices().unwrap().items.into_iter();
    let device = device.filter(|it| it.current).map(|it| it.id).next();
    let mut team = |name: &str| {
        let create = TeamAct {
            act: "create".to_owned(),
            name: Some(name.to_owned()),
            ..TeamAct::default()
        };
        let items = sato.app().team_act(&create).unwrap().0.items;
        items.into_iter().find(|it| it.name == name).unwrap().id
    };
    let (east, to) = (team("東"), team("西"));
    let add = TeamAct {
        act: "add".to_owned(),
        team: Some(to.clone()),
        device,
        ..TeamAct::default()
    };
    sato.app().team_act(&add).unwrap();
    let wish = json!({ "name": "移る家", "team": east });
    let household = sato.call("household.create", wish)["id"].clone();
    for number in 0..notes {
        let text = format!("{number}番目の訪問。").repeat(20);
        sato.call(
            "note.create",
            json!({ "householdId": household, "text": text }),
        );
    }
    let wish = json!({ "id": household, "team": to, "reason": "転居" });
    sato.call("household.moveTeam", wish);
    let came = sato.give(&mut west);
    assert_eq!((came.held, came.refused.len()), (0, 0), "{came:?}");
    west.lock();
    (west, household)
}

#[test]
fn changes_that_came_carried_come_back_from_the_records_that_carried_them() {
    let notes = 12;
    let (west, household) = with_a_case_of_another_team(notes);
    let mut lost = 0;
    newest_pages_damaged((&west.store(), PASSPHRASE), |page, _, saved, view| {
        if view.unreadable.contains_key("change") {
            lost += 1;
            assert!(!view.missing.contains_key("change"), "{page}: {view:?}");
            let mut app = work::open(saved, PASSPHRASE).unwrap();
            let home = ops::call(&mut app, "household.get", json!({ "id": household }));
            let there = home.unwrap().value["notes"].as_array().unwrap().len();
            assert_eq!(there, usize::try_from(notes).unwrap(), "page {page}");
            app.lock().unwrap();
            let verified = work::verify(saved, PASSPHRASE);
            assert!(verified.ok, "page {page}: {verified:?}");
        }
        lost == 3
    });
}
