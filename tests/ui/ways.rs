//! Ways to the others that a laptop keeps for itself: a certificate of the city's own, a shared folder, and the hub's pokes.

use std::{fs, path::Path};

use serde_json::json;
use testkit::program::HubProgram;

use crate::{
    hub::{often, take_call},
    steps::{OWN_WORDS, at_work, marugoto},
    window::{Start, Window, binary},
};

/// The hub is asked by nobody, unless it pokes.
fn seldom() -> Start {
    let mut start = at_work();
    start
        .environment
        .push(("MARUGOTO_SYNC_SECONDS".to_owned(), "3600".to_owned()));
    start
}

fn hub(data: &Path, more: &[&str]) -> (HubProgram, String) {
    let program = binary().with_file_name("marugoto-hub");
    let more = [&["--listen", "127.0.0.1:0"], more].concat();
    let hub = HubProgram::serve(&program, data, &more);
    (hub, HubProgram::invite(&program, data))
}

#[tokio::test]
async fn a_colleagues_words_are_here_within_seconds_because_the_hub_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("stick")).unwrap();
    let (hub, code) = hub(&at("hub"), &[]);

    let sato = Window::start_with(&at("sato"), often()).await;
    sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    sato.leave_sheet().await;
    sato.joins(&hub.url, Some(&code)).await;

    let tanaka = Window::start_with(&at("tanaka"), seldom()).await;
    sato.let_in(&tanaka, "田中 次郎", &at("stick")).await;
    sato.press("button", "いま送受信する").await;
    sato.shows("送受信しました。").await;
    tanaka.joins(&hub.url, None).await;
    // Nobody presses anything at the other laptop, and for an hour it asks for nothing by itself.
    tanaka.go("世帯").await;
    assert_eq!(tanaka.all_with("row", &["青木"]).await.len(), 0);
    take_call(&sato, "青木").await;
    tanaka.find_with("row", &["青木"]).await;

    // Behind the lock nothing is listened to; whoever opens it has what came meanwhile, and listens again.
    tanaka.lock().await;
    take_call(&sato, "井上").await;
    tanaka.unlock(OWN_WORDS).await;
    tanaka.go("世帯").await;
    tanaka.find_with("row", &["井上"]).await;
    take_call(&sato, "上田").await;
    tanaka.find_with("row", &["上田"]).await;

    // A hub that is away alarms nobody.
    drop(hub);
    take_call(&tanaka, "江口").await;
    assert_eq!(tanaka.all("alert", "").await.len(), 0);
}

#[tokio::test]
async fn a_hub_with_a_certificate_of_the_city_is_trusted_once_it_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (at("city.pem"), at("key.pem"));
    fs::write(&certificate, own.cert.pem()).unwrap();
    fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (hub, code) = hub(
        &at("hub"),
        &["--tls-cert", &text(&certificate), "--tls-key", &text(&key)],
    );

    let store = at("sato");
    let window = Window::start_with(&store, often()).await;
    let secret = window.found_office("みほん市 ふくし課", "佐藤 一子").await;
    window.leave_sheet().await;
    window.go("受け渡し").await;
    window.fill("アドレス", &hub.url).await;
    window.fill("招待コード", &code).await;
    window.press("button", "つなぐ").await;
    window
        .shows("中継サーバーの証明書を確かめられません。")
        .await;
    window.screenshot("ways-uncertified").await;
    // A file that holds none changes nothing.
    let other = at("letter.pem");
    fs::write(&other, "こんにちは").unwrap();
    window.answer_dialogs_with(Some(&other));
    window.press("button", "証明書のファイルを選ぶ").await;
    window.shows("このファイルに証明書が入っていません。").await;
    window.answer_dialogs_with(Some(&certificate));
    window.press("button", "証明書のファイルを選ぶ").await;
    window.shows("ここで選んだ証明書で確かめています。").await;
    window.press("button", "つなぐ").await;
    window.shows(&format!("つなぎ先：{}", hub.url)).await;
    window.screenshot("ways-certified").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    window.reload().await;
    window.go("Exchange").await;
    window.shows("the certificate that was chosen here").await;
    window.screenshot("en-ways-certified").await;
    window
        .call("session_settings", json!({ "lang": "ja" }))
        .await
        .unwrap();
    window.reload().await;

    // It is kept with the store and not with the stick that it came on.
    fs::remove_file(&certificate).unwrap();
    window.lock().await;
    window.unlock(&secret).await;
    window.go("受け渡し").await;
    window.press("button", "いま送受信する").await;
    window.shows("送受信しました。").await;
    // Without it, the hub is a stranger again.
    window.press("button", "パソコンの証明書にもどす").await;
    window.find("button", "証明書のファイルを選ぶ").await;
    window.press("button", "いま送受信する").await;
    window
        .shows("中継サーバーの証明書を確かめられません。")
        .await;
    window.close().await;

    // The command line keeps it in the same place.
    fs::write(&certificate, own.cert.pem()).unwrap();
    let sync = || marugoto(&store, &secret).arg("sync").output().unwrap();
    assert_eq!(sync().status.code(), Some(4));
    let kept = marugoto(&store, &secret)
        .args(["hub", "ca", &text(&certificate)])
        .output()
        .unwrap();
    assert!(kept.status.success(), "{kept:?}");
    let synced = sync();
    assert!(synced.status.success(), "{synced:?}");
}

#[tokio::test]
async fn a_shared_folder_is_chosen_once_and_carries_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("stick")).unwrap();
    let shared = at("共有");
    fs::create_dir(&shared).unwrap();

    let sato = Window::start_with(&at("sato"), at_work()).await;
    sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    sato.leave_sheet().await;
    let tanaka = Window::start_with(&at("tanaka"), at_work()).await;
    sato.let_in(&tanaka, "田中 次郎", &at("stick")).await;
    for window in [&sato, &tanaka] {
        window.go("受け渡し").await;
        window.answer_dialogs_with(Some(&shared));
        window.press("button", "フォルダーを選ぶ").await;
        window
            .shows(&format!("フォルダー：{}", shared.to_string_lossy()))
            .await;
    }
    take_call(&sato, "青木").await;
    sato.go("受け渡し").await;
    sato.press("button", "このフォルダーと送受信する").await;
    sato.shows("足りなかったものを書き出しました。").await;
    sato.screenshot("ways-folder").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    tanaka.press("button", "このフォルダーと送受信する").await;
    tanaka.shows("送受信しました。").await;
    tanaka.go("世帯").await;
    tanaka.find_with("row", &["青木"]).await;
    take_call(&tanaka, "井上").await;
    tanaka.go("受け渡し").await;
    tanaka.press("button", "このフォルダーと送受信する").await;
    tanaka.shows("足りなかったものを書き出しました。").await;
    sato.press("button", "このフォルダーと送受信する").await;
    sato.go("世帯").await;
    sato.find_with("row", &["井上"]).await;

    // The stick is pulled: it says so, and nothing is lost.
    let away = at("よそ");
    fs::rename(&shared, &away).unwrap();
    sato.go("受け渡し").await;
    sato.press("button", "このフォルダーと送受信する").await;
    sato.shows("今は見つかりません。").await;
    sato.screenshot("ways-folder-away").await;
    fs::rename(&away, &shared).unwrap();
    sato.press("button", "このフォルダーと送受信する").await;
    sato.shows("送受信しました。").await;

    sato.call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    sato.reload().await;
    sato.go("Exchange").await;
    sato.press("button", "Exchange with this folder").await;
    sato.shows("Exchanged:").await;
    sato.screenshot("en-ways-folder").await;
    sato.press("button", "Use no folder").await;
    sato.find("button", "Choose a folder").await;
    sato.close().await;
    tanaka.close().await;
}
