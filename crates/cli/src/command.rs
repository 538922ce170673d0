//! The commands, one file each where they are more than a line.

mod attachment;
mod audit;
mod backup;
mod batch;
mod bench;
mod bundle;
mod cosign;
mod device;
mod erase;
mod escrow;
mod household;
mod hub;
mod init;
mod keys;
mod lan;
mod name;
mod pack;
mod passing;
mod renewal;
mod restored;
mod store;
mod team;

use app::ops::attachment::AddAttachment;
use app::{App, AppError, ErrorCode, Result, ops};
use serde_json::{Value, json};

use crate::arguments::{Arguments, Command, HubCommand};
use crate::rim::Rim;

/// Runs what was asked.
pub(crate) fn run(rim: &Rim, arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Init {
            office,
            worker,
            role,
        } => init::init(rim, office, worker, role),
        Command::Call {
            operation,
            arguments,
        } => call(rim, &operation, arguments),
        Command::Batch { file } => batch::batch(rim, file.as_deref()),
        Command::Ops { operation } => list(rim, operation.as_deref()),
        Command::Search { text, limit } => search(rim, &text, limit),
        Command::Attach {
            file,
            household,
            member,
            note,
            description,
            taken_on,
        } => {
            let request = AddAttachment {
                household_id: household,
                member_id: member,
                note_id: note,
                name: String::new(),
                content: String::new(),
                description,
                taken_on,
            };
            attachment::add(rim, &file, request)
        }
        Command::Attachment(command) => attachment::run(rim, command),
        Command::Bundle(command) => bundle::run(rim, command),
        Command::Rescue { out } => bundle::rescue(rim, &out),
        Command::Sync {
            folder: Some(folder),
            ..
        } => bundle::sync(rim, &folder),
        Command::Sync { lan: Some(to), .. } => lan::sync(rim, &to),
        Command::Sync {
            hub,
            ca,
            watch: true,
            ..
        } => hub::watch(rim, hub.as_deref(), ca.as_deref()),
        Command::Sync { hub, ca, .. } => hub::sync(rim, hub.as_deref(), ca.as_deref()),
        Command::Hub(HubCommand::Join { hub, code, ca }) => {
            hub::join(rim, &hub, &code, ca.as_deref())
        }
        Command::Hub(HubCommand::Ca { file }) => hub::authority(rim, file.as_deref()),
        Command::Lan(command) => lan::run(rim, command),
        Command::Device(command) => device::run(rim, command),
        Command::Erase(command) => erase::run(rim, command),
        Command::Escrow(command) => escrow::run(rim, command),
        Command::Name { of, name } => name::run(rim, of, name),
        Command::Cosign(command) => cosign::run(rim, command),
        Command::Keys(command) => keys::run(rim, command),
        Command::Audit(command) => audit::run(rim, command),
        Command::Household(command) => household::run(rim, command),
        Command::Pass(command) => passing::run(rim, command),
        Command::Team(command) => team::run(rim, command),
        Command::Verify { rebuild } => store::verify(rim, rebuild),
        Command::Passphrase => store::passphrase(rim),
        Command::Backup { out } => backup::backup(rim, &out),
        Command::Status => restored::status(rim),
        Command::Restore {
            accept_unchecked: Some(reason),
            ..
        } => restored::accept(rim, &reason),
        Command::Restore {
            file: Some(file),
            in_place: true,
            with,
            ..
        } => renewal::restore(rim, &file, &with.share),
        Command::Restore {
            file: Some(file),
            to,
            with,
            ..
        } => backup::restore(rim, &file, to.as_deref(), &with.share),
        // Without a backup there is nothing to restore: the shape of the command line asks for one.
        Command::Restore { file: None, .. } => Err(ErrorCode::InvalidRequest.into()),
        Command::Recover {
            to: Some(to), with, ..
        } => store::recover(rim, &to, &with.share),
        Command::Recover { to: None, with, .. } => renewal::recover(rim, &with.share),
        Command::Demo { households, seed } => store::demo(rim, households, seed),
        Command::Pack(command) => pack::run(rim, command),
        Command::Bench { name } => bench::run(rim, name.as_deref()),
    }
}

/// Runs work on the open store, and locks it whatever comes of it.
fn with_app<T>(rim: &Rim, work: impl FnOnce(&mut App) -> Result<T>) -> Result<T> {
    let mut app = rim.open()?;
    let outcome = work(&mut app);
    let locked = app.lock();
    // That the store was wiped says more than that it was to be.
    let outcome = match outcome {
        Err(error) if error.code == ErrorCode::WipeOrdered => {
            return Err(locked.err().unwrap_or(error));
        }
        outcome => outcome,
    };
    let value = outcome?;
    locked?;
    Ok(value)
}

fn call(rim: &Rim, operation: &str, arguments: Option<String>) -> Result<()> {
    let text = match arguments.as_deref() {
        Some("-") => std::io::read_to_string(std::io::stdin())
            .map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))?,
        Some(text) => text.to_owned(),
        None => "{}".to_owned(),
    };
    if !ops::NAMES.contains(&operation) {
        return Err(AppError::new(ErrorCode::UnknownOperation).with("op", operation));
    }
    let arguments: Value = serde_json::from_str(&text).map_err(|_| {
        AppError::new(ErrorCode::InvalidRequest)
            .with("op", operation)
            .with("detail", "JSON")
    })?;
    let view = with_app(rim, |app| ops::call(app, operation, arguments))?.value;
    rim.line(&serde_json::to_string(&view)?)
}

fn list(rim: &Rim, wanted: Option<&str>) -> Result<()> {
    let all: Vec<Value> = ops::all()
        .into_iter()
        .filter(|operation| wanted.is_none_or(|name| name == operation.name))
        .map(|operation| json!({ "name": operation.name, "arguments": operation.arguments, "result": operation.result }))
        .collect();
    match (wanted, all.as_slice()) {
        (Some(name), []) => Err(AppError::new(ErrorCode::UnknownOperation).with("op", name)),
        (Some(_), [one]) => rim.line(&serde_json::to_string_pretty(one)?),
        _ if rim.json => rim.line(&serde_json::to_string(&all)?),
        _ => ops::NAMES.iter().try_for_each(|name| rim.line(name)),
    }
}

fn search(rim: &Rim, text: &str, limit: Option<u32>) -> Result<()> {
    let view = with_app(rim, |app| {
        ops::call(app, "search", json!({ "text": text, "limit": limit }))
    })?
    .value;
    rim.say(&view, |view| {
        let part = |hit: &Value, key: &str| {
            hit.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let lines = |key: &str, mark: &str| -> String {
            view.get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|hit| {
                    format!(
                        "{mark}{}\t{}\t{}\n",
                        part(hit, "kind"),
                        part(hit, "id"),
                        part(hit, "snippet")
                    )
                })
                .collect()
        };
        lines("items", "") + &lines("guesses", "? ")
    })
}
