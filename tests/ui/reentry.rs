//! No laptop of the office is left. A fresh one waits, two holders type their shares, and the records come from the hub.

use testkit::program::HubProgram;

use crate::{
    hub::often,
    steps::{OWN_WORDS, done},
    window::{Window, binary},
};

#[tokio::test]
async fn two_holders_bring_an_office_back_on_a_fresh_laptop() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let program = binary().with_file_name("marugoto-hub");
    let hub = HubProgram::serve(&program, &at("hub"), &["--listen", "127.0.0.1:0"]);
    let code = HubProgram::invite(&program, &at("hub"));
    let burned = at("burned");
    let office = [
        "init",
        "--office",
        "みほん市 ふくし課",
        "--worker",
        "佐藤 一子",
    ];
    let sheet = done(&burned, &office, "");
    let paper = sheet["paperAdminKey"].as_str().unwrap();
    let household = ["call", "household.create", r#"{"name":"燃えた家"}"#];
    done(&burned, &household, "");
    let holders = ["--holder", "所長", "--holder", "課長", "--holder", "係長"];
    let made = done(&burned, &[&["escrow", "make"], &holders[..]].concat(), "");
    done(
        &burned,
        &["escrow", "sign", made["set"].as_str().unwrap()],
        paper,
    );
    done(
        &burned,
        &["hub", "join", "--hub", &hub.url, "--code", &code],
        "",
    );
    std::fs::remove_dir_all(&burned).unwrap();
    let share = |at: usize| {
        made["cards"][at]["text"]
            .as_str()
            .unwrap()
            .replace('\n', " ")
    };

    let window = Window::start_with(&at("fresh"), often()).await;
    window.press_with("button", &["事務所に参加する"]).await;
    window.fill("あなたの名前", "森 三枝").await;
    window.press("button", "自分で決める").await;
    window.fill("自分で決めた合いことば", OWN_WORDS).await;
    window.answer_dialogs_with(Some(&at("request.mgr")));
    window.press("button", "申込みファイルを保存する").await;
    window.leave_sheet().await;
    window
        .press("button", "管理担当がひとりも残っていないとき")
        .await;
    window.fill("中継サーバーのアドレス", &hub.url).await;
    window.fill("預かり札（1枚目）", &share(2)).await;
    window.fill("預かり札（2枚目）", &share(2)).await;
    window.press("button", "事務所に入る").await;
    window
        .find_with("alert", &["同じ預かり札が2回入力されました"])
        .await;
    window.screenshot("reentry-refused").await;
    window.fill("預かり札（2枚目）", &share(0)).await;
    window.press("button", "事務所に入る").await;

    // The new sheet comes once, before anything else; then the banner asks for a new key.
    window.find("heading", "復旧シート").await;
    window.shows("前の復旧シートに代わる").await;
    window.screenshot("reentry-sheet").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.leave_sheet().await;
    window.shows("預かり札が使われました：森 三枝").await;
    window.go("世帯").await;
    window.find_with("row", &["燃えた家"]).await;
    window.screenshot("reentry-back").await;
    window.press("link", "預かり鍵へ").await;
    window.find("button", "新しい預かり鍵を作る").await;
    window
        .shows("限定した記録は、読める人がそう決めたものだけです")
        .await;
    window.screenshot("reentry-settings").await;
    window.close().await;
}
