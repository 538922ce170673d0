//! What people do with a hub, and what happens to it meanwhile: `peers.md`, pains 5, 6, 8, 15, 17.

use app::ErrorCode;
use app::verify::Rebuild;
use serde_json::{Value, json};
use testkit::Laptop;
use testkit::hub::{Fate, Hub};

/// An office of two laptops that know a hub, and a household on it.
fn office() -> (Hub, Laptop, Laptop, String) {
    let hub = Hub::default();
    let (mut sato, _) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    sato.join_hub(&hub);
    let household = household(&mut sato, "みほん家");
    sato.sync(&hub);
    tanaka.sync(&hub);
    (hub, sato, tanaka, household)
}

fn household(laptop: &mut Laptop, name: &str) -> String {
    let view = laptop.call("household.create", json!({ "name": name }));
    view["id"].as_str().unwrap().to_owned()
}

fn note(laptop: &mut Laptop, household: &str, text: &str) -> String {
    let view = laptop.call(
        "note.create",
        json!({ "householdId": household, "text": text }),
    );
    view["id"].as_str().unwrap().to_owned()
}

fn notes(laptop: &mut Laptop, household: &str) -> Vec<String> {
    let view = laptop.call("household.get", json!({ "id": household }));
    let mut texts: Vec<String> = view["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["text"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

fn shown(laptop: &mut Laptop, household: &str) -> Value {
    let mut view = laptop.call("household.get", json!({ "id": household }));
    view.as_object_mut().unwrap().remove("local");
    view
}

fn unsent(laptop: &mut Laptop) -> u32 {
    laptop.app().waiting().unwrap().unsent_changes
}

#[test]
fn what_one_writes_the_other_reads_and_nobody_asked_for_a_file() {
    let (hub, mut sato, mut tanaka, household) = office();
    note(&mut tanaka, &household, "訪問した。");
    assert_eq!(unsent(&mut tanaka), 1);
    let view = tanaka.sync(&hub);
    assert!(view.sent == 1 && view.confirmed >= 1, "{view:?}");
    assert_eq!(unsent(&mut tanaka), 0);
    let view = sato.sync(&hub);
    assert_eq!((view.new, view.restored), (1, false));
    assert_eq!(notes(&mut sato, &household), ["訪問した。"]);
    assert_eq!(shown(&mut sato, &household), shown(&mut tanaka, &household));
    // Nothing new: a few calls, and no record travels.
    let mut line = hub.line();
    let view = sato.try_sync(&mut line).unwrap();
    assert_eq!(
        (view.new, view.known, view.sent, view.confirmed),
        (0, 0, 0, 0)
    );
    assert!(line.calls <= 6, "{line:?}");
}

#[test]
fn thirty_days_without_a_network_and_both_wrote_all_the_time() {
    let (hub, mut sato, mut tanaka, household) = office();
    for day in 0..30 {
        note(&mut sato, &household, &format!("佐藤 {day:02}"));
        note(&mut tanaka, &household, &format!("田中 {day:02}"));
        sato.restart(86_400_000);
        tanaka.restart(86_400_000);
    }
    assert_eq!((unsent(&mut sato), unsent(&mut tanaka)), (30, 30));
    sato.sync(&hub);
    tanaka.sync(&hub);
    sato.sync(&hub);
    assert_eq!(notes(&mut sato, &household).len(), 60);
    assert_eq!(shown(&mut sato, &household), shown(&mut tanaka, &household));
    assert_eq!((unsent(&mut sato), unsent(&mut tanaka)), (0, 0));
}

#[test]
fn a_line_cut_at_any_call_loses_nothing_and_doubles_nothing() {
    for lost in [Fate::LostThere, Fate::LostBack] {
        for cut in 0..9 {
            let (hub, mut sato, mut tanaka, household) = office();
            note(&mut sato, &household, "佐藤");
            note(&mut tanaka, &household, "田中");
            tanaka.sync(&hub);
            let mut line = hub.line_that(|call| {
                if call == cut {
                    lost.clone()
                } else {
                    Fate::Through
                }
            });
            if let Err(error) = sato.try_sync(&mut line) {
                assert_eq!(
                    (error.code, error.code.exit()),
                    (ErrorCode::HubUnreachable, 4)
                );
            }
            sato.restart(1000);
            sato.sync(&hub);
            tanaka.sync(&hub);
            assert_eq!(
                notes(&mut sato, &household),
                ["佐藤", "田中"],
                "cut at {cut}, {lost:?}"
            );
            assert_eq!(
                notes(&mut tanaka, &household),
                ["佐藤", "田中"],
                "cut at {cut}, {lost:?}"
            );
            assert_eq!(unsent(&mut sato), 0);
        }
    }
}

#[test]
fn what_was_pushed_and_not_signed_for_still_counts_as_waiting() {
    let (hub, mut sato, _, household) = office();
    note(&mut sato, &household, "佐藤");
    let calls = {
        let mut line = hub.line();
        let before = line.calls;
        sato.try_sync(&mut line).unwrap();
        line.calls - before
    };
    note(&mut sato, &household, "もう一つ");
    // The last call is the push: it arrives, and the receipt is lost.
    let mut line = hub.line_that(|call| {
        if call + 1 == calls {
            Fate::LostBack
        } else {
            Fate::Through
        }
    });
    assert!(sato.try_sync(&mut line).is_err());
    assert_eq!(unsent(&mut sato), 1);
    let view = sato.sync(&hub);
    assert_eq!((view.sent, unsent(&mut sato)), (1, 0));
}

#[test]
fn calls_that_arrive_twice_change_nothing() {
    let (hub, mut sato, mut tanaka, household) = office();
    note(&mut sato, &household, "佐藤");
    // A challenge that is answered twice is good once, so letting in is left out.
    let mut line = hub.line_that(|call| {
        if call > 1 {
            Fate::Doubled
        } else {
            Fate::Through
        }
    });
    sato.try_sync(&mut line).unwrap();
    let view = tanaka.sync(&hub);
    assert_eq!((view.new, view.held), (1, 0));
    assert_eq!(notes(&mut tanaka, &household), ["佐藤"]);
}

#[test]
fn a_hub_restored_from_an_old_backup_gets_everything_back() {
    for said in [true, false] {
        let (mut hub, mut sato, mut tanaka, household) = office();
        hub.back_up("monday");
        note(&mut sato, &household, "火曜");
        sato.sync(&hub);
        tanaka.sync(&hub);
        note(&mut tanaka, &household, "水曜");
        tanaka.sync(&hub);
        sato.sync(&hub);
        hub.restore("monday", said);
        // Sato brings back what she has, her colleague's words among it.
        let view = sato.sync(&hub);
        assert!(
            view.restored,
            "the hub's other past is noticed, said: {said}"
        );
        // A laptop that never saw the lost days reads all of them.
        let mut ito = Laptop::joining(&mut sato, "伊藤", 3);
        sato.sync(&hub);
        ito.sync(&hub);
        assert_eq!(notes(&mut ito, &household), ["水曜", "火曜"]);
        let view = tanaka.sync(&hub);
        // Without a word, what was given back may by chance lie in the order in which it lay.
        assert!(view.restored || !said);
        assert!(!tanaka.sync(&hub).restored, "it is told once");
        // Whoever did not ask for that exchange still reads of it.
        assert!(sato.app().waiting().unwrap().hub_restored_at.is_some());
        assert_eq!(ito.app().waiting().unwrap().hub_restored_at, None);
        assert_eq!(shown(&mut ito, &household), shown(&mut tanaka, &household));
    }
}

#[test]
fn an_old_copy_of_a_laptop_takes_its_own_words_back_and_goes_on() {
    let (hub, mut sato, mut tanaka, household) = office();
    sato.copy_folder("old");
    note(&mut sato, &household, "あとで");
    sato.sync(&hub);
    sato.put_folder_back("old");
    assert_eq!(notes(&mut sato, &household), [] as [&str; 0]);
    note(&mut sato, &household, "復元のあと");
    sato.sync(&hub);
    assert_eq!(notes(&mut sato, &household), ["あとで", "復元のあと"]);
    tanaka.sync(&hub);
    assert_eq!(shown(&mut sato, &household), shown(&mut tanaka, &household));
    assert!(sato.verify(Rebuild::Compare).ok);
}

#[test]
fn a_newcomer_reads_everything_from_the_hub_alone() {
    let (hub, mut sato, mut tanaka, household) = office();
    note(&mut tanaka, &household, "前から");
    tanaka.sync(&hub);
    sato.sync(&hub);
    let mut ito = Laptop::joining(&mut sato, "伊藤", 3);
    // Approved, but the hub has not heard of it: it is not let in, and keeps what it has.
    let error = ito.try_sync(&mut hub.line()).unwrap_err();
    assert_eq!(error.code, ErrorCode::HubNotAdmitted);
    sato.sync(&hub);
    ito.sync(&hub);
    assert_eq!(shown(&mut ito, &household), shown(&mut tanaka, &household));
    // The others learn of the newcomer before they read its words.
    note(&mut ito, &household, "新人");
    ito.sync(&hub);
    let view = tanaka.sync(&hub);
    assert_eq!((view.held, view.refused.len()), (0, 0));
    assert_eq!(notes(&mut tanaka, &household), ["前から", "新人"]);
}

#[test]
fn another_hub_at_the_same_address_is_not_spoken_to() {
    let (_, mut sato, _, household) = office();
    note(&mut sato, &household, "佐藤");
    let other = Hub::default();
    let error = sato.try_sync(&mut other.line()).unwrap_err();
    assert_eq!((error.code, unsent(&mut sato)), (ErrorCode::HubChanged, 1));
}

#[test]
fn a_code_is_good_once_and_for_an_admin() {
    let hub = Hub::default();
    let (mut sato, _) = Laptop::founding("佐藤", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中", 2);
    let code = hub.invite();
    let join = |laptop: &mut Laptop, code: &str| {
        let conversation = app::hub::Conversation::join(laptop.app(), testkit::hub::URL, code)?;
        app::hub::talk(laptop.app(), conversation, &mut hub.line())
    };
    assert_eq!(
        join(&mut tanaka, &code).unwrap_err().code,
        ErrorCode::NotAdmin
    );
    assert_eq!(
        join(&mut sato, "XXXX").unwrap_err().code,
        ErrorCode::InvalidValue
    );
    join(&mut sato, &code).unwrap();
    let (mut stranger, _) = Laptop::founding("よその人", 9);
    assert_eq!(
        join(&mut stranger, &code).unwrap_err().code,
        ErrorCode::InvitationRefused
    );
    // A code of another hub: what answers is not the hub that invited.
    let elsewhere = Hub::default().invite();
    assert!(join(&mut stranger, &elsewhere).is_err());
}

#[test]
fn an_answer_that_is_none_of_a_hub_changes_nothing() {
    let (hub, mut sato, _, household) = office();
    note(&mut sato, &household, "佐藤");
    for at in 0..7 {
        for body in [Vec::new(), b"<html>".to_vec(), vec![0xff; 1000]] {
            let mut line = hub.line_that(|call| {
                if call == at {
                    Fate::Answered(sync::carrier::Reply {
                        status: 200,
                        body: body.clone(),
                    })
                } else {
                    Fate::Through
                }
            });
            if let Err(error) = sato.try_sync(&mut line) {
                assert_eq!(error.code, ErrorCode::HubFaulty);
            }
        }
    }
    sato.sync(&hub);
    assert_eq!(unsent(&mut sato), 0);
    assert!(sato.verify(Rebuild::Compare).ok);
}

#[test]
fn colleagues_know_when_each_last_merged_and_what_has_arrived_where() {
    let (hub, mut sato, mut tanaka, household) = office();
    note(&mut sato, &household, "佐藤");
    sato.sync(&hub);
    // Tanaka writes nothing; that he has everything, he says himself, once a day.
    tanaka.restart(86_400_000);
    let view = tanaka.sync(&hub);
    assert_eq!((view.new, view.sent, view.confirmed), (1, 0, 1));
    assert_eq!(tanaka.sync(&hub).confirmed, 0, "once a day");
    let merged = |laptop: &mut Laptop| {
        let list = laptop.app().devices().unwrap();
        let other = list.items.into_iter().find(|device| !device.current);
        other.unwrap().last_merged_at
    };
    sato.restart(86_400_000);
    let view = sato.sync(&hub);
    assert_eq!(view.new, 0, "a witness is no news of a household");
    assert!(merged(&mut sato).unwrap().starts_with("2026-11-24"));
    assert_eq!(sato.app().waiting().unwrap().missing, 0);
}
