//! A laptop that may exchange no longer hands over what it wrote; one that is lost destroys its keys, and says where the
//! rest lies.

use testkit::program::HubProgram;

use crate::{
    devices::paper_key,
    hub::often,
    steps::OWN_WORDS,
    window::{Window, binary},
};

#[tokio::test]
async fn a_frozen_laptop_hands_over_and_a_wiped_one_says_where_the_rest_lies() {
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
    sato.press("button", "いま送受信する").await;
    sato.shows("送受信しました。").await;
    tanaka.joins(&hub.url, None).await;

    // Frozen: the screen of exchange says what now.
    let details = "田中 次郎さんの端末: くわしく";
    sato.press("button", details).await;
    sato.press("button", "送受信を止める").await;
    sato.shows("行いました。").await;
    sato.escape().await;
    sato.press("button", "いま送受信する").await;
    tanaka.find("heading", "ロックされています").await;
    tanaka.unlock(OWN_WORDS).await;
    tanaka.go("受け渡し").await;
    tanaka
        .find("heading", "この端末の送受信は、止められています")
        .await;
    let file = at("stick").join("rescue.mgb");
    tanaka.answer_dialogs_with(Some(&file));
    tanaka.press("button", "救出ファイルを書き出す").await;
    tanaka.shows("「rescue.mgb」に書き出しました。").await;
    tanaka.screenshot("rescue-frozen").await;
    assert_eq!(tanaka.axe().await, [] as [String; 0]);
    sato.take_in(&file, "救出ファイルでした。").await;

    // Ordered to wipe itself: it locks, and the lock screen is another.
    sato.press("button", details).await;
    sato.fill("消去する理由（操作の記録に残ります）", "車上荒らし")
        .await;
    sato.fill("消去の署名に使う紙の鍵（復旧シート）", &paper)
        .await;
    sato.screenshot("rescue-order").await;
    sato.press("button", "この端末の記録を消去する（取り消せません）")
        .await;
    sato.shows("記録の消去を指示しました。").await;
    sato.screenshot("rescue-ordered").await;
    sato.escape().await;
    sato.shows("消去を指示済み").await;
    sato.press("button", "いま送受信する").await;
    tanaka
        .find("heading", "この端末の記録は消去されました")
        .await;
    let left = at("tanaka").join("rescue.mgb");
    tanaka.shows(&left.display().to_string()).await;
    tanaka.screenshot("rescue-wiped").await;
    assert_eq!(tanaka.axe().await, [] as [String; 0]);
    assert!(!at("tanaka").join("header.json").exists());
    sato.take_in(&left, "救出ファイルでした。").await;
    sato.press("button", details).await;
    sato.shows("この端末の救出ファイルを").await;
}
