//! An erasure that is heard from a colleague in the same place, and from nobody else.

use app::ErrorCode;
use app::verify::Rebuild;
use serde_json::json;
use testkit::Laptop;

use crate::erasing::{erase_household, is_seen, note};
use crate::lan::exchange;

const DAY: i64 = 86_400_000;

struct Scene {
    sato: Laptop,
    paper: String,
    tanaka: Laptop,
    household: String,
}

/// Two who know one case, from each other.
fn scene() -> Scene {
    let (mut sato, sheet) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    let view = sato.call("household.create", json!({ "name": "みほん家" }));
    let household = view["id"].as_str().unwrap().to_owned();
    note(&mut sato, &household, "保存期間の終わった相談");
    meet(&mut sato, &mut tanaka);
    Scene {
        sato,
        paper: sheet.paper_admin_key,
        tanaka,
        household,
    }
}

/// `host` opens, `guest` comes.
fn meet(host: &mut Laptop, guest: &mut Laptop) {
    let view = exchange(host, guest, |address| address).unwrap();
    assert_eq!((view.held, view.refused.len()), (0, 0), "{view:?}");
}

fn erase(s: &mut Scene) {
    erase_household(&mut s.sato, &s.paper, &s.household);
}

/// Of each erasure in the register: how it stands, how many documents had not left.
fn state(laptop: &mut Laptop) -> Vec<(String, u32)> {
    let list = laptop.app().erasures().unwrap();
    let items = list.items.into_iter();
    items.map(|it| (it.state, it.unsent)).collect()
}

fn is_sound(laptop: &mut Laptop) {
    let view = laptop.verify(Rebuild::Compare);
    assert!(view.ok && view.findings.is_empty(), "{view:?}");
}

#[test]
fn a_late_laptop_hears_of_an_erasure_from_a_colleague_alone_and_loses_no_word_unseen() {
    for tanaka_opens in [false, true] {
        let mut s = scene();
        note(&mut s.tanaka, &s.household, "届かなかった言葉");
        erase(&mut s);
        assert!(is_seen(&mut s.tanaka, &s.household), "it has not heard yet");
        let meet = |s: &mut Scene| match tanaka_opens {
            true => meet(&mut s.tanaka, &mut s.sato),
            false => meet(&mut s.sato, &mut s.tanaka),
        };
        meet(&mut s);
        for laptop in [&mut s.sato, &mut s.tanaka] {
            assert!(!is_seen(laptop, &s.household));
            is_sound(laptop);
        }
        assert_eq!(state(&mut s.tanaka), [("hidden".to_owned(), 1)]);
        meet(&mut s);
        let offered = s.sato.app().erasures().unwrap().offered;
        assert_eq!(offered.len(), 1, "opened by 田中: {tanaka_opens}");
        assert!(offered[0].text.contains("届かなかった言葉"));
        assert_eq!(offered[0].by, "田中 次郎");
        s.tanaka.use_for(31);
        assert_eq!(state(&mut s.tanaka), [("erased".to_owned(), 1)]);
        is_sound(&mut s.tanaka);
    }
}

#[test]
fn stubs_go_from_laptop_to_laptop_and_whoever_has_it_whole_brings_nothing_back() {
    let mut s = scene();
    let mut suzuki = Laptop::joining(&mut s.sato, "鈴木 三郎", 3);
    // So that 田中 knows of 鈴木; 鈴木 has heard nothing from anybody yet.
    meet(&mut s.sato, &mut s.tanaka);
    erase(&mut s);
    s.sato.use_for(31);
    assert_eq!(state(&mut s.sato), [("erased".to_owned(), 0)]);
    // A new laptop gets all from one that has destroyed it: no place is missing, and no word is there.
    meet(&mut s.sato, &mut suzuki);
    assert!(!is_seen(&mut suzuki, &s.household));
    assert_eq!(suzuki.app().erasures().unwrap().items.len(), 1);
    assert_eq!(
        suzuki.app().waiting().unwrap().unsent_changes,
        0,
        "both say so"
    );
    let again = exchange(&mut s.sato, &mut suzuki, |address| address).unwrap();
    assert_eq!((again.new, again.known), (0, 0), "nothing lies open twice");
    // The late one has all of it still, and meets the new one alone: first as who opens, then as who comes.
    s.tanaka.restart(60 * DAY);
    assert!(is_seen(&mut s.tanaka, &s.household));
    meet(&mut s.tanaka, &mut suzuki);
    meet(&mut suzuki, &mut s.tanaka);
    meet(&mut s.tanaka, &mut s.sato);
    for laptop in [&mut s.sato, &mut s.tanaka, &mut suzuki] {
        assert!(!is_seen(laptop, &s.household));
    }
    s.tanaka.use_for(31);
    assert_eq!(state(&mut s.tanaka), [("erased".to_owned(), 0)]);
    meet(&mut s.tanaka, &mut suzuki);
    for laptop in [&mut s.sato, &mut s.tanaka, &mut suzuki] {
        assert!(!is_seen(laptop, &s.household));
        is_sound(laptop);
    }
    // They work on with each other.
    let view = s
        .tanaka
        .call("household.create", json!({ "name": "あとの家" }));
    let after = view["id"].as_str().unwrap().to_owned();
    note(&mut s.tanaka, &after, "つづき");
    meet(&mut suzuki, &mut s.tanaka);
    let view = suzuki.call("household.get", json!({ "id": after }));
    assert_eq!(view["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn a_restored_laptop_is_compared_by_a_colleague_who_comes_or_is_visited() {
    for tanaka_opens in [false, true] {
        let mut s = scene();
        let file = s.tanaka.back_up("monday.mgbackup");
        erase(&mut s);
        s.tanaka.put_backup_back(&file);
        let refused = s.tanaka.attempt("search", json!({ "text": "保存期間" }));
        assert_eq!(refused.unwrap_err().code, ErrorCode::RestoredUnchecked);
        if tanaka_opens {
            meet(&mut s.tanaka, &mut s.sato);
        } else {
            meet(&mut s.sato, &mut s.tanaka);
        }
        assert!(!is_seen(&mut s.tanaka, &s.household), "{tanaka_opens}");
        assert_eq!(state(&mut s.tanaka), [("hidden".to_owned(), 0)]);
        is_sound(&mut s.tanaka);
    }
}
