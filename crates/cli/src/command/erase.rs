//! `erase`: orders of erasure and their register (廃棄簿).

use app::session::view::{ErasureKeys, ErasureList, ErasureView, ProposeErasure};
use app::{AppError, ErrorCode, Lang, Result};

use super::with_app;
use crate::arguments::EraseCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: EraseCommand) -> Result<()> {
    let view = match command {
        EraseCommand::Propose {
            household,
            document,
            field,
            reason,
            basis,
            asked_by,
        } => {
            let id = |field: &'static str, text: String| {
                text.parse()
                    .map_err(|_| AppError::new(ErrorCode::InvalidValue).with("field", field))
            };
            let request = ProposeErasure {
                household_id: household.map(|text| id("household", text)).transpose()?,
                documents: document
                    .into_iter()
                    .map(|text| id("document", text))
                    .collect::<Result<_>>()?,
                field,
                reason,
                basis,
                asked_by,
            };
            with_app(rim, |app| app.erase_propose(&request))?.0
        }
        EraseCommand::Late { order } => with_app(rim, |app| app.erase_late(&order))?.0,
        EraseCommand::Sign { order } => {
            let paper = rim.paper_key()?;
            with_app(rim, |app| app.erase_sign(&order, Some(&paper)))?.0
        }
        EraseCommand::Cancel { order } => with_app(rim, |app| app.erase_cancel(&order))?.0,
        EraseCommand::Backups { days } => {
            let paper = rim.paper_key()?;
            with_app(rim, |app| app.erase_backups(days, Some(&paper)))?.0
        }
        EraseCommand::List => with_app(rim, |app| app.erasures())?,
    };
    rim.say(&view, |view| listed(rim.lang, view))
}

fn listed(lang: Lang, view: &ErasureList) -> String {
    view.items.iter().map(|it| line(lang, it)).collect()
}

fn line(lang: Lang, it: &ErasureView) -> String {
    let horizon = it.horizon.as_deref().unwrap_or_default();
    let days = it
        .days_left
        .map(|days| days.to_string())
        .unwrap_or_default();
    let by = it.signed_by.as_deref().unwrap_or_default();
    let state = match (lang, it.state.as_str()) {
        (Lang::Ja, "proposed") => "起案".to_owned(),
        (Lang::Ja, "hidden") => format!("署名済み・あと{days}日で消去"),
        (Lang::Ja, "erased") => "消去済み".to_owned(),
        (Lang::Ja, _) => "取消し".to_owned(),
        (Lang::En, "hidden") => format!("signed, destroyed in {days} days"),
        (Lang::En, other) => other.to_owned(),
    };
    let late = match (lang, it.late) {
        (_, 0) => String::new(),
        (Lang::Ja, late) => format!("\tあとから届いた分 {late} 件: erase late"),
        (Lang::En, late) => format!("\t{late} records came later: erase late"),
    };
    let keys = it.keys.as_ref().map(|keys| keys_of(lang, keys));
    let keys = keys.unwrap_or_default();
    format!(
        "{}\t{state}\t{}\t{}\t{}\t{}\t{by}\t{horizon}{keys}{late}\n",
        it.id, it.at, it.records, it.reason, it.basis
    )
}

/// How far the keys are given up under which it lay.
fn keys_of(lang: Lang, keys: &ErasureKeys) -> String {
    if let Some(since) = &keys.nowhere {
        return match lang {
            Lang::Ja => format!("\tどこでも読めない（{since}から）"),
            Lang::En => format!("\tdeciphered nowhere since {since}"),
        };
    }
    let names: Vec<_> = keys.waiting.iter().chain(&keys.teams).collect();
    if names.is_empty() {
        return String::new();
    }
    let names = names.iter().map(|name| name.as_str()).collect::<Vec<_>>();
    match lang {
        Lang::Ja => format!("\t鍵の更新待ち: {}", names.join("、")),
        Lang::En => format!("\twaits for keys of: {}", names.join(", ")),
    }
}
