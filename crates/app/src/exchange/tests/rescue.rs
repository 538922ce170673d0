//! Handing over and wiping: what a laptop has not sent reaches the office, or stays where it is.

use std::fs;
use std::path::{Path, PathBuf};

use crypto::passphrase::Params;
use crypto::recovery::RecoveryCode;
use serde_json::{Value, json};
use store::table::change::ChangeRow;
use store::{NewHeader, Store};
use tempfile::TempDir;

use super::{NOON, call, founding, give, id, joining, joining_in};
use crate::exchange::rescue::tests::{NO_RESCUE, PART, STOP};
use crate::session::view::ExportBundle;
use crate::session::{self, Unlocked};
use crate::{App, AppError, ErrorCode, Fixed, Lang};

const WORDS: &str = "みず そら やま かわ もり うみ つき";
const UNSENT: [&str; 3] = ["一つめ", "三つめ", "二つめ"];

/// An office: an administrator with the paper key, a colleague, and a laptop with a store of its own on the disk.
struct Scene {
    admin: App,
    paper: String,
    sato: App,
    tanaka: App,
    recovery: RecoveryCode,
    household: String,
    keep: TempDir,
}

impl Scene {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let (mut admin, paper) = founding("管理", 1);
        let paper = crypto::paper::print(&paper).to_string();
        let mut sato = joining(&mut admin, "佐藤", 2);
        let recovery = RecoveryCode::make();
        let header = NewHeader {
            passphrase: WORDS,
            params: Params::FLOOR,
            recovery: &recovery,
        };
        let store = Store::create(&keep.path().join("store"), &header).unwrap();
        let mut tanaka = joining_in(store, &mut admin, "田中", 3);
        let household = call(
            &mut admin,
            "household.create",
            json!({ "name": "みほん家" }),
        );
        give(&mut admin, &mut sato);
        give(&mut admin, &mut tanaka);
        Self {
            admin,
            paper,
            sato,
            tanaka,
            recovery,
            household: id(&household),
            keep,
        }
    }

    fn folder(&self) -> PathBuf {
        self.keep.path().join("store")
    }

    fn rescue_file(&self) -> PathBuf {
        self.folder().join("rescue.mgb")
    }

    fn write_three(&mut self) {
        for text in ["一つめ", "二つめ", "三つめ"] {
            let note = json!({ "householdId": self.household, "text": text });
            call(&mut self.tanaka, "note.create", note);
        }
    }

    /// Tanaka's laptop is ordered to wipe itself, and hears of it.
    fn order(&mut self) {
        let device = self.tanaka.identity.device;
        let reason = Some("車上荒らしで盗まれた");
        self.admin
            .wipe_device(device, reason, Some(&self.paper))
            .unwrap();
        let news = self.admin.bundle_bytes().unwrap();
        let refused = self.tanaka.import_bytes(&news).unwrap_err();
        assert_eq!(refused.code, ErrorCode::WipeOrdered);
    }

    fn has_header(&self) -> bool {
        ["header.json", "header.bak"]
            .iter()
            .any(|name| self.folder().join(name).exists())
    }
}

fn notes(app: &mut App, household: &str) -> Vec<String> {
    let view = call(app, "household.get", json!({ "id": household }));
    let text = |note: &Value| note["text"].as_str().unwrap().to_owned();
    let mut texts: Vec<_> = view["notes"].as_array().unwrap().iter().map(text).collect();
    texts.sort();
    texts
}

fn unlock(folder: &Path, secret: &str) -> Result<Unlocked, AppError> {
    session::unlock(folder, secret, Box::new(Fixed::new(NOON, 99)))
}

fn rescue(app: &mut App, path: &Path) -> u32 {
    let view = app.rescue(path, &ExportBundle::default()).unwrap();
    view.newly_sent
}

#[test]
fn a_frozen_laptops_unsent_words_reach_the_office_through_an_administrator_alone() {
    let mut s = Scene::new();
    s.admin.freeze_device(s.tanaka.identity.device).unwrap();
    let news = s.admin.bundle_bytes().unwrap();
    let refused = s.tanaka.import_bytes(&news).unwrap_err();
    assert_eq!(refused.code, ErrorCode::DeviceFrozen);
    s.write_three();
    let file = s.keep.path().join("stick.mgb");
    assert!(rescue(&mut s.tanaka, &file) >= 3);
    // Handed over is not sent yet; and it stands in the register.
    assert!(s.tanaka.waiting().unwrap().unsent_changes >= 3);
    let register = call(&mut s.tanaka, "carryout.list", json!({}));
    assert_eq!(register["items"][0]["file"], "stick.mgb");

    let counter = s.sato.store.counter();
    let refused = s.sato.bundle_import(&file).unwrap_err();
    assert_eq!(refused.code, ErrorCode::RescueForAdmins);
    assert!(refused.view(Lang::Ja).next.contains("管理"));
    assert_eq!(s.sato.store.counter(), counter);
    let half = s.keep.path().join("half.mgb");
    let whole = fs::read(&file).unwrap();
    fs::write(&half, &whole[..whole.len() / 2]).unwrap();
    let refused = s.admin.bundle_import(&half).unwrap_err();
    assert_eq!(refused.code, ErrorCode::FileTruncated);
    let (mut stranger, _) = founding("よその管理", 8);
    let refused = stranger.bundle_import(&file).unwrap_err();
    assert_eq!(refused.code, ErrorCode::ForeignOffice);

    let (brought, _) = s.admin.bundle_import(&file).unwrap();
    assert_eq!((brought.rescue, brought.refused.len()), (Some(true), 0));
    assert_eq!(notes(&mut s.admin, &s.household), UNSENT);
    let (again, _) = s.admin.bundle_import(&file).unwrap();
    assert_eq!((again.new, again.known), (0, brought.new));
    assert_eq!(notes(&mut s.admin, &s.household), UNSENT);
    // From there they go the way of all records.
    give(&mut s.admin, &mut s.sato);
    assert_eq!(notes(&mut s.sato, &s.household), UNSENT);
}

#[test]
fn what_a_laptop_that_was_shut_out_hands_over_waits_for_adoption() {
    let mut s = Scene::new();
    let device = s.tanaka.identity.device;
    s.write_three();
    s.admin.revoke_device(device, Some(&s.paper)).unwrap();
    let file = s.keep.path().join("stick.mgb");
    rescue(&mut s.tanaka, &file);
    let (brought, _) = s.admin.bundle_import(&file).unwrap();
    assert_eq!(brought.rescue, Some(true));
    assert!(notes(&mut s.admin, &s.household).is_empty());
    let view = s.admin.devices().unwrap().items;
    let of_tanaka = view.iter().find(|it| it.standing == "revoked").unwrap();
    assert!(of_tanaka.aside >= 3 && of_tanaka.rescued_at.is_some());
    s.admin.adopt_from(device).unwrap();
    assert_eq!(notes(&mut s.admin, &s.household), UNSENT);
}

#[test]
fn a_wiped_laptop_opens_with_no_secret_and_what_it_had_not_sent_is_adopted() {
    let mut s = Scene::new();
    s.order();
    // The editor that was open saves before the laptop locks.
    s.write_three();
    let done = s.tanaka;
    let refused = done.lock().unwrap_err();
    assert_eq!(refused.code, ErrorCode::DeviceWiped);
    s.tanaka = joining(&mut s.admin, "別の端末", 5);
    assert!(!s.has_header());
    for secret in [WORDS, s.recovery.text().as_str()] {
        let refused = unlock(&s.folder(), secret).unwrap_err();
        assert_eq!(refused.code, ErrorCode::DeviceWiped);
        assert!(refused.view(Lang::Ja).safe.contains("rescue.mgb"));
    }
    assert!(notes(&mut s.admin, &s.household).is_empty());
    s.admin.bundle_import(&s.rescue_file()).unwrap();
    assert_eq!(notes(&mut s.admin, &s.household), UNSENT);
    let view = s.admin.devices().unwrap().items;
    let of_tanaka = view.iter().find(|it| it.wipe == Some(true)).unwrap();
    assert!(of_tanaka.frozen && of_tanaka.rescued_at.is_some());
}

#[test]
fn what_one_file_cannot_hold_is_handed_over_in_several() {
    let mut s = Scene::new();
    s.order();
    s.write_three();
    PART.set(Some(3000));
    let wiped = s.tanaka.lock();
    PART.set(None);
    let refused = wiped.unwrap_err();
    assert_eq!(refused.code, ErrorCode::DeviceWiped);
    let told = refused.view(Lang::Ja).safe;
    let parts: Vec<_> = fs::read_dir(s.keep.path().join("store"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "mgb"))
        .collect();
    assert!(parts.len() > 1, "red control: it takes several");
    for part in &parts {
        assert!(told.contains(part.to_str().unwrap()), "{told}");
        s.admin.bundle_import(part).unwrap();
    }
    assert_eq!(notes(&mut s.admin, &s.household), UNSENT);
}

/// The red control: the same without the file, and the words are gone.
#[test]
fn without_the_file_a_wiped_laptop_takes_its_words_along() {
    let mut s = Scene::new();
    s.order();
    s.write_three();
    NO_RESCUE.set(true);
    let done = s.tanaka.lock();
    NO_RESCUE.set(false);
    assert_eq!(done.unwrap_err().code, ErrorCode::DeviceWipedAllSent);
    let files = s.keep.path().join("store");
    assert!(!files.join("rescue.mgb").exists());
    assert!(unlock(&files, WORDS).is_err());
}

#[test]
fn a_file_that_cannot_be_written_keeps_everything_as_it_is() {
    let mut s = Scene::new();
    let (folder, file) = (s.folder(), s.rescue_file());
    s.order();
    s.write_three();
    // Nothing can be written in its place.
    let in_the_way = folder.join("rescue.mgb.part");
    fs::create_dir(&in_the_way).unwrap();
    let headers = |folder: &Path| {
        ["header.json", "header.bak"].map(|name| fs::read(folder.join(name)).unwrap())
    };
    let before = headers(&folder);
    let refused = s.tanaka.lock().unwrap_err();
    assert_eq!(refused.code, ErrorCode::WipeStopped);
    let refused = unlock(&folder, WORDS).unwrap_err();
    assert_eq!(refused.code, ErrorCode::WipeStopped);
    assert_eq!(headers(&folder), before);
    assert!(!folder.join("wiped.json").exists() && !file.exists());

    fs::remove_dir(&in_the_way).unwrap();
    let refused = unlock(&folder, WORDS).unwrap_err();
    assert_eq!(refused.code, ErrorCode::DeviceWiped);
    s.admin.bundle_import(&file).unwrap();
    assert_eq!(notes(&mut s.admin, &s.household), UNSENT);
}

/// Also where there is nothing besides that could be handed over.
#[test]
fn a_word_that_no_key_here_seals_is_not_destroyed() {
    let mut scene = Scene::new();
    give(&mut scene.tanaka, &mut scene.admin);
    give(&mut scene.admin, &mut scene.tanaka);
    scene.order();
    let lost = ChangeRow {
        vault: [9; 16],
        doc: [9; 16],
        hash: [9; 32],
        bytes: vec![9],
        device: scene.tanaka.identity.device,
        at: NOON,
        dir_head: [0; 32],
        roster_head: [0; 32],
    };
    let put = |tx: &store::Transaction<'_>| tx.put_change(&lost, None);
    assert!(scene.tanaka.store.transact(put).unwrap());
    let folder = scene.folder();
    let refused = scene.tanaka.lock().unwrap_err();
    assert_eq!(refused.code, ErrorCode::WipeStopped);
    assert!(folder.join("header.json").exists());
}

#[test]
fn wiping_that_was_cut_off_goes_on_at_the_next_opening_and_loses_nothing() {
    let mut s = Scene::new();
    let (folder, file) = (s.folder(), s.rescue_file());
    s.order();
    s.write_three();
    STOP.set(true);
    let stopped = s.tanaka.lock();
    STOP.set(false);
    assert!(stopped.is_err() && file.exists());
    assert!(folder.join("header.json").exists());
    // The file went away with somebody meanwhile; it is made anew.
    fs::remove_file(&file).unwrap();
    let refused = unlock(&folder, WORDS).unwrap_err();
    assert_eq!(refused.code, ErrorCode::DeviceWiped);
    s.admin.bundle_import(&file).unwrap();
    assert_eq!(notes(&mut s.admin, &s.household), UNSENT);
}

#[test]
fn wiping_takes_an_administrator_a_second_signature_and_a_reason() {
    let mut s = Scene::new();
    let device = s.tanaka.identity.device;
    let own = s.admin.identity.device;
    let (paper, why) = (s.paper.clone(), Some("盗まれた"));
    let mut refused = |device, reason, paper| {
        let refused = s.admin.wipe_device(device, reason, paper);
        refused.unwrap_err().code
    };
    assert_eq!(
        refused(device, Some(" "), Some(paper.as_str())),
        ErrorCode::InvalidValue
    );
    assert_eq!(refused(device, why, None), ErrorCode::NeedsSecond);
    assert_eq!(
        refused(own, why, Some(paper.as_str())),
        ErrorCode::InvalidValue
    );
    let by_worker = s.sato.wipe_device(device, why, Some(&paper)).unwrap_err();
    assert_eq!(by_worker.code, ErrorCode::NotAdmin);
    assert!(s.admin.trust.directory.state().wiped.is_empty());
    s.admin.wipe_device(device, why, Some(&paper)).unwrap();
    assert_eq!(s.admin.trust.directory.state().wiped.len(), 1);
}
