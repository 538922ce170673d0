//! Japanese typed through a real input method, key by key.

use serde_json::json;

use crate::window::{Start, Window};

/// A form with one field, made in our own page, that writes down what it hears.
const FORM: &str = "
    document.body.innerHTML = '<form><label>ことば <input id=words></label></form>';
    window.heard = [];
    const field = document.getElementById('words');
    document.forms[0].addEventListener('submit', (event) => { event.preventDefault(); heard.push('submit'); });
    for (const name of ['compositionstart', 'compositionupdate', 'compositionend'])
        field.addEventListener(name, (event) => heard.push(name + ' ' + event.data));
    field.addEventListener('keydown', (event) => {
        if (event.keyCode === 13 || event.isComposing) heard.push('key ' + event.keyCode + ' ' + event.isComposing);
    });
    const { x, y } = field.getBoundingClientRect();
    return [Math.round(x + 20), Math.round(y + 8)];";

#[tokio::test]
async fn neko_becomes_a_cat_in_the_field_and_the_committing_enter_submits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start {
        input_method: true,
        ..Start::default()
    };
    let window = Window::start_with(&folder.path().join("store"), start).await;
    let place = window.script(FORM, vec![]).await;
    window
        .screen
        .click(place[0].as_i64().unwrap(), place[1].as_i64().unwrap());
    window.screen.focus();
    let value = async || {
        window
            .script("return document.getElementById('words').value", vec![])
            .await
    };

    // The engine answers the first keys late when it has just been started.
    let begun = std::time::Instant::now();
    loop {
        window.screen.keys(&["n", "e", "k", "o"]);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        if value().await == json!("ねこ") {
            break;
        }
        assert!(
            begun.elapsed().as_secs() < 20,
            "the field shows {} while composing",
            value().await
        );
        window.screen.keys(&["Escape", "ctrl+a", "BackSpace"]);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    window.screen.keys(&["space"]);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(value().await, json!("猫"));

    window.screen.keys(&["Return"]);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let heard = window.script("return heard", vec![]).await;
    assert_eq!(value().await, json!("猫"));
    let heard: Vec<_> = heard
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it.as_str())
        .collect();
    assert!(heard.contains(&"compositionend 猫"), "{heard:?}");
    assert!(heard.contains(&"key 229 true"), "{heard:?}");
    assert!(!heard.contains(&"submit"), "{heard:?}");

    // The control: the next Enter does submit.
    window.screen.keys(&["Return"]);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(
        window
            .script("return heard.includes('submit')", vec![])
            .await
            == json!(true)
    );
    window.close().await;
}
