//! The main job in the real window: two workers assess one household offline, merge, and neither loses a word.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use thirtyfour::Key;

use crate::{
    steps::{OWN_WORDS, at_work, marugoto},
    window::Window,
};

const HOUSEHOLD: &str = "みほん家";
/// Sentences, whose words they are, and the key for it.
const TYPED: [(&str, &str, &str); 3] = [
    ("1", "事実", "玄関に督促状が三通。"),
    ("2", "本人の言葉", "「息子には言わないでほしい」"),
    ("5", "見立て", "親子で話す場が要るのではないか。"),
];

#[tokio::test]
async fn two_workers_assess_one_household_in_the_window_and_neither_loses_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let stick = at("stick");
    std::fs::create_dir(&stick).unwrap();

    // The first worker founds an office, takes a call and makes a household of it.
    let sato = Window::start_with(&at("sato"), at_work()).await;
    let secret = sato.found_office("みほん市 ふくし課", "佐藤 一子").await;
    sato.shows("紙の管理鍵").await;
    sato.leave_sheet().await;
    take_call(&sato).await;
    add_members(&sato).await;
    assess(&sato).await;
    write_note(&sato).await;

    // The second one joins and gets it all.
    let tanaka = Window::start_with(&at("tanaka"), at_work()).await;
    sato.let_in(&tanaka, "田中 次郎", &stick).await;
    sato.hand_over(&stick.join("1.mgb")).await;
    tanaka
        .take_in(&stick.join("1.mgb"), "取り込みました。")
        .await;
    tanaka.shows("（佐藤 一子さんから）").await;
    tanaka.open_household(HOUSEHOLD).await;
    tanaka.press("link", "世帯アセスメント表").await;
    tanaka.find("gridcell", "世帯全体 お金、急ぐ、強み").await;

    // The same day, offline, both change the same cell, the same note and the same person.
    for (window, key, said) in [(&sato, "2", "気になる"), (&tanaka, "4", "急ぐ")] {
        window.open_household(HOUSEHOLD).await;
        window.press("link", "世帯アセスメント表").await;
        window
            .press("gridcell", "太郎 からだとこころ、未確認")
            .await;
        window.keys(key).await;
        window
            .find("gridcell", &format!("太郎 からだとこころ、{said}"))
            .await;
    }
    write_into_note(&sato, Key::Home, "先に大家へ電話した。").await;
    write_into_note(&tanaka, Key::End, "帰りに民生委員に会った。").await;
    change_member(&sato, "電話", "000-0000-0001").await;
    change_member(&tanaka, "覚え書き", "耳が遠い").await;

    // Bundles, twice, and half a copy of one.
    sato.hand_over(&stick.join("2.mgb")).await;
    tanaka.hand_over(&stick.join("3.mgb")).await;
    let whole = std::fs::read(stick.join("3.mgb")).unwrap();
    std::fs::write(stick.join("half.mgb"), &whole[..whole.len() / 2]).unwrap();
    tanaka
        .take_in(&stick.join("2.mgb"), "取り込みました。")
        .await;
    sato.go("受け渡し").await;
    sato.answer_dialogs_with(Some(&stick.join("half.mgb")));
    sato.press("button", "取り込む").await;
    sato.find("alert", "").await;
    sato.take_in(&stick.join("3.mgb"), "取り込みました。").await;
    sato.take_in(
        &stick.join("3.mgb"),
        "すべて、すでに取り込んである内容でした。",
    )
    .await;

    // Every edit of both is there, and the cell names both views.
    for window in [&sato, &tanaka] {
        window.open_household(HOUSEHOLD).await;
        window.press("link", "世帯アセスメント表").await;
        let both = [
            "太郎 からだとこころ",
            "2つの見方",
            "気になる",
            "佐藤 一子",
            "急ぐ",
            "田中 次郎",
        ];
        window.find_with("gridcell", &both).await;
        open_note(window).await;
        let text = note_text(window).await;
        assert!(text.contains("先に大家へ電話した。"), "{text}");
        assert!(text.contains("帰りに民生委員に会った。"), "{text}");
        for (_, kind, words) in TYPED {
            assert!(text.contains(words), "{text}");
            window
                .part_shows("complementary", "種類べつの表示", kind)
                .await;
        }
        window.press("link", "世帯員").await;
        window.press_with("button", &["見本 梅"]).await;
        window.holds("電話", "000-0000-0001").await;
        window.holds("覚え書き", "耳が遠い").await;
    }

    // One key decides, and the decision merges too.
    tanaka.press("link", "世帯アセスメント表").await;
    tanaka
        .press_with("gridcell", &["太郎 からだとこころ", "2つの見方"])
        .await;
    let urgent = key_of(&tanaka, "急ぐ").await;
    tanaka.keys(urgent.as_str()).await;
    tanaka.find("gridcell", "太郎 からだとこころ、急ぐ").await;
    tanaka.go("2つの見方").await;
    tanaka.shows("見方が分かれているところはありません。").await;
    tanaka.hand_over(&stick.join("4.mgb")).await;
    sato.take_in(&stick.join("4.mgb"), "取り込みました。").await;
    sato.open_household(HOUSEHOLD).await;
    sato.press("link", "世帯アセスメント表").await;
    sato.find("gridcell", "太郎 からだとこころ、急ぐ").await;
    assert!(!sato.text().await.contains("2つの見方 1"));

    find_by_sound(&sato).await;
    look_back(&sato).await;
    let sato = undo_across_a_restart(sato, &at("sato"), &secret).await;

    // One key locks: nothing of the records is on the screen, nothing answers.
    sato.lock().await;
    assert!(!sato.text().await.contains("みほん"));
    assert!(sato.call("household_list", json!({})).await.is_err());
    sato.unlock(&secret).await;

    sato.hand_over(&stick.join("5.mgb")).await;
    tanaka
        .take_in(&stick.join("5.mgb"), "取り込みました。")
        .await;
    sato.close().await;
    tanaka.close().await;

    // The command line sees the same in both stores, and every one of their bytes verifies.
    let one = Store::new(at("sato"), &secret);
    let two = Store::new(at("tanaka"), OWN_WORDS);
    assert_eq!(one.seen(), two.seen());
    for store in [&one, &two] {
        store.run(&["verify"]);
    }
}

/// An intake with one line, in two keys; then a household of it.
async fn take_call(window: &Window) {
    window.find("button", "相談を受ける").await;
    window.keys("n").await;
    window.focused("textbox", "内容").await;
    window
        .keys("母と息子の二人暮らし。家賃が払えないとの電話。")
        .await;
    window.keys(Key::Enter + "").await;
    window.press("button", "世帯にする").await;
    window.fill("世帯の名前", HOUSEHOLD).await;
    window.keys(Key::Enter + "").await;
    window.find("heading", HOUSEHOLD).await;
}

/// One with kana and a Japanese date of birth, one of whom only the age is roughly known, one without a name.
async fn add_members(window: &Window) {
    window.press_with("button", &["加える"]).await;
    let dialog = "世帯員を加える";
    window.find("dialog", dialog).await;
    for (label, text) in [
        ("姓", "見本"),
        ("セイ（フリガナ）", "ミホン"),
        ("名", "梅"),
        ("メイ（フリガナ）", "ウメ"),
    ] {
        window.fill(label, text).await;
    }
    window.fill("生年月日", "S19.5.3").await;
    window
        .part_shows("dialog", dialog, "昭和19年5月3日(1944/5/3)")
        .await;
    window.choose("世帯での役割", "世帯主").await;
    window.press("button", "加えて、次の人へ").await;

    // A family shares its name more often than not; here it does not.
    window.holds("名", "").await;
    window.fill("姓", "").await;
    window.fill("セイ（フリガナ）", "").await;
    window.fill("名", "太郎").await;
    window.fill("生年月日", "60代").await;
    window.press("button", "加えて、次の人へ").await;

    window.holds("名", "").await;
    window.fill("生年月日", "昭和30年頃").await;
    window.press("button", "加える").await;
    window.gone("dialog", dialog).await;
    let story = ("complementary", "この世帯");
    for shown in ["見本 梅", "太郎", "氏名未確認"] {
        window.part_shows(story.0, story.1, shown).await;
    }
}

/// The whole household, by keyboard: a level, a state, a strength beside them.
async fn assess(window: &Window) {
    window.press("link", "世帯アセスメント表").await;
    window.press("button", "世帯まるごとアセスメント").await;
    window
        .press("gridcell", "見本 梅 からだとこころ、未確認")
        .await;
    window.keys("3").await;
    window
        .find("gridcell", "見本 梅 からだとこころ、困っている")
        .await;
    window.keys(Key::Right + Key::Right).await;
    window.keys("d").await;
    window.find("gridcell", "見本 梅 お金、答えたくない").await;
    // The household as a whole is the last row.
    window.keys(Key::Down + Key::Down + Key::Down).await;
    window.keys("4").await;
    window.find("gridcell", "世帯全体 お金、急ぐ").await;
    window.keys("s").await;
    window
        .focused("textbox", "お金の強み・支えになっていること")
        .await;
    window.keys("近くの畑を手伝っている").await;
    window.keys(Key::Tab + "").await;
    window.find("gridcell", "世帯全体 お金、急ぐ、強み").await;
}

/// A note whose sentences say whose words they are.
async fn write_note(window: &Window) {
    window.press_with("link", &["記録を書く"]).await;
    window.focused("textbox", "記録の本文").await;
    for (key, kind, words) in TYPED {
        if key != "1" {
            window.keys(Key::End + Key::Enter).await;
        }
        window.keys(words).await;
        window.chord(&[Key::Shift], Key::Home + "").await;
        window.chord(&[Key::Alt], key).await;
        window
            .part_shows("complementary", "種類べつの表示", kind)
            .await;
    }
    assert_eq!(
        note_text(window).await,
        TYPED.map(|(_, _, words)| words).join("\n")
    );
}

async fn open_note(window: &Window) {
    window.press("link", "経過").await;
    window.press_with("link", &["玄関に督促状が三通。"]).await;
    window.focused("textbox", "記録の本文").await;
}

async fn note_text(window: &Window) -> String {
    let field = window.find("textbox", "記録の本文").await;
    field.value().await.unwrap().unwrap()
}

/// Goes to a place in the note, writes, and waits until it is saved.
async fn write_into_note(window: &Window, place: Key, words: &str) {
    open_note(window).await;
    window.chord(&[Key::Control], place + "").await;
    window.keys(words).await;
    window.chord(&[Key::Control], Key::Enter + "").await;
    window
        .part_shows("region", "支援経過記録", "保存済み")
        .await;
}

async fn change_member(window: &Window, field: &str, words: &str) {
    window.press("link", "世帯員").await;
    window.press_with("button", &["見本 梅"]).await;
    window.fill(field, words).await;
    window.keys(Key::Tab + "").await;
    window.saved().await;
}

/// The figure that stands before an answer in a cell with two views.
async fn key_of(window: &Window, said: &str) -> String {
    let cell = window.find_with("gridcell", &["2つの見方", said]).await;
    let text = cell.text().await.unwrap();
    let before = text.split(said).next().unwrap().trim_end();
    before.chars().last().unwrap().to_string()
}

/// By romaji, by one letter, by a word of a note; Enter opens.
async fn find_by_sound(window: &Window) {
    for (typed, found) in [("mihon", "見本 梅"), ("梅", "見本 梅"), ("督促", "督促状")]
    {
        window.chord(&[Key::Control], "k").await;
        window.focused("combobox", "さがす").await;
        window.keys(typed).await;
        window.find_with("option", &[found]).await;
        window.escape().await;
        window.gone("dialog", "さがす").await;
    }
    window.go("今日").await;
    window.chord(&[Key::Control], "k").await;
    window.focused("combobox", "さがす").await;
    // A fast hand: Enter waits for what was typed, and never opens a line of the list before.
    window.keys("mihon" + Key::Enter).await;
    window.find("heading", HOUSEHOLD).await;
}

/// Yesterday nobody knew of this household; today's end shows it, to read only.
async fn look_back(window: &Window) {
    window.press("button", "過去の時点で見る").await;
    window.fill("いつの時点", "今日").await;
    window.keys(Key::Enter + "").await;
    window.shows("の時点で見ています").await;
    assert_eq!(window.all_with("link", &["記録を書く"]).await.len(), 0);
    window.press("link", "今にもどる").await;
    window.find_with("link", &["記録を書く"]).await;
}

/// Two changes are taken back, the window is closed and opened between them.
async fn undo_across_a_restart(window: Window, store: &Path, secret: &str) -> Window {
    for (field, words) in [("約束", "金曜に電話する"), ("概況", "母と息子")] {
        window.fill(field, words).await;
        window.keys(Key::Tab + "").await;
        window.saved().await;
    }
    window.press("heading", HOUSEHOLD).await;
    window.chord(&[Key::Control], "z").await;
    window.shows("世帯の変更を、元に戻しました。").await;
    window.holds("概況", "").await;
    window.holds("約束", "金曜に電話する").await;
    window.close().await;

    let window = Window::start_with(store, at_work()).await;
    window.unlock(secret).await;
    window.chord(&[Key::Control], "z").await;
    window.shows("世帯の変更を、元に戻しました。").await;
    window.open_household(HOUSEHOLD).await;
    window.holds("約束", "").await;
    window
}

/// A store, as the command line sees it.
struct Store<'a> {
    folder: PathBuf,
    secret: &'a str,
}

impl<'a> Store<'a> {
    fn new(folder: PathBuf, secret: &'a str) -> Self {
        Self { folder, secret }
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let mut command = marugoto(&self.folder, self.secret);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn call(&self, operation: &str, arguments: &Value) -> Value {
        self.run(&["call", operation, &arguments.to_string()])
    }

    /// The household with its notes and rounds, but for what concerns one laptop only.
    fn seen(&self) -> Value {
        let list = self.call("household.list", &json!({}));
        let id = &list["items"][0]["id"];
        let mut household = self.call("household.get", &json!({ "id": id }));
        household.as_object_mut().unwrap().remove("local");
        let each = |part: &str, operation: &str, key: &str| -> Vec<Value> {
            let items = household[part].as_array().unwrap();
            items
                .iter()
                .map(|it| self.call(operation, &json!({ key: it["id"] })))
                .collect()
        };
        let notes = each("notes", "note.get", "id");
        let rounds = each("rounds", "assessment.get", "roundId");
        json!({ "household": household, "notes": notes, "rounds": rounds })
    }
}
