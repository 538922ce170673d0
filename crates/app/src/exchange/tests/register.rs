//! The register of what was carried out (持ち出し管理簿).

use std::fs;

use serde_json::json;

use super::*;
use crate::ErrorCode;
use crate::facts::said::hex;
use crate::session::view::ExportBundle;

fn entries(app: &mut App, arguments: Value) -> Vec<Value> {
    let view = call(app, "carryout.list", arguments);
    view["items"].as_array().unwrap().clone()
}

fn request() -> ExportBundle {
    ExportBundle {
        medium: Some("usb".to_owned()),
        purpose: Some("田中さんの端末へ".to_owned()),
        return_by: Some("2026-11-22".to_owned()),
        ..ExportBundle::default()
    }
}

#[test]
fn every_file_has_an_entry_and_takes_it_along() {
    let [mut sato, mut tanaka] = office(81);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("to.mgb");
    call(&mut sato, "household.create", json!({ "name": "見本家" }));
    let mut wanted = request();
    wanted.for_device = Some(hex(&tanaka.identity.device));
    let written = sato.bundle_export(&path, &wanted).unwrap();
    assert_eq!(sato.waiting().unwrap().unsent_changes, 0);
    tanaka.bundle_import(&path).unwrap();
    let entry = &entries(&mut tanaka, json!({}))[0];
    let is = |key: &str, value: Value| assert_eq!(entry[key], value, "{key}");
    is("file", json!("to.mgb"));
    is("medium", json!("usb"));
    is("purpose", json!("田中さんの端末へ"));
    is("returnBy", json!("2026-11-22"));
    is("records", json!(written.records));
    is("complete", json!(true));
    is("written", json!(true));
    is("overdue", json!(true));
    is("end", Value::Null);
    assert_eq!(entry["author"]["name"], json!("佐藤"));
    assert_eq!(entry["reader"]["name"], json!("職員1"));
    let bytes = entry["bytes"].as_u64().unwrap();
    assert!(bytes > 0 && bytes < written.bytes);

    // With nothing said of it there is an entry all the same; it is for all, and never late.
    sato.bundle_export(folder.path(), &ExportBundle::default())
        .unwrap();
    let all = entries(&mut sato, json!({}));
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["overdue"], json!(true), "what is late comes first");
    let second = all[1].as_object().unwrap();
    for absent in ["reader", "medium", "purpose", "returnBy", "end"] {
        assert!(!second.contains_key(absent), "{absent}");
    }
    assert_eq!(second["overdue"], json!(false));
    assert!(second["file"].as_str().unwrap().ends_with("-1/1.mgb"));
}

#[test]
fn an_entry_stands_before_its_file_and_says_when_there_is_none() {
    let [mut sato, mut tanaka] = office(82);
    let folder = tempfile::tempdir().unwrap();
    call(&mut sato, "household.create", json!({ "name": "見本家" }));
    // Where the file should come stands a folder, so that it fails at the very end.
    let path = folder.path().join("to.mgb");
    fs::create_dir_all(path.join("full")).unwrap();
    let failed = sato.bundle_export(&path, &request()).unwrap_err();
    assert_eq!(failed.code, ErrorCode::FileFailed);
    let all = entries(&mut sato, json!({}));
    assert_eq!((all.len(), &all[0]["written"]), (1, &json!(false)));
    assert_eq!(all[0]["overdue"], json!(false), "nothing is out");
    assert!(entries(&mut sato, json!({ "open": true })).is_empty());
    // Nothing is lost, and the supervisor sees it.
    assert!(sato.waiting().unwrap().unsent_changes > 0);
    give(&mut sato, &mut tanaka);
    assert_same(&sato, &tanaka);
    assert_eq!(entries(&mut tanaka, json!({}))[0]["written"], json!(false));

    // Where nothing can be begun there is nothing to enter.
    fs::write(folder.path().join("file"), "").unwrap();
    let nowhere = folder.path().join("file");
    sato.bundle_export(&nowhere, &request()).unwrap_err();
    let mut wrong = request();
    wrong.medium = Some("parrot".to_owned());
    let path = folder.path().join("other.mgb");
    let refused = sato.bundle_export(&path, &wrong).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidValue);
    let mut wrong = request();
    wrong.return_by = Some("あした".to_owned());
    sato.bundle_export(&path, &wrong).unwrap_err();
    let mut wrong = request();
    wrong.purpose = Some("長".repeat(201));
    sato.bundle_export(&path, &wrong).unwrap_err();
    assert!(!path.exists());
    assert_eq!(entries(&mut sato, json!({})).len(), 1);
}

#[test]
fn what_came_back_is_closed_by_anybody_and_for_good() {
    let [mut sato, mut tanaka] = office(83);
    let folder = tempfile::tempdir().unwrap();
    sato.bundle_export(&folder.path().join("to.mgb"), &request())
        .unwrap();
    give(&mut sato, &mut tanaka);
    let entry = id(&entries(&mut tanaka, json!({ "open": true }))[0]);
    let close = |how: &str, on: &str| json!({ "id": entry, "how": how, "on": on });
    for wrong in [close("eaten", "2026-11-23"), close("erased", "2026-11-24")] {
        let refused = attempt(&mut tanaka, "carryout.close", wrong).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidValue);
    }
    let closed = call(&mut tanaka, "carryout.close", close("erased", "2026-11-21"));
    assert_eq!(closed["end"]["how"], json!("erased"));
    assert_eq!(closed["end"]["on"], json!("2026-11-21"));
    assert_eq!(closed["end"]["author"]["name"], json!("職員1"));
    assert_eq!(closed["overdue"], json!(false));
    assert_eq!(call(&mut tanaka, "undo", json!({})).get("op"), None);
    // Whoever else says it, at the same time and otherwise, is asked nothing.
    let today = call(
        &mut sato,
        "carryout.close",
        json!({ "id": entry, "how": "returned" }),
    );
    assert_eq!(today["end"]["on"], json!("2026-11-23"));
    assert_eq!(call(&mut sato, "undo", json!({})).get("op"), None);
    give(&mut tanaka, &mut sato);
    give(&mut sato, &mut tanaka);
    assert_same(&sato, &tanaka);
    for app in [&mut sato, &mut tanaka] {
        let all = entries(app, json!({ "open": false }));
        assert_eq!(all[0]["end"]["on"], json!("2026-11-21"), "the first day");
        assert!(
            call(app, "conflict.list", json!({}))["items"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        assert!(
            call(app, "search", json!({ "text": "田中さんの端末へ" }))["items"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
}
