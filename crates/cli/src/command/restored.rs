//! `status`, and going on with a restored store that could be compared with nobody.

use app::session::Unlocked;
use app::{Lang, Result};
use serde_json::{Value, json};

use super::with_app;
use crate::rim::Rim;

pub(crate) fn status(rim: &Rim) -> Result<()> {
    let view = match rim.unlock()? {
        Unlocked::Open(app) => {
            let at = app.restored_at();
            app.lock()?;
            match at {
                Some(at) => json!({ "state": "restored", "restoredAt": at }),
                None => json!({ "state": "open" }),
            }
        }
        Unlocked::Waiting(waiting) => {
            waiting.lock()?;
            json!({ "state": "waiting" })
        }
    };
    rim.say(&view, |view| words(rim.lang, view))
}

pub(crate) fn accept(rim: &Rim, reason: &str) -> Result<()> {
    with_app(rim, |app| app.open_unchecked(reason))?;
    rim.say(&json!({ "state": "open" }), |view| words(rim.lang, view))
}

fn words(lang: Lang, view: &Value) -> String {
    let word = |key: &str| view.get(key).and_then(Value::as_str).unwrap_or_default();
    match (lang, word("state")) {
        (Lang::Ja, "restored") => format!(
            "バックアップ（{}）から戻した保存先です。消去の知らせがないか、まだ確かめていません。\nsync か bundle import で送受信してください。相手がいないときは restore --accept-unchecked 理由 で開きます。",
            word("restoredAt")
        ),
        (Lang::En, "restored") => format!(
            "Restored from a backup ({}). Nobody was asked yet whether something in it was erased since.\nExchange with sync or bundle import. Where nobody can be reached: restore --accept-unchecked REASON.",
            word("restoredAt")
        ),
        (Lang::Ja, "waiting") => "事務所の承認を待っています。".to_owned(),
        (Lang::En, "waiting") => "Waiting for the approval of the office.".to_owned(),
        (Lang::Ja, _) => "開けます。".to_owned(),
        (Lang::En, _) => "It opens.".to_owned(),
    }
}
