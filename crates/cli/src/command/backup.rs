//! `backup` and `restore`.

use std::path::{Path, PathBuf};

use app::backup::{self, RestoreView};
use app::{AppError, Environment, ErrorCode, Lang, Result, System};

use super::escrow::Typed;
use super::with_app;
use crate::rim::Rim;

pub(crate) fn backup(rim: &Rim, out: &Path) -> Result<()> {
    let view = with_app(rim, |app| app.back_up(out))?;
    rim.say(&view, |view| match rim.lang {
        Lang::Ja => format!(
            "{} にバックアップを作りました（世帯 {} 件、{} バイト）。",
            view.file, view.households, view.bytes
        ),
        Lang::En => format!(
            "Wrote the backup {} ({} households, {} bytes).",
            view.file, view.households, view.bytes
        ),
    })
}

/// Restores into a new folder, or only tries it.
pub(crate) fn restore(rim: &Rim, file: &Path, to: Option<&Path>, shares: &[PathBuf]) -> Result<()> {
    let system: fn() -> Box<dyn Environment> = || Box::new(System);
    let view = match to {
        Some(to) => {
            let typed = Typed::ask(rim, shares)?;
            backup::restore(file, to, typed.opener(), rim.lang, system)?
        }
        None => backup::check(file, &rim.passphrase()?, rim.lang, system)?,
    };
    rim.say(&view, |view| words(rim.lang, view, to.is_some()))?;
    if view.ok {
        Ok(())
    } else {
        Err(AppError::new(ErrorCode::StoreDamaged))
    }
}

pub(crate) fn words(lang: Lang, view: &RestoreView, made: bool) -> String {
    let newest = view.newest.as_deref().unwrap_or("-");
    let (households, documents) = (view.households, view.documents);
    match (lang, made) {
        (Lang::Ja, true) => format!(
            "戻しました: 世帯 {households} 件、記録 {documents} 件、いちばん新しい記入 {newest}。そのあとの記入は、同僚との受け渡しで戻ります。"
        ),
        (Lang::Ja, false) => format!(
            "このバックアップは戻せます: 世帯 {households} 件、記録 {documents} 件、いちばん新しい記入 {newest}。何も変えていません。"
        ),
        (Lang::En, true) => format!(
            "Restored {households} households, {documents} documents, the newest entry of {newest}. What was written later comes back from colleagues."
        ),
        (Lang::En, false) => format!(
            "This backup can be restored: {households} households, {documents} documents, the newest entry of {newest}. Nothing was changed."
        ),
    }
}
