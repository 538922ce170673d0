//! `device`: joining an office, both sides.

use std::path::Path;

use app::Lang;
use app::session::view::{RequestDevice, RequestView};
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
            rim.say(&view, |view| {
                view.items
                    .iter()
                    .map(|device| {
                        let mark = if device.current { "*" } else { " " };
                        let admin = if device.admin { "admin" } else { "" };
                        let role = device.role.as_deref().unwrap_or_default();
                        format!(
                            "{mark} {}\t{}\t{role}\t{admin}\n",
                            device.id, device.worker.name
                        )
                    })
                    .collect()
            })
        }
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
