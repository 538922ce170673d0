//! What `verify` says about lists, index and snapshots that differ from the change log.

use domain::Lang;
use serde_json::json;
use store::Transaction;
use store::table::projection::ProjectionRow;
use store::table::search::{IndexedRow, SearchEntry, Shelf};

use super::{App, Rebuild, VerifyView, contents};
use crate::exchange::tests::{call, founding};
use crate::{documents, project};

/// A store whose records were edited, moved on and taken back.
fn worked_in() -> App {
    let (mut app, _) = founding("佐藤", 7);
    let household = call(&mut app, "household.create", json!({ "name": "みほん家" }));
    let member = json!({ "householdId": household["id"], "familyName": "見本", "familyKana": "ミホン", "phone": "090-1234-5678" });
    let member = call(&mut app, "member.add", member);
    let renamed = json!({ "id": member["id"], "field": "familyName", "value": "髙橋" });
    call(&mut app, "member.update", renamed);
    let note = json!({ "householdId": household["id"], "text": "督促状が三通。" });
    let note = call(&mut app, "note.create", note);
    let edited =
        json!({ "id": note["id"], "text": "督促状が四通。家賃。", "base": note["version"] });
    call(&mut app, "note.edit", edited);
    call(&mut app, "memo.create", json!({ "text": "折り返す" }));
    call(&mut app, "undo", json!({}));
    call(
        &mut app,
        "intake.create",
        json!({ "text": "電話", "callerName": "みほん" }),
    );
    app
}

/// The codes that `verify` finds, with their severities.
fn findings(app: &mut App, rebuild: Rebuild) -> Vec<(String, String)> {
    let mut view = VerifyView {
        ok: false,
        findings: Vec::new(),
        documents: 0,
        rebuilt: false,
        last_compared: None,
    };
    let found = contents(app, rebuild, Lang::Ja, &mut view).unwrap();
    assert!(view.documents > 3);
    assert_eq!(view.rebuilt, rebuild == Rebuild::Refill);
    found
        .into_iter()
        .map(|finding| {
            assert_ne!(finding.message, finding.code, "the code has words");
            (finding.code, finding.severity)
        })
        .collect()
}

fn document(tx: &Transaction<'_>, kind: &str) -> record::Document {
    let rows = tx.documents().unwrap();
    let row = rows.iter().find(|row| row.kind == kind).unwrap();
    documents::rebuild(tx, documents::key(row).unwrap()).unwrap()
}

/// Puts wrong search entries in the place of a member's.
fn wrong_search(app: &mut App, wrong: impl FnOnce(&mut SearchEntry)) {
    app.store
        .transact(|tx| {
            let person = document(tx, "person");
            let mut entries = project::project(&person).unwrap().search;
            wrong(&mut entries[0]);
            tx.replace_search(Shelf::Open, &person.key().doc, &entries)
        })
        .unwrap();
}

fn derived(app: &App) -> (Vec<ProjectionRow>, Vec<IndexedRow>) {
    let all = |reader: &store::Reader<'_>| {
        Ok::<_, store::Error>((reader.all_projections()?, reader.all_indexed()?))
    };
    app.store.read(all).unwrap()
}

/// Plants something wrong: `verify` names it and leaves it, `--rebuild` says that it was and puts it right.
fn is_named_and_put_right(differs: &str, restored: &str, plant: impl FnOnce(&mut App)) {
    let mut app = worked_in();
    let before = derived(&app);
    // The control: the same look at a store in which nothing is wrong.
    assert_eq!(findings(&mut app, Rebuild::Compare), []);
    plant(&mut app);
    let damage = [(differs.to_owned(), "damage".to_owned())];
    assert_eq!(findings(&mut app, Rebuild::Compare), damage);
    assert_eq!(
        findings(&mut app, Rebuild::Compare),
        damage,
        "a look writes nothing"
    );
    let notice = [(restored.to_owned(), "notice".to_owned())];
    assert_eq!(findings(&mut app, Rebuild::Refill), notice);
    assert_eq!(derived(&app), before);
    assert_eq!(findings(&mut app, Rebuild::Refill), []);
}

#[test]
fn a_wrong_row_of_a_list_is_named_and_put_right() {
    is_named_and_put_right("projection_differs", "projection_restored", |app| {
        app.store
            .transact(|tx| {
                let case = document(tx, "case");
                let mut rows = project::project(&case).unwrap().rows;
                rows[0].state = "closed".to_owned();
                tx.replace_projections(&case.key().doc, &rows)
            })
            .unwrap();
    });
}

#[test]
fn a_wrong_text_of_the_search_index_is_named_and_put_right() {
    is_named_and_put_right("search_differs", "search_restored", |app| {
        wrong_search(app, |entry| entry.text.push('別'));
    });
}

#[test]
fn a_text_that_is_indexed_under_other_words_is_named_and_put_right() {
    is_named_and_put_right("search_differs", "search_restored", |app| {
        wrong_search(app, |entry| entry.tokens = domain::fold::bigrams("別人"));
    });
}

#[test]
fn a_name_that_is_indexed_under_another_sound_is_named_and_put_right() {
    is_named_and_put_right("search_differs", "search_restored", |app| {
        wrong_search(app, |entry| entry.sounds.clear());
    });
}

#[test]
fn a_text_that_is_missing_from_the_search_index_is_named_and_put_right() {
    is_named_and_put_right("search_differs", "search_restored", |app| {
        app.store
            .transact(|tx| tx.replace_search(Shelf::Open, &document(tx, "person").key().doc, &[]))
            .unwrap();
    });
}

#[test]
fn a_snapshot_of_other_heads_than_the_log_is_named_and_put_right() {
    is_named_and_put_right("snapshot_differs", "snapshot_restored", |app| {
        app.store
            .transact(|tx| {
                let note = document(tx, "note");
                let key = note.key();
                let older = record::Document::genesis(key);
                // It claims the newest version.
                let version = note.version().to_string();
                tx.put_snapshot(&key.vault, &key.doc, &version, &older.save())
            })
            .unwrap();
    });
}

#[test]
fn a_snapshot_that_does_not_open_is_named_and_put_right() {
    is_named_and_put_right("snapshot_differs", "snapshot_restored", |app| {
        app.store
            .transact(|tx| {
                let note = document(tx, "note");
                let key = note.key();
                let mut bytes = note.save();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                tx.put_snapshot(&key.vault, &key.doc, &note.version().to_string(), &bytes)
            })
            .unwrap();
    });
}
