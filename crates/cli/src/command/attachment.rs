//! `attach` and `attachment`: photos, scans, PDFs and texts (添付).

use std::path::Path;

use app::ops;
use app::ops::attachment::{AddAttachment, AttachmentList, AttachmentView};
use app::view::ById;
use app::{AppError, ErrorCode, Lang, Result};
use serde_json::{Value, json};

use super::with_app;
use crate::arguments::AttachmentCommand;
use crate::rim::Rim;

pub(crate) fn add(rim: &Rim, file: &Path, request: AddAttachment) -> Result<()> {
    let (view, _) = with_app(rim, |app| app.attach_file(file, request))?;
    rim.say(&view, |view| {
        let mut said = match rim.lang {
            Lang::Ja => format!(
                "{} を添付しました（{} バイト）。ID: {}",
                view.name, view.size, view.id
            ),
            Lang::En => format!(
                "Attached {} ({} bytes). Id: {}",
                view.name, view.size, view.id
            ),
        };
        said.push('\n');
        said.push_str(kept(rim.lang, view));
        said
    })
}

/// What became of what nobody meant to hand over.
fn kept(lang: Lang, view: &AttachmentView) -> &'static str {
    match (view.width, view.media.as_deref(), lang) {
        (Some(_), _, Lang::Ja) => "撮影場所（GPS）などの付随情報は取り除きました。",
        (Some(_), _, Lang::En) => "Where it was taken (GPS) and other hidden details were removed.",
        (None, Some("application/pdf"), Lang::Ja) => {
            "PDFの中の作成者名などの情報は、そのまま残っています。"
        }
        (None, Some("application/pdf"), Lang::En) => {
            "What the PDF says of its author and its making was kept."
        }
        (None, _, Lang::Ja) => "内容はそのままです。",
        (None, _, Lang::En) => "Its content is as it was.",
    }
}

pub(crate) fn run(rim: &Rim, command: AttachmentCommand) -> Result<()> {
    match command {
        AttachmentCommand::List { household } => {
            let view = call(rim, "attachment.list", json!({ "householdId": household }))?;
            let list: AttachmentList =
                serde_json::from_value(view).map_err(|_| AppError::new(ErrorCode::Internal))?;
            rim.say(&list, |list| {
                let line = |item: &AttachmentView| {
                    let state = match (item.local.arrived == item.local.chunks, rim.lang) {
                        (true, _) => "",
                        (false, Lang::Ja) => "\t本体はまだ届いていません",
                        (false, Lang::En) => "\tthe file has not arrived yet",
                    };
                    format!("{}\t{}\t{}{state}\n", item.id, item.name, item.size)
                };
                list.items.iter().map(line).collect()
            })
        }
        AttachmentCommand::Save { id, out } => {
            let view = with_app(rim, |app| app.attachment_save(&out, &ById { id }))?;
            rim.say(&view, |view| match rim.lang {
                Lang::Ja => format!(
                    "{} に写しを保存しました（{} バイト）。持ち出し管理簿に載せました。",
                    view.file, view.bytes
                ),
                Lang::En => format!(
                    "Saved a copy as {} ({} bytes). The register has an entry.",
                    view.file, view.bytes
                ),
            })
        }
        AttachmentCommand::Remove { id } => {
            let view = call(rim, "attachment.remove", json!({ "id": id }))?;
            rim.say(&view, |_| match rim.lang {
                Lang::Ja => "添付を外しました。undo で戻せます。".to_owned(),
                Lang::En => "Removed the attachment; undo brings it back.".to_owned(),
            })
        }
    }
}

fn call(rim: &Rim, name: &str, arguments: Value) -> Result<Value> {
    with_app(rim, |app| Ok(ops::call(app, name, arguments)?.value))
}
