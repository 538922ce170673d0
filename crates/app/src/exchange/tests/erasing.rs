//! Erasure: two sign, all laptops hide at once, each destroys after its own time, nothing comes back, no word is lost unseen.

use domain::DocId;
use serde_json::{Value, json};
use testkit::hub::{Hub, URL};

use super::{call, founding, give, id, joining};
use crate::exchange::erase::effect::DAY;
use crate::exchange::erase::tests::WORDS_STAY;
use crate::exchange::hub::tests::GIVES_NO_STUBS;
use crate::exchange::ingest::tests::ANY_STUB;
use crate::hub::{Conversation, talk};
use crate::session::view::{ErasureList, ErasureView, ProposeErasure};
use crate::verify::{Rebuild, VerifyView, contents};
use crate::{App, ErrorCode, Fixed};

struct Scene {
    admin: App,
    paper: String,
    sato: App,
    household: String,
    other: String,
}

fn scene() -> Scene {
    let (mut admin, paper) = founding("管理", 1);
    let paper = crypto::paper::print(&paper).to_string();
    let mut sato = joining(&mut admin, "佐藤", 2);
    let household = id(&call(
        &mut admin,
        "household.create",
        json!({ "name": "みほん家" }),
    ));
    let other = id(&call(
        &mut admin,
        "household.create",
        json!({ "name": "ほかの家" }),
    ));
    note(&mut admin, &household, "秘密の相談");
    note(&mut admin, &other, "残る相談");
    give(&mut admin, &mut sato);
    give(&mut sato, &mut admin);
    Scene {
        admin,
        paper,
        sato,
        household,
        other,
    }
}

pub(super) fn note(app: &mut App, household: &str, text: &str) -> String {
    id(&call(
        app,
        "note.create",
        json!({ "householdId": household, "text": text }),
    ))
}

pub(super) fn asking(household: &str) -> ProposeErasure {
    ProposeErasure {
        household_id: Some(household.parse::<DocId>().unwrap()),
        documents: Vec::new(),
        field: None,
        reason: "保存期間の満了".to_owned(),
        basis: "文書管理規程 第12条".to_owned(),
        asked_by: "佐藤".to_owned(),
    }
}

pub(super) fn sign(app: &mut App, paper: &str, request: &ProposeErasure) -> ErasureView {
    let (list, _) = app.erase_propose(request).unwrap();
    let proposed = list.items.iter().find(|it| it.state == "proposed").unwrap();
    let (list, _) = app.erase_sign(&proposed.id.clone(), Some(paper)).unwrap();
    // Newest first.
    let mut hidden = list.items.into_iter().filter(|it| it.state == "hidden");
    hidden.next().unwrap()
}

fn only(list: ErasureList, state: &str) -> ErasureView {
    let mut of: Vec<_> = list
        .items
        .into_iter()
        .filter(|it| it.state == state)
        .collect();
    assert_eq!(of.len(), 1, "one that is {state}");
    of.remove(0)
}

/// What is seen of a household anywhere.
fn seen(app: &mut App, household: &str) -> (bool, usize, usize) {
    let get = crate::ops::call(app, "household.get", json!({ "id": household }));
    let listed = call(app, "household.list", json!({}));
    let listed = listed["items"].as_array().unwrap();
    let listed = listed.iter().filter(|it| it["id"] == *household).count();
    let found = call(app, "search", json!({ "text": "秘密の相談" }));
    (
        get.is_ok(),
        listed,
        found["items"].as_array().unwrap().len(),
    )
}

/// Lets a laptop run for some days, looking at the clock once a day.
pub(super) fn run(app: App, days: i64) -> App {
    let mut app = app;
    for _ in 0..days {
        let now = app.environment.now() + DAY;
        app = app.with_environment(Box::new(Fixed::new(now, 77)));
        app.after_erasures().unwrap();
    }
    app
}

fn count(app: &App, state: &str) -> u32 {
    app.store
        .read(|reader| reader.count_records(state))
        .unwrap()
}

pub(super) fn is_sound(app: &mut App) {
    let mut view = VerifyView {
        ok: false,
        findings: Vec::new(),
        documents: 0,
        rebuilt: false,
        last_compared: None,
    };
    let findings = contents(app, Rebuild::Compare, domain::Lang::Ja, &mut view).unwrap();
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn one_administrator_alone_erases_nothing() {
    let mut s = scene();
    let (list, _) = s.admin.erase_propose(&asking(&s.household)).unwrap();
    let order = list.items[0].id.clone();
    let alone = s.admin.erase_sign(&order, None).unwrap_err();
    assert_eq!(alone.code, ErrorCode::NeedsSecond);
    let forged = crypto::paper::print(&crypto::sign::SigningKey::make()).to_string();
    let wrong = s.admin.erase_sign(&order, Some(&forged)).unwrap_err();
    assert_eq!(wrong.code, ErrorCode::WrongPaperKey);
    // A worker who found the sheet.
    let refused = s.sato.erase_propose(&asking(&s.household)).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotAdmin);
    give(&mut s.admin, &mut s.sato);
    let by_worker = s.sato.erase_sign(&order, Some(&s.paper)).unwrap_err();
    assert_eq!(by_worker.code, ErrorCode::NotAdmin);
    for app in [&mut s.admin, &mut s.sato] {
        assert_eq!(seen(app, &s.household), (true, 1, 1));
    }
    // The control: with the key of the sheet it goes.
    s.admin.erase_sign(&order, Some(&s.paper)).unwrap();
    assert_eq!(seen(&mut s.admin, &s.household), (false, 0, 0));
}

#[test]
fn a_signed_order_hides_on_all_laptops_at_once_and_one_administrator_brings_all_back() {
    let mut s = scene();
    let signed = sign(&mut s.admin, &s.paper, &asking(&s.household));
    assert_eq!(signed.days_left, Some(30));
    assert!(signed.with_paper);
    assert_eq!(signed.horizon.as_deref(), Some("2027-12-23"));
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        assert_eq!(seen(app, &s.household), (false, 0, 0));
        assert!(crate::ops::call(app, "household.get", json!({ "id": s.other })).is_ok());
        is_sound(app);
    }
    s.sato = run(s.sato, 29);
    s.admin.erase_cancel(&signed.id).unwrap();
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        assert_eq!(seen(app, &s.household), (true, 1, 1));
        is_sound(app);
    }
    // Taken back, its time does not go on.
    s.sato = run(s.sato, 40);
    assert_eq!(seen(&mut s.sato, &s.household), (true, 1, 1));
}

#[test]
fn attachments_of_an_erased_case_go_with_it_and_no_others() {
    let mut s = scene();
    for (household, content) in [(&s.household, "56eY5a+G"), (&s.other, "5q6L44KL")] {
        let wish = json!({ "householdId": household, "name": "紙.txt", "content": content });
        call(&mut s.admin, "attachment.add", wish);
    }
    let rows = s.admin.store.read(|reader| reader.chunks()).unwrap();
    assert_eq!(rows.len(), 2);
    let here = |app: &App| rows.iter().filter(|row| app.chunks.has(&row.hash)).count();
    sign(&mut s.admin, &s.paper, &asking(&s.household));
    // Hidden, it can still be taken back.
    s.admin = run(s.admin, 29);
    assert_eq!(here(&s.admin), 2);
    s.admin = run(s.admin, 1);
    assert_eq!(here(&s.admin), 1);
    let left = s.admin.store.read(|reader| reader.chunks()).unwrap();
    assert_eq!(left.len(), 1);
    assert!(s.admin.chunks.has(&left[0].hash));
    is_sound(&mut s.admin);
}

#[test]
fn after_its_own_time_a_laptop_destroys_it_and_stubs_travel_in_its_place() {
    let mut s = scene();
    let signed = sign(&mut s.admin, &s.paper, &asking(&s.household));
    give(&mut s.admin, &mut s.sato);
    // A clock that jumps ten years ahead counts a day.
    let far = s.sato.environment.now() + 3650 * DAY;
    s.sato = s.sato.with_environment(Box::new(Fixed::new(far, 5)));
    s.sato.after_erasures().unwrap();
    assert_eq!(
        only(s.sato.erasures().unwrap(), "hidden").days_left,
        Some(29)
    );
    // Put right, it makes no keys early either.
    s.sato = s
        .sato
        .with_environment(Box::new(Fixed::new(far - 3650 * DAY, 6)));
    let before = s.admin.environment.now();
    s.admin = run(s.admin, 29);
    assert_eq!(count(&s.admin, "erased"), 0);
    s.admin = run(s.admin, 1);
    let erased = only(s.admin.erasures().unwrap(), "erased");
    assert_eq!(erased.id, signed.id);
    assert_eq!(count(&s.admin, "erased"), erased.records);
    assert!(erased.records > 2);
    is_sound(&mut s.admin);
    let late = s.admin.erase_cancel(&signed.id).unwrap_err();
    assert_eq!(late.code, ErrorCode::EraseDone);

    // The stubs travel: a new laptop has every place filled and none of the words.
    s.admin = s.admin.with_environment(Box::new(Fixed::new(before, 9)));
    let mut suzuki = joining(&mut s.admin, "鈴木", 3);
    let came = give(&mut s.admin, &mut suzuki);
    assert_eq!((came.held, came.refused.len()), (0, 0));
    assert_eq!(count(&suzuki, "erased"), erased.records);
    assert_eq!(seen(&mut suzuki, &s.household), (false, 0, 0));
    is_sound(&mut suzuki);
    // Whoever still has it whole brings nothing back.
    give(&mut s.sato, &mut s.admin);
    give(&mut s.sato, &mut suzuki);
    for app in [&mut s.admin, &mut suzuki] {
        assert_eq!(seen(app, &s.household), (false, 0, 0));
        assert_eq!(count(app, "erased"), erased.records);
        is_sound(app);
    }
    let again = give(&mut s.admin, &mut suzuki);
    assert_eq!((again.new, again.held), (0, 0));
}

/// Whoever passes records on could keep one back with its stub, if a stub were believed.
#[test]
fn a_stub_without_a_signed_order_fills_no_place() {
    for believed in [false, true] {
        let mut s = scene();
        let mut suzuki = joining(&mut s.admin, "鈴木", 3);
        give(&mut s.admin, &mut suzuki);
        note(&mut s.admin, &s.other, "隠される言葉");
        s.admin.bundle_bytes().unwrap();
        let record = s
            .admin
            .store
            .read(|reader| reader.newest_record(&s.admin.identity.lane, &s.admin.identity.device))
            .unwrap()
            .unwrap();
        let org = s.admin.trust.directory.org();
        let sealed = wire::envelope::open_outer(record.bytes, org).unwrap();
        let verified = sealed.verify(&s.admin.identity.sign.public()).unwrap();
        ANY_STUB.set(believed);
        let stub = verified.to_stub();
        suzuki
            .take_in(
                super::super::delivery::Grown::not(),
                &super::super::delivery::Delivery::default(),
                |admit| admit(stub),
                |_| Ok(()),
            )
            .unwrap();
        ANY_STUB.set(false);
        give(&mut s.admin, &mut suzuki);
        let found = call(&mut suzuki, "search", json!({ "text": "隠される言葉" }));
        let hits = found["items"].as_array().unwrap().len();
        // The control: believed, it keeps the word away for ever.
        assert_eq!(hits, usize::from(!believed));
    }
}

#[test]
fn unsent_words_of_a_late_laptop_are_shown_to_the_team_and_then_deleted_and_counted() {
    let mut s = scene();
    let mut late = s.sato;
    note(&mut late, &s.household, "留守中に書いた言葉");
    sign(&mut s.admin, &s.paper, &asking(&s.household));
    give(&mut s.admin, &mut late);
    assert_eq!(seen(&mut late, &s.household), (false, 0, 0));
    let hidden = only(late.erasures().unwrap(), "hidden");
    assert_eq!(hidden.unsent, 1);
    give(&mut late, &mut s.admin);
    let offered = s.admin.erasures().unwrap().offered;
    assert_eq!(offered.len(), 1);
    assert!(offered[0].text.contains("留守中に書いた言葉"));
    assert_eq!(offered[0].by, "佐藤");
    assert_eq!(seen(&mut s.admin, &s.household), (false, 0, 0));
    late = run(late, 30);
    let erased = only(late.erasures().unwrap(), "erased");
    assert_eq!(erased.unsent, 1);
    is_sound(&mut late);
    // Nothing of it is left to be sent as a change of the household.
    let unsealed = late.store.read(|reader| reader.unsealed_changes()).unwrap();
    assert!(unsealed.is_empty());
}

#[test]
fn one_note_is_erased_and_the_household_stays() {
    let mut s = scene();
    let wrong = note(&mut s.admin, &s.household, "別人の話");
    give(&mut s.admin, &mut s.sato);
    let request = ProposeErasure {
        household_id: None,
        documents: vec![wrong.parse().unwrap()],
        ..asking(&s.household)
    };
    sign(&mut s.admin, &s.paper, &request);
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        let view = call(app, "household.get", json!({ "id": s.household }));
        assert_eq!(texts(&view), ["秘密の相談"]);
        assert!(crate::ops::call(app, "history", json!({ "id": wrong })).is_err());
        let found = call(app, "search", json!({ "text": "別人の話" }));
        assert!(found["items"].as_array().unwrap().is_empty());
    }
    s.admin = run(s.admin, 30);
    assert_eq!(count(&s.admin, "erased"), 1);
    is_sound(&mut s.admin);
    // The household goes on.
    note(&mut s.admin, &s.household, "続き");
    give(&mut s.admin, &mut s.sato);
    let view = call(&mut s.sato, "household.get", json!({ "id": s.household }));
    assert_eq!(texts(&view).len(), 2);
}

#[test]
fn a_note_of_another_household_moves_and_is_seen_nowhere_in_the_wrong_one() {
    let mut s = scene();
    let wrong = note(&mut s.sato, &s.household, "別の家の話です");
    let day = json!({ "id": s.household, "asOf": "2026-11-24" });
    let view = call(
        &mut s.sato,
        "note.move",
        json!({ "id": wrong, "householdId": s.other }),
    );
    assert_eq!(view["householdId"], *s.other);
    assert_eq!(view["written"]["author"]["name"], "佐藤");
    give(&mut s.sato, &mut s.admin);
    for app in [&mut s.admin, &mut s.sato] {
        let view = call(app, "household.get", json!({ "id": s.household }));
        assert_eq!(texts(&view), ["秘密の相談"]);
        let past = call(app, "household.get", day.clone());
        assert_eq!(texts(&past), ["秘密の相談"]);
        for (op, arguments) in [
            ("note.get", json!({ "id": wrong })),
            ("note.get", json!({ "id": wrong, "asOf": "2026-11-24" })),
            ("history", json!({ "id": wrong })),
        ] {
            let refused = crate::ops::call(app, op, arguments).err().unwrap();
            assert_eq!(refused.code, ErrorCode::NotFound, "{op}");
        }
        let found = call(app, "search", json!({ "text": "別の家の話" }));
        let found = found["items"].as_array().unwrap();
        assert!(found.iter().all(|it| it["householdId"] == *s.other));
        assert_eq!(found.len(), 1);
        let right = call(app, "household.get", json!({ "id": s.other }));
        assert!(texts(&right).contains(&"別の家の話です"));
        is_sound(app);
    }
    // Its bytes wait for the two signatures.
    let waiting = only(s.admin.erasures().unwrap(), "proposed");
    s.admin.erase_sign(&waiting.id, Some(&s.paper)).unwrap();
    s.admin = run(s.admin, 31);
    let erased = only(s.admin.erasures().unwrap(), "erased");
    assert_eq!(erased.records, count(&s.admin, "erased"));
    assert!(erased.records > 0);
    let right = call(&mut s.admin, "household.get", json!({ "id": s.other }));
    assert!(texts(&right).contains(&"別の家の話です"));
    // To where it is already it does not move.
    let again = crate::ops::call(
        &mut s.sato,
        "note.move",
        json!({ "id": view["id"], "householdId": s.other }),
    );
    assert_eq!(again.err().unwrap().code, ErrorCode::InvalidValue);
}

/// Others must not be able to tell that there was such a vault.
#[test]
fn a_restricted_records_order_is_read_by_its_readers_alone() {
    let mut s = scene();
    let mut suzuki = joining(&mut s.admin, "鈴木", 3);
    give(&mut s.admin, &mut suzuki);
    give(&mut s.sato, &mut s.admin);
    let sato = s.sato.identity.worker.clone();
    let secret = id(&call(
        &mut s.admin,
        "note.create",
        json!({ "householdId": s.household, "text": "限られた人だけ", "restrictTo": [sato] }),
    ));
    for to in [&mut s.sato, &mut suzuki] {
        give(&mut s.admin, to);
    }
    let request = ProposeErasure {
        household_id: None,
        documents: vec![secret.parse().unwrap()],
        ..asking(&s.household)
    };
    sign(&mut s.admin, &s.paper, &request);
    for to in [&mut s.sato, &mut suzuki] {
        give(&mut s.admin, to);
    }
    assert_eq!(s.sato.erasures().unwrap().items.len(), 1);
    assert!(suzuki.erasures().unwrap().items.is_empty());
    // The control: an order about an open case is read by all.
    sign(&mut s.admin, &s.paper, &asking(&s.household));
    give(&mut s.admin, &mut suzuki);
    assert_eq!(suzuki.erasures().unwrap().items.len(), 1);
}

/// The pages of a store, as they lie in memory.
fn holds(app: &App, mark: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    assert!(app.store.image(&path).unwrap());
    let image = std::fs::read(path).unwrap();
    image
        .windows(mark.len())
        .any(|window| window == mark.as_bytes())
}

#[test]
fn no_word_of_an_erased_case_is_left_on_any_page_of_the_store() {
    // Two characters that stand together nowhere else: a token of the index.
    const MARK: &str = "鱟蠑";
    for words_stay in [false, true] {
        let mut s = scene();
        note(&mut s.admin, &s.household, &format!("本人は{MARK}と言う"));
        let memo = call(&mut s.admin, "household.get", json!({ "id": s.household }));
        assert_eq!(texts(&memo).len(), 2);
        assert!(holds(&s.admin, MARK));
        sign(&mut s.admin, &s.paper, &asking(&s.household));
        WORDS_STAY.set(words_stay);
        s.admin = run(s.admin, 30);
        WORDS_STAY.set(false);
        assert_eq!(holds(&s.admin, MARK), words_stay, "{words_stay}");
        assert!(
            holds(&s.admin, "残る相談"),
            "the other household's words stay"
        );
    }
}

fn texts(view: &Value) -> Vec<&str> {
    let notes = view["notes"].as_array().unwrap();
    notes
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect()
}

#[test]
fn the_published_day_follows_from_how_long_backups_are_kept() {
    let mut s = scene();
    let alone = s.admin.erase_backups(730, None).unwrap_err();
    assert_eq!(alone.code, ErrorCode::NeedsSecond);
    let by_worker = s.sato.erase_backups(730, Some(&s.paper)).unwrap_err();
    assert_eq!(by_worker.code, ErrorCode::NotAdmin);
    for wrong in [0, 3_651] {
        let refused = s.admin.erase_backups(wrong, Some(&s.paper)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidValue);
    }
    assert_eq!(s.admin.erasures().unwrap().backup_days, 365);
    sign(&mut s.admin, &s.paper, &asking(&s.household));
    let horizon = |app: &mut App| only(app.erasures().unwrap(), "hidden").horizon.unwrap();
    assert_eq!(horizon(&mut s.admin), "2027-12-23");
    s.admin.erase_backups(730, Some(&s.paper)).unwrap();
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        assert_eq!(app.erasures().unwrap().backup_days, 730);
        assert_eq!(horizon(app), "2028-12-22");
    }
    // Keys are good for a year, whatever becomes of backups.
    s.admin.erase_backups(30, Some(&s.paper)).unwrap();
    assert_eq!(horizon(&mut s.admin), "2027-12-23");
}

/// Red control: without the stubs, all that follows goes to the hub again with each talk.
#[test]
fn a_hub_that_has_nothing_of_before_gets_the_stubs_and_nothing_twice() {
    for gives_none in [false, true] {
        let mut s = scene();
        sign(&mut s.admin, &s.paper, &asking(&s.household));
        let mut admin = run(s.admin, 31);
        note(&mut admin, &s.other, "そのあとの言葉");
        let hub = Hub::default();
        GIVES_NO_STUBS.set(gives_none);
        let joining = Conversation::join(&mut admin, URL, &hub.invite()).unwrap();
        talk(&mut admin, joining, &mut hub.line()).unwrap();
        let again = Conversation::sync(&mut admin, Some(URL)).unwrap();
        let again = talk(&mut admin, again, &mut hub.line()).unwrap().0;
        GIVES_NO_STUBS.set(false);
        assert_eq!(again.confirmed > 0, gives_none, "{again:?}");
    }
}
