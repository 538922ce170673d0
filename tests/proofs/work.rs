//! Work whose every piece can be told again: each line of a batch carries a mark, and what was answered must be there.

use std::path::Path;

use app::session::{self, Unlocked};
use app::verify::{self, Rebuild};
use app::{App, AppError, Lang, System, ops};
use serde_json::{Value, json};

use crate::program::Talk;

/// Writes one line after the other into a household, at most `lines` of them, until the program is gone. Each answered
/// mark goes to `answered`.
pub(crate) fn write(
    talk: &mut Talk,
    household: &str,
    run: u32,
    lines: u32,
    mut answered: impl FnMut(String),
) {
    let mut note = Value::Null;
    for line in 0..lines {
        let mark = format!("しるし{run:05}・{line:05}。");
        let id = json!(household);
        let answer = match line % 4 {
            0 => talk.ask("note.create", json!({ "householdId": id, "text": mark })),
            1 => {
                let text = format!("{}{mark}", note["text"].as_str().unwrap());
                talk.ask(
                    "note.edit",
                    json!({ "id": note["id"], "text": text, "base": note["version"] }),
                )
            }
            2 => talk.ask(
                "member.add",
                json!({ "householdId": id, "givenName": mark, "birth": "昭和30年頃" }),
            ),
            _ => talk.ask("memo.create", json!({ "text": mark })),
        };
        let Some(answer) = answer else { return };
        assert!(answer["error"].is_null(), "{answer}");
        if line % 4 == 0 {
            note = answer["ok"].clone();
        }
        answered(mark);
    }
}

/// Opens a store in this process.
pub(crate) fn open(dir: &Path, secret: &str) -> Result<Box<App>, AppError> {
    match session::unlock(dir, secret, Box::new(System))? {
        Unlocked::Open(app) => Ok(app),
        Unlocked::Waiting(_) => Err(app::ErrorCode::Waiting.into()),
    }
}

/// Everything that stands in a household and in the memos, as text.
pub(crate) fn everything(app: &mut App, household: &str) -> Result<String, AppError> {
    let household = ops::call(app, "household.get", json!({ "id": household }))?.value;
    let memos = ops::call(app, "memo.list", json!({}))?.value;
    Ok(format!("{household}{memos}"))
}

/// What `marugoto verify` says: the codes of what it found, or of what keeps it from looking.
pub(crate) fn verify(dir: &Path, secret: &str) -> Verified {
    match verify::verify(dir, secret, Rebuild::Compare, Lang::Ja, Box::new(System)) {
        Ok(view) => Verified {
            ok: view.ok,
            codes: view
                .findings
                .into_iter()
                .map(|finding| finding.code)
                .collect(),
            last_compared: view.last_compared.is_some(),
        },
        Err(error) => Verified {
            ok: false,
            codes: vec![error.code.as_str().to_owned()],
            last_compared: false,
        },
    }
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Nothing is damaged or missing.
    pub(crate) ok: bool,
    /// What was said, by code.
    pub(crate) codes: Vec<String>,
    /// Whether it knows when it last met another device.
    pub(crate) last_compared: bool,
}
