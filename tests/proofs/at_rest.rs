//! What was typed lies nowhere on the disk in clear: not in the store, not beside it, not in the bundle; not while the
//! program works, not after it was killed, not after its end.
//!
//! What the window leaves behind is looked at in `ui`.

use std::fs;
use std::path::{Path, PathBuf};

use encoding_rs::{EUC_JP, SHIFT_JIS};
use serde_json::json;

use crate::program::{Batch, INIT, Laptop, PASSPHRASE};

/// Words that no file contains by chance: names in three scripts, an address, telephone numbers, what somebody said.
const MARKERS: [&str; 16] = [
    "鬼無里",
    "綾杜子",
    "きなさあやとこ",
    "キナサアヤトコ",
    "髙𠮷濱之丞",
    "夜星武小路千二番地",
    "ヨボシタケコウジ",
    "090-4827-1593",
    "yobositakekoji",
    "息子に通帳を隠されていると小声で",
    "母の薬を三日分しか残していない",
    "ひとことめもの中身その一",
    "虎ノ尾峠で待ち合わせ",
    "電話口で泣いていた弟さん",
    "夜は玄関を開けないでほしい",
    "とらのおとうげ",
];

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
        let units = || word.encode_utf16();
        let mut add = |code, bytes| {
            needles.push(Needle {
                word: (*word).to_owned(),
                code,
                bytes,
            });
        };
        add("UTF-8", word.as_bytes().to_vec());
        add("UTF-16LE", units().flat_map(u16::to_le_bytes).collect());
        add("UTF-16BE", units().flat_map(u16::to_be_bytes).collect());
        for (name, encoding) in [("Shift_JIS", SHIFT_JIS), ("EUC-JP", EUC_JP)] {
            let (bytes, _, unmappable) = encoding.encode(word);
            if !unmappable {
                add(name, bytes.into_owned());
            }
        }
    }
    needles
}

/// Every needle in every file below `root`.
fn search(root: &Path, needles: &[Needle]) -> Vec<(PathBuf, String, &'static str)> {
    let mut hits = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            hits.extend(search(&path, needles));
            continue;
        }
        let bytes = fs::read(&path).unwrap_or_default();
        let name = path.to_string_lossy().into_owned();
        let found = needles.iter().filter(|needle| {
            contains(&bytes, &needle.bytes) || contains(name.as_bytes(), &needle.bytes)
        });
        hits.extend(found.map(|needle| (path.clone(), needle.word.clone(), needle.code)));
    }
    hits
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let (first, rest) = needle.split_first().unwrap();
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if bytes[from..].starts_with(rest) {
            return true;
        }
    }
    false
}

#[test]
fn what_was_typed_lies_nowhere_in_clear() {
    let mut laptop = Laptop::new();
    let sheet = laptop
        .run(&[
            "init",
            "--office",
            "虎ノ尾峠で待ち合わせ",
            "--worker",
            "髙𠮷濱之丞",
        ])
        .json();
    laptop.learn(&sheet);
    let secrets = [
        PASSPHRASE,
        laptop.secret.as_str(),
        sheet["paperAdminKey"].as_str().unwrap(),
    ];
    let words: Vec<&str> = MARKERS.iter().copied().chain(secrets).collect();
    let needles = needles(&words);
    let clear = |when: &str| {
        assert_eq!(search(laptop.root(), &needles), [], "{when}");
    };
    clear("after the office was founded");

    let mut batch = laptop.batch(&[]);
    type_markers(&mut batch);
    assert!(
        laptop
            .store()
            .join("store.db-wal")
            .metadata()
            .unwrap()
            .len()
            > 100_000,
        "the log is alive"
    );
    clear("while the program works");
    batch.kill();
    clear("after it was killed");

    assert_eq!(laptop.run(&["search", "夜星武"]).status, 0);
    let bundle = laptop.stick("bundle.mgb");
    assert_eq!(
        laptop
            .run(&["bundle", "export", "--to", bundle.to_str().unwrap()])
            .status,
        0
    );
    assert!(bundle.metadata().unwrap().len() > 1000);
    let refused = laptop.run(&[
        "call",
        "household.create",
        r#"{"name":"綾杜子","nonsense":"鬼無里"}"#,
    ]);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (2, "invalid_request")
    );
    let told = format!("{}{}", refused.out, refused.err);
    assert!(
        !MARKERS.iter().any(|marker| told.contains(marker)),
        "an error repeats what was typed"
    );
    assert_eq!(laptop.run(&["verify", "--rebuild"]).status, 0);
    clear("after search, bundle, refusal and rebuilding");

    let saved = laptop.root().join("saved");
    assert_eq!(
        laptop
            .run(&["recover", "--to", saved.to_str().unwrap()])
            .status,
        0
    );
    clear("after recovering");

    // Control: each word in each encoding is found, in a file and in a file's name.
    for (number, needle) in needles.iter().enumerate() {
        let planted = laptop.root().join("cache").join(number.to_string());
        fs::write(
            &planted,
            [&[0x80; 4095], needle.bytes.as_slice(), b"\n"].concat(),
        )
        .unwrap();
    }
    let found = search(laptop.root(), &needles);
    for needle in &needles {
        assert!(
            found
                .iter()
                .any(|(_, word, code)| *word == needle.word && *code == needle.code),
            "{needle:?}"
        );
    }
    fs::write(laptop.root().join("run").join("綾杜子.txt"), "").unwrap();
    assert_eq!(search(&laptop.root().join("run"), &needles).len(), 1);
    println!(
        "0 of {} words, each in up to five encodings, found at 6 moments; {} of {} planted ones found",
        words.len(),
        needles.len(),
        needles.len()
    );
}

/// Every operation that takes words.
fn type_markers(batch: &mut Batch) {
    let talk = &mut batch.talk;
    let intake = talk.tell(
        "intake.create",
        json!({ "text": "電話口で泣いていた弟さん", "callerName": "鬼無里", "phone": "090-4827-1593" }),
    );
    let household = talk.tell(
        "household.create",
        json!({ "name": "鬼無里", "intakeId": intake["id"] }),
    );
    let id = &household["id"];
    let member = talk.tell(
        "member.add",
        json!({
            "householdId": id, "familyName": "鬼無里", "givenName": "綾杜子", "familyKana": "キナサアヤトコ",
            "givenKana": "きなさあやとこ", "birth": "S35.1.8", "phone": "090-4827-1593", "note": "夜星武小路千二番地",
        }),
    );
    let note = talk.tell(
        "note.create",
        json!({
            "householdId": id,
            "blocks": [
                { "type": "person", "text": "息子に通帳を隠されていると小声で", "memberIds": [member["id"]] },
                { "type": "fact", "text": "母の薬を三日分しか残していない", "source": "ヨボシタケコウジ" },
            ],
        }),
    );
    let text = format!(
        "{}\n夜は玄関を開けないでほしい yobositakekoji とらのおとうげ",
        note["text"].as_str().unwrap()
    );
    talk.tell(
        "note.edit",
        json!({ "id": note["id"], "text": text, "base": note["version"] }),
    );
    talk.tell("memo.create", json!({ "text": "ひとことめもの中身その一" }));
    talk.tell(
        "household.update",
        json!({ "id": id, "field": "summary", "value": "虎ノ尾峠で待ち合わせ" }),
    );
    let found = talk.tell("search", json!({ "text": "夜は玄関" }));
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
}

/// A list of places, rather than a search: the program opens nothing for writing but the store's own files.
#[cfg(target_os = "linux")]
#[test]
fn no_file_outside_the_store_is_opened_for_writing() {
    use crate::power_loss::trace;
    let mut laptop = Laptop::new();
    let file = laptop.root().join("tmp/strace.log");
    let starter = trace::starter(&file);
    let founded = crate::program::run(laptop.command(&starter).arg("--json").args(INIT), "");
    laptop.learn(&founded.json());
    let mut log = trace::Log::new(&laptop.store());
    log.read(&fs::read_to_string(&file).unwrap());
    let mut batch = laptop.batch(&starter);
    type_markers(&mut batch);
    assert_eq!(batch.end().status, 0);
    log.read(&fs::read_to_string(&file).unwrap());
    assert!(log.strangers.is_empty(), "{:?}", log.strangers);
    assert!(log.events.len() > 100);
}
