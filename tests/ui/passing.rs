//! A household goes to another office: both compare words, the receipt comes back, and the old one signs its erasure.

use serde_json::json;

use crate::{
    steps::{OWN_WORDS, at_work, done, office_of_two},
    window::Window,
};

/// The paper admin key as the sheet shows it.
async fn paper_key(window: &Window) -> String {
    let script = "return [...document.querySelectorAll('.sheet-value')].map((it) => it.innerText);";
    let values = window.script(script, Vec::new()).await;
    let values = values.as_array().unwrap();
    values.last().unwrap().as_str().unwrap().to_owned()
}

async fn look_at_it(window: &Window, name: &str) {
    let there = "document.getElementById('ex-passing').scrollIntoView();";
    window.script(there, vec![]).await;
    window.screenshot(name).await;
}

#[tokio::test]
async fn a_household_goes_to_another_office_and_is_erased_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let old = Window::start(&file("old")).await;
    old.found_office("みほん市 ふくし課", "佐藤 一子").await;
    let paper = paper_key(&old).await;
    old.leave_sheet().await;
    let home = json!({ "name": "見本家" });
    let home = old.call("household_create", home).await.unwrap();
    let note = json!({ "householdId": home["value"]["id"], "text": "前の事業所の記録" });
    old.call("note_create", note).await.unwrap();
    let intake = json!({ "text": "家賃のことで電話。世帯はまだ分からない", "callerName": "見本 次郎", "receivedAt": "2026-11-20T10:00:00+09:00" });
    old.call("intake_create", intake).await.unwrap();
    let new = Window::start(&file("new")).await;
    new.found_office("みほん法人", "森 三郎").await;
    new.leave_sheet().await;

    // The wish, and its words on both sides.
    new.go("受け渡し").await;
    new.answer_dialogs_with(Some(&file("1.mgwish")));
    new.press("button", "依頼ファイルを作る").await;
    new.shows("依頼ファイルを保存しました").await;
    let wished = new.words("依頼の言葉").await;
    old.go("受け渡し").await;
    old.answer_dialogs_with(Some(&file("1.mgwish")));
    old.press("button", "依頼ファイルをひらく").await;
    old.shows("「みほん法人」の森 三郎さんが").await;
    assert_eq!(old.words("依頼の言葉").await, wished);
    assert_eq!(wished.len(), 6);
    old.tick("相手に電話などで聞き、依頼の言葉が同じでした")
        .await;
    old.tick("見本家").await;
    // What was chosen stays so, also where the list is narrowed down to others.
    old.fill("世帯をしぼり込む（名前・ふりがな）", "そのほかの家")
        .await;
    old.shows("この言葉の世帯はありません。").await;
    old.shows("1世帯を選んでいます。").await;
    old.tick("2026/11/20 見本 次郎 家賃のことで電話。世帯はまだ分からない")
        .await;
    old.fill("理由", "委託先の変更").await;
    old.fill("根拠", "委託契約 第9条").await;
    old.fill("紙の管理鍵", "0000-0000").await;
    look_at_it(&old, "passing-give").await;
    assert_eq!(old.axe().await, [] as [String; 0]);
    old.answer_dialogs_with(Some(&file("1.mgpass")));
    old.press("button", "渡すファイルを保存する").await;
    old.find("alert", "").await;
    assert!(
        !file("1.mgpass").exists(),
        "one signature takes nothing out"
    );
    old.fill("紙の管理鍵", &paper).await;
    old.press("button", "渡すファイルを保存する").await;
    old.shows("「みほん法人」に渡すファイルを保存しました")
        .await;
    old.shows("受領を待っています").await;

    // What came, its office's words, and the receipt.
    new.answer_dialogs_with(Some(&file("1.mgpass")));
    new.press("button", "届いたファイルをひらく").await;
    new.shows("「みほん市 ふくし課」の佐藤 一子さんが").await;
    assert_eq!(new.words("みほん市 ふくし課の事務所の言葉").await.len(), 6);
    new.tick("相手に電話などで聞き、事務所の言葉が同じでした")
        .await;
    look_at_it(&new, "passing-take").await;
    new.answer_dialogs_with(Some(&file("1.mgreceipt")));
    new.press("button", "取り込み、受領ファイルを保存する")
        .await;
    new.shows("「みほん市 ふくし課」から1世帯と、世帯になる前の受付1件を取り込みました")
        .await;
    look_at_it(&new, "passing-taken").await;
    assert_eq!(new.axe().await, [] as [String; 0]);
    new.open_household("見本家").await;
    new.shows("前の事業所の記録").await;
    new.shows("佐藤 一子（みほん市 ふくし課）").await;
    new.screenshot("passing-household").await;

    old.answer_dialogs_with(Some(&file("1.mgreceipt")));
    old.press("button", "受領ファイルを取り込む").await;
    old.shows("届いています").await;
    old.fill("紙の管理鍵", &paper).await;
    look_at_it(&old, "passing-arrived").await;
    old.press("button", "渡した記録の消去に署名する").await;
    old.shows("消去の署名が済みました").await;
    // What was said when the file was saved is true no longer.
    let shown = old.text().await;
    assert!(!shown.contains("まだ消えていません"), "{shown}");
    look_at_it(&old, "passing-erasing").await;
    assert_eq!(old.axe().await, [] as [String; 0]);
    for window in [&old, &new] {
        window
            .call("session_settings", json!({ "lang": "en" }))
            .await
            .unwrap();
        window.reload().await;
        window.go("Exchange").await;
        window.shows("Passing cases on to another office").await;
    }
    look_at_it(&old, "en-passing-old").await;
    look_at_it(&new, "en-passing-new").await;
    assert_eq!(new.axe().await, [] as [String; 0]);

    // What is still here, in English; and as long as nothing is chosen, nothing goes.
    old.call("household_create", json!({ "name": "ほかの家" }))
        .await
        .unwrap();
    let intake = json!({ "text": "もう一つの相談", "receivedAt": "2026-11-21T10:00:00+09:00" });
    old.call("intake_create", intake).await.unwrap();
    old.answer_dialogs_with(Some(&file("1.mgwish")));
    old.press("button", "Open a takeover request").await;
    old.tick("I asked them by telephone, and the words of the request are the same")
        .await;
    old.fill("Reason", "another contractor").await;
    old.fill("Ground", "contract, section 9").await;
    old.fill("Paper admin key", &paper).await;
    let save = old.find("button", "Save the file for them").await;
    assert!(!save.is_enabled().await.unwrap());
    old.tick("21 Nov 2026 Name not known yet もう一つの相談")
        .await;
    assert!(save.is_enabled().await.unwrap());
    look_at_it(&old, "en-passing-give").await;
    assert_eq!(old.axe().await, [] as [String; 0]);
}

#[tokio::test]
async fn a_restricted_record_is_passed_on_by_a_reader_and_is_read_there_by_those_who_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let store = file("old");
    let paper = office_of_two(
        &store,
        &file("old2"),
        "みほん市 ふくし課",
        ["佐藤 一子", "田中 次郎"],
    );
    let home = r#"{"name":"見本家"}"#;
    let home = done(&store, &["call", "household.create", home], "")["id"].clone();
    let readers = json!({ "householdId": home }).to_string();
    let readers = done(&store, &["call", "access.list", &readers], "");
    let readers: Vec<_> = readers["readers"].as_array().unwrap().iter().collect();
    let readers: Vec<_> = readers
        .iter()
        .map(|it| it["worker"]["id"].clone())
        .collect();
    let note = json!({ "householdId": home, "text": "避難先は、あねの家", "restrictTo": readers });
    done(&store, &["call", "note.create", &note.to_string()], "");
    office_of_two(
        &file("new"),
        &file("new2"),
        "みほん法人",
        ["森 三郎", "谷 四郎"],
    );
    let wish = file("1.mgwish");
    done(
        &file("new"),
        &["pass", "wish", "--out", &wish.display().to_string()],
        "",
    );

    // Not open, it is not offered.
    let old = Window::start_with(&store, at_work()).await;
    old.unlock(OWN_WORDS).await;
    old.go("受け渡し").await;
    old.answer_dialogs_with(Some(&wish));
    old.press("button", "依頼ファイルをひらく").await;
    old.shows("ひらいていない限定した記録が1件あります").await;
    look_at_it(&old, "passing-restricted-closed").await;
    old.press("button", "やめる").await;
    old.open_household("見本家").await;
    old.press("button", "理由を書いてひらく").await;
    old.fill("ひらく理由", "引き継ぎの準備").await;
    old.press("button", "理由を書いてひらく").await;
    old.shows("避難先は、あねの家").await;
    old.go("受け渡し").await;
    old.press("button", "依頼ファイルをひらく").await;
    old.tick("相手に電話などで聞き、依頼の言葉が同じでした")
        .await;
    let day = today(&old).await;
    old.tick(&format!("{day} 避難先は、あねの家")).await;
    old.fill("理由", "委託先の変更").await;
    old.fill("根拠", "委託契約 第9条").await;
    old.fill("紙の管理鍵", &paper).await;
    old.answer_dialogs_with(Some(&file("1.mgpass")));
    old.press("button", "渡すファイルを保存する").await;
    old.find_with("alert", &["その世帯が渡す世帯に入っていない"])
        .await;
    assert!(!file("1.mgpass").exists());
    old.tick("見本家").await;
    look_at_it(&old, "passing-restricted-give").await;
    assert_eq!(old.axe().await, [] as [String; 0]);
    old.press("button", "渡すファイルを保存する").await;
    old.shows("「みほん法人」に渡すファイルを保存しました")
        .await;
    old.shows("限定した記録1件").await;

    // There: nobody is its only reader, and those who are named read it.
    let new = Window::start_with(&file("new"), at_work()).await;
    new.unlock(OWN_WORDS).await;
    new.go("受け渡し").await;
    new.answer_dialogs_with(Some(&file("1.mgpass")));
    new.press("button", "届いたファイルをひらく").await;
    new.shows("限定した記録が1件あります").await;
    new.tick("相手に電話などで聞き、事務所の言葉が同じでした")
        .await;
    let take = new.find("button", "取り込み、受領ファイルを保存する").await;
    assert!(!take.is_enabled().await.unwrap());
    new.press("button", "谷 四郎").await;
    look_at_it(&new, "passing-restricted-take").await;
    assert_eq!(new.axe().await, [] as [String; 0]);
    new.answer_dialogs_with(Some(&file("1.mgreceipt")));
    new.press("button", "取り込み、受領ファイルを保存する")
        .await;
    new.shows("限定した記録1件は、あなたと選んだ人だけが読めます")
        .await;
    look_at_it(&new, "passing-restricted-taken").await;
    new.open_household("見本家").await;
    new.shows("避難先は、あねの家").await;
    new.shows("読める人: 森 三郎、谷 四郎").await;
    new.screenshot("passing-restricted-there").await;
    for window in [&old, &new] {
        let english = json!({ "lang": "en" });
        window.call("session_settings", english).await.unwrap();
        window.reload().await;
        window.go("Exchange").await;
    }
    old.answer_dialogs_with(Some(&wish));
    old.press("button", "Open a takeover request").await;
    old.shows("Restricted records to pass on").await;
    look_at_it(&old, "en-passing-restricted-give").await;
    new.answer_dialogs_with(Some(&file("1.mgpass")));
    new.press("button", "Open what came").await;
    new.shows("Restricted records among them: 1").await;
    look_at_it(&new, "en-passing-restricted-take").await;
}

/// Today, as lists show it.
async fn today(window: &Window) -> String {
    let list = window.call("restricted_list", json!({})).await.unwrap();
    let at = list["value"]["items"][0]["at"].as_str().unwrap();
    at.get(..10).unwrap().replace('-', "/")
}

/// What came from a contractor before that one: whose words are in it too is said before it is taken in.
#[tokio::test]
async fn a_household_that_was_in_two_offices_comes_to_a_third_with_the_words_of_both() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let path = |name: &str| file(name).display().to_string();
    let begun = |store: &str, office: &str, worker: &str| {
        let words = ["init", "--office", office, "--worker", worker];
        let sheet = done(&file(store), &words, "");
        sheet["paperAdminKey"].as_str().unwrap().to_owned()
    };
    let old_paper = begun("old", "みほん市 ふくし課", "佐藤 一子");
    let new_paper = begun("new", "みほん法人", "森 三郎");
    begun("third", "あたらしい会", "原 五郎");
    let home = r#"{"name":"見本家"}"#;
    let home = done(&file("old"), &["call", "household.create", home], "")["id"].clone();
    let note = |store: &str, text: &str| {
        let note = json!({ "householdId": home, "text": text }).to_string();
        done(&file(store), &["call", "note.create", &note], "");
    };
    let pass = |from: &str, to: &str, paper: &str| {
        let (wish, given) = (path(&format!("{to}.mgwish")), path(&format!("{to}.mgpass")));
        done(&file(to), &["pass", "wish", "--out", &wish], "");
        let out = ["pass", "out", &wish, "--out", &given, "--all", "--yes"];
        let why = ["--reason", "委託先の変更", "--basis", "委託契約 第9条"];
        done(&file(from), &[&out[..], &why].concat(), paper);
        given
    };
    note("old", "はじめの事業所の記録");
    let given = pass("old", "new", &old_paper);
    let receipt = path("new.mgreceipt");
    let take = ["pass", "in", &given, "--receipt", &receipt, "--yes"];
    done(&file("new"), &take, "");
    note("new", "次の事業所の記録");
    let given = file("third.mgpass");
    assert_eq!(
        pass("new", "third", &new_paper),
        given.display().to_string()
    );

    let third = Window::start_with(&file("third"), at_work()).await;
    third.unlock(OWN_WORDS).await;
    third.go("受け渡し").await;
    third.answer_dialogs_with(Some(&given));
    third.press("button", "届いたファイルをひらく").await;
    third.shows("「みほん法人」より前の1か所の事務所").await;
    let own = third.words("みほん法人の事務所の言葉").await;
    let before = third.words("前の事務所の言葉（1）").await;
    assert_eq!((own.len(), before.len()), (6, 6));
    assert_ne!(own, before);
    look_at_it(&third, "passing-before").await;
    assert_eq!(third.axe().await, [] as [String; 0]);
    third
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    third.reload().await;
    third.go("Exchange").await;
    third.press("button", "Open what came").await;
    third
        .shows("Part of this was written before, in other offices: 1")
        .await;
    look_at_it(&third, "en-passing-before").await;
    let japanese = json!({ "lang": "ja" });
    third.call("session_settings", japanese).await.unwrap();
    third.reload().await;
    third.go("受け渡し").await;
    third.press("button", "届いたファイルをひらく").await;
    third
        .tick("相手に電話などで聞き、事務所の言葉が同じでした")
        .await;
    third.answer_dialogs_with(Some(&file("third.mgreceipt")));
    third
        .press("button", "取り込み、受領ファイルを保存する")
        .await;
    third.shows("「みほん法人」から1世帯").await;
    third.open_household("見本家").await;
    third.shows("佐藤 一子（みほん市 ふくし課）").await;
    third.shows("森 三郎（みほん法人）").await;
    third.screenshot("passing-household-of-three").await;
}
