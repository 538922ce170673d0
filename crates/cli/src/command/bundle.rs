//! `bundle` and `sync --folder`: files for other laptops.

use std::path::Path;

use app::Lang;
use app::session;
use app::session::view::{ExportBundle, ExportView, FolderView, ImportView};
use app::{AppError, ErrorCode, Result};

use super::with_app;
use crate::arguments::BundleCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: BundleCommand) -> Result<()> {
    match command {
        BundleCommand::Export {
            to,
            reader,
            complete,
            medium,
            purpose,
            return_by,
        } => {
            if reader != "all" && session::device_id(&reader).is_none() {
                return Err(AppError::new(ErrorCode::InvalidValue).with("field", "--for"));
            }
            let request = ExportBundle {
                for_device: Some(reader).filter(|reader| reader != "all"),
                complete: Some(complete),
                medium,
                purpose,
                return_by,
            };
            let view = with_app(rim, |app| app.bundle_export(&to, &request))?;
            rim.say(&view, |view| wrote(rim.lang, view))
        }
        BundleCommand::Import { path } => {
            let (view, _) = with_app(rim, |app| app.bundle_import(&path))?;
            rim.say(&view, |view| brought(rim.lang, view))
        }
    }
}

pub(crate) fn rescue(rim: &Rim, out: &Path) -> Result<()> {
    let view = with_app(rim, |app| app.rescue(out, &ExportBundle::default()))?;
    rim.say(&view, |view| match rim.lang {
        Lang::Ja => format!(
            "{} に書き出しました（記録 {} 件、まだ送っていない変更 {} 件）。管理担当に渡してください。ほかの人には開けません。",
            view.file, view.records, view.newly_sent
        ),
        Lang::En => format!(
            "Wrote {} ({} records, {} changes not sent yet). Hand it to an administrator; nobody else can open it.",
            view.file, view.records, view.newly_sent
        ),
    })
}

pub(crate) fn sync(rim: &Rim, folder: &Path) -> Result<()> {
    let (view, _) = with_app(rim, |app| app.folder_sync(folder))?;
    rim.say(&view, |view| exchanged(rim.lang, view))
}

fn wrote(lang: Lang, view: &ExportView) -> String {
    let mut said = match lang {
        Lang::Ja => format!(
            "{} に書き出しました（記録 {} 件、うち初めて出るもの {} 件、{} バイト）。",
            view.file, view.records, view.newly_sent, view.bytes
        ),
        Lang::En => format!(
            "Wrote {} ({} records, {} changes for the first time, {} bytes).",
            view.file, view.records, view.newly_sent, view.bytes
        ),
    };
    if !view.complete {
        said.push_str(match lang {
            Lang::Ja => {
                "\n受け取る側がもう持っている分は入れていません。すべて入れるときは --complete を付けます。"
            }
            Lang::En => {
                "\nWhat the readers have already is left out; --complete puts everything in."
            }
        });
    }
    said
}

fn brought(lang: Lang, view: &ImportView) -> String {
    let mut said = match lang {
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
    };
    if view.rescue == Some(true) {
        said.push_str(match lang {
            Lang::Ja => "\n救出ファイルでした。端末が外されているときは、marugoto device adopt で引き取れます。",
            Lang::En => "\nThis was a rescue file. Where the laptop was shut out, marugoto device adopt takes it over.",
        });
    }
    if view.missing > 0 {
        said.push_str(&match lang {
            Lang::Ja => format!(
                "\nこの端末にあるはずの記録が {} 件ありません。送ってくれた人に、すべて入れたファイル（--complete）を頼んでください。",
                view.missing
            ),
            Lang::En => format!(
                "\n{} records that this laptop was said to have are not here. Ask that colleague for a whole file (--complete).",
                view.missing
            ),
        });
    }
    said
}

fn exchanged(lang: Lang, view: &FolderView) -> String {
    let files = match lang {
        Lang::Ja => format!("新しいファイルを {} 個、読みました。", view.files),
        Lang::En => format!("Read {} new files.", view.files),
    };
    let written = match (&view.written, lang) {
        (Some(written), _) => wrote(lang, written),
        (None, Lang::Ja) => "フォルダーに足りないものはなく、何も書き出していません。".to_owned(),
        (None, Lang::En) => "The folder lacks nothing; no file was written.".to_owned(),
    };
    [files, brought(lang, &view.brought), written].join("\n")
}
