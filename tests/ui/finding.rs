//! What a person and a screen reader call a thing is how the tests find it.

use thirtyfour::Key;

use crate::window::Window;

/// A page of our own making, with a name from a label, one from a reference, one hidden, and a custom role.
const PAGE: &str = "
    document.body.innerHTML = `
        <main><h1>世帯</h1>
            <label>名前 <input></label>
            <span id=word>保存</span><button aria-labelledby=word></button>
            <button hidden>保存</button>
            <div role=tab tabindex=0>概況</div>
            <p role=status></p>
        </main>`;
    const [input, status] = [document.querySelector('input'), document.querySelector('[role=status]')];
    document.querySelector('button').addEventListener('click', () => {
        status.textContent = input.value + 'を保存しました';
        document.querySelector('[role=tab]').remove();
    });";

#[tokio::test]
async fn things_are_found_by_role_and_name_and_used_like_a_person_does() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::start(&folder.path().join("store")).await;
    window.script(PAGE, vec![]).await;
    assert_eq!(window.all("heading", "世帯").await.len(), 1);
    assert_eq!(
        window.all("heading", "世").await.len(),
        0,
        "a name is the whole name"
    );
    assert_eq!(
        window.all("button", "保存").await.len(),
        1,
        "what is hidden is not there"
    );
    assert_eq!(window.all("tab", "").await.len(), 1);

    window.fill("名前", "古い名").await;
    window.fill("名前", "髙橋 渡邉").await;
    window.keys(" 𠮷").await;
    window.press("button", "保存").await;
    window.shows("髙橋 渡邉 𠮷を保存しました").await;
    window.gone("tab", "概況").await;
    window.keys(Key::Tab + "").await;
    assert!(!window.text().await.contains("概況"));
    assert_eq!(
        window
            .find("textbox", "名前")
            .await
            .value()
            .await
            .unwrap()
            .unwrap(),
        "髙橋 渡邉 𠮷"
    );
    window.close().await;
}
