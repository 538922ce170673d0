//! `audit`: the access log, on this device and as a file.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use app::ops::{self, audit::ListAudit};
use app::{AppError, ErrorCode, Lang, Result};
use serde_json::{Value, json};
use verifier::Report;

use super::with_app;
use crate::arguments::AuditCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: AuditCommand) -> Result<()> {
    match command {
        AuditCommand::List {
            text,
            act,
            from,
            to,
            limit,
        } => {
            let wish = ListAudit {
                text,
                act,
                from,
                to,
                limit,
                ..ListAudit::default()
            };
            show(rim, "audit.list", serde_json::to_value(wish)?, entry)
        }
        AuditCommand::Books => show(rim, "audit.books", json!({}), book),
        AuditCommand::HandIn => show(rim, "audit.handIn", json!({}), book),
        AuditCommand::Export { out, from, to } => export(rim, &out, from, to),
        AuditCommand::Check { file } => check(rim, &file),
    }
}

/// Calls an operation and says each of its items in a line.
fn show(rim: &Rim, name: &str, arguments: Value, line: fn(&Value) -> String) -> Result<()> {
    let view = with_app(rim, |app| ops::call(app, name, arguments))?.value;
    rim.say(&view, |view| {
        let items = view.get("items").and_then(Value::as_array);
        let lines: Vec<_> = items.into_iter().flatten().map(line).collect();
        lines.join("\n")
    })
}

fn entry(item: &Value) -> String {
    let worker = item.get("worker").map(|worker| text(worker, "name"));
    [
        text(item, "at"),
        worker.unwrap_or_default(),
        text(item, "act"),
        text(item, "kind"),
        text(item, "household"),
        text(item, "about"),
        text(item, "reason"),
        text(item, "detail"),
    ]
    .join("\t")
}

fn book(item: &Value) -> String {
    let worker = item.get("worker").map(|worker| text(worker, "name"));
    let faults = item.get("faults").map(Value::to_string);
    let entries = item.get("entries").map(Value::to_string);
    [
        text(item, "device"),
        worker.unwrap_or_default(),
        entries.unwrap_or_default(),
        text(item, "lastAt"),
        faults.unwrap_or_default(),
    ]
    .join("\t")
}

fn text(value: &Value, key: &str) -> String {
    let found = value.get(key).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

fn export(rim: &Rim, out: &Path, from: Option<String>, to: Option<String>) -> Result<()> {
    let wish = ListAudit {
        from,
        to,
        ..ListAudit::default()
    };
    let view = with_app(rim, |app| app.audit_export(out, &wish, rim.lang))?;
    rim.say(&view, |view| match (rim.lang, view.checkable) {
        (Lang::Ja, true) => format!(
            "{} に書き出しました（{} 件）。「marugoto audit check」で、どこでも確かめられます。",
            view.file, view.entries
        ),
        (Lang::Ja, false) => format!(
            "{} に表を書き出しました（{} 件）。",
            view.file, view.entries
        ),
        (Lang::En, true) => format!(
            "Wrote {} ({} entries). `marugoto audit check` checks it anywhere.",
            view.file, view.entries
        ),
        (Lang::En, false) => format!("Wrote the table {} ({} entries).", view.file, view.entries),
    })
}

fn check(rim: &Rim, file: &Path) -> Result<()> {
    let input = File::open(file).map_err(|e| AppError::new(ErrorCode::FileFailed).because(e))?;
    let report = verifier::check(BufReader::new(input)).map_err(|e| app::unreadable(&e))?;
    rim.say(&report, |report| said(rim.lang, report))?;
    if report.ok {
        Ok(())
    } else {
        Err(ErrorCode::FileDamaged.into())
    }
}

fn said(lang: Lang, report: &Report) -> String {
    let mut lines = Vec::new();
    for log in &report.logs {
        lines.push(match lang {
            Lang::Ja => format!(
                "{} {}: {} 件　最後 {}",
                log.device, log.worker, log.entries, log.last
            ),
            Lang::En => format!(
                "{} {}: {} entries, last {}",
                log.device, log.worker, log.entries, log.last
            ),
        });
        lines.extend(log.faults.iter().map(|fault| format!("  ✕ {fault}")));
    }
    lines.extend(report.faults.iter().map(|fault| format!("✕ {fault}")));
    lines.push(
        match (lang, report.ok) {
            (Lang::Ja, true) => "抜けも書き換えもありません。",
            (Lang::Ja, false) => "このファイルの記録には、抜けか書き換えがあります。",
            (Lang::En, true) => "Nothing is missing and nothing was altered.",
            (Lang::En, false) => "Something in this file is missing or was altered.",
        }
        .to_owned(),
    );
    lines.join("\n")
}
