//! The screens of trust in a small window with large letters: nothing sticks out, and each can be left with the mouse.

use serde_json::json;
use thirtyfour::Key;

use super::{OUTSIDE, Visitor};
use crate::steps::{OWN_WORDS, marugoto};

/// Letters of one and a half times their size, as somebody sets them who sees little.
const LARGE: &str = "document.documentElement.style.fontSize = '150%';";
/// How wide the history is drawn beside what its card has room for.
const SPILLS: &str = "
    const table = document.querySelector('.history-table');
    return table.getBoundingClientRect().right > table.closest('.card').getBoundingClientRect().right
        && getComputedStyle(table.parentElement).overflowX === 'visible';";

impl Visitor {
    /// A picture, and what is drawn beside the window.
    async fn fits(&mut self, screen: &str) {
        let name = format!("{}-narrow-{screen}", self.lang);
        self.window.screenshot(&name).await;
        let outside = self.window.script(OUTSIDE, vec![]).await;
        let outside = outside.as_array().unwrap().iter();
        self.wrong
            .extend(outside.map(|it| format!("{name}: outside the window: {it}")));
    }
}

/// English, for its words are the longer ones.
#[tokio::test]
async fn every_screen_of_trust_fits_a_small_window_with_large_letters() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |store: &str, words: &[&str]| {
        let ended = marugoto(&at(store), OWN_WORDS)
            .args(words)
            .output()
            .unwrap();
        assert!(ended.status.success(), "{words:?}: {ended:?}");
    };
    let office = "みほん市 ふくし総合相談支援センター 北部分室";
    let worker = "勅使河原 権左衛門太郎";
    run("sato", &["init", "--office", office, "--worker", worker]);
    let (request, approval) = (at("a.mgr"), at("a.mga"));
    let (request, approval) = (request.to_str().unwrap(), approval.to_str().unwrap());
    let asks = [
        "device",
        "request",
        "--worker",
        "田中 次郎",
        "--out",
        request,
    ];
    run("tanaka", &asks);
    let says_yes = ["device", "approve", request, "--out", approval, "--yes"];
    run("sato", &says_yes);
    for team in ["東チーム", "西チーム"] {
        run("sato", &["team", "create", team]);
    }

    let mut visitor = Visitor::come("en", Some(&at("sato"))).await;
    let driver = visitor.window.driver();
    driver.set_window_rect(0, 0, 1280, 720).await.unwrap();
    visitor.window.script(LARGE, vec![]).await;
    let passphrase = visitor.t("unlock.passphrase");
    visitor.window.fill(&passphrase, OWN_WORDS).await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.find("button", "shell.lock").await;
    visitor.go("nav.settings").await;
    visitor.fits("settings").await;
    visitor.press("link", "settings.devicesOpen").await;
    visitor.window.press_with("button", &["田中 次郎"]).await;
    visitor.find("button", "devices.leave").await;
    visitor.fits("device").await;
    visitor.press("button", "devices.leave").await;
    visitor.find("group", "devices.leave").await;
    visitor.fits("device-leaves").await;
    visitor.press("button", "common.cancel").await;
    visitor.press("button", "devices.close").await;
    visitor.fits("devices").await;
    visitor.go("nav.households").await;
    visitor.fits("households").await;
    let (make, team) = (visitor.t("list.add"), "西チーム");
    visitor.window.press("button", &make).await;
    visitor.find("dialog", "list.whichTeam").await;
    visitor.fits("which-team").await;
    visitor.window.press("button", team).await;
    visitor.press("link", "household.history").await;
    visitor.fits("history").await;
    let spills = async |window: &crate::window::Window| window.script(SPILLS, vec![]).await;
    assert_eq!(spills(&visitor.window).await, false);
    // Red control: as it was, the last columns lay outside their card.
    let before = "document.querySelector('.history-scroll').style.overflowX = arguments[0];";
    visitor.window.script(before, vec![json!("visible")]).await;
    assert_eq!(spills(&visitor.window).await, true);
    visitor.window.script(before, vec![json!("")]).await;
    visitor.press("button", "erase.open").await;
    visitor.find("dialog", "erase.title").await;
    visitor.fits("erase").await;
    visitor.press("button", "common.cancel").await;
    let list = visitor.call("household_list", json!({})).await;
    assert_eq!(list["items"][0]["team"]["name"], team);
    visitor.leave().await;
}
