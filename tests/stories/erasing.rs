//! A case is erased after its term (廃棄): over a hub, with a late laptop, a new one and an old copy.

use app::ErrorCode;
use app::session::view::{ErasureView, ProposeErasure};
use app::verify::Rebuild;
use serde_json::json;
use testkit::Laptop;
use testkit::hub::{Fate, Hub};

const DAY: i64 = 86_400_000;

struct Scene {
    hub: Hub,
    sato: Laptop,
    paper: String,
    tanaka: Laptop,
    household: String,
}

fn scene() -> Scene {
    let hub = Hub::default();
    let (mut sato, sheet) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    sato.join_hub(&hub);
    let view = sato.call("household.create", json!({ "name": "みほん家" }));
    let household = view["id"].as_str().unwrap().to_owned();
    note(&mut sato, &household, "保存期間の終わった相談");
    sato.sync(&hub);
    tanaka.sync(&hub);
    Scene {
        hub,
        sato,
        paper: sheet.paper_admin_key,
        tanaka,
        household,
    }
}

pub(crate) fn note(laptop: &mut Laptop, household: &str, text: &str) {
    laptop.call(
        "note.create",
        json!({ "householdId": household, "text": text }),
    );
}

pub(crate) fn is_seen(laptop: &mut Laptop, household: &str) -> bool {
    let found = laptop.call("search", json!({ "text": "保存期間" }));
    let hits = found["items"].as_array().unwrap().len();
    let shown = laptop
        .attempt("household.get", json!({ "id": household }))
        .is_ok();
    assert_eq!(hits > 0, shown);
    shown
}

fn erase(s: &mut Scene) -> ErasureView {
    erase_household(&mut s.sato, &s.paper, &s.household)
}

/// The whole of a household, with the paper key as second signature.
pub(crate) fn erase_household(admin: &mut Laptop, paper: &str, household: &str) -> ErasureView {
    let request = ProposeErasure {
        household_id: Some(household.parse().unwrap()),
        documents: Vec::new(),
        field: None,
        reason: "保存期間の満了".to_owned(),
        basis: "文書管理規程 第12条".to_owned(),
        asked_by: "佐藤 一子".to_owned(),
    };
    let (list, _) = admin.app().erase_propose(&request).unwrap();
    let id = list.items[0].id.clone();
    let (list, _) = admin.app().erase_sign(&id, Some(paper)).unwrap();
    list.items
        .into_iter()
        .find(|it| it.state == "hidden")
        .unwrap()
}

fn state(laptop: &mut Laptop) -> Vec<(String, u32)> {
    let list = laptop.app().erasures().unwrap();
    let items = list.items.into_iter();
    items.map(|it| (it.state, it.unsent)).collect()
}

#[test]
fn a_case_is_hidden_at_once_destroyed_after_its_time_and_dropped_by_the_hub() {
    let mut s = scene();
    let signed = erase(&mut s);
    assert_eq!(signed.horizon.as_deref(), Some("2027-12-23"));
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    for laptop in [&mut s.sato, &mut s.tanaka] {
        assert!(!is_seen(laptop, &s.household));
        assert_eq!(state(laptop), [("hidden".to_owned(), 0)]);
    }
    s.sato.use_for(31);
    assert_eq!(state(&mut s.sato), [("erased".to_owned(), 0)]);
    s.sato.sync(&s.hub);
    // A new laptop has what the hub has: no place is missing, and nothing of the case is there to be read.
    let mut suzuki = Laptop::joining(&mut s.sato, "鈴木 三郎", 3);
    s.sato.sync(&s.hub);
    let view = suzuki.sync(&s.hub);
    assert_eq!((view.held, view.refused.len()), (0, 0), "{view:?}");
    assert!(!is_seen(&mut suzuki, &s.household));
    let erased = suzuki.app().erasures().unwrap().items;
    assert_eq!(erased.len(), 1);
    assert_eq!(erased[0].reason, "保存期間の満了");
    // Nothing is brought back by the one that still has it, and another talk has nothing to say.
    s.tanaka.sync(&s.hub);
    suzuki.sync(&s.hub);
    s.sato.sync(&s.hub);
    let view = s.sato.sync(&s.hub);
    assert_eq!((view.new, view.held, view.sent), (0, 0, 0), "{view:?}");
    s.tanaka.use_for(31);
    s.tanaka.sync(&s.hub);
    for laptop in [&mut s.sato, &mut s.tanaka, &mut suzuki] {
        assert!(!is_seen(laptop, &s.household));
        let verified = laptop.verify(Rebuild::Compare);
        assert!(verified.ok && verified.findings.is_empty(), "{verified:?}");
        let log = laptop.store().join("store.db-wal");
        assert!(std::fs::metadata(log).map_or(0, |it| it.len()) < 1 << 20);
    }
    // The office works on.
    note_elsewhere(&mut s);
}

fn note_elsewhere(s: &mut Scene) {
    let view = s
        .tanaka
        .call("household.create", json!({ "name": "あとの家" }));
    let after = view["id"].as_str().unwrap().to_owned();
    note(&mut s.tanaka, &after, "つづき");
    s.tanaka.sync(&s.hub);
    s.sato.sync(&s.hub);
    let view = s.sato.call("household.get", json!({ "id": after }));
    assert_eq!(view["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn a_hub_that_never_had_what_was_erased_gets_the_stubs_and_nothing_goes_to_it_twice() {
    let mut s = scene();
    note_elsewhere(&mut s);
    erase(&mut s);
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.sato.use_for(31);
    s.tanaka.use_for(31);
    // The city has another machine, on which there is nothing of before.
    s.hub = Hub::default();
    s.sato.join_hub(&s.hub);
    s.sato.give(&mut s.tanaka);
    s.tanaka.sync(&s.hub);
    s.sato.sync(&s.hub);
    for laptop in [&mut s.sato, &mut s.tanaka] {
        let mut line = s.hub.line();
        let view = laptop.try_sync(&mut line).unwrap();
        assert_eq!((view.confirmed, view.new, view.known), (0, 0, 0));
        assert!(line.bytes < 4000, "nothing to say: {line:?}");
    }
    // Whoever comes new has all that is there, and no place is missing.
    let mut suzuki = Laptop::joining(&mut s.sato, "鈴木 三郎", 3);
    s.sato.sync(&s.hub);
    suzuki.sync(&s.hub);
    let view = suzuki.sync(&s.hub);
    assert_eq!((view.new, view.known, view.held), (0, 0, 0), "{view:?}");
    assert!(!is_seen(&mut suzuki, &s.household));
    note_elsewhere(&mut s);
}

#[test]
fn taken_back_by_one_administrator_everything_is_there_again() {
    let mut s = scene();
    let signed = erase(&mut s);
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.tanaka.use_for(29);
    s.sato.app().erase_cancel(&signed.id).unwrap();
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.tanaka.use_for(5);
    for laptop in [&mut s.sato, &mut s.tanaka] {
        assert!(is_seen(laptop, &s.household));
        assert_eq!(state(laptop), [("cancelled".to_owned(), 0)]);
        assert!(laptop.verify(Rebuild::Compare).findings.is_empty());
    }
}

#[test]
fn a_late_laptop_loses_no_word_unseen() {
    let mut s = scene();
    note(&mut s.tanaka, &s.household, "届かなかった言葉");
    erase(&mut s);
    s.sato.sync(&s.hub);
    s.sato.use_for(31);
    s.sato.sync(&s.hub);
    // It comes only now, after the case is gone everywhere else.
    s.tanaka.restart(60 * DAY);
    s.tanaka.sync(&s.hub);
    assert!(!is_seen(&mut s.tanaka, &s.household));
    assert_eq!(state(&mut s.tanaka), [("hidden".to_owned(), 1)]);
    s.sato.sync(&s.hub);
    let offered = s.sato.app().erasures().unwrap().offered;
    assert_eq!(offered.len(), 1);
    assert!(offered[0].text.contains("届かなかった言葉"));
    assert_eq!(offered[0].by, "田中 次郎");
    s.tanaka.use_for(31);
    assert_eq!(state(&mut s.tanaka), [("erased".to_owned(), 1)]);
    assert!(s.tanaka.verify(Rebuild::Compare).findings.is_empty());
}

#[test]
fn an_old_copy_that_comes_back_shows_the_case_no_longer_once_it_has_heard() {
    let mut s = scene();
    s.tanaka.copy_folder("before");
    erase(&mut s);
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.tanaka.use_for(31);
    s.tanaka.sync(&s.hub);
    assert_eq!(state(&mut s.tanaka), [("erased".to_owned(), 0)]);
    // An old copy comes back. It knows nothing yet.
    s.tanaka.put_folder_back("before");
    s.tanaka.restart(0);
    assert!(is_seen(&mut s.tanaka, &s.household));
    s.tanaka.sync(&s.hub);
    assert!(!is_seen(&mut s.tanaka, &s.household));
    s.tanaka.use_for(31);
    assert_eq!(state(&mut s.tanaka), [("erased".to_owned(), 0)]);
    s.tanaka.sync(&s.hub);
    assert!(s.tanaka.verify(Rebuild::Compare).findings.is_empty());
}

#[test]
fn a_backup_that_comes_back_shows_no_record_before_the_hub_was_asked() {
    let mut s = scene();
    let file = s.tanaka.back_up("monday.mgbackup");
    erase(&mut s);
    s.sato.sync(&s.hub);
    s.tanaka.put_backup_back(&file);
    for _ in 0..2 {
        let refused = s.tanaka.attempt("search", json!({ "text": "保存期間" }));
        assert_eq!(refused.unwrap_err().code, ErrorCode::RestoredUnchecked);
        // A hub that is away opens nothing.
        let mut cut = s.hub.line_that(|_| Fate::LostThere);
        assert!(s.tanaka.try_sync(&mut cut).is_err());
    }
    // Nor does one that is cut off in the middle.
    let mut half = s.hub.line_that(|call| match call {
        0..4 => Fate::Through,
        _ => Fate::LostThere,
    });
    assert!(s.tanaka.try_sync(&mut half).is_err());
    assert!(s.tanaka.app().restored_at().is_some());
    s.tanaka.sync(&s.hub);
    assert!(!is_seen(&mut s.tanaka, &s.household));
    assert_eq!(state(&mut s.tanaka), [("hidden".to_owned(), 0)]);
    assert!(s.tanaka.verify(Rebuild::Compare).findings.is_empty());
}

/// A hub drops what two signed and nothing else: of what came later they are told, and sign once more.
#[test]
fn what_came_late_to_an_erased_case_is_dropped_by_the_hub_once_two_signed_for_it() {
    let mut s = scene();
    // Sealed, and on a stick, before the case is erased.
    note(&mut s.tanaka, &s.household, "保存期間のあとの言葉");
    let stick = s.tanaka.beside("stick.mgb");
    s.tanaka.export(&stick);
    let signed = erase(&mut s);
    s.sato.sync(&s.hub);
    s.sato.use_for(31);
    s.sato.sync(&s.hub);
    let late = |laptop: &mut Laptop| -> Vec<(String, String, u32)> {
        let items = laptop.app().erasures().unwrap().items.into_iter();
        items.map(|it| (it.what, it.state, it.late)).collect()
    };
    let one = |what: &str, state: &str, late: u32| (what.to_owned(), state.to_owned(), late);
    assert_eq!(late(&mut s.sato), [one("household", "erased", 0)]);
    let nothing = s.sato.app().erase_late(&signed.id).unwrap_err();
    assert_eq!(nothing.code, ErrorCode::NotFound);
    // The late laptop hears of it, and what it sealed goes to the hub all the same.
    s.tanaka.sync(&s.hub);
    s.sato.sync(&s.hub);
    assert_eq!(late(&mut s.sato), [one("household", "erased", 1)]);
    assert!(!is_seen(&mut s.sato, &s.household));
    // The red control: whoever comes new gets it from the hub, where it stays as ciphertext.
    let mut suzuki = Laptop::joining(&mut s.sato, "鈴木 三郎", 3);
    s.sato.sync(&s.hub);
    suzuki.sync(&s.hub);
    suzuki.use_for(31);
    note_elsewhere(&mut s);
    suzuki.sync(&s.hub);
    let of_suzuki: u32 = late(&mut suzuki).iter().map(|it| it.2).sum();
    assert_eq!(of_suzuki, 1);

    let by_worker = s.tanaka.app().erase_late(&signed.id).unwrap_err();
    assert_eq!(by_worker.code, ErrorCode::NotAdmin);
    let (list, _) = s.sato.app().erase_late(&signed.id).unwrap();
    let drawn = list.items.iter().find(|it| it.state == "proposed").unwrap();
    assert_eq!((drawn.what.as_str(), drawn.records), ("late", 1));
    assert_eq!(drawn.basis, "文書管理規程 第12条");
    let drawn = drawn.id.clone();
    let alone = s.sato.app().erase_sign(&drawn, None).unwrap_err();
    assert_eq!(alone.code, ErrorCode::NeedsSecond);
    s.sato.app().erase_sign(&drawn, Some(&s.paper)).unwrap();
    s.sato.use_for(31);
    s.sato.sync(&s.hub);
    let done = [one("household", "erased", 0), one("late", "erased", 0)];
    let sorted = |mut all: Vec<(String, String, u32)>| {
        all.sort();
        all
    };
    assert_eq!(sorted(late(&mut s.sato)), done);
    // Now it is there for nobody, and its place is filled.
    let mut mori = Laptop::joining(&mut s.sato, "森 四郎", 4);
    s.sato.sync(&s.hub);
    let view = mori.sync(&s.hub);
    assert_eq!((view.held, view.refused.len()), (0, 0), "{view:?}");
    mori.use_for(31);
    note_elsewhere(&mut s);
    mori.sync(&s.hub);
    let of_mori: u32 = late(&mut mori).iter().map(|it| it.2).sum();
    assert_eq!(of_mori, 0);
    s.tanaka.use_for(31);
    s.tanaka.sync(&s.hub);
    suzuki.sync(&s.hub);
    for laptop in [&mut s.sato, &mut s.tanaka, &mut suzuki, &mut mori] {
        let of_all: u32 = late(laptop).iter().map(|it| it.2).sum();
        assert_eq!(of_all, 0);
        assert!(!is_seen(laptop, &s.household));
        let verified = laptop.verify(Rebuild::Compare);
        assert!(verified.ok && verified.findings.is_empty(), "{verified:?}");
    }
    s.sato.sync(&s.hub);
    let view = s.sato.sync(&s.hub);
    assert_eq!((view.new, view.held, view.sent), (0, 0, 0), "{view:?}");
}

/// A third person's diagnosis was typed into a note, and a hidden address into a member, with a file beside.
#[test]
fn one_field_and_one_note_go_at_every_laptop_and_at_the_hub() {
    let mut s = scene();
    let wish = json!({ "householdId": s.household, "familyName": "見本", "givenName": "花子" });
    let member = s.tanaka.call("member.add", wish)["id"].clone();
    for (field, value) in [("address", "隠すべき町1-2"), ("school", "みほん小学校")] {
        let wish = json!({ "id": member, "field": field, "value": value });
        s.tanaka.call("member.update", wish);
    }
    let wish = json!({ "householdId": s.household, "text": "別人の診断" });
    let wrong = s.tanaka.call("note.create", wish)["id"].clone();
    let wish = json!({ "noteId": wrong, "name": "診断書.txt", "content": "56eY5a+G" });
    s.tanaka.call("attachment.add", wish);
    s.tanaka.sync(&s.hub);
    s.sato.sync(&s.hub);
    assert_eq!(s.hub.chunks(), 1);
    let asking = |document: &serde_json::Value, field: Option<&str>| ProposeErasure {
        household_id: None,
        documents: vec![document.as_str().unwrap().parse().unwrap()],
        field: field.map(str::to_owned),
        reason: "誤記".to_owned(),
        basis: "本人の申出".to_owned(),
        asked_by: String::new(),
    };
    // Written while the others sign: it goes over.
    let wish = json!({ "id": member, "field": "phone", "value": "0312345678" });
    s.tanaka.call("member.update", wish);
    for request in [
        asking(&member, Some("fields/address")),
        asking(&wrong, None),
    ] {
        let (list, _) = s.sato.app().erase_propose(&request).unwrap();
        let id = list.items.iter().find(|it| it.state == "proposed");
        let id = id.unwrap().id.clone();
        s.sato.app().erase_sign(&id, Some(&s.paper)).unwrap();
    }
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.sato.sync(&s.hub);
    s.sato.use_for(31);
    s.sato.sync(&s.hub);
    assert_eq!(s.hub.chunks(), 0, "the file of the note went with it");
    s.tanaka.use_for(31);
    s.tanaka.sync(&s.hub);
    let mut suzuki = Laptop::joining(&mut s.sato, "鈴木 三郎", 3);
    s.sato.sync(&s.hub);
    let view = suzuki.sync(&s.hub);
    assert_eq!((view.held, view.refused.len()), (0, 0), "{view:?}");
    for laptop in [&mut s.sato, &mut s.tanaka, &mut suzuki] {
        let view = laptop.call("household.get", json!({ "id": s.household }));
        let person = &view["members"][0];
        assert!(person["address"].is_null(), "{person}");
        assert_eq!(person["school"], "みほん小学校");
        assert_eq!(person["phone"], "0312345678");
        for (words, hits) in [("隠すべき町", 0), ("別人の診断", 0), ("みほん小学校", 1)]
        {
            let found = laptop.call("search", json!({ "text": words }));
            assert_eq!(found["items"].as_array().unwrap().len(), hits, "{words}");
        }
        let verified = laptop.verify(Rebuild::Compare);
        assert!(verified.ok && verified.findings.is_empty(), "{verified:?}");
    }
    // Nothing is brought back, and there is nothing left to say.
    let view = s.sato.sync(&s.hub);
    assert_eq!((view.new, view.held, view.sent), (0, 0, 0), "{view:?}");
    assert_eq!(s.hub.chunks(), 0);
}
