//! `bundle`: files for other laptops.

use app::Lang;
use app::session;
use app::session::view::ImportView;
use app::{AppError, ErrorCode, Result};

use super::with_app;
use crate::arguments::BundleCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: BundleCommand) -> Result<()> {
    match command {
        BundleCommand::Export { to, reader } => {
            let device =
                if reader == "all" {
                    None
                } else {
                    Some(session::device_id(&reader).ok_or_else(|| {
                        AppError::new(ErrorCode::InvalidValue).with("field", "--for")
                    })?)
                };
            let view = with_app(rim, |app| app.bundle_export(&to, device))?;
            rim.say(&view, |view| match rim.lang {
                Lang::Ja => format!(
                    "{} に書き出しました（記録 {} 件、うち初めて出るもの {} 件、{} バイト）。",
                    view.file, view.records, view.newly_sent, view.bytes
                ),
                Lang::En => format!(
                    "Wrote {} ({} records, {} changes for the first time, {} bytes).",
                    view.file, view.records, view.newly_sent, view.bytes
                ),
            })
        }
        BundleCommand::Import { path } => {
            let (view, _) = with_app(rim, |app| app.bundle_import(&path))?;
            rim.say(&view, |view| brought(rim.lang, view))
        }
    }
}

fn brought(lang: Lang, view: &ImportView) -> String {
    match lang {
        Lang::Ja => format!(
            "取り込みました: 新しい {} 件、すでにある {} 件、待っている {} 件、受け付けなかった {} 件。",
            view.new,
            view.known,
            view.held,
            view.refused.len()
        ),
        Lang::En => format!(
            "Took in: {} new, {} known, {} held, {} refused.",
            view.new,
            view.known,
            view.held,
            view.refused.len()
        ),
    }
}
