//! `sync` and `hub`: the hub of the office (中継サーバー).

use std::path::Path;

use app::hub::{Conversation, talk, unreachable};
use app::session::view::SyncView;
use app::{App, AppError, ErrorCode, Lang, Result};
use link::HttpCarrier;
use serde_json::json;

use super::with_app;
use crate::rim::Rim;

pub(crate) fn sync(rim: &Rim, url: Option<&str>, authority: Option<&Path>) -> Result<()> {
    converse(rim, authority, |app| Conversation::sync(app, url))
}

pub(crate) fn join(rim: &Rim, url: &str, code: &str, authority: Option<&Path>) -> Result<()> {
    converse(rim, authority, |app| Conversation::join(app, url, code))
}

/// Keeps the certificates of a file, or forgets those that are kept.
pub(crate) fn authority(rim: &Rim, file: Option<&Path>) -> Result<()> {
    let pem = file.map(authority_in).transpose()?;
    with_app(rim, |app| app.keep_hub_authority(pem.as_deref()))?;
    rim.say(&json!({ "kept": pem.is_some() }), |_| {
        match (rim.lang, pem.is_some()) {
            (Lang::Ja, true) => "中継サーバーを、この証明書で確かめます。",
            (Lang::Ja, false) => "中継サーバーを、このパソコンの証明書で確かめます。",
            (Lang::En, true) => "The hub is checked against this certificate.",
            (Lang::En, false) => "The hub is checked against the certificates of this computer.",
        }
        .to_owned()
    })
}

fn authority_in(file: &Path) -> Result<Vec<u8>> {
    link::authority_in(file)
        .map_err(|error| AppError::new(ErrorCode::NotACertificate).because(error))
}

fn converse(
    rim: &Rim,
    authority: Option<&Path>,
    begin: impl FnOnce(&mut App) -> Result<Conversation>,
) -> Result<()> {
    let view = with_app(rim, |app| {
        let conversation = begin(app)?;
        let url = conversation.url().to_owned();
        let authority = match authority {
            Some(file) => Some(authority_in(file)?),
            None => app.hub_authority()?,
        };
        let mut carrier = HttpCarrier::trusting(&url, authority.as_deref()).map_err(unreachable)?;
        let (mut view, _) = talk(app, conversation, &mut carrier)?;
        // Attachments are carried in as many talks as it takes.
        while view.more {
            let conversation = Conversation::sync(app, Some(&url))?;
            let (next, _) = talk(app, conversation, &mut carrier)?;
            view = view.and(next);
        }
        Ok(view)
    })?;
    rim.say(&view, |view| said(rim.lang, view))
}

fn said(lang: Lang, view: &SyncView) -> String {
    let mut lines = vec![match lang {
        Lang::Ja => format!(
            "{} と送受信しました: 送信 {} 件（サーバーの受領 {} 件）、新しい {} 件、待っている {} 件、受け付けなかった {} 件。",
            view.hub.url,
            view.sent,
            view.confirmed,
            view.new,
            view.held,
            view.refused.len()
        ),
        Lang::En => format!(
            "Exchanged with {}: {} changes sent ({} records signed for by the hub), {} new, {} held, {} refused.",
            view.hub.url,
            view.sent,
            view.confirmed,
            view.new,
            view.held,
            view.refused.len()
        ),
    }];
    let megabytes = |bytes: u64| format!("{}.{}", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20);
    if view.files_sent + view.files_received > 0 {
        let (sent, came) = (megabytes(view.files_sent), megabytes(view.files_received));
        lines.push(match lang {
            Lang::Ja => format!("添付の本体: 送信 {sent} MB、受信 {came} MB。"),
            Lang::En => format!("Files of attachments: {sent} MB sent, {came} MB received."),
        });
    }
    if view.restored {
        lines.push(
            match lang {
                Lang::Ja => "中継サーバーは、前に見たときと違う過去を持っています（バックアップから戻された、など）。すべて照らし合わせ、足りないものを送り直しました。",
                Lang::En => "The hub has another past than when it was last seen (restored from a backup, perhaps). Everything was compared, and sent again where it lacked.",
            }
            .to_owned(),
        );
    }
    if !view.left_out.is_empty() {
        let codes = view.left_out.join(", ");
        lines.push(match lang {
            Lang::Ja => format!("中継サーバーが受け取らなかったものがあります: {codes}"),
            Lang::En => format!("The hub did not take everything: {codes}"),
        });
    }
    lines.join("\n")
}
