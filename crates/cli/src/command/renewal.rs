//! `recover --in-place` and `restore --in-place`: a fresh store takes the place of the one that lies there.

use std::path::{Path, PathBuf};

use app::renewal::{self, PlacedView, Prepared};
use app::{AppError, Environment, ErrorCode, Lang, Result, System};
use serde_json::{Value, json};

use super::escrow::Typed;
use super::{backup, store};
use crate::rim::Rim;

pub(crate) fn recover(rim: &Rim, shares: &[PathBuf]) -> Result<()> {
    let typed = Typed::ask(rim, shares)?;
    let (prepared, view) = renewal::recover(&rim.dir()?, typed.opener(), Box::new(System))?;
    let words = store::saved(rim.lang, &view);
    place(rim, prepared, serde_json::to_value(&view)?, &words)
}

pub(crate) fn restore(rim: &Rim, file: &Path, shares: &[PathBuf]) -> Result<()> {
    let typed = Typed::ask(rim, shares)?;
    let system: fn() -> Box<dyn Environment> = || Box::new(System);
    let (prepared, view) = renewal::restore(file, &rim.dir()?, typed.opener(), rim.lang, system)?;
    if !view.ok {
        // Nobody is there to be asked whether it is better than what lies there.
        rim.say(&view, |view| backup::words(rim.lang, view, false))?;
        return Err(AppError::new(ErrorCode::StoreDamaged));
    }
    let words = backup::words(rim.lang, &view, true);
    place(rim, prepared, serde_json::to_value(&view)?, &words)
}

fn place(rim: &Rim, prepared: Prepared, mut view: Value, words: &str) -> Result<()> {
    let placed = prepared.put_in_place(&mut System)?;
    if let (Value::Object(map), Some(kept)) = (&mut view, &placed.kept) {
        map.insert("kept".to_owned(), json!(kept));
    }
    rim.say(&view, |_| {
        format!("{words}\n{}", kept_at(rim.lang, &placed))
            .trim_end()
            .to_owned()
    })
}

fn kept_at(lang: Lang, placed: &PlacedView) -> String {
    match (&placed.kept, lang) {
        (None, _) => String::new(),
        (Some(kept), Lang::Ja) => {
            format!("前からあった保存先は、消さずに {kept} に残してあります。")
        }
        (Some(kept), Lang::En) => format!("The store that lay there was kept: {kept}"),
    }
}
