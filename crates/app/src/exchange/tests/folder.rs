//! A folder that laptops share, call by call.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::*;
use crate::ErrorCode;
use crate::exchange::file;
use crate::session::view::{ExportBundle, FolderView};

fn sync(app: &mut App, folder: &Path) -> FolderView {
    app.folder_sync(folder).unwrap().0
}

fn files(folder: &Path) -> Vec<PathBuf> {
    file::bundles_below(folder).unwrap()
}

/// Calls in turn until nobody writes. Gives how many files were written.
fn rest(devices: &mut [&mut App], folder: &Path) -> usize {
    let before = files(folder).len();
    for _ in 0..4 {
        let mut wrote = false;
        for app in devices.iter_mut() {
            wrote |= sync(app, folder).written.is_some();
        }
        if !wrote {
            return files(folder).len() - before;
        }
    }
    panic!("they never come to rest");
}

#[test]
fn laptops_that_call_in_turn_have_the_same_and_come_to_rest() {
    let [mut sato, mut tanaka, mut ito] = office(91);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    call(&mut sato, "household.create", json!({ "name": "一家" }));
    call(&mut tanaka, "household.create", json!({ "name": "二家" }));
    rest(&mut [&mut sato, &mut tanaka, &mut ito], folder);
    assert_same(&sato, &tanaka);
    assert_same(&sato, &ito);
    let at_rest = files(folder);
    for app in [&mut sato, &mut tanaka, &mut ito] {
        let view = sync(app, folder);
        assert_eq!((view.files, view.brought.new), (0, 0));
        assert_eq!(app.waiting().unwrap().unsent_changes, 0);
    }
    assert_eq!(files(folder), at_rest, "no new file when nothing is new");

    // One edit is one file, with no more in it than the edit and its entry, and nobody answers it.
    call(&mut ito, "household.create", json!({ "name": "三家" }));
    let written = sync(&mut ito, folder).written.unwrap();
    assert!(!written.complete && written.newly_sent > 0);
    assert!(written.records < 10, "{written:?}");
    let view = sync(&mut sato, folder);
    assert_eq!(
        (view.files, view.brought.missing, view.written),
        (1, 0, None)
    );
    assert_eq!(sync(&mut tanaka, folder).written, None);
    assert_same(&sato, &ito);
    assert_same(&tanaka, &ito);
    let entries = call(&mut sato, "carryout.list", json!({}));
    let written = entries["items"].as_array().unwrap().len();
    assert_eq!(written, files(folder).len(), "an entry for each file");
}

/// The red control of what counts as being there: had the folder been trusted to hold what was once put there, the new
/// laptop would lack it.
#[test]
fn what_is_gone_from_the_folder_goes_out_again() {
    let [mut sato, mut tanaka, mut ito] = office(92);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    call(&mut sato, "household.create", json!({ "name": "一家" }));
    rest(&mut [&mut sato, &mut tanaka], folder);
    for path in files(folder) {
        fs::remove_file(path).unwrap();
    }
    assert!(
        sync(&mut sato, folder)
            .written
            .is_some_and(|it| it.complete)
    );
    assert_eq!(sync(&mut ito, folder).brought.missing, 0);
    assert_same(&sato, &ito);

    // Cut off where it lies, it holds nothing either.
    rest(&mut [&mut sato, &mut tanaka, &mut ito], folder);
    let path = files(folder).remove(0);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let view = sync(&mut sato, folder);
    let codes: Vec<_> = view
        .brought
        .refused
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    assert_eq!(codes, ["file_truncated"]);
    assert!(view.written.is_some());
}

#[test]
fn a_damaged_and_a_half_copied_file_hold_up_nothing_and_are_tried_again() {
    let [mut sato, mut tanaka] = office(93);
    let shared = tempfile::tempdir().unwrap();
    let folder = shared.path();
    call(&mut sato, "household.create", json!({ "name": "一家" }));
    sync(&mut sato, folder);
    let path = files(folder).remove(0);
    let good = fs::read(&path).unwrap();
    let mut damaged = good.clone();
    damaged[200] ^= 1;
    for (bytes, code) in [
        (&damaged[..], "file_damaged"),
        (&good[..300], "file_truncated"),
    ] {
        fs::write(&path, bytes).unwrap();
        let view = sync(&mut tanaka, folder);
        assert_eq!((view.files, view.brought.new), (0, 0));
        assert_eq!(view.brought.refused[0].code, code);
    }
    fs::write(&path, &good).unwrap();
    let view = sync(&mut tanaka, folder);
    assert!(view.files == 1 && view.brought.new > 0 && view.brought.refused.is_empty());
    sync(&mut sato, folder);
    assert_same(&sato, &tanaka);
}

/// Names and lengths of two sticks' files may well be the same.
#[test]
fn a_file_on_another_stick_is_another_file() {
    let [mut sato, mut tanaka] = office(94);
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in ["一家", "二家"] {
        call(&mut sato, "household.create", json!({ "name": name }));
        let stick = if name == "一家" { &one } else { &two };
        let whole = ExportBundle {
            complete: Some(true),
            ..ExportBundle::default()
        };
        sato.bundle_export(stick.path(), &whole).unwrap();
    }
    let name = |stick: &Path| files(stick)[0].strip_prefix(stick).unwrap().to_owned();
    assert_eq!(name(one.path()), name(two.path()));
    for stick in [&one, &two] {
        let view = sync(&mut tanaka, stick.path());
        assert!(view.files == 1 && view.brought.new > 0, "{view:?}");
        assert_eq!(sync(&mut tanaka, stick.path()).files, 0);
    }
    assert_eq!(sync(&mut sato, two.path()).brought.missing, 0);
    assert_same(&sato, &tanaka);
}

/// What one device alone can open is not there for the others.
#[test]
fn a_file_for_one_device_does_not_count_for_all() {
    let [mut sato, mut tanaka, mut ito] = office(95);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    call(&mut sato, "household.create", json!({ "name": "一家" }));
    let for_tanaka = ExportBundle {
        for_device: Some(crate::facts::said::hex(&tanaka.identity.device)),
        ..ExportBundle::default()
    };
    sato.bundle_export(folder, &for_tanaka).unwrap();
    assert!(
        sync(&mut sato, folder)
            .written
            .is_some_and(|it| it.complete)
    );
    let view = sync(&mut ito, folder);
    assert!(view.brought.refused.is_empty() && view.files == 1);
    rest(&mut [&mut sato, &mut tanaka, &mut ito], folder);
    assert_same(&sato, &ito);
    assert_same(&sato, &tanaka);
}

#[test]
fn a_folder_that_cannot_be_written_or_is_gone_loses_nothing() {
    let [mut sato, mut tanaka] = office(96);
    let shared = tempfile::tempdir().unwrap();
    let folder = shared.path().join("stick");
    // The stick was pulled: nothing is made in its place.
    call(&mut tanaka, "household.create", json!({ "name": "一家" }));
    let failed = tanaka.folder_sync(&folder).unwrap_err();
    assert_eq!(
        (failed.code, failed.code.exit()),
        (ErrorCode::FileFailed, 1)
    );
    assert!(!folder.exists());

    fs::create_dir(&folder).unwrap();
    call(&mut sato, "household.create", json!({ "name": "二家" }));
    sync(&mut sato, &folder);
    // A file stands where this device's own folder would be, so that nothing can be written.
    let short = wire::ids::Device::new(tanaka.identity.device).short();
    let own = folder.join(format!("{}-1", crate::facts::said::hex(&short)));
    fs::write(&own, "").unwrap();
    assert_eq!(
        tanaka.folder_sync(&folder).unwrap_err().code,
        ErrorCode::FileFailed
    );
    let list = call(&mut tanaka, "household.list", json!({}));
    assert_eq!(
        list["items"].as_array().unwrap().len(),
        2,
        "what was there came in"
    );
    assert!(tanaka.waiting().unwrap().unsent_changes > 0);
    let entries = call(&mut tanaka, "carryout.list", json!({}));
    assert!(
        entries["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["author"]["name"] == "佐藤"),
        "no file, no entry"
    );
    fs::remove_file(&own).unwrap();
    assert!(sync(&mut tanaka, &folder).written.is_some());
    sync(&mut sato, &folder);
    assert_same(&sato, &tanaka);
}

/// An approval changes the directory; a folder that lacks it lacks something, even where no record is new.
#[test]
fn a_device_that_joined_is_made_known_through_the_folder() {
    let [mut sato, mut tanaka] = office(97);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    rest(&mut [&mut sato, &mut tanaka], folder);
    let mut ito = joining(&mut sato, "伊藤", 98);
    call(&mut ito, "household.create", json!({ "name": "一家" }));
    rest(&mut [&mut sato, &mut ito, &mut tanaka], folder);
    assert_same(&sato, &ito);
    assert_same(&tanaka, &ito);
    assert_eq!(tanaka.devices().unwrap().items.len(), 3);
}
