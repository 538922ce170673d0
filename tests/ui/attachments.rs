//! A photo comes in through the window, is seen in small and large, leaves as a copy, and is taken out.

use serde_json::json;
use thirtyfour::Key;

use crate::steps::at_work;
use crate::window::Window;

/// A small picture of a house under a sky, as a PNG.
fn picture() -> Vec<u8> {
    let drawn = image::RgbImage::from_fn(320, 240, |x, y| {
        let is_house = (90..230).contains(&x) && y > 120;
        image::Rgb(if is_house {
            [176, 92, 60]
        } else {
            [150, 190, 226]
        })
    });
    let mut png = std::io::Cursor::new(Vec::new());
    drawn.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// The section as a person would scroll to it.
const TO_TILES: &str = "document.querySelector('.attach-grid').scrollIntoView({ block: 'end' });";

/// With the next click, as a browser asks for, a picture is on the clipboard.
const COPY_ON_CLICK: &str = "document.addEventListener('click', () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 30 });
    canvas.getContext('2d').fillRect(0, 0, 20, 20);
    const png = new Promise((done) => canvas.toBlob(done, 'image/png'));
    navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]).then(() => { window.copied = true; });
}, { once: true });";

#[tokio::test]
async fn a_photo_is_attached_seen_saved_and_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("玄関.png"), picture()).unwrap();
    std::fs::write(at("絵.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    std::fs::write(at("手紙.txt"), "大家さんの話\n<b>家賃</b>は月末まで").unwrap();
    let window = Window::start_with(&at("store"), at_work()).await;
    window.found_office("みほん市 ふくし課", "佐藤 一子").await;
    window.leave_sheet().await;
    window
        .call("household_create", json!({ "name": "寿限無家" }))
        .await
        .unwrap();
    window.open_household("寿限無家").await;
    window.shows("添付はまだありません。").await;

    let input = window
        .driver()
        .find(thirtyfour::By::Css("input[type=file]"));
    let input = input.await.unwrap();
    for name in ["絵.svg", "手紙.txt", "玄関.png"] {
        input.send_keys(at(name).to_string_lossy()).await.unwrap();
    }
    window.shows("しかけを持てるファイル").await;
    window.find_with("button", &["手紙.txt", "佐藤 一子"]).await;
    window.find_with("button", &["玄関.png", "佐藤 一子"]).await;
    // The thumbnail is drawn, not only named.
    let drawn = "return [...document.querySelectorAll('.attach-grid img')].map((it) => it.complete && it.naturalWidth > 0);";
    assert_eq!(window.script(drawn, vec![]).await, json!([true]));
    window.script(TO_TILES, vec![]).await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.screenshot("attachments").await;

    window.press_with("button", &["玄関.png"]).await;
    window.find("img", "添付の画像：玄関.png").await;
    let natural = "const it = document.querySelector('.attach-image'); return it.complete && it.naturalWidth;";
    assert_eq!(window.script(natural, vec![]).await, json!(320));
    window.keys("+").await;
    window.shows("表示の大きさ 150%").await;
    let width =
        "return Math.round(document.querySelector('.attach-image').getBoundingClientRect().width);";
    assert_eq!(window.script(width, vec![]).await, json!(480));
    window.fill("説明", "玄関のようす").await;
    window.find("img", "添付の画像：玄関のようす").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.screenshot("attachment-picture").await;
    window.answer_dialogs_with(Some(&at("copy.png")));
    window.press("button", "写しを保存する").await;
    window.shows("写し「copy.png」を保存しました").await;
    assert!(
        std::fs::read(at("copy.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    window.escape().await;
    window.gone("dialog", "玄関.png").await;

    window.press_with("button", &["手紙.txt"]).await;
    window.shows("<b>家賃</b>は月末まで").await;
    window.screenshot("attachment-text").await;
    window.press("button", "添付を外す").await;
    window.shows("「手紙.txt」を外しました。").await;
    window.gone("dialog", "手紙.txt").await;
    let begun = std::time::Instant::now();
    while !window.all_with("button", &["手紙.txt"]).await.is_empty() {
        assert!(begun.elapsed().as_secs() < 12, "the letter stays");
    }
    window.chord(&[Key::Control], "z").await;
    window.find_with("button", &["手紙.txt"]).await;

    // One of a note stands under it, and says on the household's page where it is from.
    let households = window.call("household_list", json!({})).await.unwrap();
    let household = &households["value"]["items"][0]["id"];
    let note = json!({ "householdId": household, "text": "玄関を見た。" });
    let note = window.call("note_create", note).await.unwrap();
    let note = note["value"]["id"].clone();
    let there = "location.hash = `/households/${arguments[0]}/notes/${arguments[1]}`;";
    window
        .script(there, vec![household.clone(), note.clone()])
        .await;
    window.shows("この記録の添付はまだありません。").await;
    let input = window
        .driver()
        .find(thirtyfour::By::Css("input[type=file]"));
    let input = input.await.unwrap();
    input
        .send_keys(at("玄関.png").to_string_lossy())
        .await
        .unwrap();
    window.find_with("button", &["玄関.png"]).await;
    window.script(TO_TILES, vec![]).await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.screenshot("attachments-note").await;
    window.press_with("link", &["概況"]).await;
    window
        .find_with("button", &["玄関.png", "記録の添付"])
        .await;

    // A picture that was copied comes in with a key.
    window.script(COPY_ON_CLICK, vec![]).await;
    window.press("heading", "添付").await;
    let copied = "return window.copied === true";
    let begun = std::time::Instant::now();
    while window.script(copied, vec![]).await != json!(true) {
        assert!(begun.elapsed().as_secs() < 12, "nothing is copied");
    }
    window.chord(&[Key::Control], "v").await;
    window.find_with("button", &["貼り付けた画像.png"]).await;

    window
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    window.reload().await;
    window.shows("Add a file").await;
    window.script(TO_TILES, vec![]).await;
    window.screenshot("attachments-en").await;
    window.press_with("button", &["玄関のようす"]).await;
    window.find("img", "Attached picture: 玄関のようす").await;
    window.screenshot("attachment-picture-en").await;
    window.close().await;
}

#[tokio::test]
async fn a_persons_attachment_stands_with_the_person_and_says_so_with_the_household() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("手帳.png");
    std::fs::write(&photo, picture()).unwrap();
    let window = Window::start_with(&folder.path().join("store"), at_work()).await;
    window.found_office("みほん市 ふくし課", "佐藤 一子").await;
    window.leave_sheet().await;
    let made = window
        .call("household_create", json!({ "name": "寿限無家" }))
        .await
        .unwrap();
    let household = made["value"]["id"].clone();
    for name in ["花子", "太郎"] {
        let member = json!({ "householdId": household, "familyName": "寿限無", "givenName": name });
        window.call("member_add", member).await.unwrap();
    }
    window.open_household("寿限無家").await;
    window.press_with("button", &["寿限無 太郎"]).await;
    window.shows("この方の添付はまだありません。").await;
    let input = thirtyfour::By::Css(".attach-part input[type=file]");
    let input = window.driver().find(input).await.unwrap();
    input.send_keys(photo.to_string_lossy()).await.unwrap();
    // With the person, and with the household, which says whose it is.
    window
        .find_with("button", &["手帳.png", "寿限無 太郎さんの添付"])
        .await;
    assert_eq!(window.all_with("button", &["手帳.png"]).await.len(), 2);
    let to_person = "document.querySelector('.attach-part').scrollIntoView({ block: 'center' });";
    window.script(to_person, vec![]).await;
    window.screenshot("attach-member").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    // The other person has none of it.
    window.press_with("button", &["寿限無 花子"]).await;
    window.shows("この方の添付はまだありません。").await;
    assert_eq!(window.all_with("button", &["手帳.png"]).await.len(), 1);
    window.script(TO_TILES, vec![]).await;
    window.screenshot("attach-of-member").await;

    window
        .call("session_settings", json!({ "lang": "en" }))
        .await
        .unwrap();
    window.reload().await;
    window.press_with("button", &["寿限無 太郎"]).await;
    window
        .find_with("button", &["手帳.png", "Of 寿限無 太郎"])
        .await;
    window.script(to_person, vec![]).await;
    window.screenshot("en-attach-member").await;
    window.close().await;
}
