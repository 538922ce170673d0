//! みほん市 in the window: one option opens it, one key locks it.

use crate::window::{Start, Window};

#[tokio::test]
async fn the_sample_office_opens_at_once_and_locks_with_one_press() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::start_with(&folder.path().join("store"), Start::demo()).await;
    window.find("button", "相談を受ける").await;
    window.shows("見本データ").await;
    assert_eq!(window.axe().await, [] as [String; 0]);
    window.screenshot("demo-first-screen").await;

    window.press("button", "ロック").await;
    window.gone("button", "相談を受ける").await;
    assert!(!window.text().await.contains("見本データ"));
    assert!(
        window
            .call("today_get", serde_json::json!({}))
            .await
            .is_err(),
        "nothing is read behind the lock"
    );
    window.close().await;
}
