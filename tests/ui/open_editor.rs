//! An editor that is open while a bundle arrives loses nothing, neither what was typed nor what was brought.

use std::{path::Path, time::Duration};

use serde_json::json;
use thirtyfour::Key;

use crate::{
    steps::{OWN_WORDS, at_work, marugoto},
    window::{Start, Window},
};

const HOUSEHOLD: &str = "みほん家";

/// Two laptops of one office, both with one note, and a bundle in which the colleague wrote on.
struct Morning {
    window: Window,
    _folder: tempfile::TempDir,
    bundle: std::path::PathBuf,
}

/// The colleague works at the command line, so that one window is enough.
async fn morning(start: Start) -> Morning {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let window = Window::start_with(&at("sato"), start).await;
    window.found_office("みほん市", "佐藤 一子").await;
    window.leave_sheet().await;
    let call = async |name: &str, args| window.call(name, args).await.unwrap()["value"].clone();
    let household = call("household_create", json!({ "name": HOUSEHOLD })).await;
    let note = json!({ "householdId": household["id"], "text": "訪問した。" });
    let note = call("note_create", note).await["id"].clone();

    let (request, approval) = (at("request.mgr"), at("approval.mga"));
    tanaka(
        &at("tanaka"),
        &["device", "request", "--worker", "田中 次郎", "--out"],
        &request,
    );
    window.answer_dialogs_with(Some(&request));
    let asked = window.call("device_open_request", json!({})).await.unwrap();
    window.answer_dialogs_with(Some(&approval));
    let yes = json!({ "requestId": asked["requestId"], "role": "worker" });
    window.call("device_approve", yes).await.unwrap();
    tanaka(&at("tanaka"), &["device", "accept", "--yes"], &approval);
    window.hand_over(&at("1.mgb")).await;
    tanaka(&at("tanaka"), &["bundle", "import"], &at("1.mgb"));
    let edit = json!({ "id": note, "text": "訪問した。\n同僚が書き足した。" }).to_string();
    let edited = marugoto(&at("tanaka"), OWN_WORDS)
        .args(["call", "note.edit", &edit])
        .output()
        .unwrap();
    assert!(edited.status.success(), "{edited:?}");
    tanaka(&at("tanaka"), &["bundle", "export", "--to"], &at("2.mgb"));

    window.open_household(HOUSEHOLD).await;
    window.press("link", "経過").await;
    window.press_with("link", &["訪問した。"]).await;
    window.focused("textbox", "記録の本文").await;
    Morning {
        window,
        bundle: at("2.mgb"),
        _folder: folder,
    }
}

/// The colleague's laptop does one thing.
fn tanaka(store: &Path, arguments: &[&str], file: &Path) {
    let done = marugoto(store, OWN_WORDS)
        .args(arguments)
        .arg(file)
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments:?}: {done:?}");
}

async fn text(window: &Window) -> String {
    let field = window.find("textbox", "記録の本文").await;
    field.value().await.unwrap().unwrap()
}

/// Waits until the editor holds all of these, and has saved them.
async fn holds_all(window: &Window, parts: &[&str]) {
    let begun = std::time::Instant::now();
    loop {
        let held = text(window).await;
        if parts.iter().all(|part| held.contains(part)) {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{parts:?} are not all in 「{held}」"
        );
    }
    window
        .part_shows("region", "支援経過記録", "保存済み")
        .await;
}

#[tokio::test]
async fn letters_not_yet_saved_and_an_arriving_bundle_are_both_in_the_note() {
    let Morning {
        window,
        bundle,
        _folder,
    } = morning(at_work()).await;
    window.answer_dialogs_with(Some(&bundle));
    window.chord(&[Key::Control], Key::Home + "").await;
    window.keys("先に大家へ電話した。").await;
    let brought = window.call("bundle_import", json!({})).await.unwrap();
    assert!(brought["new"].as_u64().unwrap() > 0, "{brought}");
    holds_all(
        &window,
        &["先に大家へ電話した。", "訪問した。", "同僚が書き足した。"],
    )
    .await;
    // The caret stays where the writer left it.
    window.keys("留守だった。").await;
    holds_all(
        &window,
        &[
            "先に大家へ電話した。留守だった。訪問した。",
            "同僚が書き足した。",
        ],
    )
    .await;
    the_note_keeps(
        &window,
        &[
            "先に大家へ電話した。留守だった。訪問した。",
            "同僚が書き足した。",
        ],
    )
    .await;
    window.close().await;
}

#[tokio::test]
async fn a_conversion_of_the_input_method_outlives_an_arriving_bundle() {
    let start = Start {
        input_method: true,
        ..at_work()
    };
    let Morning {
        window,
        bundle,
        _folder,
    } = morning(start).await;
    window.chord(&[Key::Control], Key::Home + "").await;
    window.screen.focus();
    // The engine answers the first keys late when it has just been started.
    let begun = std::time::Instant::now();
    loop {
        window.screen.keys(&["n", "e", "k", "o"]);
        tokio::time::sleep(Duration::from_millis(300)).await;
        if text(&window).await.starts_with("ねこ") {
            break;
        }
        assert!(
            begun.elapsed().as_secs() < 20,
            "「{}」 while composing",
            text(&window).await
        );
        window.screen.keys(&["Escape"]);
    }
    window.answer_dialogs_with(Some(&bundle));
    window.call("bundle_import", json!({})).await.unwrap();
    // While somebody converts, nothing moves under the conversion.
    assert!(text(&window).await.starts_with("ねこ"));
    window.screen.keys(&["space", "Return"]);
    holds_all(&window, &["猫", "訪問した。", "同僚が書き足した。"]).await;
    the_note_keeps(&window, &["猫", "訪問した。", "同僚が書き足した。"]).await;
    window.close().await;
}

/// Also read anew, the note holds all of these.
async fn the_note_keeps(window: &Window, parts: &[&str]) {
    window.reload().await;
    holds_all(window, parts).await;
}
