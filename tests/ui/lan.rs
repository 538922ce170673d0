//! Two laptops in the same room: one waits, the other goes there. No hub, no file.

use serde_json::json;
use thirtyfour::Key;

use crate::{
    steps::at_work,
    window::{Start, Window},
};

fn in_one_room() -> Start {
    let mut start = at_work();
    start
        .environment
        .push(("MARUGOTO_LAN_LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
    start
}

async fn take_call(window: &Window, name: &str) {
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
async fn two_laptops_in_one_room_exchange_by_the_number_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("stick")).unwrap();
    let sato = Window::start_with(&at("sato"), in_one_room()).await;
    sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    sato.leave_sheet().await;
    let tanaka = Window::start_with(&at("tanaka"), in_one_room()).await;
    sato.let_in(&tanaka, "田中 次郎", &at("stick")).await;
    take_call(&sato, "青木").await;
    take_call(&tanaka, "井上").await;

    // Before anybody has opened, nothing is found, and words say what to do.
    tanaka.go("受け渡し").await;
    tanaka.fill("番号またはアドレス", "127.0.0.1:9").await;
    tanaka.press("button", "送受信する").await;
    tanaka
        .shows("同じ場所に、送受信を受け付けているPCが見つかりません。")
        .await;
    tanaka.screenshot("lan-nobody").await;

    sato.go("受け渡し").await;
    sato.press("button", "同僚を待つ").await;
    sato.shows("同僚のPCで、この番号を選んでもらってください。")
        .await;
    sato.screenshot("lan-open").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    let open = sato.call("lan_status", json!({})).await.unwrap();
    let number = open["number"].as_str().unwrap().to_owned();

    tanaka.press("button", "探す").await;
    let to = format!("番号 {number} と送受信する");
    tanaka.press("button", &to).await;
    tanaka.shows("佐藤 一子 さんのPCと送受信しました。").await;
    tanaka.screenshot("lan-done").await;
    assert_eq!(tanaka.axe().await, [] as [String; 0]);
    sato.shows("田中 次郎 さんと送受信しました。").await;
    sato.screenshot("lan-guest").await;
    for (window, name) in [(&sato, "井上"), (&tanaka, "青木")] {
        window.go("世帯").await;
        window.find_with("row", &[name]).await;
        // It is not said to be at the office.
        window.go("受け渡し").await;
        window.shows("まだ中継サーバーにつながっていません").await;
    }

    // By the address too; a file that was added meanwhile goes along, and both say so. With the lock it is closed.
    let households = tanaka.call("household_list", json!({})).await.unwrap();
    let household = households["value"]["items"][0]["id"].clone();
    let file = json!({ "householdId": household, "name": "手紙.txt", "content": "5aSn5a62" });
    tanaka.call("attachment_add", file).await.unwrap();
    let address = open["addresses"][0].as_str().unwrap().to_owned();
    tanaka.fill("番号またはアドレス", &address).await;
    tanaka.press("button", "送受信する").await;
    tanaka.shows("渡した添付ファイル 1 kB。").await;
    let down =
        "document.querySelector('.ex-result:last-child').scrollIntoView({ block: 'center' });";
    tanaka.script(down, vec![]).await;
    tanaka.screenshot("lan-files").await;
    assert_eq!(tanaka.axe().await, [] as [String; 0]);
    sato.shows("受け取った添付ファイル 1 kB。").await;
    sato.screenshot("lan-guest-files").await;
    sato.lock().await;
    tanaka.fill("番号またはアドレス", &address).await;
    let mut closed = Ok(json!(null));
    for _ in 0..50 {
        closed = tanaka.call("lan_sync", json!({ "address": address })).await;
        if closed.is_err() {
            break;
        }
    }
    assert_eq!(closed.unwrap_err()["code"], "lan_not_found");

    tanaka
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    tanaka.reload().await;
    tanaka.go("Exchange").await;
    tanaka.press("button", "Wait for a colleague").await;
    tanaka
        .shows("Have your colleague choose this number.")
        .await;
    tanaka.screenshot("en-lan").await;
}
