//! `sync` and `hub`: the hub of the office (中継サーバー).

use std::path::Path;
use std::time::{Duration, Instant};

use app::hub::{Conversation, talk_with, unreachable};
use app::session::view::SyncView;
use app::{App, AppError, ErrorCode, Lang, Result};
use link::{HttpCarrier, Sound};
use serde_json::json;

use super::with_app;
use crate::rim::Rim;

/// How often the hub is asked when it says nothing.
const NOW_AND_THEN: Duration = Duration::from_secs(60);
/// The least rest between two talks, and how many times as long as the talk before it is at least.
const REST: Duration = Duration::from_secs(3);
const REST_TIMES: u32 = 4;

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

pub(crate) fn authority_in(file: &Path) -> Result<Vec<u8>> {
    link::authority_in(file)
        .map_err(|error| AppError::new(ErrorCode::NotACertificate).because(error))
}

fn converse(
    rim: &Rim,
    authority: Option<&Path>,
    begin: impl FnOnce(&mut App) -> Result<Conversation>,
) -> Result<()> {
    let view = with_app(rim, |app| {
        let authority = trusted(app, authority)?;
        let conversation = begin(app)?;
        Ok(exchange(app, conversation, authority.as_deref())?.0)
    })?;
    rim.say(&view, |view| said(rim.lang, view))
}

/// Exchanges again and again, until it is stopped: when the hub says that something is new, and now and then. A hub that is
/// away is no error.
pub(crate) fn watch(rim: &Rim, url: Option<&str>, authority: Option<&Path>) -> Result<()> {
    with_app(rim, |app| {
        let authority = trusted(app, authority)?;
        let mut is_first = true;
        loop {
            let begun = Instant::now();
            let talked = Conversation::sync(app, url)
                .and_then(|conversation| exchange(app, conversation, authority.as_deref()));
            match talked {
                Ok((view, line)) => {
                    if is_first || view.new + view.sent > 0 {
                        rim.say(&view, |view| said(rim.lang, view))?;
                    }
                    is_first = false;
                    let took = begun.elapsed();
                    wait_for_poke(line);
                    std::thread::sleep(REST.max(took * REST_TIMES));
                }
                Err(error) if error.code.exit() == 4 => std::thread::sleep(NOW_AND_THEN),
                Err(error) => return Err(error),
            }
        }
    })
}

/// Where to listen, and with what.
type Line = (HttpCarrier, Option<[u8; 32]>);

/// Returns when the hub says that something is new, and at the latest after a minute.
fn wait_for_poke((carrier, token): Line) {
    let begun = Instant::now();
    let mut poked = false;
    if let Some(token) = token {
        // A line that breaks is no news.
        let _ = carrier.listen(&token, |sound| {
            poked |= sound == Sound::Poke;
            !poked && begun.elapsed() < NOW_AND_THEN
        });
    }
    if !poked {
        std::thread::sleep(NOW_AND_THEN.saturating_sub(begun.elapsed()));
    }
}

/// One talk, and as many more as attachments take.
fn exchange(
    app: &mut App,
    mut conversation: Conversation,
    authority: Option<&[u8]>,
) -> Result<(SyncView, Line)> {
    let url = conversation.url().to_owned();
    let mut carrier = HttpCarrier::trusting(&url, authority).map_err(unreachable)?;
    let (mut view, _) = talk_with(app, &mut conversation, &mut carrier)?;
    while view.more {
        conversation = Conversation::sync(app, Some(&url))?;
        let (next, _) = talk_with(app, &mut conversation, &mut carrier)?;
        view = view.and(next);
    }
    Ok((view, (carrier, conversation.token())))
}

/// Brings a laptop that has just come in what the hub has, and says what came.
pub(crate) fn bring(rim: &Rim, app: &mut App) -> Result<()> {
    let authority = app.hub_authority()?;
    let conversation = Conversation::sync(app, None)?;
    let view = exchange(app, conversation, authority.as_deref())?.0;
    rim.say(&view, |view| said(rim.lang, view))
}

/// The certificates of the file that was named, or those that are kept.
fn trusted(app: &mut App, file: Option<&Path>) -> Result<Option<Vec<u8>>> {
    match file {
        Some(file) => authority_in(file).map(Some),
        None => app.hub_authority(),
    }
}

/// How much of attachments went and came, where anything did.
pub(super) fn files(lang: Lang, sent: u64, received: u64) -> Option<String> {
    let megabytes = |bytes: u64| format!("{}.{}", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20);
    let (gone, came) = (megabytes(sent), megabytes(received));
    (sent + received > 0).then(|| match lang {
        Lang::Ja => format!("添付の本体: 送信 {gone} MB、受信 {came} MB。"),
        Lang::En => format!("Files of attachments: {gone} MB sent, {came} MB received."),
    })
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
    lines.extend(files(lang, view.files_sent, view.files_received));
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
