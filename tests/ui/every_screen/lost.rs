//! The screens of a laptop that is lost: before it is wiped, while that is ordered, and after.

use serde_json::Value;
use thirtyfour::Key;

use super::Visitor;
use crate::steps::{OWN_WORDS, marugoto};

/// A laptop that is frozen hands over, one is ordered to wipe itself, and it says so in front of its lock.
async fn lost(lang: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let file = |name: &str| at(name).to_str().unwrap().to_owned();
    let run = |store: &str, paper: &str, words: &[&str]| {
        let mut command = marugoto(&at(store), OWN_WORDS);
        let ended = command
            .args(words)
            .env("MARUGOTO_PAPER_KEY", paper)
            .output();
        serde_json::from_slice::<Value>(&ended.unwrap().stdout).unwrap_or_default()
    };
    let office = [
        "init",
        "--office",
        "みほん市 ふくし課",
        "--worker",
        "佐藤 一子",
    ];
    let sheet = run("sato", "", &office);
    let paper = sheet["paperAdminKey"].as_str().unwrap();
    let (request, approval, bundle) = (file("a.mgr"), file("a.mga"), file("a.mgb"));
    let asks = [
        "device",
        "request",
        "--worker",
        "田中 次郎",
        "--out",
        &request,
    ];
    run("tanaka", "", &asks);
    run(
        "sato",
        "",
        &["device", "approve", &request, "--out", &approval, "--yes"],
    );
    run("tanaka", "", &["device", "accept", &approval, "--yes"]);
    let household = [
        "call",
        "household.create",
        r#"{"name":"まだ送っていない家"}"#,
    ];
    run("tanaka", "", &household);
    let devices = run("sato", "", &["device", "list"]);
    let of_tanaka = |it: &&Value| it["worker"]["name"] == "田中 次郎";
    let device = devices["items"].as_array().unwrap().iter().find(of_tanaka);
    let device = device.unwrap()["id"].as_str().unwrap();
    run("sato", "", &["device", "freeze", device]);
    run("sato", "", &["bundle", "export", "--to", &bundle]);
    run("tanaka", "", &["bundle", "import", &bundle]);

    let mut visitor = Visitor::come(lang, Some(&at("tanaka"))).await;
    let passphrase = visitor.t("unlock.passphrase");
    visitor.window.fill(&passphrase, OWN_WORDS).await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.find("button", "shell.lock").await;
    visitor.go("nav.exchange").await;
    visitor.find("button", "rescue.write").await;
    visitor.look("rescue").await;
    visitor.leave().await;

    let mut visitor = Visitor::come(lang, Some(&at("sato"))).await;
    visitor.window.fill(&passphrase, OWN_WORDS).await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.find("button", "shell.lock").await;
    visitor.go("nav.exchange").await;
    visitor.window.press_with("button", &["田中 次郎"]).await;
    visitor.find("button", "rescue.wipe").await;
    visitor.look("wipe-order").await;
    visitor.leave().await;

    let wipe = ["device", "wipe", device, "--reason", "車上荒らし"];
    run("sato", paper, &wipe);
    run("sato", "", &["bundle", "export", "--to", &bundle]);
    run("tanaka", "", &["bundle", "import", &bundle]);
    let mut visitor = Visitor::come(lang, Some(&at("tanaka"))).await;
    visitor.find("heading", "rescue.wiped").await;
    visitor.look("wiped").await;
    visitor.leave().await;
}

#[tokio::test]
async fn every_screen_of_a_lost_laptop_is_whole_in_japanese() {
    lost("ja").await;
}

#[tokio::test]
async fn every_screen_of_a_lost_laptop_is_whole_in_english() {
    lost("en").await;
}
