//! `verify`, `recover` and `demo`: the store as a whole.

use std::path::{Path, PathBuf};

use app::Lang;
use app::session::{self, Unlocked};
use app::verify::{self, Rebuild, RecoverView};
use app::{AppError, Environment as _, ErrorCode, Result, System, demo};
use serde_json::json;

use super::escrow::Typed;
use crate::rim::Rim;

pub(crate) fn verify(rim: &Rim, rebuild: bool) -> Result<()> {
    let rebuild = if rebuild {
        Rebuild::Refill
    } else {
        Rebuild::Compare
    };
    let view = verify::verify(
        &rim.dir()?,
        &rim.passphrase()?,
        rebuild,
        rim.lang,
        Box::new(System),
    )?;
    rim.say(&view, |view| {
        let mut lines: Vec<String> = view
            .findings
            .iter()
            .map(|finding| format!("{}: {}\n  {}", finding.code, finding.message, finding.safe))
            .collect();
        lines.push(match (rim.lang, view.ok) {
            (Lang::Ja, true) => {
                format!("異常は見つかりませんでした（記録 {} 件）。", view.documents)
            }
            (Lang::Ja, false) => "異常があります。何も消さないでください。".to_owned(),
            (Lang::En, true) => format!("Nothing wrong was found ({} documents).", view.documents),
            (Lang::En, false) => "Something is wrong. Delete nothing.".to_owned(),
        });
        lines.push(match (rim.lang, &view.last_compared) {
            (Lang::Ja, Some(last)) => format!("最後に照合: {}, {}", last.name, last.at),
            (Lang::Ja, None) => "最後に照合: まだありません".to_owned(),
            (Lang::En, Some(last)) => format!("Last compared: {}, {}", last.name, last.at),
            (Lang::En, None) => "Last compared: never".to_owned(),
        });
        lines.join("\n")
    })?;
    if view.ok {
        Ok(())
    } else {
        Err(AppError::new(ErrorCode::StoreDamaged))
    }
}

pub(crate) fn recover(rim: &Rim, to: &Path, shares: &[PathBuf]) -> Result<()> {
    let typed = Typed::ask(rim, shares)?;
    let view = verify::recover(&rim.dir()?, to, typed.opener(), Box::new(System))?;
    rim.say(&view, |view| saved(rim.lang, view))
}

/// What was saved, in words.
pub(crate) fn saved(lang: Lang, view: &RecoverView) -> String {
    let missing: u64 = view.missing.values().sum::<u64>() + view.commits_missing;
    match lang {
        Lang::Ja => format!(
            "取り出しました: 変更 {} 件、記録 {} 件。確かめられなかった行 {} 件、見当たらないもの {missing} 件。",
            view.changes, view.documents, view.refused
        ),
        Lang::En => format!(
            "Saved {} changes in {} documents. {} rows did not verify, {missing} things are missing.",
            view.changes, view.documents, view.refused
        ),
    }
}

pub(crate) fn demo(rim: &Rim, households: u32, seed: u64) -> Result<()> {
    let app = demo::make(&rim.dir()?, &demo::Wish { households, seed }, System.now())?;
    app.lock()?;
    let view = json!({ "passphrase": demo::PASSPHRASE, "households": households, "seed": seed });
    rim.say(&view, |_| match rim.lang {
        Lang::Ja => format!(
            "みほん市ができました。合いことばは「{}」です。",
            demo::PASSPHRASE
        ),
        Lang::En => format!("みほん市 is ready. Its passphrase is {}.", demo::PASSPHRASE),
    })
}

/// Puts a new passphrase in the place of what opened the store.
pub(crate) fn passphrase(rim: &Rim) -> Result<()> {
    let old = rim.passphrase()?;
    let mut app = match session::unlock(&rim.dir()?, &old, Box::new(System))? {
        Unlocked::Open(app) => *app,
        Unlocked::Waiting(_) => return Err(ErrorCode::Waiting.into()),
    };
    let changed = rim
        .new_passphrase()
        .and_then(|new| app.change_passphrase(&old, &new, Rim::cost()));
    app.lock()?;
    changed?;
    rim.say(&json!({ "changed": true }), |_| {
        match rim.lang {
            Lang::Ja => "合いことばを変えました。",
            Lang::En => "The passphrase was changed.",
        }
        .to_owned()
    })
}
