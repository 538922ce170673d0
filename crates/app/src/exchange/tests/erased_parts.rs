//! Erasure beside what else stands in a case: attachments, other orders, households that share a vault, judging anew.

use domain::DocId;
use serde_json::{Value, json};

use super::*;
use crate::error::ErrorCode;
use crate::exchange::erase::effect::DAY;
use crate::exchange::ingest::tests::STANDS_ON;
use crate::session::view::ProposeErasure;
use crate::verify::{Rebuild, VerifyView, contents};

struct Scene {
    admin: App,
    paper: String,
    sato: App,
    household: String,
}

fn scene() -> Scene {
    let (mut admin, paper) = founding("管理", 1);
    let paper = crypto::paper::print(&paper).to_string();
    let sato = joining(&mut admin, "佐藤", 2);
    let household = household(&mut admin, "みほん家");
    Scene {
        admin,
        paper,
        sato,
        household,
    }
}

fn household(app: &mut App, name: &str) -> String {
    id(&call(app, "household.create", json!({ "name": name })))
}

fn note(app: &mut App, household: &str, text: &str) -> String {
    let wish = json!({ "householdId": household, "text": text });
    id(&call(app, "note.create", wish))
}

fn attach(app: &mut App, note: &str) -> String {
    let wish = json!({ "noteId": note, "name": "診断書.txt", "content": "56eY5a+G" });
    id(&call(app, "attachment.add", wish))
}

fn asking(household: Option<&str>, documents: &[&str]) -> ProposeErasure {
    ProposeErasure {
        household_id: household.map(|id| id.parse::<DocId>().unwrap()),
        documents: documents.iter().map(|id| id.parse().unwrap()).collect(),
        field: None,
        reason: "保存期間の満了".to_owned(),
        basis: "文書管理規程 第12条".to_owned(),
        asked_by: "佐藤".to_owned(),
    }
}

/// Proposes and signs. Gives the order.
fn sign(app: &mut App, paper: &str, request: &ProposeErasure) -> String {
    let (list, _) = app.erase_propose(request).unwrap();
    let proposed = list.items.iter().find(|it| it.state == "proposed").unwrap();
    let proposed = proposed.id.clone();
    let hidden = |app: &mut App| -> std::collections::BTreeSet<String> {
        let items = app.erasures().unwrap().items.into_iter();
        let hidden = items.filter(|it| it.state == "hidden");
        hidden.map(|it| it.id).collect()
    };
    let before = hidden(app);
    let (list, _) = app.erase_sign(&proposed, Some(paper)).unwrap();
    // What was signed stands in the place of what was proposed.
    assert!(list.items.iter().all(|it| it.state != "proposed"));
    let mut new = hidden(app).difference(&before).cloned().collect::<Vec<_>>();
    assert_eq!(new.len(), 1);
    new.remove(0)
}

/// Lets a laptop run for some days, looking at the clock once a day.
fn run(app: App, days: i64) -> App {
    let mut app = app;
    for _ in 0..days {
        let now = app.environment.now() + DAY;
        app = app.with_environment(Box::new(Fixed::new(now, 77)));
        app.after_erasures().unwrap();
    }
    app
}

fn found(app: &mut App, words: &str) -> usize {
    let found = call(app, "search", json!({ "text": words }));
    found["items"].as_array().unwrap().len()
}

fn attachments(app: &mut App, household: &str) -> Vec<Value> {
    let list = call(app, "attachment.list", json!({ "householdId": household }));
    list["items"].as_array().unwrap().clone()
}

fn listed(app: &mut App, household: &str) -> usize {
    let list = call(app, "household.list", json!({}));
    let items = list["items"].as_array().unwrap();
    items.iter().filter(|it| it["id"] == *household).count()
}

#[test]
fn a_note_takes_its_attachments_with_it_and_leaves_those_of_others() {
    let mut s = scene();
    let (wrong, right) = (
        note(&mut s.admin, &s.household, "別人の話"),
        note(&mut s.admin, &s.household, "この家の話"),
    );
    attach(&mut s.admin, &wrong);
    // One that somebody took out before goes too.
    let removed = attach(&mut s.admin, &wrong);
    call(&mut s.admin, "attachment.remove", json!({ "id": removed }));
    let stays = attach(&mut s.admin, &right);
    give(&mut s.admin, &mut s.sato);
    sign(&mut s.admin, &s.paper, &asking(None, &[&wrong]));
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        let left = attachments(app, &s.household);
        assert_eq!(left.iter().map(id).collect::<Vec<_>>(), [stays.as_str()]);
    }
    s.admin = run(s.admin, 30);
    assert_eq!(s.admin.chunks.all().unwrap().len(), 1);
    call(&mut s.admin, "attachment.open", json!({ "id": stays }));
}

#[test]
fn a_note_that_moves_takes_its_attachments_along_under_another_key() {
    let mut s = scene();
    let other = household(&mut s.admin, "ほかの家");
    let wrong = note(&mut s.admin, &s.household, "別の家の話");
    let attached = attach(&mut s.admin, &wrong);
    let before = s.admin.chunks.all().unwrap();
    let wish = json!({ "id": wrong, "householdId": other });
    let moved = id(&call(&mut s.admin, "note.move", wish));
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        assert_eq!(attachments(app, &s.household).len(), 0);
        let there = attachments(app, &other);
        assert_eq!(there.len(), 1);
        assert_eq!(
            (&there[0]["noteId"], &there[0]["name"]),
            (&json!(moved), &json!("診断書.txt"))
        );
    }
    let there = attachments(&mut s.admin, &other);
    let opened = call(
        &mut s.admin,
        "attachment.open",
        json!({ "id": id(&there[0]) }),
    );
    assert_eq!(opened["content"], "56eY5a+G");
    let gone = attempt(&mut s.admin, "attachment.open", json!({ "id": attached }));
    assert_eq!(gone.unwrap_err().code, ErrorCode::NotFound);
    // The order that waits is for both.
    let waiting = s.admin.erasures().unwrap().items.remove(0);
    s.admin.erase_sign(&waiting.id, Some(&s.paper)).unwrap();
    s.admin = run(s.admin, 30);
    let left = s.admin.chunks.all().unwrap();
    assert_eq!(left.len(), 1);
    assert!(!before.contains(&left[0]));
}

#[test]
fn a_file_that_is_not_here_keeps_its_note_where_it_is() {
    let mut s = scene();
    let other = household(&mut s.admin, "ほかの家");
    let wrong = note(&mut s.admin, &s.household, "別の家の話");
    attach(&mut s.admin, &wrong);
    let name = s.admin.chunks.all().unwrap()[0];
    let bytes = s.admin.chunks.get(&name).unwrap().unwrap();
    s.admin.chunks.remove(&name).unwrap();
    let wish = json!({ "id": wrong, "householdId": other });
    let refused = attempt(&mut s.admin, "note.move", wish.clone()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::AttachmentMissing);
    assert_eq!(attachments(&mut s.admin, &s.household).len(), 1);
    assert_eq!(found(&mut s.admin, "別の家の話"), 1);
    assert!(s.admin.erasures().unwrap().items.is_empty());
    // The control: once it is here the note goes.
    s.admin.chunks.put(&name, &bytes).unwrap();
    call(&mut s.admin, "note.move", wish);
}

#[test]
fn an_order_that_is_taken_back_shows_nothing_that_another_hides() {
    let mut s = scene();
    let wrong = note(&mut s.admin, &s.household, "別人の話");
    note(&mut s.admin, &s.household, "この家の話");
    give(&mut s.admin, &mut s.sato);
    sign(&mut s.admin, &s.paper, &asking(None, &[&wrong]));
    let whole = sign(&mut s.admin, &s.paper, &asking(Some(&s.household), &[]));
    give(&mut s.admin, &mut s.sato);
    assert_eq!(listed(&mut s.sato, &s.household), 0);
    s.admin.erase_cancel(&whole).unwrap();
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        assert_eq!(listed(app, &s.household), 1);
        assert_eq!(found(app, "この家の話"), 1);
        assert_eq!(found(app, "別人の話"), 0);
    }
}

/// Two households may lie in one restricted vault: a member moved into a household of their own.
#[test]
fn erasing_a_restricted_household_takes_no_other_with_it() {
    let mut s = scene();
    give(&mut s.admin, &mut s.sato);
    give(&mut s.sato, &mut s.admin);
    let sato = s.sato.identity.worker.clone();
    let wish = json!({ "name": "避難先の家", "restrictTo": [sato], "reason": "避難" });
    let refuge = id(&call(&mut s.admin, "household.create", wish));
    let wish = json!({ "householdId": refuge, "familyName": "見本", "givenName": "娘" });
    let member = id(&call(&mut s.admin, "member.add", wish));
    // The control: alone in its vault it may be erased.
    let (list, _) = s.admin.erase_propose(&asking(Some(&refuge), &[])).unwrap();
    let order = list.items[0].id.clone();
    let wish = json!({ "id": member, "householdId": refuge, "newHousehold": "娘の家", "on": "2026-11-20" });
    call(&mut s.admin, "member.move", wish);
    // Not by the order that was drawn up before they moved.
    let refused = s.admin.erase_sign(&order, Some(&s.paper));
    assert_eq!(refused.unwrap_err().code, ErrorCode::EraseShared);
    s.admin.erase_cancel(&order).unwrap();
    note(&mut s.admin, &refuge, "避難先の話");
    let cases = s.admin.store.read(|reader| reader.documents()).unwrap();
    let cases = cases.into_iter().filter(|row| row.kind == "case");
    let mut cases = cases.map(|row| DocId::from_bytes(row.doc).to_string());
    let daughter = cases
        .find(|case| *case != refuge && *case != s.household)
        .unwrap();
    note(&mut s.admin, &daughter, "娘の話");
    // By itself it goes, and the other household stays with its keys.
    sign(&mut s.admin, &s.paper, &asking(Some(&refuge), &[]));
    assert!(attempt(&mut s.admin, "household.get", json!({ "id": refuge })).is_err());
    assert_eq!(found(&mut s.admin, "避難先の話"), 0);
    assert_eq!(found(&mut s.admin, "娘の話"), 1);
    s.admin = run(s.admin, 30);
    assert_eq!(found(&mut s.admin, "娘の話"), 1);
    call(&mut s.admin, "household.get", json!({ "id": daughter }));
    note(&mut s.admin, &daughter, "つづき");
    // The other one then goes as well.
    sign(&mut s.admin, &s.paper, &asking(Some(&daughter), &[]));
    assert_eq!(found(&mut s.admin, "娘の話"), 0);
}

/// An order about an open household names no restricted record: its readers are told, and nobody else.
#[test]
fn readers_of_a_restricted_note_are_told_that_its_household_was_erased() {
    let mut s = scene();
    let mut suzuki = joining(&mut s.admin, "鈴木", 3);
    give(&mut s.admin, &mut s.sato);
    give(&mut s.sato, &mut s.admin);
    let sato = s.sato.identity.worker.clone();
    let wish =
        json!({ "householdId": s.household, "text": "限られた人だけ", "restrictTo": [sato] });
    let secret = id(&call(&mut s.admin, "note.create", wish));
    for to in [&mut s.sato, &mut suzuki] {
        give(&mut s.admin, to);
    }
    assert!(s.sato.erasures().unwrap().left.is_empty());
    sign(&mut s.admin, &s.paper, &asking(Some(&s.household), &[]));
    for to in [&mut s.sato, &mut suzuki] {
        give(&mut s.admin, to);
    }
    assert!(suzuki.erasures().unwrap().left.is_empty());
    let left = s.sato.erasures().unwrap().left;
    assert_eq!((left.len(), left[0].records, left[0].opened), (1, 1, false));
    assert!(left[0].documents.is_empty());
    // Whoever has it open proposes with what the list names, and then nothing is left.
    let left = s.admin.erasures().unwrap().left;
    assert_eq!(left[0].documents[0].to_string(), secret);
    sign(&mut s.admin, &s.paper, &asking(None, &[&secret]));
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        assert!(app.erasures().unwrap().left.is_empty());
    }
}

/// Somebody adds a file to a note that was erased meanwhile.
#[test]
fn a_late_attachment_goes_with_its_note_and_its_file_is_shown_to_the_team() {
    for stands_on in [false, true] {
        let mut s = scene();
        let wrong = note(&mut s.admin, &s.household, "別人の話");
        give(&mut s.admin, &mut s.sato);
        let late = attach(&mut s.sato, &wrong);
        let mut suzuki = joining(&mut s.admin, "鈴木", 3);
        give(&mut s.admin, &mut suzuki);
        let behind = s.sato.bundle_bytes().unwrap();
        sign(&mut s.admin, &s.paper, &asking(None, &[&wrong]));
        give(&mut s.admin, &mut suzuki);
        // It reaches one who has heard of the order, and one who destroyed the note already.
        s.admin = run(s.admin, 30);
        STANDS_ON.set(stands_on);
        for app in [&mut suzuki, &mut s.admin] {
            app.import_bytes(&behind).unwrap();
            let left = attachments(app, &s.household).len();
            assert_eq!(left, usize::from(stands_on));
        }
        STANDS_ON.set(false);
        if stands_on {
            continue;
        }
        give(&mut suzuki, &mut s.sato);
        assert_eq!(attachments(&mut s.sato, &s.household).len(), 0);
        let gone = attempt(&mut s.sato, "attachment.open", json!({ "id": late }));
        assert_eq!(gone.unwrap_err().code, ErrorCode::NotFound);
    }
}

#[test]
fn an_unsent_attachment_of_what_was_erased_is_shown_to_the_team() {
    let mut s = scene();
    give(&mut s.admin, &mut s.sato);
    let wish = json!({ "householdId": s.household, "name": "診断書.txt", "content": "56eY5a+G" });
    call(&mut s.sato, "attachment.add", wish);
    sign(&mut s.admin, &s.paper, &asking(Some(&s.household), &[]));
    give(&mut s.admin, &mut s.sato);
    assert_eq!(s.sato.erasures().unwrap().items[0].unsent, 1);
    s.sato = run(s.sato, 31);
    give(&mut s.sato, &mut s.admin);
    for app in [&mut s.sato, &mut s.admin] {
        assert_eq!(attachments(app, &s.household).len(), 0);
    }
    let offered = s.admin.erasures().unwrap().offered;
    assert_eq!(offered.len(), 1);
    assert_eq!(offered[0].files[0].name, "診断書.txt");
    // Its file lies on the late laptop, sealed anew.
    let id = offered[0].files[0].id.to_string();
    let opened = call(&mut s.sato, "attachment.open", json!({ "id": id }));
    assert_eq!(opened["content"], "56eY5a+G");
}

/// A store that was rebuilt, before an order is taken back.
#[test]
fn files_that_an_order_hides_outlive_a_rebuilding_of_the_store() {
    let mut s = scene();
    let wrong = note(&mut s.admin, &s.household, "別人の話");
    attach(&mut s.admin, &wrong);
    let order = sign(&mut s.admin, &s.paper, &asking(None, &[&wrong]));
    let row = s.admin.store.read(|reader| reader.chunks()).unwrap()[0];
    // What a recovered store begins with.
    s.admin
        .store
        .transact(|tx| tx.replace_chunks(&row.vault, &row.doc, &[]))
        .unwrap();
    let mut view = VerifyView {
        ok: false,
        findings: Vec::new(),
        documents: 0,
        rebuilt: false,
        last_compared: None,
    };
    contents(&mut s.admin, Rebuild::Refill, domain::Lang::Ja, &mut view).unwrap();
    let named = |app: &App| app.store.read(|reader| reader.is_chunk(&row.hash)).unwrap();
    assert!(named(&s.admin));
    s.admin
        .store
        .transact(|tx| tx.put_device_state("sweep", b"1"))
        .unwrap();
    s.admin.after_erasures().unwrap();
    s.admin.erase_cancel(&order).unwrap();
    let back = attachments(&mut s.admin, &s.household);
    call(
        &mut s.admin,
        "attachment.open",
        json!({ "id": id(&back[0]) }),
    );
}
