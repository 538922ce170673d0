//! `escrow`: the office's escrow (預かり鍵), and opening a laptop with two of its three shares.

use std::path::{Path, PathBuf};

use app::Environment as _;
use app::hub::unreachable;
use app::reentry::{Reentry, reenter};
use app::session::view::{EscrowCard, EscrowCards, EscrowCheck, EscrowView, MakeEscrow};
use app::session::{Opener, Unlocked, open_with_shares, sheet_text};
use app::{AppError, ErrorCode, Lang, Result, System};
use link::HttpCarrier;
use serde_json::json;

use super::{hub, with_app};
use crate::arguments::EscrowCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: EscrowCommand) -> Result<()> {
    match command {
        EscrowCommand::Make { holder } => {
            let request = MakeEscrow { holders: holder };
            let cards = with_app(rim, |app| app.escrow_make(&request))?;
            rim.say(&cards, |cards| shown(rim.lang, cards))
        }
        EscrowCommand::Sign { set } => {
            let paper = rim.paper_key()?;
            let view = with_app(rim, |app| app.escrow_sign(&set, Some(&paper)))?.0;
            rim.say(&view, |view| state(rim.lang, view))
        }
        EscrowCommand::State => {
            let view = with_app(rim, |app| app.escrow())?;
            rim.say(&view, |view| state(rim.lang, view))
        }
        EscrowCommand::Check { share } => {
            let share = read(&share)?;
            let view = with_app(rim, |app| app.escrow_check(&share))?;
            rim.say(&view, |view| checked(rim.lang, view))
        }
        EscrowCommand::Enter { hub, share, ca } => enter(rim, &hub, &share, ca.as_deref()),
        EscrowCommand::Open { share } => open(rim, &share),
    }
}

fn open(rim: &Rim, shares: &[PathBuf]) -> Result<()> {
    let shares = read_all(shares)?;
    let new = rim.new_passphrase()?;
    let app = open_with_shares(&rim.dir()?, &shares, &new, Rim::cost(), Box::new(System))?;
    app.lock()?;
    rim.say(&json!({ "opened": true }), |_| {
        match rim.lang {
            Lang::Ja => "新しい合いことばで開けます。預かり札を使ったことは事務所に記録されました。管理担当は、新しい預かり鍵を作ってください。",
            Lang::En => "The new passphrase opens the laptop. The use of the shares is on record; an administrator should make a new escrow key now.",
        }
        .to_owned()
    })
}

fn enter(rim: &Rim, url: &str, shares: &[PathBuf], ca: Option<&Path>) -> Result<()> {
    let shares = read_all(shares)?;
    let pem = ca.map(hub::authority_in).transpose()?;
    let mut waiting = match rim.unlock()? {
        Unlocked::Waiting(waiting) => *waiting,
        Unlocked::Open(app) => {
            app.lock()?;
            return Err(ErrorCode::AlreadyEnrolled.into());
        }
    };
    let mut come_in = || {
        if let Some(pem) = &pem {
            waiting.keep_hub_authority(pem)?;
        }
        let reentry = Reentry::begin(&waiting, url, &shares)?;
        let authority = waiting.hub_authority()?;
        let mut carrier =
            HttpCarrier::trusting(reentry.url(), authority.as_deref()).map_err(unreachable)?;
        reenter(&mut waiting, reentry, &mut carrier, System.now())
    };
    let sheet = match come_in() {
        Ok(sheet) => sheet,
        Err(error) => {
            waiting.lock()?;
            return Err(error);
        }
    };
    // Whatever comes of the rest, the new paper key is shown this once.
    rim.say(&sheet, |sheet| {
        let told = match rim.lang {
            Lang::Ja => "この端末は管理担当として事務所に入りました。新しい紙の管理鍵を書き写し、失われた端末を止め、新しい預かり鍵を作ってください。",
            Lang::En => "This laptop came into the office as an administrator's. Copy the new paper admin key, shut out the laptops that are lost, and make a new escrow key.",
        };
        format!("{told}\n{}", sheet_text(sheet, rim.lang))
    })?;
    let mut app = waiting.open(Box::new(System))?;
    let brought = hub::bring(rim, &mut app);
    app.lock()?;
    brought
}

/// What somebody typed to open a backup or a damaged store.
pub(super) enum Typed {
    Secret(String),
    Shares { shares: Vec<String>, new: String },
}

impl Typed {
    /// The shares of these files with a new passphrase, or, without them, the passphrase.
    pub(super) fn ask(rim: &Rim, shares: &[PathBuf]) -> Result<Self> {
        if shares.is_empty() {
            return Ok(Self::Secret(rim.passphrase()?));
        }
        Ok(Self::Shares {
            shares: read_all(shares)?,
            new: rim.new_passphrase()?,
        })
    }

    pub(super) fn opener(&self) -> Opener<'_> {
        match self {
            Self::Secret(secret) => Opener::Typed(secret),
            Self::Shares { shares, new } => Opener::Shares {
                shares,
                new,
                cost: Rim::cost(),
            },
        }
    }
}

fn read_all(shares: &[PathBuf]) -> Result<Vec<String>> {
    if shares.len() < 2 {
        return Err(ErrorCode::EscrowOne.into());
    }
    shares.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Result<String> {
    let read = match file.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        _ => std::fs::read_to_string(file),
    };
    read.map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))
}

fn shown(lang: Lang, cards: &EscrowCards) -> String {
    let mut text: String = cards.cards.iter().map(|it| card(lang, it)).collect();
    let set = &cards.set;
    text += &match lang {
        Lang::Ja => format!(
            "この表示は一度きりです。3人がそれぞれ紙に書き写したら、次で有効にします: marugoto escrow sign {set}\n"
        ),
        Lang::En => format!(
            "They are shown this once. When each of the three has copied theirs to paper, put them in force: marugoto escrow sign {set}\n"
        ),
    };
    text
}

fn card(lang: Lang, card: &EscrowCard) -> String {
    let (index, holder) = (card.index, &card.holder);
    let mut text = match lang {
        Lang::Ja => format!("預かり札 {index}　{holder}\n"),
        Lang::En => format!("Share {index}  {holder}\n"),
    };
    for row in &card.rows {
        let words: Vec<&str> = row
            .iter()
            .map(|word| match lang {
                Lang::Ja => word.kana.as_str(),
                Lang::En => word.romaji.as_str(),
            })
            .collect();
        text += &format!("  {}\n", words.join(" "));
    }
    text + "\n"
}

fn state(lang: Lang, view: &EscrowView) -> String {
    let said = |ja: &str, en: &str| match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    };
    let mut lines = Vec::new();
    match &view.set {
        Some(set) => lines.push(format!(
            "{} {set}\t{}",
            said("預かり鍵", "Escrow key"),
            view.holders.join(", ")
        )),
        None => lines.push(said(
            "預かり鍵はまだありません。",
            "There is no escrow key yet.",
        )),
    }
    match view.unreached {
        _ if view.set.is_none() => {}
        None => lines.push(said(
            "端末だけを開ける、前の版の預かり鍵です。新しく作ると、中継サーバーの記録も開けます。",
            "It is of an earlier version and opens laptops only; a new one opens what the hub has, too.",
        )),
        Some(0) => lines.push(said(
            "端末がすべて失われても、中継サーバーの記録を開けます（限定した記録は、読める人が決めたものだけ）。",
            "Where all laptops are lost, it opens what the hub has; of what is restricted, only what its readers let it open.",
        )),
        Some(teams) => lines.push(match lang {
            Lang::Ja => format!("まだ{teams}チームの記録に届いていません。チームの端末が中継サーバーと送受信すると届きます。"),
            Lang::En => format!("It does not reach the records of {teams} team(s) yet; it does once a laptop of theirs has exchanged with the hub."),
        }),
    }
    for used in &view.used {
        lines.push(format!(
            "{}\t{}\t{}",
            said(
                "使われました。新しい預かり鍵を作ってください",
                "Used; make a new escrow key"
            ),
            used.name,
            used.at.as_deref().unwrap_or_default()
        ));
    }
    if let Some(made) = &view.made {
        lines.push(format!(
            "{} marugoto escrow sign {made}",
            said("まだ有効でない札があります:", "Not in force yet:")
        ));
    }
    lines.join("\n")
}

fn checked(lang: Lang, view: &EscrowCheck) -> String {
    let (index, set) = (view.index, &view.set);
    match (lang, view.standing.as_str()) {
        (Lang::Ja, "inForce") => format!("預かり札 {index}。今の預かり鍵 {set} の札です。"),
        (Lang::Ja, "earlier") => {
            format!("預かり札 {index}。前の預かり鍵 {set} の札です。今は使いません。")
        }
        (Lang::Ja, _) => {
            format!("預かり札 {index}。預かり鍵 {set} は、この事務所では有効になっていません。")
        }
        (Lang::En, "inForce") => format!("Share {index} of the escrow key in force, {set}."),
        (Lang::En, "earlier") => {
            format!("Share {index} of an earlier escrow key, {set}; not used any more.")
        }
        (Lang::En, _) => format!("Share {index} of {set}, which is not in force in this office."),
    }
}
