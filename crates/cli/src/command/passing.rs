//! `pass`: cases go to another office, and the proof that they are gone here.

use std::path::Path;

use app::session::spoken;
use app::session::view::{
    PassFileView, PassList, PassOut, PassTaken, PassView, ProofView, WishView,
};
use app::{AppError, ErrorCode, Lang, Result};
use serde_json::json;

use super::with_app;
use crate::arguments::PassCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: PassCommand) -> Result<()> {
    match command {
        PassCommand::Wish { out } => {
            let (view, bytes) = with_app(rim, |app| app.pass_wish())?;
            write(&out, &bytes)?;
            rim.say(&view, |view| wish(rim.lang, view))
        }
        PassCommand::Out {
            wish,
            out,
            household,
            intake,
            restricted,
            all,
            reason,
            basis,
            yes,
        } => {
            let bytes = read(&wish)?;
            let request = PassOut {
                households: household,
                intakes: intake,
                restricted,
                all,
                reason,
                basis,
                paper_admin_key: Some(rim.paper_key()?),
            };
            let view = with_app(rim, |app| {
                let view = app.pass_read_wish(&bytes)?;
                if !yes && !rim.ask(&self::wish(rim.lang, &view)) {
                    return Err(ErrorCode::NotConfirmed.into());
                }
                Ok(app.pass_out(&out, &bytes, &request)?.0)
            })?;
            rim.say(&view, |view| line(rim.lang, view))
        }
        PassCommand::In {
            file,
            receipt,
            team,
            reader,
            yes,
        } => {
            let (view, bytes) = with_app(rim, |app| {
                let view = app.pass_look(&file)?;
                if !yes && !rim.ask(&offered(rim.lang, &view)) {
                    return Err(ErrorCode::NotConfirmed.into());
                }
                let (taken, receipt, _) = app.pass_in(&file, team.as_deref(), &reader)?;
                Ok((taken, receipt))
            })?;
            write(&receipt, &bytes)?;
            rim.say(&view, |view| taken(rim.lang, view))
        }
        PassCommand::Receipt { file } => {
            let bytes = read(&file)?;
            let view = with_app(rim, |app| app.pass_receipt(&bytes))?.0;
            rim.say(&view, |view| listed(rim.lang, view))
        }
        PassCommand::Erase { id } => {
            let paper = rim.paper_key()?;
            let view = with_app(rim, |app| app.pass_erase(&id, Some(&paper)))?.0;
            rim.say(&view, |view| listed(rim.lang, view))
        }
        PassCommand::Proof { id, out } => {
            let bytes = with_app(rim, |app| app.pass_proof(&id))?;
            write(&out, &bytes)?;
            rim.say(&json!({ "bytes": bytes.len() }), |_| {
                format!("{}\n", out.display())
            })
        }
        PassCommand::List => {
            let view = with_app(rim, |app| app.passes())?;
            rim.say(&view, |view| listed(rim.lang, view))
        }
        PassCommand::Check { file } => {
            let view = app::passing::check(&read(&file)?)?;
            rim.say(&view, |view| proved(rim.lang, view))
        }
    }
}

fn wish(lang: Lang, view: &WishView) -> String {
    let words = spoken(&view.words);
    match lang {
        Lang::Ja => format!(
            "{}（{}さん）の依頼の言葉: {words}",
            view.office, view.worker
        ),
        Lang::En => format!(
            "Words of the wish of {} ({}): {words}",
            view.office, view.worker
        ),
    }
}

fn offered(lang: Lang, view: &PassFileView) -> String {
    let (words, n) = (spoken(&view.words), view.households);
    let before: String = view
        .before
        .iter()
        .map(|words| match lang {
            Lang::Ja => format!("\nそれより前の事務所の言葉: {}", spoken(words)),
            Lang::En => format!("\nOffice words of one before: {}", spoken(words)),
        })
        .collect();
    match lang {
        Lang::Ja => format!(
            "{} の事務所の言葉: {words}\n{}さんが {} に署名。{n} 世帯、限定した記録 {} 件、記録 {} 件。理由: {}{before}",
            view.office, view.by, view.at, view.restricted, view.records, view.reason
        ),
        Lang::En => format!(
            "Office words of {}: {words}\nSigned by {} at {}. {n} households, {} restricted, {} records. Reason: {}{before}",
            view.office, view.by, view.at, view.restricted, view.records, view.reason
        ),
    }
}

fn taken(lang: Lang, view: &PassTaken) -> String {
    match lang {
        Lang::Ja => format!(
            "{} から {} 世帯、世帯になる前の受付 {} 件、限定した記録 {} 件。新しい記録 {} 件、前に届いていた記録 {} 件。添付の部分 {} 個（届かなかったもの {} 個）\n",
            view.office,
            view.households,
            view.intakes,
            view.restricted,
            view.records,
            view.known,
            view.chunks,
            view.missing
        ),
        Lang::En => format!(
            "{} households, {} intakes without one and {} restricted records of {}. {} new records, {} that were here. {} parts of attachments ({} did not come)\n",
            view.households,
            view.intakes,
            view.restricted,
            view.office,
            view.records,
            view.known,
            view.chunks,
            view.missing
        ),
    }
}

fn listed(lang: Lang, view: &PassList) -> String {
    view.items.iter().map(|it| line(lang, it)).collect()
}

fn line(lang: Lang, view: &PassView) -> String {
    let state = match (lang, view.state.as_str()) {
        (Lang::Ja, "passed") => "受領待ち",
        (Lang::Ja, "arrived") => "受領済み",
        (Lang::Ja, "erasing") => "消去の署名済み",
        (Lang::Ja, "erased") => "消去済み",
        (_, state) => state,
    };
    format!(
        "{}\t{state}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
        view.id,
        view.at,
        view.to,
        view.households,
        view.records,
        view.reason,
        view.intakes,
        view.restricted
    )
}

fn proved(lang: Lang, view: &ProofView) -> String {
    let (words, to) = (spoken(&view.words), spoken(&view.wish_words));
    match lang {
        Lang::Ja => format!(
            "この証明は正しく、つながっています。\n{}（事務所の言葉: {words}）から {}（依頼の言葉: {to}）へ\n{} 世帯、記録 {} 件\n引き継ぎ {}、受領 {}、消去 {}（二人が署名した廃棄の指示 {} 件）\n",
            view.from,
            view.to,
            view.households,
            view.records,
            view.passed_at,
            view.arrived_at,
            view.erased_at,
            view.orders
        ),
        Lang::En => format!(
            "The proof holds.\nFrom {} (office words: {words}) to {} (words of the wish: {to})\n{} households, {} records\nPassed on {}, arrived {}, destroyed {} ({} orders of erasure, each signed by two)\n",
            view.from,
            view.to,
            view.households,
            view.records,
            view.passed_at,
            view.arrived_at,
            view.erased_at,
            view.orders
        ),
    }
}

/// Reads a paper: the longest is a proof, at most 32 MiB.
fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| AppError::new(ErrorCode::FileFailed).because(error);
    if std::fs::metadata(path).map_err(failed)?.len() > 33 << 20 {
        return Err(ErrorCode::FileOversized.into());
    }
    std::fs::read(path).map_err(failed)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))
}
