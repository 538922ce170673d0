//! One field goes with all its past (消す一項目): its words are on no laptop and in no record, and everything else stands as it was.

use serde_json::{Value, json};

use super::carry::{fine, moved, settled_with};
use super::*;
use crate::error::ErrorCode;
use crate::exchange::erase::effect::DAY;
use crate::exchange::erase::tests::{FIELD_STAYS, STEPS_STAY};
use crate::session::view::{ErasureView, ProposeErasure};
use crate::verify::{Rebuild, VerifyView, contents};

/// Two characters that stand together nowhere else: a token of the index.
const MARK: &str = "鱟蠑";
/// A day in Tokyo after which everything here was written.
const TODAY: &str = "2026-11-24";

struct Scene {
    admin: App,
    paper: String,
    sato: App,
    household: String,
    member: String,
}

/// A hidden address was typed into the open field, and changed once.
fn scene() -> Scene {
    let (mut admin, paper) = founding("管理", 1);
    let paper = crypto::paper::print(&paper).to_string();
    let mut sato = joining(&mut admin, "佐藤", 2);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "みほん家" }),
    ));
    let wish = json!({ "householdId": household, "familyName": "見本", "givenName": "花子" });
    let member = id(&call(&mut sato, "member.add", wish));
    say(&mut sato, &member, "phone", "0312345678");
    say(&mut sato, &member, "address", &format!("{MARK}町1-2-3"));
    say(&mut sato, &member, "school", "みほん小");
    give(&mut sato, &mut admin);
    admin = later(admin);
    say(&mut admin, &member, "address", &format!("{MARK}町9-9-9"));
    give(&mut admin, &mut sato);
    Scene {
        admin,
        paper,
        sato,
        household,
        member,
    }
}

fn later(mut app: App) -> App {
    let now = app.environment.now() + 60_000;
    // No number is drawn twice.
    let seed = u64::try_from(now).unwrap();
    app.with_environment(Box::new(Fixed::new(now, seed)))
}

fn say(app: &mut App, member: &str, field: &str, value: &str) -> Value {
    let wish = json!({ "id": member, "field": field, "value": value });
    call(app, "member.update", wish)
}

fn asking(document: &str, field: &str) -> ProposeErasure {
    ProposeErasure {
        household_id: None,
        documents: vec![document.parse().unwrap()],
        field: Some(field.to_owned()),
        reason: "秘匿住所の誤記".to_owned(),
        basis: "本人の申出".to_owned(),
        asked_by: "佐藤".to_owned(),
    }
}

fn sign(app: &mut App, paper: &str, request: &ProposeErasure) -> ErasureView {
    let (list, _) = app.erase_propose(request).unwrap();
    let proposed = list.items.iter().find(|it| it.state == "proposed").unwrap();
    let proposed = proposed.id.clone();
    let (list, _) = app.erase_sign(&proposed, Some(paper)).unwrap();
    assert!(list.items.iter().all(|it| it.state != "proposed"));
    list.items
        .into_iter()
        .find(|it| it.state == "hidden")
        .unwrap()
}

fn run(app: App, days: i64) -> App {
    let mut app = app;
    for _ in 0..days {
        let now = app.environment.now() + DAY;
        let seed = u64::try_from(now).unwrap();
        app = app.with_environment(Box::new(Fixed::new(now, seed)));
        app.after_erasures().unwrap();
    }
    app
}

fn member(app: &mut App, household: &str, as_of: Option<&str>) -> Value {
    let mut wish = json!({ "id": household });
    if let Some(day) = as_of {
        wish["asOf"] = json!(day);
    }
    let view = call(app, "household.get", wish);
    view["members"][0].clone()
}

fn found(app: &mut App, words: &str) -> usize {
    let found = call(app, "search", json!({ "text": words }));
    found["items"].as_array().unwrap().len()
}

/// Whether a word stands on any page of the store, or in any change that a bundle of it holds.
fn holds(app: &mut App, mark: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    assert!(app.store.image(&path).unwrap());
    let has = |bytes: &[u8]| {
        bytes
            .windows(mark.len())
            .any(|window| window == mark.as_bytes())
    };
    let changes: Vec<Vec<u8>> = app
        .store
        .read(|reader| {
            let mut all = Vec::new();
            for row in reader.documents()? {
                let changes = reader.changes(&row.vault, &row.doc)?.into_iter();
                all.extend(changes.map(|change| change.bytes));
            }
            Ok::<_, store::Error>(all)
        })
        .unwrap();
    has(&std::fs::read(path).unwrap()) || changes.iter().any(|bytes| has(bytes))
}

fn is_sound(app: &mut App) {
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
fn a_field_goes_with_all_its_past_and_the_rest_stands_as_it_was() {
    let mut s = scene();
    let before = member(&mut s.sato, &s.household, None);
    let past = call(&mut s.sato, "history", json!({ "id": s.member }));
    let signed = sign(&mut s.admin, &s.paper, &asking(&s.member, "fields/address"));
    assert_eq!(
        (signed.what.as_str(), signed.days_left),
        ("field", Some(30))
    );
    assert_eq!(signed.fields, ["fields/address"]);
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        for as_of in [None, Some(TODAY)] {
            let now = member(app, &s.household, as_of);
            assert!(now["address"].is_null(), "{as_of:?}: {now}");
            for field in ["id", "familyName", "givenName", "phone", "school"] {
                assert_eq!(now[field], before[field], "{field} {as_of:?}");
            }
        }
        assert_eq!(found(app, MARK), 0);
        assert_eq!(found(app, "みほん小"), 1);
        // Each word stands under its author and its time.
        let history = call(app, "history", json!({ "id": s.member }));
        assert!(!history.to_string().contains(MARK));
        let line = |view: &Value, field: &str| {
            let items = view["items"].as_array().unwrap();
            items
                .iter()
                .find(|it| it["field"] == field)
                .cloned()
                .unwrap()
        };
        for field in ["fields/phone", "fields/school", "fields/familyName"] {
            assert_eq!(line(&history, field), line(&past, field));
        }
        is_sound(app);
    }
    // The field can be used again.
    say(&mut s.sato, &s.member, "address", "みほん市1-1");
    give(&mut s.sato, &mut s.admin);
    assert_eq!(
        member(&mut s.admin, &s.household, None)["address"],
        "みほん市1-1"
    );
    s.admin = run(s.admin, 30);
    s.sato = run(s.sato, 30);
    for app in [&mut s.admin, &mut s.sato] {
        assert!(!holds(app, MARK));
        assert!(holds(app, "みほん小"));
        let now = member(app, &s.household, None);
        assert_eq!(
            (&now["phone"], &now["address"]),
            (&before["phone"], &json!("みほん市1-1"))
        );
        let items = app.erasures().unwrap().items;
        assert_eq!(items[0].state, "erased");
        is_sound(app);
    }
    assert_same(&s.admin, &s.sato);
    // The household goes on as one: it can be erased as a whole.
    let whole = ProposeErasure {
        household_id: Some(s.household.parse().unwrap()),
        documents: Vec::new(),
        field: None,
        ..asking(&s.member, "")
    };
    sign(&mut s.admin, &s.paper, &whole);
    assert_eq!(found(&mut s.admin, "みほん小"), 0);
}

/// The control of the test above: written anew with the field in it, the words are everywhere.
#[test]
fn a_document_that_is_written_anew_with_the_field_would_keep_its_words() {
    let mut s = scene();
    FIELD_STAYS.set(true);
    sign(&mut s.admin, &s.paper, &asking(&s.member, "fields/address"));
    FIELD_STAYS.set(false);
    s.admin = run(s.admin, 30);
    assert!(holds(&mut s.admin, MARK));
}

#[test]
fn undo_brings_no_erased_word_back() {
    for steps_stay in [false, true] {
        let mut s = scene();
        say(&mut s.admin, &s.member, "address", "");
        STEPS_STAY.set(steps_stay);
        sign(&mut s.admin, &s.paper, &asking(&s.member, "fields/address"));
        STEPS_STAY.set(false);
        let _ = attempt(&mut s.admin, "undo", json!({}));
        let now = member(&mut s.admin, &s.household, None);
        assert_eq!(!now["address"].is_null(), steps_stay, "{now}");
    }
}

#[test]
fn a_late_laptop_keeps_its_words_in_other_fields_and_shows_those_of_the_field() {
    let mut s = scene();
    s.sato = later(later(s.sato));
    say(&mut s.sato, &s.member, "phone", "0399999999");
    say(&mut s.sato, &s.member, "address", "転居先");
    sign(&mut s.admin, &s.paper, &asking(&s.member, "fields/address"));
    give(&mut s.admin, &mut s.sato);
    give(&mut s.sato, &mut s.admin);
    for app in [&mut s.admin, &mut s.sato] {
        let now = member(app, &s.household, None);
        assert_eq!(now["phone"], "0399999999");
        assert!(now["address"].is_null());
    }
    let offered = s.admin.erasures().unwrap().offered;
    assert_eq!(offered.len(), 1);
    assert_eq!(offered[0].text, "転居先");
    let lost = s.sato.erasures().unwrap().items[0].unsent;
    assert_eq!(lost, 1);
    s.sato = run(s.sato, 30);
    assert!(!holds(&mut s.sato, MARK));
    is_sound(&mut s.sato);
    assert_same(&s.admin, &s.sato);
}

#[test]
fn a_late_text_goes_over_where_another_field_of_the_note_went() {
    let mut s = scene();
    let wish = json!({ "householdId": s.household, "text": "訪問した。", "method": "visit" });
    let note = id(&call(&mut s.sato, "note.create", wish));
    give(&mut s.sato, &mut s.admin);
    s.sato = later(later(s.sato));
    let wish = json!({ "id": note, "text": "訪問した。本人は留守。" });
    call(&mut s.sato, "note.edit", wish);
    sign(&mut s.admin, &s.paper, &asking(&note, "fields/method"));
    give(&mut s.admin, &mut s.sato);
    give(&mut s.sato, &mut s.admin);
    for app in [&mut s.admin, &mut s.sato] {
        let view = call(app, "note.get", json!({ "id": note }));
        assert_eq!(view["text"], "訪問した。本人は留守。");
        assert!(view["method"].is_null());
        assert_eq!(view["author"]["name"], "佐藤");
    }
}

#[test]
fn the_text_of_a_note_goes_and_the_note_stays() {
    let mut s = scene();
    let text = format!("第三者の診断は{MARK}。");
    let wish = json!({ "householdId": s.household, "text": text, "method": "visit" });
    let note = id(&call(&mut s.sato, "note.create", wish));
    call(&mut s.sato, "note.confirm", json!({ "id": note }));
    give(&mut s.sato, &mut s.admin);
    sign(&mut s.admin, &s.paper, &asking(&note, "text"));
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        let view = call(app, "note.get", json!({ "id": note }));
        assert_eq!(
            (&view["text"], &view["method"]),
            (&json!(""), &json!("visit"))
        );
        assert!(!view.to_string().contains(MARK), "{view}");
    }
    sign(&mut s.admin, &s.paper, &asking(&s.member, "fields/address"));
    s.admin = run(s.admin, 31);
    assert!(!holds(&mut s.admin, MARK));
    is_sound(&mut s.admin);
}

#[test]
fn one_administrator_puts_the_words_back() {
    let mut s = scene();
    let signed = sign(&mut s.admin, &s.paper, &asking(&s.member, "fields/address"));
    give(&mut s.admin, &mut s.sato);
    say(&mut s.sato, &s.member, "phone", "0377777777");
    give(&mut s.sato, &mut s.admin);
    s.admin.erase_cancel(&signed.id).unwrap();
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        let now = member(app, &s.household, None);
        assert_eq!(now["address"], format!("{MARK}町9-9-9"));
        assert_eq!(now["phone"], "0377777777");
        assert_eq!(app.erasures().unwrap().items[0].state, "cancelled");
        is_sound(app);
    }
    // The old document goes all the same, and the new one stands.
    s.sato = run(s.sato, 31);
    let now = member(&mut s.sato, &s.household, None);
    assert_eq!(now["address"], format!("{MARK}町9-9-9"));
    is_sound(&mut s.sato);
    assert_same(&s.admin, &s.sato);
}

#[test]
fn what_holds_a_record_together_does_not_go_alone() {
    let mut s = scene();
    for (document, field) in [
        (&s.member, "fields/opened"),
        (&s.member, "fields/household"),
        (&s.member, "fields/nothing"),
        (&s.member, "text"),
        (&s.household, "nowhere/name"),
    ] {
        let refused = s.admin.erase_propose(&asking(document, field));
        assert_eq!(
            refused.unwrap_err().code,
            ErrorCode::InvalidValue,
            "{field}"
        );
    }
    // One administrator alone writes nothing anew.
    let (list, _) = s
        .admin
        .erase_propose(&asking(&s.member, "fields/address"))
        .unwrap();
    let alone = s.admin.erase_sign(&list.items[0].id, None).unwrap_err();
    assert_eq!(alone.code, ErrorCode::NeedsSecond);
    assert!(found(&mut s.admin, MARK) > 0);
}

#[test]
fn a_household_of_which_a_field_went_moves_to_another_team_whole() {
    let (mut s, home, paper) = settled_with(541, ["worker"; 4]);
    let household = id(&home);
    let wish = json!({ "householdId": household, "familyName": "見本", "givenName": "花子" });
    let person = id(&call(&mut s.admin, "member.add", wish));
    say(&mut s.admin, &person, "phone", "0312345678");
    say(&mut s.admin, &person, "address", &format!("{MARK}町1-2-3"));
    sign(&mut s.admin, &paper, &asking(&person, "fields/address"));
    let vaults = s.admin.store.read(|reader| {
        let id: domain::DocId = household.parse().unwrap();
        reader.vaults_of_household(&id.to_bytes())
    });
    assert_eq!(vaults.unwrap().len(), 2);
    let [_, west] = s.teams.clone();
    moved(&mut s.admin, &home, &west);
    fine(&give(&mut s.admin, &mut s.west[0]));
    let seen = member(&mut s.west[0], &household, None);
    assert_eq!(
        (&seen["givenName"], &seen["phone"]),
        (&json!("花子"), &json!("0312345678"))
    );
    assert!(seen["address"].is_null());
    assert_eq!(found(&mut s.west[0], MARK), 0);
    // It is written on there, and the old team no longer can.
    say(&mut s.west[0], &person, "school", "にし小");
    fine(&give(&mut s.west[0], &mut s.admin));
    assert_eq!(member(&mut s.admin, &household, None)["school"], "にし小");
    fine(&give(&mut s.admin, &mut s.east[0]));
    let wish = json!({ "id": person, "field": "school", "value": "ひがし小" });
    let refused = attempt(&mut s.east[0], "member.update", wish).unwrap_err();
    assert_eq!(refused.code, ErrorCode::MovedAway);
}

/// Numbers that look drawn, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Whatever two laptops wrote in whatever order, merged or not: the words of the field go, and every other field reads as
/// before.
#[test]
fn whatever_was_written_the_words_of_one_field_are_nowhere() {
    const FIELDS: [&str; 4] = ["address", "phone", "school", "note"];
    for world in 0..12 {
        let (mut s, mut numbers) = (scene(), Numbers(world));
        for _ in 0..=numbers.below(24) {
            let field = FIELDS[usize::try_from(numbers.below(4)).unwrap()];
            let value = numbers.below(100);
            let text = match field {
                "address" => format!("{MARK}{value}"),
                _ => format!("値{value}"),
            };
            let app = if numbers.below(2) == 0 {
                &mut s.admin
            } else {
                &mut s.sato
            };
            say(app, &s.member, field, &text);
            s.admin = later(s.admin);
            s.sato = later(s.sato);
            if numbers.below(2) == 0 {
                give(&mut s.admin, &mut s.sato);
                give(&mut s.sato, &mut s.admin);
            }
        }
        give(&mut s.admin, &mut s.sato);
        give(&mut s.sato, &mut s.admin);
        // Of each field all values that stand, whichever is shown.
        let standing = |app: &mut App| {
            let doc: domain::DocId = s.member.parse().unwrap();
            let row = app
                .store
                .read(|reader| reader.document(&doc.to_bytes()))
                .unwrap()
                .unwrap();
            let key = crate::documents::key(&row).unwrap();
            let document = app
                .store
                .read(|reader| crate::documents::rebuild(reader, key))
                .unwrap();
            let view = document.view(None);
            let said = |field: &str| -> std::collections::BTreeSet<String> {
                let all = crate::facts::said::all(&view, "fields", field);
                all.into_iter().map(|said| format!("{said:?}")).collect()
            };
            ["phone", "school", "note"].map(said)
        };
        let before = standing(&mut s.admin);
        sign(&mut s.admin, &s.paper, &asking(&s.member, "fields/address"));
        give(&mut s.admin, &mut s.sato);
        s.admin = run(s.admin, 30);
        s.sato = run(s.sato, 30);
        for app in [&mut s.admin, &mut s.sato] {
            assert_eq!(standing(app), before, "world {world}");
            assert!(!holds(app, MARK), "world {world}");
        }
        assert_same(&s.admin, &s.sato);
    }
}
