//! The disk is full while somebody writes, takes in, locks, copies out: it is said, nothing that was answered is gone,
//! nothing is half there, and with room again the work goes on.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::disk::Disk;
use crate::program::{Batch, Ended, Laptop};

/// Words that take some room, with a mark at the end.
fn long(mark: &str) -> String {
    format!("{}{mark}", "家の中のこと。".repeat(300))
}

/// Writes notes until one is refused. Gives the marks that were answered, and the refusal.
fn write_until_refused(batch: &mut Batch, household: &Value, run: &str) -> (Vec<String>, Value) {
    let mut marks = Vec::new();
    loop {
        let mark = format!("しるし{run}{:04}", marks.len());
        let note = json!({ "householdId": household, "text": long(&mark) });
        let Some(answer) = batch.talk.ask("note.create", note) else {
            panic!("the program is gone: {:?}", batch.child.wait());
        };
        if !answer["error"].is_null() {
            return (marks, answer["error"].clone());
        }
        marks.push(mark);
        assert!(marks.len() < 2000, "the disk does not get full");
    }
}

/// The marks that a laptop does not show.
fn missing(laptop: &Laptop, household: &Value, marks: &[String]) -> Vec<String> {
    let mut batch = laptop.batch(&[]);
    let view = batch.talk.tell("household.get", json!({ "id": household }));
    let notes = view["notes"].as_array().unwrap().clone();
    let texts: Vec<String> = notes
        .iter()
        .map(|note| {
            let note = batch.talk.tell("note.get", json!({ "id": note["id"] }));
            note["text"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(batch.end().status, 0);
    let shown = |mark: &&String| texts.iter().any(|text| text.ends_with(*mark));
    marks.iter().filter(|mark| !shown(mark)).cloned().collect()
}

fn household(laptop: &Laptop) -> Value {
    laptop.call("household.create", &json!({ "name": "見本家" }))["id"].clone()
}

fn on_a_small_disk(kilobytes: u32) -> (Laptop, Disk) {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mount(folder.path(), kilobytes);
    let mut laptop = Laptop::at(folder);
    let sheet = laptop.run(&crate::program::INIT).json();
    laptop.learn(&sheet);
    (laptop, disk)
}

fn files_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn verify(laptop: &Laptop) -> Ended {
    let verified = laptop.run(&["verify"]);
    assert_eq!(verified.status, 0, "{verified:?}");
    verified
}

#[test]
fn with_a_full_disk_an_edit_is_refused_in_words_and_nothing_that_was_answered_is_gone() {
    let (laptop, disk) = on_a_small_disk(16 << 10);
    let home = household(&laptop);
    let mut batch = laptop.batch(&[]);
    disk.fill(1 << 20);
    let (mut marks, refused) = write_until_refused(&mut batch, &home, "一");
    assert_eq!(refused["code"], "disk_full", "{refused}");
    assert!(marks.len() > 2, "{marks:?}");
    // Reading goes on, and so does a second attempt without room: refused again, not broken.
    batch.talk.tell("household.get", json!({ "id": home }));
    let (more, refused) = write_until_refused(&mut batch, &home, "二");
    assert_eq!(refused["code"], "disk_full", "{refused}");
    marks.extend(more);
    // With room the same program goes on.
    disk.free();
    let note = json!({ "householdId": home, "text": long("しるし三") });
    batch.talk.tell("note.create", note);
    marks.push("しるし三".to_owned());
    // A batch that had to refuse something says so at its end.
    assert_eq!(batch.end().status, 1);
    assert_eq!(missing(&laptop, &home, &marks), [""; 0]);
    verify(&laptop);
}

#[test]
fn a_lock_or_a_kill_on_a_full_disk_loses_nothing() {
    for kill in [false, true] {
        let (laptop, disk) = on_a_small_disk(16 << 10);
        let home = household(&laptop);
        let mut batch = laptop.batch(&[]);
        disk.fill(400 << 10);
        let (marks, _) = write_until_refused(&mut batch, &home, "一");
        disk.fill(0);
        // The log cannot be folded in; what was answered stands in it.
        if kill {
            batch.kill();
        } else {
            batch.end();
        }
        disk.free();
        assert_eq!(missing(&laptop, &home, &marks), [""; 0], "kill: {kill}");
        verify(&laptop);
    }
}

#[test]
fn a_bundle_that_has_no_room_is_taken_in_whole_later_and_not_half_now() {
    let sato = Laptop::with_office();
    let home = household(&sato);
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mount(folder.path(), 16 << 10);
    let tanaka = crate::hub::joined(&sato, Laptop::at(folder), "田中 次郎");
    let mut batch = sato.batch(&[]);
    let mut marks = Vec::new();
    for number in 0..80 {
        let mark = format!("しるし{number:04}");
        let note = json!({ "householdId": home, "text": long(&mark) });
        batch.talk.tell("note.create", note);
        marks.push(mark);
    }
    assert_eq!(batch.end().status, 0);
    let bundle = sato.stick("all.mgb");
    let bundle = bundle.to_str().unwrap();
    assert_eq!(sato.run(&["bundle", "export", "--to", bundle]).status, 0);
    disk.fill(150 << 10);
    let refused = tanaka.run(&["bundle", "import", bundle]);
    assert_eq!(refused.code(), "disk_full", "{refused:?}");
    let list = tanaka.call("household.list", &json!({}));
    assert_eq!(list["items"], json!([]), "nothing is half applied");
    disk.free();
    assert_eq!(tanaka.run(&["bundle", "import", bundle]).status, 0);
    assert_eq!(missing(&tanaka, &home, &marks), [""; 0]);
    verify(&tanaka);
}

#[test]
fn a_stick_that_is_full_or_not_writable_gets_no_half_file() {
    let laptop = Laptop::with_office();
    let home = household(&laptop);
    let mut batch = laptop.batch(&[]);
    for _ in 0..60 {
        let note = json!({ "householdId": home, "text": long("。") });
        batch.talk.tell("note.create", note);
    }
    assert_eq!(batch.end().status, 0);
    let stick = laptop.root().join("stick");
    let disk = Disk::mount(&stick, 4 << 10);
    disk.fill(20 << 10);
    let before = files_in(&stick);
    let at = |name: &str| stick.join(name).to_str().unwrap().to_owned();
    let (bundle, backup) = (at("all.mgb"), at("all.mgbackup"));
    let attempts = [
        ["bundle", "export", "--to", &bundle],
        ["backup", "--out", &backup, "--json"],
    ];
    for attempt in &attempts {
        let refused = laptop.run(attempt);
        assert_eq!(refused.code(), "disk_full", "{attempt:?}: {refused:?}");
        assert_eq!(files_in(&stick), before, "{attempt:?}");
    }
    // What did not leave is not in the register as carried out.
    let register = laptop.call("carryout.list", &json!({}));
    let items = register["items"].as_array().unwrap();
    assert!(
        items.iter().all(|item| item["written"] == false),
        "{register}"
    );
    disk.free();
    disk.allow_writing(false);
    for attempt in &attempts {
        let refused = laptop.run(attempt);
        assert!(
            ["read_only", "file_failed"].contains(&refused.code().as_str()),
            "{attempt:?}: {refused:?}"
        );
    }
    disk.allow_writing(true);
    for attempt in &attempts {
        let done = laptop.run(attempt);
        assert_eq!(done.status, 0, "{attempt:?}: {done:?}");
    }
}

#[test]
fn an_attachment_that_has_no_room_leaves_nothing_behind() {
    let (laptop, disk) = on_a_small_disk(16 << 10);
    let home = household(&laptop);
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("書類.txt");
    let words: String = (0..60_000).map(|line| format!("{line}行目\n")).collect();
    fs::write(&file, words).unwrap();
    let home = home.as_str().unwrap().to_owned();
    let attach = ["attach", file.to_str().unwrap(), "--household", &home];
    disk.fill(300 << 10);
    let refused = laptop.run(&attach);
    assert_eq!(refused.code(), "disk_full", "{refused:?}");
    disk.free();
    let list = laptop.run(&["attachment", "list", &home]).json();
    assert_eq!(list["items"], json!([]));
    verify(&laptop);
    let done = laptop.run(&attach);
    assert_eq!(done.status, 0, "{done:?}");
    verify(&laptop);
}

#[test]
fn a_store_on_a_disk_that_cannot_be_written_says_so_and_is_whole_when_it_can() {
    let (laptop, disk) = on_a_small_disk(16 << 10);
    let home = household(&laptop);
    disk.allow_writing(false);
    let refused = laptop.run(&["call", "household.get", &json!({ "id": home }).to_string()]);
    assert_eq!(refused.code(), "read_only", "{refused:?}");
    disk.allow_writing(true);
    laptop.call("household.get", &json!({ "id": home }));
    verify(&laptop);
}
