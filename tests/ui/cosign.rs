//! Two administrators sign on two laptops: a lost laptop is shut out without the paper key.

use serde_json::json;
use testkit::program::HubProgram;

use crate::{
    devices::paper_key,
    hub::often,
    window::{Window, binary},
};

const TO_ASK: &str = "署名を頼む：締め出す（取り消せません）";

#[tokio::test]
async fn a_lost_laptop_is_shut_out_by_two_administrators_on_two_laptops() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("stick")).unwrap();
    let program = binary().with_file_name("marugoto-hub");
    let hub = HubProgram::serve(&program, &at("hub"), &["--listen", "127.0.0.1:0"]);
    let code = HubProgram::invite(&program, &at("hub"));

    let sato = Window::start_with(&at("sato"), often()).await;
    sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    let paper = paper_key(&sato).await;
    sato.leave_sheet().await;
    sato.joins(&hub.url, Some(&code)).await;
    let tanaka = Window::start_with(&at("tanaka"), often()).await;
    sato.let_in(&tanaka, "田中 次郎", &at("stick")).await;
    let lost = Window::start_with(&at("lost"), often()).await;
    sato.let_in(&lost, "高橋ゼノビア 真理子", &at("stick"))
        .await;
    lost.close().await;

    // A second administrator, with the sheet. There is nobody yet who could be asked.
    sato.press("button", "田中 次郎さんの端末: くわしく").await;
    sato.find("dialog", "田中 次郎さんの端末").await;
    assert!(sato.all("radio", "ほかの管理担当に頼む").await.is_empty());
    sato.fill("管理担当を変える署名に使う紙の管理鍵", &paper)
        .await;
    sato.press("button", "管理担当にする").await;
    sato.shows("行いました。").await;
    sato.escape().await;
    sato.press("button", "いま送受信する").await;
    sato.shows("送受信しました。").await;
    tanaka.joins(&hub.url, None).await;

    // Asked: nothing has happened yet.
    sato.press("button", "高橋ゼノビア 真理子さんの端末: くわしく")
        .await;
    sato.find("dialog", "高橋ゼノビア 真理子さんの端末").await;
    sato.press("radio", "ほかの管理担当に頼む").await;
    sato.choose("署名を頼む人", "田中 次郎").await;
    sato.screenshot("cosign-ask").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    sato.press("button", TO_ASK).await;
    sato.shows("田中 次郎さんに頼みました").await;
    sato.shows("返事を待っています。まだ何も変わっていません。")
        .await;
    sato.screenshot("cosign-asked").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    assert!(!sato.text().await.contains("締め出し済み"));

    // The colleague is told wherever they are, sees what it is, and signs by two presses.
    tanaka.shows("署名を頼まれています：佐藤 一子").await;
    tanaka.press("link", "依頼を見る").await;
    tanaka.focused("heading", "署名の依頼").await;
    tanaka
        .shows("高橋ゼノビア 真理子さんの端末を締め出す")
        .await;
    tanaka.screenshot("cosign-waiting").await;
    tanaka.press("button", "署名する").await;
    tanaka.find("alert", "").await;
    tanaka.screenshot("cosign-sure").await;
    assert_eq!(tanaka.axe().await, [] as [String; 0]);

    // The same in English, where it is signed.
    tanaka
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    tanaka.reload().await;
    tanaka.press("link", "See the request").await;
    tanaka.focused("heading", "Requests for a signature").await;
    tanaka
        .shows("Shut out the laptop of 高橋ゼノビア 真理子")
        .await;
    tanaka.press("button", "Sign").await;
    tanaka.screenshot("en-cosign").await;
    tanaka.press("button", "Yes, sign").await;
    tanaka.gone("heading", "Requests for a signature").await;
    tanaka.gone("link", "See the request").await;

    // The answer comes by itself, and it is done on both.
    sato.shows("締め出し済み").await;
    sato.gone("heading", "署名の依頼").await;
    sato.screenshot("cosign-done").await;
    tanaka.shows("shut out").await;
}
