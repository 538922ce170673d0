//! Erasure beside what else stands in a case: attachments, other orders, households that share a vault, judging anew.

use domain::DocId;
use serde_json::{Value, json};

use super::*;
use crate::error::ErrorCode;
use crate::exchange::erase::effect::DAY;
use crate::session::view::ProposeErasure;

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
    let refused = s.admin.erase_propose(&asking(Some(&refuge), &[]));
    assert_eq!(refused.unwrap_err().code, ErrorCode::EraseShared);
    // Nor by the order that was drawn up before they moved.
    let refused = s.admin.erase_sign(&order, Some(&s.paper));
    assert_eq!(refused.unwrap_err().code, ErrorCode::EraseShared);
    call(&mut s.admin, "household.get", json!({ "id": refuge }));
}
