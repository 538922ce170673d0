//! A case whose term is over is erased by two signatures, taken back, and stands in the register.

use serde_json::json;

use crate::steps::at_work;
use crate::window::Window;

/// The paper admin key as the sheet shows it.
async fn paper_key(window: &Window) -> String {
    let script = "return [...document.querySelectorAll('.sheet-value')].map((it) => it.innerText);";
    let values = window.script(script, Vec::new()).await;
    let values = values.as_array().unwrap();
    values.last().unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_case_is_erased_with_the_second_signature_and_taken_back_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::start_with(&folder.path().join("store"), at_work()).await;
    window.found_office("みほん市 ふくし課", "佐藤 一子").await;
    let paper = paper_key(&window).await;
    window.leave_sheet().await;
    window
        .call("household_create", json!({ "name": "寿限無家" }))
        .await
        .unwrap();
    window.go("世帯").await;
    window.press_with("row", &["寿限無家"]).await;
    window.press_with("link", &["履歴"]).await;
    window.press("button", "廃棄の手続き").await;
    window.find("dialog", "廃棄の手続き：寿限無家").await;
    window.fill("理由", "保存期間の満了").await;
    window.fill("根拠", "文書管理規程 第12条").await;
    window.fill("起案した人・求めた人", "佐藤 一子").await;
    // A mistyped key erases nothing, and the order that was drawn up is signed at the second try.
    window.fill("紙の管理鍵", "0000-0000").await;
    window.screenshot("erase-procedure").await;
    window.press("button", "署名して廃棄する").await;
    window.find("alert", "").await;
    window.screenshot("erase-mistyped").await;
    window.fill("紙の管理鍵", &paper).await;
    window.press("button", "署名して廃棄する").await;
    window.gone("dialog", "廃棄の手続き：寿限無家").await;
    window.go("世帯").await;
    let begun = std::time::Instant::now();
    while !window.all_with("row", &["寿限無家"]).await.is_empty() {
        assert!(
            begun.elapsed().as_secs() < 12,
            "the household stays in the list"
        );
    }
    window.go("受け渡し").await;
    window.shows("署名済み：あと30日で消去").await;
    window.shows("根拠：文書管理規程 第12条").await;
    window
        .shows("バックアップを含めてどこでも読めません。")
        .await;
    let there = "document.getElementById('ex-erasures').scrollIntoView();";
    window.script(there, vec![]).await;
    window.screenshot("erase-register").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.press("button", "取り消して元に戻す").await;
    window.shows("取り消しました").await;
    window.go("世帯").await;
    window.find_with("row", &["寿限無家"]).await;
    window.close().await;
}
