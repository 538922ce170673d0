//! Two laptops and a hub: nobody carries a file, and nobody waits for the network.

use serde_json::json;
use testkit::program::HubProgram;
use thirtyfour::Key;

use crate::{
    steps::at_work,
    window::{Start, Window, binary},
};

/// The hub is asked every two seconds.
pub(crate) fn often() -> Start {
    let mut start = at_work();
    start
        .environment
        .push(("MARUGOTO_SYNC_SECONDS".to_owned(), "2".to_owned()));
    start
}

/// A call is taken, and a household made of it.
pub(crate) async fn take_call(window: &Window, name: &str) {
    window.go("今日").await;
    window.press("button", "相談を受ける").await;
    window.focused("textbox", "内容").await;
    window.keys("家賃が払えないとの電話。").await;
    window.keys(Key::Enter + "").await;
    window.press("button", "世帯にする").await;
    window.fill("世帯の名前", name).await;
    window.keys(Key::Enter + "").await;
    window.find("heading", name).await;
}

#[tokio::test]
async fn what_one_writes_is_at_the_other_without_a_file_and_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("stick")).unwrap();
    let program = binary().with_file_name("marugoto-hub");
    let hub = HubProgram::serve(&program, &at("hub"), &["--listen", "127.0.0.1:0"]);
    let code = HubProgram::invite(&program, &at("hub"));

    let sato = Window::start_with(&at("sato"), often()).await;
    sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    sato.leave_sheet().await;
    sato.go("受け渡し").await;
    sato.shows("まだ中継サーバーにつながっていません").await;

    // An address that leads nowhere says so in words, and nothing is lost.
    sato.fill("アドレス", "http://127.0.0.1:9").await;
    sato.fill("招待コード", &code).await;
    sato.press("button", "つなぐ").await;
    sato.shows("中継サーバーに届きません。").await;
    sato.fill("アドレス", &hub.url).await;
    sato.press("button", "つなぐ").await;
    sato.shows(&format!("つなぎ先：{}", hub.url)).await;
    sato.screenshot("hub-joined").await;

    let tanaka = Window::start_with(&at("tanaka"), often()).await;
    sato.let_in(&tanaka, "田中 次郎", &at("stick")).await;
    tanaka.go("受け渡し").await;
    tanaka.fill("アドレス", &hub.url).await;
    sato.press("button", "いま送受信する").await;
    sato.shows("送受信しました。").await;
    tanaka.press("button", "つなぐ").await;
    tanaka.shows(&format!("つなぎ先：{}", hub.url)).await;

    // Nobody presses anything.
    take_call(&sato, "青木").await;
    tanaka.go("世帯").await;
    tanaka.find_with("row", &["青木"]).await;

    // The city's machine is switched off: the work goes on, and what waits says so.
    let listen = hub.url.split("//").nth(1).unwrap().to_owned();
    drop(hub);
    take_call(&tanaka, "井上").await;
    tanaka.go("受け渡し").await;
    tanaka.press("button", "いま送受信する").await;
    tanaka.shows("中継サーバーに届きません。").await;
    tanaka.screenshot("hub-away").await;
    let _hub = HubProgram::serve(&program, &at("hub"), &["--listen", &listen]);
    sato.go("世帯").await;
    sato.find_with("row", &["井上"]).await;
    tanaka.go("受け渡し").await;
    tanaka.shows("送ったものは、すべて届いています。").await;
    tanaka.screenshot("hub-back").await;
    assert_eq!(tanaka.axe().await, [] as [String; 0]);

    // The same in English, with what can be done about a device.
    sato.call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    sato.reload().await;
    sato.go("Exchange").await;
    sato.shows("Everything that was sent has arrived.").await;
    sato.screenshot("en-hub").await;
    sato.press("button", "Device of 田中 次郎: Details").await;
    sato.find("dialog", "Device of 田中 次郎").await;
    sato.screenshot("en-device").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
}
