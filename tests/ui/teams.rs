//! Two teams in one office: a supervisor in both sees both, a worker sees her own.

use serde_json::json;

use crate::window::Window;

#[tokio::test]
async fn a_supervisor_in_two_teams_sees_both_and_a_worker_her_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("stick")).unwrap();
    let sato = Window::start(&at("sato")).await;
    sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    sato.leave_sheet().await;
    let tanaka = Window::start(&at("tanaka")).await;
    sato.let_in(&tanaka, "田中 次郎", &at("stick")).await;

    sato.go("受け渡し").await;
    for name in ["東チーム", "西チーム"] {
        sato.fill("新しいチームの名前", name).await;
        sato.press("button", "チームを作る").await;
        sato.find("group", name).await;
        sato.holds("新しいチームの名前", "").await;
    }
    sato.choose("東チームに入れる人", "田中 次郎").await;
    sato.press("button", "入れる").await;
    sato.find("button", "東チームから田中 次郎さんを外す").await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    sato.screenshot("teams").await;

    // She is in both: she chooses whose contact it is.
    for (team, words) in [("東チーム", "東の相談"), ("西チーム", "西の相談")] {
        let list = sato.call("team_list", json!({})).await.unwrap();
        let teams = list["items"].as_array().unwrap().clone();
        let chosen = teams.iter().find(|it| it["name"] == team).unwrap();
        let asked = json!({ "name": words, "team": chosen["id"] });
        sato.call("household_create", asked).await.unwrap();
    }
    sato.go("世帯").await;
    sato.shows("西の相談").await;
    sato.choose("チーム", "東チーム").await;
    sato.shows("東の相談").await;
    sato.screenshot("teams-list").await;
    let shown = sato.text().await;
    assert!(!shown.contains("西の相談"), "{shown}");

    let file = at("stick").join("all.mgb");
    sato.go("受け渡し").await;
    sato.hand_over(&file).await;
    tanaka.go("受け渡し").await;
    tanaka.take_in(&file, "取り込みました。").await;
    tanaka.find("group", "東チーム").await;
    tanaka.screenshot("teams-member").await;
    tanaka.go("世帯").await;
    tanaka.shows("東の相談").await;
    let shown = tanaka.text().await;
    assert!(!shown.contains("西の相談"), "{shown}");

    sato.call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    sato.reload().await;
    sato.go("Exchange").await;
    sato.find("button", "Take out: 田中 次郎, 東チーム").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    sato.press("button", "Take out: 田中 次郎, 東チーム").await;
    sato.gone("button", "Take out: 田中 次郎, 東チーム").await;
    sato.screenshot("en-teams").await;
}
