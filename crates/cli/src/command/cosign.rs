//! `cosign`: asking another administrator for the second signature, and giving it.

use app::session::view::{AskCosign, CosignAct, CosignList, CosignView};
use app::{AppError, ErrorCode, Lang, Result};

use super::with_app;
use crate::arguments::CosignCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: CosignCommand) -> Result<()> {
    let view = match command {
        CosignCommand::List => with_app(rim, |app| app.cosigns())?,
        CosignCommand::Ask {
            colleague,
            act,
            about,
            reason,
        } => {
            let request = asked(colleague, act, about, reason)?;
            with_app(rim, |app| app.cosign_ask(&request))?.0
        }
        CosignCommand::Sign { id } => with_app(rim, |app| app.cosign_answer(&id, true))?.0,
        CosignCommand::Decline { id } => with_app(rim, |app| app.cosign_answer(&id, false))?.0,
        CosignCommand::Withdraw { act } => {
            with_app(rim, |app| app.cosign_withdraw(act.as_deref()))?.0
        }
    };
    rim.say(&view, |view| listed(rim.lang, view))
}

fn asked(
    colleague: String,
    act: String,
    about: String,
    reason: Option<String>,
) -> Result<AskCosign> {
    let mut request = AskCosign {
        colleague,
        reason,
        ..AskCosign::default()
    };
    match act.as_str() {
        "erase" => request.order = Some(about),
        "passErase" => request.pass = Some(about),
        "escrow" => request.set = Some(about),
        "backupDays" => {
            let days = about.trim().parse().ok();
            let wrong = || AppError::new(ErrorCode::InvalidValue).with("field", "days");
            request.days = Some(days.ok_or_else(wrong)?);
        }
        _ => request.device = Some(about),
    }
    request.act = act;
    Ok(request)
}

fn listed(lang: Lang, view: &CosignList) -> String {
    let own = view.own.iter().map(|it| {
        let head = match lang {
            Lang::Ja => format!("{} さんに頼んだもの\t{}", it.name, state(it)),
            Lang::En => format!("asked of {}\t{}", it.name, it.state),
        };
        block(&head, it)
    });
    let waiting = view.waiting.iter().map(|it| {
        let head = match lang {
            Lang::Ja => format!("{} さんからの依頼\t{}", it.name, it.id),
            Lang::En => format!("asked by {}\t{}", it.name, it.id),
        };
        block(&head, it)
    });
    let colleagues = view.colleagues.iter().map(|it| {
        let word = match lang {
            Lang::Ja => "頼める人",
            Lang::En => "may be asked",
        };
        format!("{word}\t{}\t{}\n", it.device, it.name)
    });
    own.chain(waiting).chain(colleagues).collect()
}

fn state(it: &CosignView) -> &'static str {
    match it.state.as_str() {
        "declined" => "断られました",
        "signed" => "署名が届きました",
        "void" => "行えなくなりました",
        _ => "返事待ち",
    }
}

fn block(head: &str, it: &CosignView) -> String {
    let line = |act: &CosignAct| {
        let about = act.device.as_deref().or(act.order.as_deref());
        let days = act.days.map(|days| days.to_string());
        let holders = act.holders.join("、");
        let about = about.or(days.as_deref()).unwrap_or(&holders);
        let name = act.name.as_deref().unwrap_or_default();
        let reason = act.reason.as_deref().unwrap_or_default();
        format!("  {}\t{}\t{about}\t{name}\t{reason}\n", act.id, act.act)
    };
    let acts: String = it.acts.iter().map(line).collect();
    format!("{head}\n{acts}")
}
