//! What goes wrong at a desk, in the window: it is said in plain words, and nothing is lost by it.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::json;
use thirtyfour::Key;

use crate::{
    steps::{OWN_WORDS, at_work, marugoto},
    window::{Start, Window},
};

const HOUSEHOLD: &str = "みほん家";

/// An office with one household, made at the command line, so that no window had it open.
fn office(store: &Path) {
    let found = ["init", "--office", "みほん市", "--worker", "佐藤 一子"];
    let household = json!({ "name": HOUSEHOLD }).to_string();
    for arguments in [&found[..], &["call", "household.create", &household]] {
        let done = marugoto(store, OWN_WORDS).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }
}

/// Everything below a folder, by name.
fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    all.sort();
    all
}

async fn ask(window: &Window) {
    window.fill("合いことば", OWN_WORDS).await;
    window.keys(Key::Enter + "").await;
}

#[tokio::test]
async fn a_damaged_store_says_what_to_do_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    office(&store);
    let database = store.join("store.db");
    let whole = fs::read(&database).unwrap();
    let mut broken = whole.clone();
    // Behind the salt, by which the store knows its own database.
    for byte in &mut broken[16..4096] {
        *byte ^= 0x55;
    }
    fs::write(&database, &broken).unwrap();
    let before = bytes(&store);

    let window = Window::start_with(&store, at_work()).await;
    window.find("heading", "ロックされています").await;
    ask(&window).await;
    window.shows("保存先が壊れています。").await;
    window.shows("何も消さずに").await;
    window.screenshot("damaged-store").await;
    assert!(!window.text().await.contains(HOUSEHOLD));
    assert!(window.call("household_list", json!({})).await.is_err());
    window.close().await;
    // Whoever comes to mend it finds every byte in its place.
    assert_eq!(bytes(&store), before);

    // The control: with its own bytes the same store opens.
    fs::write(&database, &whole).unwrap();
    let window = Window::start_with(&store, at_work()).await;
    window.unlock(OWN_WORDS).await;
    window.go("世帯").await;
    window.find_with("row", &[HOUSEHOLD]).await;
    window.close().await;
}

#[tokio::test]
async fn a_store_whose_keys_are_damaged_says_which_file_to_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    office(&store);
    let headers: Vec<_> = bytes(&store)
        .into_iter()
        .filter(|(name, _)| name.starts_with("header"))
        .collect();
    assert!(headers.len() > 1, "there is a spare copy");
    for (name, _) in &headers {
        fs::write(store.join(name), "{}").unwrap();
    }
    let window = Window::start_with(&store, at_work()).await;
    ask(&window).await;
    window.shows("保存先の鍵の部分").await;
    window.shows("バックアップから戻すか").await;
    window.screenshot("damaged-header").await;
    window.close().await;

    // The control: one good copy is enough, and nothing is said.
    let (name, good) = &headers[0];
    fs::write(store.join(name), good).unwrap();
    let window = Window::start_with(&store, at_work()).await;
    window.find("heading", "ロックされています").await;
    assert_eq!(window.all("alert", "").await.len(), 0);
    window.unlock(OWN_WORDS).await;
    window.close().await;
}

#[tokio::test]
async fn a_second_window_over_the_same_store_waits_until_the_first_has_closed() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    office(&store);
    let first = Window::start_with(&store, at_work()).await;
    first.unlock(OWN_WORDS).await;
    let second = Window::start_with(&store, at_work()).await;
    ask(&second).await;
    second
        .shows("この保存先は、ほかの画面またはプログラムで開かれています。")
        .await;
    second.screenshot("second-window").await;
    assert!(second.call("household_list", json!({})).await.is_err());
    // The first one works on, undisturbed.
    first.open_household(HOUSEHOLD).await;
    first.fill("概況", "ふたり暮らし").await;
    first.keys(Key::Tab + "").await;
    first.saved().await;
    first.close().await;
    // The control: now it is the second one's turn, with everything that the first wrote.
    second.unlock(OWN_WORDS).await;
    second.open_household(HOUSEHOLD).await;
    second.holds("概況", "ふたり暮らし").await;
    second.close().await;
}

/// How long a page may stand still over ten megabytes on a slow machine.
const STANDSTILL: Duration = Duration::from_secs(60);

#[tokio::test]
async fn ten_megabytes_pasted_into_a_note_are_refused_in_words_and_the_note_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    office(&store);
    let window = Window::start_with(&store, at_work()).await;
    window.unlock(OWN_WORDS).await;
    window.open_household(HOUSEHOLD).await;
    window.press_with("link", &["記録を書く"]).await;
    window.focused("textbox", "記録の本文").await;
    window.keys("訪問した。").await;
    window.chord(&[Key::Control], Key::Enter + "").await;
    window
        .part_shows("region", "支援経過記録", "保存済み")
        .await;

    // As the web view puts a clipboard into a field.
    let field = window.find("textbox", "記録の本文").await;
    let paste = "arguments[0].focus();
        document.execCommand('insertText', false, 'あ'.repeat(3_500_000));
        return arguments[0].value.length";
    let begun = Instant::now();
    let held = window.script(paste, vec![field.to_json().unwrap()]).await;
    assert_eq!(held, json!(3_500_005));
    window.shows("文章が長すぎます（200000文字まで）。").await;
    assert!(begun.elapsed() < STANDSTILL, "{:?}", begun.elapsed());
    window.shows("まだ保存できていません").await;
    // Nothing of it is in the store, and what was there before is.
    let stored = async || {
        let view = window.call("household_list", json!({})).await.unwrap()["value"].clone();
        let id = view["items"][0]["id"].clone();
        let view = window
            .call("household_get", json!({ "id": id }))
            .await
            .unwrap();
        let notes = view["value"]["notes"].as_array().unwrap().clone();
        assert_eq!(notes.len(), 1);
        notes[0]["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(stored().await, "訪問した。");

    // The person takes it away again, and writes on.
    window.chord(&[Key::Control], "z").await;
    window.fill("記録の本文", "訪問した。留守。").await;
    window.chord(&[Key::Control], Key::Enter + "").await;
    window
        .part_shows("region", "支援経過記録", "保存済み")
        .await;
    assert!(!window.text().await.contains("文章が長すぎます"));
    assert_eq!(stored().await, "訪問した。留守。");
    window.close().await;
}

#[tokio::test]
async fn an_impossible_date_is_explained_and_saves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    office(&store);
    let window = Window::start_with(&store, at_work()).await;
    window.unlock(OWN_WORDS).await;
    window.open_household(HOUSEHOLD).await;
    window.keys("m").await;
    let dialog = "世帯員を加える";
    window.find("dialog", dialog).await;
    window.fill("名", "太郎").await;
    for (typed, said) in [
        (
            "S64.1.8",
            "昭和は昭和64年1月7日までです。平成ではありませんか。",
        ),
        ("1960/2/30", "日付として読めません。"),
        (
            "35/1/8",
            "元号(S35、昭和35)か、西暦4桁(1960)で入れてください。",
        ),
        ("21923", "Excelの日付の番号かもしれません。"),
    ] {
        window.fill("生年月日", typed).await;
        window.part_shows("dialog", dialog, said).await;
        window.press("button", "加える").await;
        window.shows("日付として読み取れません。").await;
        // The form stays, and so does every letter.
        window.holds("名", "太郎").await;
        window.holds("生年月日", typed).await;
        let list = window.call("household_list", json!({})).await.unwrap();
        assert_eq!(list["value"]["items"][0]["members"], json!([]), "{typed}");
    }
    window.screenshot("excel-date").await;

    // What is offered can be taken with one press, and is what was meant.
    window
        .press_with("button", &["昭和35年1月8日(1960/1/8)"])
        .await;
    window.holds("生年月日", "1960/01/08").await;
    window.press("button", "加える").await;
    window.gone("dialog", dialog).await;
    window.part_shows("complementary", "この世帯", "太郎").await;
    window.close().await;
}

#[tokio::test]
async fn the_past_view_shows_the_older_values_and_today_the_newer() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start {
        options: Start::demo().options,
        ..at_work()
    };
    let window = Window::start_with(&folder.path().join("none"), start).await;
    window.open_household("見本田さんの世帯").await;
    let story = ("complementary", "この世帯");
    let shown = async || {
        let part = window.find(story.0, story.1).await;
        part.text().await.unwrap()
    };
    for words in ["支援中", "見本田 ハル", "82歳", "見本田 誠一"] {
        window.part_shows(story.0, story.1, words).await;
    }
    let summary = window.find("textbox", "概況").await;
    assert!(
        summary
            .value()
            .await
            .unwrap()
            .unwrap()
            .contains("ふたり暮らし")
    );

    // Then nobody knew more than a family name and two ages, and the case was at another stage.
    // What falls on a weekend was done some days before, so the day asked for lies well between two steps.
    window.press("button", "過去の時点で見る").await;
    window.fill("いつの時点", "-546").await;
    window.keys(Key::Enter + "").await;
    window.shows("の時点で見ています").await;
    window
        .part_shows(story.0, story.1, "同意に向けて継続")
        .await;
    for words in ["見本田", "氏名未確認", "80"] {
        window.part_shows(story.0, story.1, words).await;
    }
    let then = shown().await;
    for words in ["支援中", "ハル", "82歳", "誠一"] {
        assert!(!then.contains(words), "{words} in {then}");
    }
    window.holds("概況", "").await;

    // A later day shows what was learned meanwhile, and still not what is known today.
    window.press("button", "過去の時点で見る").await;
    window.fill("いつの時点", "-400").await;
    window.keys(Key::Enter + "").await;
    window.part_shows(story.0, story.1, "アセスメント中").await;
    window.part_shows(story.0, story.1, "見本田 誠一").await;
    assert!(!shown().await.contains("支援中"));

    window.press("link", "今にもどる").await;
    window.part_shows(story.0, story.1, "支援中").await;
    window.part_shows(story.0, story.1, "82歳").await;
    window.close().await;
}
