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
        .shows("バックアップを含めてどこでも読めなくなる予定です。")
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

#[tokio::test]
async fn one_field_goes_from_the_history_and_one_note_from_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::start_with(&folder.path().join("store"), at_work()).await;
    window.found_office("みほん市 ふくし課", "佐藤 一子").await;
    let paper = paper_key(&window).await;
    window.leave_sheet().await;
    let call = async |name: &str, wish: serde_json::Value| window.call(name, wish).await.unwrap();
    let household = call("household_create", json!({ "name": "寿限無家" })).await;
    let household = household["value"]["id"]
        .as_str()
        .or(household["id"].as_str());
    let household = household.unwrap().to_owned();
    let wish = json!({ "householdId": household, "familyName": "寿限無", "givenName": "花" });
    let member = call("member_add", wish).await;
    let member = member["value"]["id"].as_str().or(member["id"].as_str());
    let member = member.unwrap().to_owned();
    for (field, value) in [("address", "隠すべき町1-2-3"), ("school", "みほん小")] {
        let wish = json!({ "id": member, "field": field, "value": value });
        call("member_update", wish).await;
    }
    let wish = json!({ "householdId": household, "text": "別人の診断のこと" });
    call("note_create", wish).await;
    window.go("世帯").await;
    window.press_with("row", &["寿限無家"]).await;
    window.press_with("link", &["履歴"]).await;
    window.choose("だれの履歴", "寿限無 花").await;
    window.shows("隠すべき町1-2-3").await;
    window.screenshot("erase-history").await;
    window.press("button", "「住所」の記録を消去").await;
    window.find("dialog", "この欄の記録を消去：住所").await;
    window.fill("理由", "秘匿住所の誤記").await;
    window.fill("根拠", "本人の申出").await;
    window.fill("紙の管理鍵", &paper).await;
    window.screenshot("erase-field").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.press("button", "署名して廃棄する").await;
    window.gone("dialog", "この欄の記録を消去：住所").await;
    window.shows("みほん小").await;
    let words = window
        .script("return document.body.innerText;", vec![])
        .await;
    assert!(!words.as_str().unwrap().contains("隠すべき町"));
    window.screenshot("erase-field-gone").await;
    // The note, from its own page.
    window.go("世帯").await;
    window.press_with("row", &["寿限無家"]).await;
    window.press_with("link", &["別人の診断のこと"]).await;
    window.press("button", "この記録を消去…").await;
    window.find("dialog", "廃棄の手続き：この記録の全部").await;
    window.screenshot("erase-note").await;
    window.fill("理由", "別人の話").await;
    window.fill("根拠", "誤記の訂正").await;
    window.fill("紙の管理鍵", &paper).await;
    window.press("button", "署名して廃棄する").await;
    window.gone("dialog", "廃棄の手続き：この記録の全部").await;
    // Its page is gone, and the household's is there instead.
    window.shows("まだ記録がありません。").await;
    window.go("受け渡し").await;
    window.shows("欄：住所").await;
    let there = "document.getElementById('ex-erasures').scrollIntoView();";
    window.script(there, vec![]).await;
    window.screenshot("erase-field-register").await;
    // How long backups are kept, in both languages.
    window.go("設定").await;
    for (title, shot) in [
        ("バックアップの保存期間", "backup-days"),
        ("How long backups are kept", "en-backup-days"),
    ] {
        window.shows(title).await;
        let there = "document.getElementById('set-backup-days').scrollIntoView();";
        window.script(there, vec![]).await;
        window.screenshot(shot).await;
        assert_eq!(window.axe().await, [] as [String; 0]);
        window.press("radio", "English").await;
    }
    window.close().await;
}

/// What a colleague who had not heard of it wrote comes late: the register says how much, and two sign for it as well.
#[tokio::test]
async fn what_came_late_to_an_erased_case_is_drawn_up_by_a_button_and_signed_by_two() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let stick = at("stick");
    std::fs::create_dir(&stick).unwrap();
    let window = Window::start_with(&at("sato"), at_work()).await;
    let colleague = Window::start_with(&at("tanaka"), at_work()).await;
    window.found_office("みほん市 ふくし課", "佐藤 一子").await;
    let paper = paper_key(&window).await;
    window.leave_sheet().await;
    window.let_in(&colleague, "田中 次郎", &stick).await;
    let wish = json!({ "name": "寿限無家" });
    let home = window.call("household_create", wish).await.unwrap();
    let home = home["value"]["id"].clone();
    window.hand_over(&stick.join("1.mgb")).await;
    colleague
        .take_in(&stick.join("1.mgb"), "取り込みました。")
        .await;
    let wish =
        json!({ "householdId": home, "reason": "保存期間の満了", "basis": "文書管理規程 第12条" });
    let list = window.call("erase_propose", wish).await.unwrap();
    let wish = json!({ "id": list["items"][0]["id"], "paperAdminKey": paper });
    window.call("erase_sign", wish).await.unwrap();
    let wish = json!({ "householdId": home, "text": "廃棄を知らずに書いた" });
    colleague.call("note_create", wish).await.unwrap();
    colleague.hand_over(&stick.join("2.mgb")).await;
    window
        .take_in(&stick.join("2.mgb"), "取り込みました。")
        .await;
    let register = async |shot: &str| {
        let there = "document.getElementById('ex-erasures').scrollIntoView();";
        window.script(there, vec![]).await;
        window.screenshot(shot).await;
        assert_eq!(window.axe().await, [] as [String; 0]);
    };
    window.shows("あとから届いた記録が 1件あります。").await;
    register("erase-late").await;
    window
        .press("button", "あとから届いた分の消去を起案する")
        .await;
    window.shows("起案（まだ署名がありません）").await;
    register("erase-late-drawn").await;
    // Drawn up, nothing is done yet, and one signature is not enough.
    window.shows("あとから届いた記録が 1件あります。").await;
    window.fill("紙の管理鍵", "0000-0000").await;
    window.press("button", "署名して廃棄する").await;
    window.find("alert", "").await;
    window.fill("紙の管理鍵", &paper).await;
    window.press("button", "署名して廃棄する").await;
    window
        .gone("button", "あとから届いた分の消去を起案する")
        .await;
    let text = window.text().await;
    assert!(!text.contains("起案（まだ署名がありません）"));
    assert!(!text.contains("廃棄を知らずに書いた"));
    assert_eq!(text.matches("署名済み：あと30日で消去").count(), 2);
    register("erase-late-signed").await;
    window
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    window.reload().await;
    window.go("Exchange").await;
    window.shows("What came later").await;
    register("en-erase-late").await;
    window.close().await;
    colleague.close().await;
}
