//! A restricted record is given to the office's escrow by one of its readers, and taken back: the window says what that means.

use serde_json::{Value, json};

use crate::{
    steps::{OWN_WORDS, done, office_of_two},
    window::Window,
};

#[tokio::test]
async fn a_reader_lets_the_escrow_open_a_restricted_record_and_takes_that_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (sato, tanaka) = (at("sato"), at("tanaka"));
    let workers = ["佐藤 一子", "田中 次郎"];
    let paper = office_of_two(&sato, &tanaka, "みほん市 ふくし課", workers);
    let call =
        |name: &str, arguments: Value| done(&sato, &["call", name, &arguments.to_string()], "");
    let home = call("household.create", json!({ "name": "見本家" }));
    let readers = call("access.list", json!({ "householdId": home["id"] }));
    let readers: Vec<_> = readers["readers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["worker"]["id"].clone())
        .collect();
    let note =
        json!({ "householdId": home["id"], "text": "避難先は北町。", "restrictTo": readers });
    call("note.create", note);

    let window = Window::start(&sato).await;
    window.unlock(OWN_WORDS).await;
    window.open_household("見本家").await;
    window.press("link", "読める人").await;
    window.find("heading", "事務所の預かり鍵").await;
    window
        .shows("先に世帯の概況でこの記録をひらいてください")
        .await;
    window
        .shows("事務所に、いま使える預かり鍵がありません。")
        .await;
    window.close().await;

    let holders = ["--holder", "所長", "--holder", "課長", "--holder", "係長"];
    let made = done(&sato, &[&["escrow", "make"], &holders[..]].concat(), "");
    done(
        &sato,
        &["escrow", "sign", made["set"].as_str().unwrap()],
        &paper,
    );
    let window = Window::start(&sato).await;
    window.unlock(OWN_WORDS).await;
    let list = window.call("restricted_list", json!({})).await.unwrap();
    let open = json!({ "id": list["value"]["items"][0]["id"], "reason": "訪問の前に確かめる" });
    window.call("restricted_open", open).await.unwrap();
    window.open_household("見本家").await;
    window.press("link", "読める人").await;
    window.shows("この記録は開けません").await;
    window.screenshot("escrowed-not").await;
    window.press("button", "預かり鍵でも開けるようにする").await;
    window.shows("読める人の2人には数えません").await;
    // The dialog fades in.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    window.screenshot("escrowed-ask").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window
        .press_with("button", &["預かり鍵でも開けるようにする"])
        .await;
    window.shows("この記録を開けます").await;
    window.shows("佐藤 一子さんが決めました").await;
    window.gone("dialog", "預かり鍵でも開けるようにする").await;
    window.screenshot("escrowed").await;
    assert_eq!(window.axe().await, [] as [String; 0]);

    // A note for the same readers would be open to it too, and says so before it is written.
    window.open_household("見本家").await;
    window.press_with("link", &["記録を書く"]).await;
    window.press("button", "読める人を限定する").await;
    window.press("button", "田中 次郎").await;
    window
        .shows("その記録は、事務所の預かり鍵でも開けます")
        .await;
    window.screenshot("escrowed-note").await;
    assert_eq!(window.axe().await, [] as [String; 0]);

    window
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    window.reload().await;
    window.go("Households").await;
    window.press_with("row", &["見本家"]).await;
    window.press("link", "Readers").await;
    window.shows("Can open this record").await;
    window.press("button", "Close it to the escrow key").await;
    window.shows("What is written from now on").await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    window.screenshot("escrowed-back").await;
    window
        .press_with("button", &["Close it to the escrow key"])
        .await;
    window.shows("Cannot open this record").await;
    window.screenshot("en-escrowed-not").await;
    window
        .press("button", "Let the escrow key open it too")
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    window.screenshot("en-escrowed-ask").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.close().await;
}
