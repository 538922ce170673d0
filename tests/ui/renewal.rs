//! A store that is damaged, and one that comes back from a backup: the window itself puts it right, and keeps what was there.

use std::{fs, path::Path};

use serde_json::json;
use testkit::program::HubProgram;
use thirtyfour::Key;

use crate::{
    steps::{OWN_WORDS, at_work, marugoto},
    window::{Window, binary},
};

/// In front of a restored store.
const UNCHECKED: &str = "バックアップから戻しました。先に、消去の知らせがないか確かめます";

fn done(store: &Path, arguments: &[&str]) {
    let done = marugoto(store, OWN_WORDS).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {done:?}");
}

fn office(store: &Path, households: &[&str]) {
    done(
        store,
        &["init", "--office", "みほん市", "--worker", "佐藤 一子"],
    );
    for name in households {
        add(store, name);
    }
}

fn add(store: &Path, household: &str) {
    let household = json!({ "name": household }).to_string();
    done(store, &["call", "household.create", &household]);
}

/// The folders beside a store that were kept.
fn kept(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("-kept-"))
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn a_damaged_store_is_saved_in_the_window_and_the_damaged_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    office(&store, &["みほん家", "いろは家"]);
    let database = store.join("store.db");
    let mut broken = fs::read(&database).unwrap();
    for byte in &mut broken[16..4096] {
        *byte ^= 0x55;
    }
    fs::write(&database, &broken).unwrap();

    let window = Window::start_with(&store, at_work()).await;
    window.fill("合いことば", OWN_WORDS).await;
    window.keys(Key::Enter + "").await;
    window.find("button", "読めるものを救い出す").await;
    window.screenshot("renewal-damaged").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.press("button", "読めるものを救い出す").await;
    window.find("heading", "読めるものを救い出す").await;
    window.screenshot("renewal-ask").await;

    // A wrong passphrase changes nothing, and may be mended.
    window.fill("合いことば", "ちがうことば").await;
    window.press("button", "救い出す").await;
    window.find("alert", "").await;
    window.fill("合いことば", OWN_WORDS).await;
    window.press("button", "救い出す").await;
    window.shows("世帯 2件").await;
    window.screenshot("renewal-saved").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    // Whoever thinks better of it has the damaged store as it was.
    window.press("button", "やめる（何も変えない）").await;
    window.find("heading", "ロックされています").await;
    assert_eq!(fs::read(&database).unwrap(), broken);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    window.press("button", "English").await;
    window.press("button", "Save what can be read").await;
    window.fill("Passphrase", OWN_WORDS).await;
    window.screenshot("en-renewal-ask").await;
    window.press("button", "Save what can be read").await;
    window.shows("Households: 2").await;
    window.screenshot("en-renewal-saved").await;
    window.press("button", "日本語").await;
    window.press("button", "置きかえる").await;
    window.shows("消さずにここに残してあります").await;
    let kept = kept(folder.path());
    assert_eq!(kept.len(), 1);
    window.shows(&kept[0].to_string_lossy()).await;
    window.screenshot("renewal-done").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    assert_eq!(fs::read(kept[0].join("store.db")).unwrap(), broken);

    window.press("button", "ひらく").await;
    window.go("世帯").await;
    window.find_with("row", &["みほん家"]).await;
    window.find_with("row", &["いろは家"]).await;
    // It works on, and opens like any other.
    window.lock().await;
    window.unlock(OWN_WORDS).await;
    window.open_household("みほん家").await;
    window.close().await;
}

#[tokio::test]
async fn a_backup_is_restored_from_the_first_screen_and_from_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old");
    let file = folder.path().join("まるごと.mgbackup");
    office(&old, &["みほん家"]);
    done(&old, &["backup", "--out", &file.to_string_lossy()]);
    add(&old, "あと家");

    // On a new laptop.
    let place = folder.path().join("new");
    let window = Window::start_with(&place, at_work()).await;
    window.find("heading", "はじめに").await;
    window.screenshot("renewal-first").await;
    window.press_with("button", &["バックアップから戻す"]).await;
    window.fill("合いことば", OWN_WORDS).await;
    window.answer_dialogs_with(Some(&old.join("header.json")));
    window.press("button", "バックアップを選ぶ").await;
    window
        .shows("このプログラムのファイルではありません。")
        .await;
    window.screenshot("renewal-no-backup").await;
    assert!(!place.exists());
    window.answer_dialogs_with(Some(&file));
    window.press("button", "バックアップを選ぶ").await;
    window.shows("世帯 1件").await;
    window.screenshot("renewal-backup").await;
    assert!(!place.exists());
    window.press("button", "この内容で始める").await;
    window.find("heading", "ロックされています").await;
    // This office has no hub and no colleague: a reason is the way on.
    window.fill("合いことば", OWN_WORDS).await;
    window.keys(Key::Enter + "").await;
    window.find("heading", UNCHECKED).await;
    window
        .fill("送受信しない理由", "事務所に端末が1台だけ")
        .await;
    window.press("button", "送受信せずに開く").await;
    window.open_household("みほん家").await;
    window.close().await;
    assert_eq!(kept(folder.path()).len(), 0);

    // Over a store that goes on: it is asked first, and what was there is kept.
    let window = Window::start_with(&old, at_work()).await;
    window.press("button", "バックアップから戻す").await;
    window.fill("合いことば", OWN_WORDS).await;
    window.answer_dialogs_with(Some(&file));
    window.press("button", "バックアップを選ぶ").await;
    window.shows("今の保存先を、これに置きかえますか。").await;
    window.screenshot("renewal-replace").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.press("button", "English").await;
    window.shows("Put this in the place of the store").await;
    window.screenshot("en-renewal-replace").await;
    window.press("button", "Put it in place").await;
    window.shows("is kept here").await;
    window.screenshot("en-renewal-done").await;
    window.press("button", "日本語").await;
    window.press("button", "ひらく").await;
    window.go("世帯").await;
    window.find_with("row", &["みほん家"]).await;
    assert_eq!(window.all_with("row", &["あと家"]).await.len(), 0);
    window.close().await;
    let kept = kept(folder.path());
    assert_eq!(kept.len(), 1);
    let listed = marugoto(&kept[0], OWN_WORDS)
        .args(["call", "household.list", "{}"])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("あと家"), "{listed}");
}

/// Of two laptops one has a backup from before a case was erased; the other one's file tells of it.
#[tokio::test]
async fn a_restored_store_shows_nothing_before_a_colleague_was_heard() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (sato, tanaka) = (at("sato"), at("tanaka"));
    let run = |store: &Path, arguments: &[&str]| {
        let mut command = marugoto(store, OWN_WORDS);
        let ended = command.args(arguments).output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
        serde_json::from_slice::<serde_json::Value>(&ended.stdout).unwrap()
    };
    let sheet = run(
        &sato,
        &["init", "--office", "みほん市", "--worker", "佐藤 一子"],
    );
    let path = |name: &str| at(name).to_string_lossy().into_owned();
    let (request, approval) = (path("r.mgr"), path("a.mga"));
    let wish = ["device", "request", "--worker", "田中 次郎", "--out"];
    run(&tanaka, &[&wish[..], &[request.as_str()]].concat());
    let approve = ["device", "approve", &request, "--out", &approval, "--yes"];
    run(&sato, &approve);
    run(&tanaka, &["device", "accept", &approval, "--yes"]);
    let program = binary().with_file_name("marugoto-hub");
    let hub = HubProgram::serve(&program, &at("hub"), &["--listen", "127.0.0.1:0"]);
    let code = HubProgram::invite(&program, &at("hub"));
    run(&sato, &["hub", "join", "--hub", &hub.url, "--code", &code]);
    run(&tanaka, &["sync", "--hub", &hub.url]);
    let make = |name: &str| {
        let wish = json!({ "name": name }).to_string();
        run(&sato, &["call", "household.create", &wish])
    };
    let (gone, _) = (make("寿限無家"), make("残る家"));
    let (before, after) = (path("before.mgb"), path("after.mgb"));
    run(&sato, &["bundle", "export", "--to", &before]);
    run(&tanaka, &["bundle", "import", &before]);
    let backup = path("まるごと.mgbackup");
    run(&tanaka, &["backup", "--out", &backup]);
    let gone = gone["id"].as_str().unwrap();
    let wish = ["erase", "propose", "--household", gone, "--reason", "満了"];
    let drawn = run(&sato, &[&wish[..], &["--basis", "規程"]].concat());
    let order = drawn["items"][0]["id"].as_str().unwrap();
    let paper = sheet["paperAdminKey"].as_str().unwrap();
    let mut sign = marugoto(&sato, OWN_WORDS);
    sign.args(["erase", "sign", order])
        .env("MARUGOTO_PAPER_KEY", paper);
    assert!(sign.output().unwrap().status.success());
    run(&sato, &["bundle", "export", "--to", &after, "--complete"]);
    run(&sato, &["sync"]);
    let listen = hub.url.split("//").nth(1).unwrap().to_owned();
    drop(hub);

    // The hub is away.
    let (place, later) = (at("restored"), at("later"));
    for place in [&place, &later] {
        let to = place.to_string_lossy();
        run(place, &["restore", &backup, "--to", &to]);
    }
    let window = Window::start_with(&place, at_work()).await;
    window.fill("合いことば", OWN_WORDS).await;
    window.keys(Key::Enter + "").await;
    window.find("heading", UNCHECKED).await;
    window.shows("中継サーバーに届きません。").await;
    window.screenshot("restored-unchecked").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    let words = "return document.body.innerText;";
    let words = window.script(words, Vec::new()).await;
    assert!(!words.as_str().unwrap().contains("家"), "{words}");
    let refused = window.call("household_list", json!({})).await.unwrap_err();
    assert!(
        refused.to_string().contains("restored_unchecked"),
        "{refused}"
    );
    // Without a reason nobody goes on.
    let open = window.find("button", "送受信せずに開く").await;
    assert!(!open.is_enabled().await.unwrap());
    window.press("button", "English").await;
    window.find("button", "Open without an exchange").await;
    window.screenshot("en-restored-unchecked").await;
    window.press("button", "日本語").await;
    // A file from before the backup tells nothing.
    window.answer_dialogs_with(Some(Path::new(&before)));
    window.press("button", "取り込む").await;
    window
        .shows("このファイルでは確かめられませんでした。")
        .await;
    window.screenshot("restored-older-file").await;
    window.answer_dialogs_with(Some(Path::new(&after)));
    window.press("button", "取り込む").await;
    window.go("世帯").await;
    window.find_with("row", &["残る家"]).await;
    assert_eq!(window.all_with("row", &["寿限無家"]).await.len(), 0);
    window.screenshot("restored-compared").await;
    window.close().await;

    // Where the hub answers, nobody has to press anything.
    let _hub = HubProgram::serve(&program, &at("hub"), &["--listen", &listen]);
    let window = Window::start_with(&later, at_work()).await;
    window.fill("合いことば", OWN_WORDS).await;
    window.keys(Key::Enter + "").await;
    window.go("世帯").await;
    window.find_with("row", &["残る家"]).await;
    assert_eq!(window.all_with("row", &["寿限無家"]).await.len(), 0);
    window.close().await;
}

/// What the window does, the command line does.
#[test]
fn the_command_line_puts_right_what_the_window_does() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let file = folder.path().join("back.mgbackup");
    office(&store, &["みほん家"]);
    done(&store, &["backup", "--out", &file.to_string_lossy()]);
    let mut broken = fs::read(store.join("store.db")).unwrap();
    for byte in &mut broken[16..4096] {
        *byte ^= 0x55;
    }
    fs::write(store.join("store.db"), &broken).unwrap();
    done(&store, &["recover", "--in-place"]);
    done(&store, &["call", "household.list", "{}"]);
    done(&store, &["restore", &file.to_string_lossy(), "--in-place"]);
    done(&store, &["call", "household.list", "{}"]);
    assert_eq!(kept(folder.path()).len(), 2);

    // A power cut between the last two renames: the next command ends it.
    fs::rename(&store, folder.path().join("store.ready")).unwrap();
    done(&store, &["call", "household.list", "{}"]);
    assert!(store.join("store.db").exists());
}
