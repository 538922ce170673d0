//! The screens of trust and exchange in a small window with large letters, where a household has nine members.

use serde_json::json;
use thirtyfour::Key;

use super::{Visitor, nine};
use crate::steps::{OWN_WORDS, marugoto};

/// Letters of one and a half times their size, as somebody sets them who sees little, on a laptop of 1024 by 700.
const LARGE: &str = "document.documentElement.style.fontSize = arguments[0];";

async fn narrow(lang: &'static str) {
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
    run(
        "sato",
        &[
            "init",
            "--office",
            office,
            "--worker",
            "勅使河原 権左衛門太郎",
        ],
    );
    let (request, approval) = (at("a.mgr"), at("a.mga"));
    let (request, approval) = (request.to_str().unwrap(), approval.to_str().unwrap());
    run(
        "tanaka",
        &[
            "device",
            "request",
            "--worker",
            "田中 次郎",
            "--out",
            request,
        ],
    );
    run(
        "sato",
        &["device", "approve", request, "--out", approval, "--yes"],
    );
    run("sato", &["team", "create", "東チーム"]);
    run("sato", &["team", "create", "西チーム"]);

    let mut visitor = Visitor::come(lang, Some(&at("sato"))).await;
    let passphrase = visitor.t("unlock.passphrase");
    visitor.window.fill(&passphrase, OWN_WORDS).await;
    visitor.window.keys(Key::Enter + "").await;
    visitor.find("button", "shell.lock").await;
    nine(&mut visitor).await;
    let driver = visitor.window.driver();
    driver.set_window_rect(0, 0, 1024, 700).await.unwrap();
    for size in ["100%", "150%"] {
        visitor.window.script(LARGE, vec![json!(size)]).await;
        let name = |screen: &str| format!("narrow-{}-{screen}", size.trim_end_matches('%'));
        visitor.go("nav.today").await;
        visitor.look(&name("today")).await;
        visitor.go("nav.exchange").await;
        for part in [
            "ex-out",
            "ex-hub",
            "ex-folder",
            "ex-lan",
            "ex-erasures",
            "ex-passing",
            "ex-devices",
            "ex-teams",
        ] {
            visitor.scroll_to(part).await;
            visitor.look(&name(part)).await;
        }
        visitor.window.press_with("button", &["田中 次郎"]).await;
        visitor.find("button", "devices.close").await;
        visitor.look(&name("device")).await;
        visitor.press("button", "devices.close").await;
        visitor.go("nav.settings").await;
        for part in [
            "set-office",
            "set-backup-days",
            "set-escrow",
            "set-devices",
            "set-passphrase",
        ] {
            visitor.scroll_to(part).await;
            visitor.look(&name(part)).await;
        }
        visitor.press("link", "audit.open").await;
        visitor.find("heading", "audit.title").await;
        visitor.look(&name("audit")).await;
        visitor.go("nav.households").await;
        visitor.look(&name("households")).await;
        visitor.press("button", "list.add").await;
        visitor.find("dialog", "list.whichTeam").await;
        visitor.look(&name("which-team")).await;
        visitor.window.escape().await;
        visitor.open("寿限無家").await;
        visitor.look(&name("household")).await;
        visitor.press("link", "restricted.access.tab").await;
        visitor.find("heading", "restricted.access.title").await;
        visitor.look(&name("access")).await;
        visitor
            .press("button", "restricted.continueHousehold")
            .await;
        visitor.find("dialog", "restricted.continueHousehold").await;
        visitor.look(&name("restricted")).await;
        visitor.window.escape().await;
        visitor.press("link", "household.history").await;
        visitor.press("button", "erase.open").await;
        visitor.find("dialog", "erase.title").await;
        visitor.look(&name("erase")).await;
        visitor.window.escape().await;
    }
    visitor.leave().await;
}

#[tokio::test]
async fn every_screen_of_trust_is_whole_in_a_small_window_with_large_letters() {
    narrow("ja").await;
}

#[tokio::test]
async fn every_screen_of_trust_is_whole_in_a_small_window_with_large_letters_in_english() {
    narrow("en").await;
}
