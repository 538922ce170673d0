//! A backup that comes back: nothing of it is shown before somebody was heard of what was erased since.

use std::path::{Path, PathBuf};

use domain::{DocId, Lang};
use serde_json::json;
use tempfile::TempDir;

use super::restored::{PASSPHRASE, copy, unlock};
use super::*;
use crate::environment::Environment;
use crate::exchange::restored::tests::{ANY_FILE, LEARNS_NOTHING, SHOWS_AT_ONCE};
use crate::ops::audit::ListAudit;
use crate::session::view::{ProposeErasure, RequestDevice};
use crate::session::{self, Cost, Rules};
use crate::view::ById;
use crate::{ErrorCode, backup, renewal};

struct Scene {
    folder: TempDir,
    admin: App,
    paper: String,
    household: String,
}

fn environment() -> Box<dyn Environment> {
    Box::new(Fixed::new(NOON + 1_000_000, 7))
}

impl Scene {
    /// An office in which 田中 has a backup of a case.
    fn new() -> Self {
        let (mut admin, paper) = founding("管理", 51);
        let folder = tempfile::tempdir().unwrap();
        let request = RequestDevice {
            worker: "田中".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let (mut waiting, bytes, _) = session::request(
            &folder.path().join("store"),
            &request,
            Cost::Floor,
            Rules::Waived,
            Box::new(Fixed::new(NOON, 52)),
        )
        .unwrap();
        let approval = admin.approve(&bytes, "worker", None).unwrap();
        waiting.accept(&approval).unwrap();
        let mut tanaka = waiting.open(Box::new(Fixed::new(NOON, 52))).unwrap();
        let wish = json!({ "name": "みほん家" });
        let household = id(&call(&mut admin, "household.create", wish));
        let wish = json!({ "householdId": household, "text": "秘密の相談" });
        call(&mut admin, "note.create", wish);
        call(&mut admin, "household.create", json!({ "name": "残る家" }));
        give(&mut admin, &mut tanaka);
        give(&mut tanaka, &mut admin);
        let scene = Self {
            folder,
            admin,
            paper: crypto::paper::print(&paper).to_string(),
            household,
        };
        tanaka.back_up(&scene.backup()).unwrap();
        tanaka.lock().unwrap();
        scene
    }

    fn backup(&self) -> PathBuf {
        self.folder.path().join("monday.mgbackup")
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Two sign.
    fn erase(&mut self) {
        let request = ProposeErasure {
            household_id: Some(self.household.parse::<DocId>().unwrap()),
            documents: Vec::new(),
            field: None,
            reason: "保存期間の満了".to_owned(),
            basis: "文書管理規程 第12条".to_owned(),
            asked_by: "佐藤".to_owned(),
        };
        let (list, _) = self.admin.erase_propose(&request).unwrap();
        let order = list.items[0].id.clone();
        self.admin.erase_sign(&order, Some(&self.paper)).unwrap();
    }

    /// The backup in a new folder, unlocked.
    fn restored(&self) -> App {
        let place = self.folder.path().join("restored");
        let view = backup::restore(&self.backup(), &place, PASSPHRASE, Lang::Ja, environment);
        assert!(view.unwrap().ok);
        unlock(&place, 53)
    }
}

/// How often the case is found, or why nobody may look.
fn hits(app: &mut App) -> std::result::Result<usize, ErrorCode> {
    let found = attempt(app, "search", json!({ "text": "秘密の相談" }));
    let found = found.map_err(|error| error.code)?;
    Ok(found["items"].as_array().unwrap().len())
}

const REFUSED: std::result::Result<usize, ErrorCode> = Err(ErrorCode::RestoredUnchecked);

#[test]
fn a_restored_store_shows_no_record_until_a_colleague_was_heard_and_then_none_that_was_erased() {
    let mut s = Scene::new();
    s.erase();
    let mut restored = s.restored();
    for round in 0..2 {
        for name in ops::NAMES {
            let refused = attempt(&mut restored, name, json!({})).unwrap_err();
            assert_eq!(refused.code, ErrorCode::RestoredUnchecked, "{name}");
        }
        let copy = s.folder.path().join("copy");
        let id = s.household.parse().unwrap();
        let saved = restored.attachment_save(&copy, &ById { id }).unwrap_err();
        let log = restored.audit_export(&copy, &ListAudit::default(), Lang::Ja);
        let register = restored.erasures().unwrap_err();
        let sweep = restored.keys_sweep().unwrap_err();
        for code in [saved.code, log.unwrap_err().code, register.code, sweep.code] {
            assert_eq!(code, ErrorCode::RestoredUnchecked);
        }
        assert!(restored.restored_at().is_some());
        // Another launch changes nothing.
        if round == 0 {
            restored.lock().unwrap();
            restored = unlock(&s.folder.path().join("restored"), 54);
        }
    }
    // The red control: without the gate the erased case is there for anybody to read.
    SHOWS_AT_ONCE.set(true);
    assert_eq!(hits(&mut restored), Ok(1));
    SHOWS_AT_ONCE.set(false);

    give(&mut s.admin, &mut restored);
    assert_eq!(restored.restored_at(), None);
    assert_eq!(hits(&mut restored), Ok(0));
    let gone = attempt(&mut restored, "household.get", json!({ "id": s.household }));
    assert_eq!(gone.unwrap_err().code, ErrorCode::NotFound);
    let left = call(&mut restored, "household.list", json!({}));
    assert_eq!(left["items"][0]["name"], "残る家");
    // It stays open.
    restored.lock().unwrap();
    let mut again = unlock(&s.folder.path().join("restored"), 55);
    assert_eq!(hits(&mut again), Ok(0));
    again.lock().unwrap();
}

#[test]
fn a_file_from_before_the_backup_or_of_this_device_itself_opens_nothing() {
    let mut s = Scene::new();
    let early = Box::new(Fixed::new(NOON - 60_000, 60));
    s.admin = s.admin.with_environment(early);
    let before = s.admin.bundle_bytes().unwrap();
    s.admin = s.admin.with_environment(environment());
    s.erase();
    let mut restored = s.restored();
    restored.import_bytes(&before).unwrap();
    assert_eq!(hits(&mut restored), REFUSED);
    let own = restored.bundle_bytes().unwrap();
    restored.import_bytes(&own).unwrap();
    assert_eq!(hits(&mut restored), REFUSED);
    // The red control: were any file taken, the old one would show the erased case.
    ANY_FILE.set(true);
    restored.import_bytes(&before).unwrap();
    ANY_FILE.set(false);
    assert_eq!(hits(&mut restored), Ok(1));
    restored.lock().unwrap();
}

#[test]
fn whoever_hears_nobody_opens_with_a_reason_that_stands_in_the_log() {
    let mut s = Scene::new();
    s.erase();
    let mut restored = s.restored();
    for nothing in ["", "  \n"] {
        let refused = restored.open_unchecked(nothing).unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReasonNeeded);
    }
    assert_eq!(hits(&mut restored), REFUSED);
    restored.open_unchecked("停電で中継につながらない").unwrap();
    assert_eq!(hits(&mut restored), Ok(1));
    let log = call(&mut restored, "audit.list", json!({}));
    let log = log["items"].as_array().unwrap();
    let entries: Vec<_> = log.iter().filter(|it| it["act"] == "restore").collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["reason"], "停電で中継につながらない");
    give(&mut s.admin, &mut restored);
    assert_eq!(hits(&mut restored), Ok(0));
    restored.lock().unwrap();
}

fn put_in_place(s: &Scene, store: &Path) {
    let restored = renewal::restore(&s.backup(), store, PASSPHRASE, Lang::Ja, environment);
    let (prepared, view) = restored.unwrap();
    assert!(view.ok);
    prepared.put_in_place(&mut *environment()).unwrap();
}

#[test]
fn in_the_place_of_a_newer_store_what_that_knew_of_erasures_holds_at_once() {
    for learns_nothing in [false, true] {
        let mut s = Scene::new();
        s.erase();
        let mut tanaka = unlock(&s.store(), 56);
        give(&mut s.admin, &mut tanaka);
        assert_eq!(hits(&mut tanaka), Ok(0));
        tanaka.lock().unwrap();
        LEARNS_NOTHING.set(learns_nothing);
        put_in_place(&s, &s.store());
        LEARNS_NOTHING.set(false);
        let mut again = unlock(&s.store(), 57);
        // The red control: had it learned nothing, the erased case would be back.
        assert_eq!(hits(&mut again), Ok(usize::from(learns_nothing)));
        let left = call(&mut again, "household.list", json!({}));
        let left = left["items"].as_array().unwrap().len();
        assert_eq!(left, 1 + usize::from(learns_nothing));
        again.lock().unwrap();
    }
}

#[test]
fn in_the_place_of_an_older_store_or_of_one_that_waits_it_has_to_be_compared() {
    let mut s = Scene::new();
    s.erase();
    // What lies there is a restored store that nobody has compared: it knows no more than the backup.
    let place = s.folder.path().join("restored");
    s.restored().lock().unwrap();
    put_in_place(&s, &place);
    let mut waits = unlock(&place, 58);
    assert_eq!(hits(&mut waits), REFUSED);
    waits.lock().unwrap();

    // An old copy of the folder, from before a later backup.
    let old = s.folder.path().join("old");
    copy(&s.store(), &old);
    let mut tanaka = unlock(&s.store(), 59);
    call(&mut tanaka, "household.create", json!({ "name": "あと家" }));
    tanaka.back_up(&s.backup()).unwrap();
    tanaka.lock().unwrap();
    put_in_place(&s, &old);
    let mut waits = unlock(&old, 61);
    assert_eq!(hits(&mut waits), REFUSED);
    s.admin = s.admin.with_environment(environment());
    give(&mut s.admin, &mut waits);
    assert_eq!(hits(&mut waits), Ok(0));
    waits.lock().unwrap();
}
