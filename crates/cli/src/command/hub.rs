//! `sync` and `hub`: the hub of the office (中継サーバー).

use std::path::Path;

use app::hub::{Conversation, talk, unreachable};
use app::session::view::SyncView;
use app::{App, Lang, Result};
use link::HttpCarrier;

use super::with_app;
use crate::rim::Rim;

pub(crate) fn sync(rim: &Rim, url: Option<&str>, authority: Option<&Path>) -> Result<()> {
    converse(rim, authority, |app| Conversation::sync(app, url))
}

pub(crate) fn join(rim: &Rim, url: &str, code: &str, authority: Option<&Path>) -> Result<()> {
    converse(rim, authority, |app| Conversation::join(app, url, code))
}

fn converse(
    rim: &Rim,
    authority: Option<&Path>,
    begin: impl FnOnce(&mut App) -> Result<Conversation>,
) -> Result<()> {
    let (view, _) = with_app(rim, |app| {
        let conversation = begin(app)?;
        let mut carrier = HttpCarrier::new(conversation.url(), authority).map_err(unreachable)?;
        talk(app, conversation, &mut carrier)
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
