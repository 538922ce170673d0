//! A household goes from one team to the other while a worker of the old one is away: the window says what that means before
//! and after, on both sides.

use serde_json::json;

use crate::window::Window;

#[tokio::test]
async fn a_household_goes_to_another_team_and_both_sides_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("stick")).unwrap();
    let file = |name: &str| at("stick").join(name);
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
    let list = sato.call("team_list", json!({})).await.unwrap();
    let teams = list["items"].as_array().unwrap().clone();
    let east = teams.iter().find(|it| it["name"] == "東チーム").unwrap();
    let asked = json!({ "name": "転居する世帯", "team": east["id"] });
    let home = sato.call("household_create", asked).await.unwrap();
    let home = home["value"]["id"].clone();
    sato.hand_over(&file("1.mgb")).await;
    tanaka.go("受け渡し").await;
    tanaka.take_in(&file("1.mgb"), "取り込みました。").await;

    // The dialog says what it means before anything happens.
    sato.open_household("転居する世帯").await;
    sato.press("button", "担当チームを変える").await;
    sato.shows("取り上げることはできません").await;
    // The whole office can be chosen too.
    sato.choose("新しい担当チーム", "事務所の全員").await;
    sato.shows("事務所の全員が、これまでの記録も").await;
    sato.screenshot("team-move-office").await;
    sato.choose("新しい担当チーム", "西チーム").await;
    sato.fill("理由", "西地区へ転居したため").await;
    // The button fades from grey.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    sato.screenshot("team-move").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    sato.press_with("button", &["担当チームを変える"]).await;
    sato.shows("担当チーム：東チーム → 西チーム").await;
    sato.shows("西地区へ転居したため").await;
    sato.screenshot("team-moved").await;

    // Meanwhile the colleague, who has not heard of it, writes.
    let words = json!({ "householdId": home, "text": "訪問した。転居の話はまだ聞いていない。" });
    tanaka.call("note_create", words).await.unwrap();
    tanaka.go("受け渡し").await;
    tanaka.hand_over(&file("2.mgb")).await;
    sato.go("受け渡し").await;
    sato.take_in(&file("2.mgb"), "取り込みました。").await;
    sato.open_household("転居する世帯").await;
    sato.shows("もとのチームからの追記：田中 次郎さん").await;
    sato.screenshot("team-move-late").await;
    sato.go("受け渡し").await;
    sato.hand_over(&file("3.mgb")).await;

    // Now it knows, and keeps what it had.
    tanaka.take_in(&file("3.mgb"), "取り込みました。").await;
    tanaka.open_household("転居する世帯").await;
    tanaka
        .shows("この世帯の担当は「西チーム」に変わりました。")
        .await;
    tanaka.shows("転居の話はまだ聞いていない").await;
    tanaka.gone("button", "引き継ぎを申し出る").await;
    assert_eq!(tanaka.axe().await, [] as [String; 0]);
    tanaka.screenshot("team-move-gone").await;
    tanaka.press("link", "履歴").await;
    tanaka.shows("担当チームの変更").await;
    tanaka.screenshot("team-move-history").await;
    let refused = json!({ "id": home, "field": "summary", "value": "書けない" });
    let refused = tanaka.call("household_update", refused).await.unwrap_err();
    assert_eq!(refused["code"], "moved_away");

    for window in [&sato, &tanaka] {
        window
            .call("session_settings", json!({ "lang": "en" }))
            .await
            .unwrap();
        window.reload().await;
    }
    for window in [&sato, &tanaka] {
        window.go("Households").await;
        window.press_with("row", &["転居する世帯"]).await;
    }
    tanaka.shows("This household has gone to the team").await;
    tanaka.screenshot("en-team-move-gone").await;
    sato.press("button", "Move to another team").await;
    sato.shows("It cannot be called back").await;
    assert_eq!(sato.axe().await, [] as [String; 0]);
    sato.screenshot("en-team-move").await;
}
