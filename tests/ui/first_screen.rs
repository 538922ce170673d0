//! The window opens, and what it shows first is there, whole and accessible.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::window::{Start, Window};

/// How many colours a picture has.
fn colours(picture: &[u8]) -> u32 {
    let mut identify = Command::new("identify")
        .args(["-format", "%k", "png:-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("imagemagick is installed by `cargo xtask test`");
    identify.stdin.take().unwrap().write_all(picture).unwrap();
    String::from_utf8(identify.wait_with_output().unwrap().stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_first_screen_is_there_and_accessible() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start {
        is_drawn: true,
        ..Start::default()
    };
    let window = Window::start_with(&folder.path().join("store"), start).await;
    assert_eq!(
        window.driver().title().await.unwrap(),
        "まるごと",
        "no names in the title"
    );
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.screenshot("first-screen").await;
    assert!(colours(&window.picture().await) > 8, "the window is blank");

    // Red control: axe sees a picture without words for it.
    window
        .script(
            "document.body.append(document.createElement('img'))",
            vec![],
        )
        .await;
    assert!(
        window
            .axe()
            .await
            .iter()
            .any(|it| it.starts_with("image-alt"))
    );
    window.close().await;
}

#[tokio::test]
async fn the_page_reaches_nothing_but_its_commands() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::start(&folder.path().join("store")).await;
    let script = "const done = arguments[0];
        const tried = (work) => Promise.race([work, new Promise((_, no) => setTimeout(no, 3000))]).then(() => true, () => false);
        const element = (make) => new Promise((yes, no) => { const it = make(); it.onload = yes; it.onerror = no; document.body.append(it); });
        const invoke = window.__TAURI_INTERNALS__.invoke;
        (async () => done({
            fetch: await tried(fetch('http://127.0.0.1:9/')),
            script: await tried(element(() => Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))) && window.ran === true,
            picture: await tried(element(() => Object.assign(new Image(), { src: 'https://example.com/a.png' }))),
            frame: document.body.append(Object.assign(document.createElement('iframe'), { src: 'tauri://localhost/' })) || window.length > 1,
            globalTauri: '__TAURI__' in window,
            dialog: await tried(invoke('plugin:dialog|open', { options: {} })),
            event: await tried(invoke('plugin:event|emit', { event: 'a', payload: 1 })),
            title: await tried(invoke('plugin:window|set_title', { value: 'a' })),
            status: await tried(invoke('session_status', { args: {} })),
        }))();";
    let reached = window
        .driver()
        .execute_async(script, vec![])
        .await
        .unwrap()
        .json()
        .clone();
    let expected = serde_json::json!({
        "fetch": false, "script": false, "picture": false, "frame": false, "globalTauri": false,
        "dialog": false, "event": false, "title": false,
        // The control: a command with a permission answers.
        "status": true,
    });
    assert_eq!(reached, expected);
    window.close().await;
}
