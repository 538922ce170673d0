//! Attachments as a caller meets them: what comes in, what is refused, what comes back.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};

use super::*;
use crate::exchange::tests::{attempt, id};
use crate::ops::attachment::MOST;

/// A picture of this size, as a file.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn desk(seed: u64) -> (App, String) {
    let (mut app, _) = founding("佐藤", seed);
    let home = household(&mut app, "みほん家");
    (app, home)
}

fn add(app: &mut App, to: Value, name: &str, bytes: &[u8]) -> Result<Value> {
    let mut request = to;
    request["name"] = json!(name);
    request["content"] = json!(STANDARD.encode(bytes));
    attempt(app, "attachment.add", request)
}

fn listed(app: &mut App, household: &str) -> Vec<Value> {
    let list = call(app, "attachment.list", json!({ "householdId": household }));
    list["items"].as_array().unwrap().clone()
}

#[test]
fn what_is_added_is_listed_opened_described_removed_and_brought_back() {
    let (mut app, home) = desk(1);
    let added = add(
        &mut app,
        json!({ "householdId": home }),
        "通知.PNG",
        &picture(40, 30),
    )
    .unwrap();
    assert_eq!(added["name"], "通知.PNG");
    assert_eq!(
        (&added["width"], &added["height"]),
        (&json!(40), &json!(30))
    );
    assert_eq!(added["local"], json!({ "arrived": 1, "chunks": 1 }));
    assert!(added["thumbnail"].is_string());
    let opened = call(&mut app, "attachment.open", json!({ "id": id(&added) }));
    assert_eq!(opened["media"], "image/png");
    let bytes = STANDARD
        .decode(opened["content"].as_str().unwrap())
        .unwrap();
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 40);

    let change = json!({ "id": id(&added), "field": "description", "value": "市からの通知", "base": added["version"] });
    let described = call(&mut app, "attachment.update", change);
    assert_eq!(described["description"], "市からの通知");
    let change = json!({ "id": id(&added), "field": "takenOn", "value": "2026-11-20" });
    assert_eq!(
        call(&mut app, "attachment.update", change)["takenOn"],
        "2026-11-20"
    );
    call(&mut app, "undo", json!({}));
    assert!(listed(&mut app, &home)[0].get("takenOn").is_none());

    call(&mut app, "attachment.remove", json!({ "id": id(&added) }));
    assert!(listed(&mut app, &home).is_empty());
    let gone = attempt(&mut app, "attachment.open", json!({ "id": id(&added) }));
    assert_eq!(gone.unwrap_err().code, ErrorCode::NotFound);
    call(&mut app, "undo", json!({}));
    assert_eq!(listed(&mut app, &home).len(), 1);
    call(&mut app, "attachment.open", json!({ "id": id(&added) }));
}

#[test]
fn it_is_found_by_its_name_and_its_description_until_it_is_removed() {
    let (mut app, home) = desk(7);
    let to = json!({ "householdId": home });
    let added = add(&mut app, to, "家賃の通知.txt", "滞納".as_bytes()).unwrap();
    let change =
        json!({ "id": id(&added), "field": "description", "value": "大家さんから預かった" });
    call(&mut app, "attachment.update", change);
    let mut found = |text: &str| {
        let view = call(&mut app, "search", json!({ "text": text }));
        let hits = view["items"].as_array().unwrap().clone();
        let is_it = |hit: &&Value| {
            hit["kind"] == "attachment"
                && hit["id"] == json!(id(&added))
                && hit["householdId"] == json!(home)
        };
        hits.iter().filter(is_it).count()
    };
    assert_eq!((found("通知"), found("大家")), (1, 1));
    // What is in the file is not looked into.
    assert_eq!(found("滞納"), 0);
    call(&mut app, "attachment.remove", json!({ "id": id(&added) }));
    let view = call(&mut app, "search", json!({ "text": "通知" }));
    assert_eq!(view["items"], json!([]));
}

#[test]
fn it_belongs_to_a_household_a_person_or_a_note() {
    let (mut app, home) = desk(2);
    let member = call(
        &mut app,
        "member.add",
        json!({ "householdId": home, "familyName": "見本" }),
    );
    let note = call(
        &mut app,
        "note.create",
        json!({ "householdId": home, "text": "訪問" }),
    );
    let text = "訪問のメモ".as_bytes();
    add(&mut app, json!({ "memberId": id(&member) }), "a.txt", text).unwrap();
    add(&mut app, json!({ "noteId": id(&note) }), "b.txt", text).unwrap();
    add(&mut app, json!({ "householdId": home }), "c.txt", text).unwrap();
    assert_eq!(listed(&mut app, &home).len(), 3);
    let of_note = json!({ "householdId": home, "noteId": id(&note) });
    let of_note = call(&mut app, "attachment.list", of_note);
    assert_eq!(of_note["items"].as_array().unwrap().len(), 1);
    assert_eq!(of_note["items"][0]["name"], "b.txt");
    for wrong in [
        json!({}),
        json!({ "householdId": home, "noteId": id(&note) }),
    ] {
        let refused = add(&mut app, wrong, "d.txt", text).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidValue);
    }
}

/// Each file that must not come in, and the words it is refused with. Nothing of it stays.
#[test]
fn what_does_not_come_in_is_named_and_leaves_nothing() {
    let (mut app, home) = desk(3);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let mut bomb = picture(4, 4);
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let large = vec![b'a'; picture::MOST_BYTES + 1];
    let cases: [(&[u8], ErrorCode); 7] = [
        (svg, ErrorCode::AttachmentActive),
        (b"\0\0\0\x18ftypheic\0\0\0\0", ErrorCode::AttachmentHeic),
        (b"PK\x03\x04document", ErrorCode::AttachmentUnknown),
        (b"", ErrorCode::AttachmentUnreadable),
        (b"%PDF-1.7\ncut off", ErrorCode::AttachmentUnreadable),
        (&bomb, ErrorCode::AttachmentUnreadable),
        (&large, ErrorCode::AttachmentTooLarge),
    ];
    for (bytes, code) in cases {
        let refused =
            add(&mut app, json!({ "householdId": home }), "photo.jpg", bytes).unwrap_err();
        assert_eq!(refused.code, code);
        for lang in [domain::Lang::Ja, domain::Lang::En] {
            let words = refused.view(lang);
            assert!(!words.message.contains("photo"), "no content in an error");
            assert!(!words.safe.is_empty() && !words.next.is_empty());
        }
    }
    let refused = attempt(
        &mut app,
        "attachment.add",
        json!({ "householdId": home, "name": "a", "content": "no base64" }),
    );
    assert_eq!(refused.unwrap_err().code, ErrorCode::InvalidValue);
    assert!(listed(&mut app, &home).is_empty());
    assert!(app.chunks.all().unwrap().is_empty());
}

#[test]
fn a_hundred_are_the_most_of_one_note_and_another_note_has_room() {
    let (mut app, home) = desk(4);
    let note = |app: &mut App| {
        id(&call(
            app,
            "note.create",
            json!({ "householdId": home, "text": "訪問" }),
        ))
    };
    let (full, other) = (note(&mut app), note(&mut app));
    for number in 0..MOST {
        let text = format!("{number}");
        add(
            &mut app,
            json!({ "noteId": full }),
            "a.txt",
            text.as_bytes(),
        )
        .unwrap();
    }
    let refused = add(&mut app, json!({ "noteId": full }), "a.txt", b"one more").unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooManyAttachments);
    assert!(refused.view(domain::Lang::Ja).message.contains("100"));
    add(&mut app, json!({ "noteId": other }), "a.txt", b"one more").unwrap();
    assert_eq!(app.chunks.all().unwrap().len(), MOST + 1);
}

/// The chunk is exchanged, cut or gone: the file is not opened, and it is said why.
#[test]
fn a_chunk_that_does_not_hold_is_never_shown() {
    let (mut app, home) = desk(5);
    let added = add(&mut app, json!({ "householdId": home }), "a.txt", b"words").unwrap();
    let open = json!({ "id": id(&added) });
    let name = app.chunks.all().unwrap()[0];
    let good = app.chunks.get(&name).unwrap().unwrap();
    let mut flipped = good.clone();
    flipped[40] ^= 1;
    for bad in [&flipped[..], &good[..good.len() - 1], b""] {
        app.chunks.put(&name, bad).unwrap();
        let refused = attempt(&mut app, "attachment.open", open.clone()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::AttachmentDamaged);
    }
    app.chunks.remove(&name).unwrap();
    let refused = attempt(&mut app, "attachment.open", open.clone()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::AttachmentMissing);
    app.chunks.put(&name, &good).unwrap();
    call(&mut app, "attachment.open", open);
}

#[test]
fn a_copy_that_is_saved_stands_in_the_register() {
    let (mut app, home) = desk(6);
    let added = add(&mut app, json!({ "householdId": home }), "a.txt", b"words").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let request = serde_json::from_value(json!({ "id": id(&added) })).unwrap();
    let path = folder.path().join("写し.txt");
    app.attachment_save(&path, &request).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"words");
    let nowhere = folder.path().join("no such folder").join("a.txt");
    let refused = app.attachment_save(&nowhere, &request).unwrap_err();
    assert_eq!(refused.code, ErrorCode::FileFailed);
    let register = call(&mut app, "carryout.list", json!({}));
    let written: Vec<_> = register["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["file"].clone(), entry["written"].clone()))
        .collect();
    assert!(written.contains(&(json!("写し.txt"), json!(true))));
    assert!(written.contains(&(json!("a.txt"), json!(false))));
}
