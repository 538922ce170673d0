//! When the session ends, what the page knew is gone with the process that drew it; the window stays.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    group::Group,
    screen::Screen,
    window::{Start, Window, binary, environment, lines},
};

const REMEMBER: &str = "window.secret = 'しるし'; document.body.dataset.secret = 'しるし'";
const REMEMBERS: &str =
    "return window.secret === 'しるし' || document.body.dataset.secret === 'しるし'";

/// Waits until the page has forgotten.
async fn forgets(window: &Window) {
    let begun = Instant::now();
    // While one page follows the other there is nobody to ask.
    while window
        .driver()
        .execute(REMEMBERS, vec![])
        .await
        .ok()
        .is_none_or(|it| it.json() != &json!(false))
    {
        assert!(begun.elapsed().as_secs() < 30, "the page still remembers");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn locking_empties_the_page_and_keeps_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::start(&folder.path().join("store")).await;
    window.script(REMEMBER, vec![]).await;
    // The answer dies with the page that asked.
    window
        .script(
            "window.__TAURI_INTERNALS__.invoke('session_lock', { args: {} })",
            vec![],
        )
        .await;
    forgets(&window).await;
    window.painted().await;
    assert!(
        window.call("session_status", json!({})).await.is_ok(),
        "the new page speaks to the same program"
    );
    window.close().await;
}

#[tokio::test]
async fn an_empty_chair_locks_and_a_busy_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let environment = vec![("MARUGOTO_IDLE_SECONDS".to_owned(), "5".to_owned())];
    let window = Window::start_with(
        &folder.path().join("store"),
        Start {
            environment,
            ..Start::demo()
        },
    )
    .await;
    window.call("session_activity", json!({})).await.unwrap();
    window.script(REMEMBER, vec![]).await;
    // Longer than the limit, with somebody there.
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        window.call("session_activity", json!({})).await.unwrap();
    }
    assert_eq!(window.script(REMEMBERS, vec![]).await, json!(true));
    forgets(&window).await;
    window.close().await;
}

/// As shipped: no driver is there, which would keep the process alive.
#[test]
fn locking_ends_the_process_that_drew_the_records() {
    let home = tempfile::tempdir().unwrap();
    let screen = Screen::start();
    let mut command = Command::new(binary());
    command
        .arg("--demo")
        .envs(environment(&screen, home.path()));
    command
        .env("MARUGOTO_IDLE_SECONDS", "5")
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::piped());
    let mut window = Group::start(&mut command);
    let said = lines(&mut window);

    assert_eq!(
        said.recv_timeout(Duration::from_secs(30)).unwrap(),
        "painted"
    );
    let before = window.processes("WebKitWebProces");
    assert_eq!(before.len(), 1);
    assert_eq!(
        said.recv_timeout(Duration::from_secs(30)).unwrap(),
        "painted",
        "the first screen comes back"
    );
    let after = window.processes("WebKitWebProces");
    assert!(after.len() == 1 && after != before, "{before:?} {after:?}");
    assert_eq!(window.processes("marugoto-window").len(), 1);
}
