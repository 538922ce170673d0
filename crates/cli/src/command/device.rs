//! `device`: joining an office, both sides.

use std::path::Path;

use app::Lang;
use app::session::view::{
    DeviceAct, DeviceList, DeviceReport, DeviceView, RequestDevice, RequestView,
};
use app::session::{self, Unlocked, Waiting, spoken};
use app::{App, AppError, ErrorCode, Result, System};
use serde_json::json;

use super::with_app;
use crate::arguments::DeviceCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: DeviceCommand) -> Result<()> {
    match command {
        DeviceCommand::Request { worker, out } => request(rim, worker, &out),
        DeviceCommand::Approve {
            file,
            out,
            role,
            admin,
            yes,
        } => approve(rim, &file, &out, &role, admin, yes),
        DeviceCommand::Accept { file, yes } => accept(rim, &file, yes),
        DeviceCommand::List => {
            let view = with_app(rim, |app| app.devices())?;
            rim.say(&view, listed)
        }
        DeviceCommand::Freeze { device } => act(rim, device, "freeze", Details::default()),
        DeviceCommand::Unfreeze { device } => act(rim, device, "release", Details::default()),
        DeviceCommand::Leave { device } => act(rim, device, "left", Details::default()),
        DeviceCommand::Adopt { device } => act(rim, device, "adopt", Details::default()),
        DeviceCommand::Role { device, role } => {
            let role = Some(role);
            act(rim, device, "role", Details { role, reason: None })
        }
        DeviceCommand::Wipe { device, reason } => {
            let reason = Some(reason);
            act(rim, device, "wipe", Details { role: None, reason })
        }
        DeviceCommand::Revoke { device } => act(rim, device, "revoke", Details::default()),
        DeviceCommand::Admin { device, remove } => {
            let word = if remove { "removeAdmin" } else { "addAdmin" };
            act(rim, device, word, Details::default())
        }
        DeviceCommand::Report { device } => {
            let view = with_app(rim, |app| app.device_report(&device))?;
            rim.say(&view, |view| report(rim.lang, view))
        }
    }
}

/// What belongs to some acts only.
#[derive(Default)]
struct Details {
    role: Option<String>,
    reason: Option<String>,
}

fn act(rim: &Rim, device: String, act: &str, details: Details) -> Result<()> {
    let takes_two = ["revoke", "wipe", "addAdmin", "removeAdmin"].contains(&act);
    let request = DeviceAct {
        device,
        act: act.to_owned(),
        role: details.role,
        reason: details.reason,
        paper_admin_key: takes_two.then(|| rim.paper_key()).transpose()?,
    };
    let view = with_app(rim, |app| app.device_act(&request))?.0;
    rim.say(&view, listed)
}

fn listed(view: &DeviceList) -> String {
    let line = |device: &DeviceView| {
        let mark = if device.current { "*" } else { " " };
        let admin = if device.admin { "admin" } else { "" };
        let frozen = match (device.wipe, device.frozen) {
            (Some(true), _) => "wipe",
            (_, true) => "frozen",
            _ => "",
        };
        let role = device.role.as_deref().unwrap_or_default();
        format!(
            "{mark} {}\t{}\t{role}\t{admin}\t{}\t{frozen}\n",
            device.id, device.worker.name, device.standing
        )
    };
    view.items.iter().map(line).collect()
}

fn report(lang: Lang, view: &DeviceReport) -> String {
    let mut said = facts(lang, view);
    if view.device.wipe == Some(true) {
        said.push_str(match lang {
            Lang::Ja => "\n記録の消去: 指示済み",
            Lang::En => "\nWipe: ordered",
        });
        match (&view.device.rescued_at, lang) {
            (Some(at), Lang::Ja) => said.push_str(&format!("、救出ファイルを {at} に取り込み済み")),
            (Some(at), Lang::En) => {
                said.push_str(&format!(", its rescue file was taken in at {at}"))
            }
            (None, Lang::Ja) => said.push_str("、まだ確かめられていません"),
            (None, Lang::En) => said.push_str(", not confirmed yet"),
        }
    }
    said
}

fn facts(lang: Lang, view: &DeviceReport) -> String {
    let never = match lang {
        Lang::Ja => "なし",
        Lang::En => "never",
    };
    let last = view.last_record_at.as_deref().unwrap_or(never);
    match lang {
        Lang::Ja => format!(
            "端末 {}（{}）\n状態: {}{}\n作成: {}\n最後に届いた記録: {last}\nこの端末から届いた記録: {} 件\n入っていた世帯: 多くとも {} 世帯、{} 人\nこの端末も読める限定記録: {} 件\n保存の暗号: {}、合いことばの推測1回に Argon2id {} MiB × {} 回以上",
            view.device.id,
            view.device.worker.name,
            view.device.standing,
            if view.device.frozen {
                "（停止中）"
            } else {
                ""
            },
            view.at,
            view.records,
            view.households,
            view.people,
            view.restricted,
            view.cipher,
            view.argon_memory_mib,
            view.argon_passes,
        ),
        Lang::En => format!(
            "Device {} ({})\nStanding: {}{}\nMade: {}\nLast record that arrived: {last}\nRecords of it here: {}\nOn it: at most {} households, {} people\nRestricted records that this laptop reads too: {}\nAt rest: {}; a guess at the passphrase costs Argon2id with {} MiB, {} passes, or more",
            view.device.id,
            view.device.worker.name,
            view.device.standing,
            if view.device.frozen { ", frozen" } else { "" },
            view.at,
            view.records,
            view.households,
            view.people,
            view.restricted,
            view.cipher,
            view.argon_memory_mib,
            view.argon_passes,
        ),
    }
}

fn request(rim: &Rim, worker: String, out: &Path) -> Result<()> {
    let request = RequestDevice {
        worker,
        passphrase: rim.passphrase()?,
    };
    let rules = if Rim::scripted() {
        session::Rules::Waived
    } else {
        session::Rules::Kept
    };
    let (waiting, bytes, sheet) =
        session::request(&rim.dir()?, &request, Rim::cost(), rules, Box::new(System))?;
    let words = waiting.device_words()?;
    waiting.lock()?;
    write(out, &bytes)?;
    let view = json!({ "deviceWords": words, "recoveryCode": sheet.recovery_code });
    rim.say(&view, |_| {
        let told = match rim.lang {
            Lang::Ja => "端末の言葉（管理担当と読み合わせてください）",
            Lang::En => "Device words (compare them with the administrator)",
        };
        format!(
            "{}\n{told}: {}",
            session::sheet_text(&sheet, rim.lang),
            spoken(&words)
        )
    })
}

fn approve(rim: &Rim, file: &Path, out: &Path, role: &str, admin: bool, yes: bool) -> Result<()> {
    let request = read(file)?;
    // An administrator is added by two: this device, and the paper of the recovery sheet.
    let paper = if admin { Some(rim.paper_key()?) } else { None };
    let (view, approval) = with_app(rim, |app| {
        let view = app.read_request(&request)?;
        if !yes && !rim.ask(&compare(rim, &view)) {
            return Err(ErrorCode::NotConfirmed.into());
        }
        let approval = app.approve(&request, role, paper.as_deref())?;
        Ok((view, approval))
    })?;
    write(out, &approval)?;
    rim.say(&view, |view| compare(rim, view))
}

fn compare(rim: &Rim, view: &RequestView) -> String {
    let (device, office) = (spoken(&view.device_words), spoken(&view.office_words));
    match rim.lang {
        Lang::Ja => format!(
            "{} さんの端末の言葉: {device}\n事務所の言葉: {office}",
            view.worker
        ),
        Lang::En => format!(
            "Device words of {}: {device}\nOffice words: {office}",
            view.worker
        ),
    }
}

fn accept(rim: &Rim, file: &Path, yes: bool) -> Result<()> {
    let approval = read(file)?;
    let mut app = match rim.unlock()? {
        Unlocked::Waiting(waiting) => take(*waiting, &approval)?,
        // It was taken before, and the words were not compared yet.
        Unlocked::Open(app) => *app,
    };
    if app.office_confirmed()? {
        app.lock()?;
        return Err(ErrorCode::AlreadyEnrolled.into());
    }
    let words = session::view_words(&app.office_words());
    let told = match rim.lang {
        Lang::Ja => format!("事務所の言葉: {}", spoken(&words)),
        Lang::En => format!("Office words: {}", spoken(&words)),
    };
    let confirmed = yes || rim.ask(&told);
    if confirmed {
        app.confirm_office()?;
    }
    app.lock()?;
    let view = json!({ "officeWords": words, "confirmed": confirmed });
    rim.say(&view, |_| {
        if confirmed {
            return told.clone();
        }
        let still = match rim.lang {
            Lang::Ja => "事務所の確認がまだです。言葉を読み合わせてから --yes を付けてもう一度受け取ってください。",
            Lang::En => "The office is not confirmed yet. Compare the words, then confirm them.",
        };
        format!("{told}\n{still}")
    })
}

fn take(mut waiting: Waiting, approval: &[u8]) -> Result<App> {
    match waiting.accept(approval) {
        Ok(()) => waiting.open(Box::new(System)),
        Err(error) => {
            waiting.lock()?;
            Err(error)
        }
    }
}

/// Reads a file of at most 16 MiB; requests and approvals are far smaller.
fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| AppError::new(ErrorCode::FileFailed).because(error);
    if std::fs::metadata(path).map_err(failed)?.len() > 16 * 1024 * 1024 {
        return Err(ErrorCode::FileOversized.into());
    }
    std::fs::read(path).map_err(failed)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))
}
