//! A laptop is lost: it is frozen at once, locks, is shut out, and what was written on it can be taken over.

use testkit::program::HubProgram;

use crate::{
    hub::often,
    steps::OWN_WORDS,
    window::{Window, binary},
};

/// The paper admin key as the sheet shows it.
pub(crate) async fn paper_key(window: &Window) -> String {
    let script = "return [...document.querySelectorAll('.sheet-value')].map((it) => it.innerText);";
    let values = window.script(script, Vec::new()).await;
    let values = values.as_array().unwrap();
    values.last().unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stolen_laptop_is_frozen_and_shut_out_and_nothing_is_lost() {
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
    // Everybody is told of a newcomer.
    sato.shows("新しい端末が事務所に加わりました：田中 次郎")
        .await;
    sato.press("button", "読みました").await;
    sato.gone(
        "complementary",
        "新しい端末が事務所に加わりました：田中 次郎",
    )
    .await;
    sato.press("button", "いま送受信する").await;
    sato.shows("送受信しました。").await;
    tanaka.joins(&hub.url, None).await;

    // One button; the laptop locks by itself, once, and works on without exchanging.
    let details = "田中 次郎さんの端末: くわしく";
    sato.press("button", details).await;
    sato.find("dialog", "田中 次郎さんの端末").await;
    sato.screenshot("device-details").await;
    sato.press("button", "送受信を止める").await;
    sato.shows("停止を解除する").await;
    sato.shows("行いました。").await;
    // Colours go over into each other for a moment where a button was pressed.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    sato.escape().await;
    sato.press("button", "いま送受信する").await;
    tanaka.find("heading", "ロックされています").await;
    tanaka.unlock(OWN_WORDS).await;
    tanaka.shows("この端末は送受信が止められています。").await;
    tanaka.screenshot("device-frozen").await;
    tanaka.go("受け渡し").await;
    tanaka.press("button", "いま送受信する").await;
    tanaka
        .shows("この端末は、管理担当か主任・管理者によって送受信が止められています。")
        .await;

    // Shut out, with the paper key; a mistyped one changes nothing.
    sato.press("button", details).await;
    sato.fill("紙の管理鍵", "0000-0000").await;
    sato.press("button", "締め出す（取り消せません）").await;
    sato.find("alert", "").await;
    sato.fill("紙の管理鍵", &paper).await;
    sato.press("button", "締め出す（取り消せません）").await;
    sato.shows("行いました。").await;
    sato.escape().await;
    sato.shows("締め出し済み").await;
    sato.screenshot("device-revoked").await;
    sato.press("button", "いま送受信する").await;
    tanaka
        .shows("この端末は事務所の名簿から外されています。")
        .await;

    // What was written on it after that is there to be looked at, and to be taken over.
    let late = at("stick").join("late.mgb");
    tanaka.hand_over(&late).await;
    sato.take_in(&late, "受け付けなかった記録").await;
    sato.shows("締め出された端末で、そのあとに書かれました。")
        .await;
    sato.screenshot("set-aside").await;
    sato.press("button", details).await;
    sato.press("button", "脇に置いた記録を引き取る").await;
    sato.shows("行いました。").await;
}
