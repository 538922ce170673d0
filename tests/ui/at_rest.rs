//! What was typed in the window lies nowhere on the disk in clear: not in the store, not in what the web view keeps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use encoding_rs::SHIFT_JIS;
use thirtyfour::Key;

use crate::{steps::at_work, window::Window};

/// Words that no file contains by chance: a name in two scripts, an address, a telephone number, a sentence.
const MARKERS: [&str; 8] = [
    "鬼無里",
    "綾杜子",
    "キナサ",
    "夜星武小路千二番地",
    "090-4827-1593",
    "息子に通帳を隠されていると小声で",
    "母の薬を三日分しか残していない",
    "ひとことめもの中身その一",
];

#[tokio::test]
async fn what_was_typed_in_the_window_lies_nowhere_in_clear() {
    // Everything that the window and its web view write lies below this folder.
    let laptop = tempfile::tempdir().unwrap();
    let store = laptop.path().join("store");
    let mut start = at_work();
    for (name, folder) in [
        ("HOME", "home"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_RUNTIME_DIR", "run"),
        ("TMPDIR", "tmp"),
    ] {
        let path = laptop.path().join(folder);
        fs::create_dir(&path).unwrap();
        let path = path.to_string_lossy().into_owned();
        start.environment.push((name.to_owned(), path));
    }
    let window = Window::start_with(&store, start.clone()).await;
    let secret = window.found_office("鬼無里 福祉課", "綾杜子").await;
    let words: Vec<&str> = MARKERS.iter().copied().chain([secret.as_str()]).collect();
    let needles = needles(&words);
    let clear = |when: &str| assert_eq!(search(laptop.path(), &needles), [], "{when}");
    clear("while the recovery sheet is shown");
    window.leave_sheet().await;

    type_markers(&window).await;
    assert!(files(laptop.path()).len() > 5, "the window wrote something");
    clear("while the window is open");
    window.lock().await;
    clear("after the lock");
    window.unlock(&secret).await;
    window.press_with("button", &["綾杜子"]).await;
    window.holds("覚え書き", "夜星武小路千二番地").await;
    // Killed in the middle of the work, with a letter that nobody saved.
    window
        .fill("覚え書き", "母の薬を三日分しか残していない")
        .await;
    drop(window);
    clear("after it was killed");
    let window = Window::start_with(&store, start).await;
    window.unlock(&secret).await;
    window.close().await;
    clear("after the end");

    // The control: one word in each writing, in the folder of the web view, is found.
    for needle in &needles {
        let planted = laptop.path().join("cache/planted");
        fs::write(&planted, [b"..", &needle.bytes[..], b".."].concat()).unwrap();
        let found = search(laptop.path(), std::slice::from_ref(needle));
        assert_eq!(found, [(planted, needle.word.clone(), needle.code)]);
    }
}

/// A memo, a call, a household, a person and a note, with a marker in every kind of field.
async fn type_markers(window: &Window) {
    window.press("button", "ひとことメモ").await;
    window.focused("textbox", "ひとことメモ").await;
    window.keys("ひとことめもの中身その一").await;
    window.chord(&[Key::Control], Key::Enter + "").await;
    window.shows("メモを保存しました。").await;

    window.press("button", "相談を受ける").await;
    window.focused("textbox", "内容").await;
    window.keys("息子に通帳を隠されていると小声で").await;
    window.keys(Key::Enter + "").await;
    // The dialog changes under the pointer while it saves.
    window.painted().await;
    window.press("button", "世帯にする").await;
    window.fill("世帯の名前", "鬼無里").await;
    window.keys(Key::Enter + "").await;
    window.find("heading", "鬼無里").await;

    window.press_with("button", &["加える"]).await;
    for (label, words) in [
        ("姓", "鬼無里"),
        ("セイ（フリガナ）", "キナサ"),
        ("名", "綾杜子"),
        ("電話", "090-4827-1593"),
    ] {
        window.fill(label, words).await;
    }
    window.press("button", "加える").await;
    window.gone("dialog", "世帯員を加える").await;
    // The search, too, has seen what is looked for.
    window.chord(&[Key::Control], "k").await;
    window.focused("combobox", "さがす").await;
    window.keys("鬼無里").await;
    window.find_with("option", &["綾杜子"]).await;
    window.escape().await;
    window.gone("dialog", "さがす").await;

    window.press("link", "世帯員").await;
    window.press_with("button", &["綾杜子"]).await;
    window.fill("覚え書き", "夜星武小路千二番地").await;
    window.keys(Key::Tab + "").await;
    window.saved().await;
}

/// A word and how it is written down.
#[derive(Debug)]
struct Needle {
    word: String,
    code: &'static str,
    bytes: Vec<u8>,
}

fn needles(words: &[&str]) -> Vec<Needle> {
    let mut needles = Vec::new();
    for word in words {
        let mut add = |code, bytes| {
            needles.push(Needle {
                word: (*word).to_owned(),
                code,
                bytes,
            });
        };
        let units = || word.encode_utf16();
        add("UTF-8", word.as_bytes().to_vec());
        add("UTF-16LE", units().flat_map(u16::to_le_bytes).collect());
        add("UTF-16BE", units().flat_map(u16::to_be_bytes).collect());
        let (bytes, _, unmappable) = SHIFT_JIS.encode(word);
        assert!(!unmappable, "{word} has no Shift_JIS");
        // What is the same in two writings would be found twice.
        if bytes != word.as_bytes() {
            add("Shift_JIS", bytes.into_owned());
        }
    }
    needles
}

/// Every file below `root`.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        // Sockets and links lead elsewhere.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => all.extend(files(&entry.path())),
            Ok(kind) if kind.is_file() => all.push(entry.path()),
            _ => {}
        }
    }
    all
}

/// Every needle in every file below `root`, in names as well.
fn search(root: &Path, needles: &[Needle]) -> Vec<(PathBuf, String, &'static str)> {
    let mut hits = Vec::new();
    for path in files(root) {
        let bytes = fs::read(&path).unwrap_or_default();
        let name = path.to_string_lossy().into_owned();
        let found = needles.iter().filter(|needle| {
            contains(&bytes, &needle.bytes) || contains(name.as_bytes(), &needle.bytes)
        });
        hits.extend(found.map(|it| (path.clone(), it.word.clone(), it.code)));
    }
    hits
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        from += at + 1;
        if bytes[from..].starts_with(&needle[1..]) {
            return true;
        }
    }
    false
}
