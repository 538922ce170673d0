//! What happens at the rim of the window: files are chosen outside the page, and the page may save before it goes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    steps::at_work,
    window::{Start, Window},
};

#[tokio::test]
async fn the_page_cannot_say_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::start(&folder.path().join("store")).await;
    // The person closes the dialog: nothing is read, whatever the page says.
    window.answer_dialogs_with(None);
    assert_eq!(
        window
            .call("bundle_import", json!({ "path": "/etc/hostname" }))
            .await,
        Ok(Value::Null)
    );
    // The person chooses a file that is none of ours: that one is refused, so the dialog did decide.
    let file = folder.path().join("other.mgb");
    std::fs::write(&file, "no bundle").unwrap();
    window.answer_dialogs_with(Some(&file));
    assert!(window.call("bundle_import", json!({})).await.is_err());
    window.close().await;
}

#[tokio::test]
async fn the_page_may_save_before_it_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let environment = vec![("MARUGOTO_IDLE_SECONDS".to_owned(), "6".to_owned())];
    let window = Window::start_with(
        &folder.path().join("store"),
        Start {
            environment,
            ..Start::demo()
        },
    )
    .await;
    window.call("session_activity", json!({})).await.unwrap();
    let listen = "const { invoke, transformCallback } = window.__TAURI_INTERNALS__;
        const handler = transformCallback(() => {
            sessionStorage.saved = 'yes';
            invoke('session_saved', { args: {} });
        });
        invoke('plugin:event|listen', { event: 'leaving', target: { kind: 'Any' }, handler });
        window.before = true;";
    window.script(listen, vec![]).await;
    let begun = Instant::now();
    let is_new = "return window.before === undefined && sessionStorage.saved === 'yes'";
    while window
        .driver()
        .execute(is_new, vec![])
        .await
        .ok()
        .is_none_or(|it| it.json() != &json!(true))
    {
        assert!(
            begun.elapsed().as_secs() < 30,
            "the page went without a word, or did not go"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    window.close().await;
}

#[tokio::test]
async fn a_memo_that_was_begun_is_there_after_an_empty_chair_locked_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let mut start = at_work();
    start
        .environment
        .push(("MARUGOTO_IDLE_SECONDS".to_owned(), "9".to_owned()));
    let window = Window::start_with(&folder.path().join("store"), start).await;
    let secret = window.found_office("みほん市 ふくし課", "佐藤 一子").await;
    window.leave_sheet().await;
    window.press("button", "ひとことメモ").await;
    window.focused("textbox", "ひとことメモ").await;
    window.keys("廊下で聞いたこと").await;
    // Nobody saves, nobody comes back.
    window.find("heading", "ロックされています").await;
    window.unlock(&secret).await;
    window.shows("廊下で聞いたこと").await;
    window.close().await;
}
