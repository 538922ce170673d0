//! What each operation is in the access log. A test holds that every operation has a class.

use domain::DocId;
use serde_json::Value;
use wire::audit::Act;

use super::Deed;

/// What an operation is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Opens one record of this kind.
    Opens(&'static str),
    /// Lists; what stands in the list is not named.
    Lists,
    /// Searches; neither words nor hits are named.
    Searches,
    /// Writes into a record of this kind.
    Writes(&'static str),
    /// Changes who reads a restricted record.
    Grants,
    /// Opens a restricted record, with a reason.
    BreaksGlass,
    /// Looks at this log.
    LooksAtLog,
    /// Shows no record: lists of words, dates, the worker's own filters.
    ShowsNothing,
}

/// The class of an operation.
pub(crate) fn class(name: &str) -> Option<Class> {
    Some(match name {
        "intake.get" => Class::Opens("intake"),
        "household.get" => Class::Opens("household"),
        "note.get" => Class::Opens("note"),
        "assessment.get" => Class::Opens("round"),
        "attachment.get" | "attachment.open" => Class::Opens("attachment"),
        "history" => Class::Opens("document"),
        "intake.list" | "household.list" | "conflict.list" | "memo.list" | "carryout.list"
        | "handover.list" | "cover.list" | "cover.away" | "access.list" | "today.get"
        | "attachment.list" | "link.offers" => Class::Lists,
        "search" | "intake.similar" => Class::Searches,
        "intake.create" | "intake.update" => Class::Writes("intake"),
        "household.create" | "household.update" | "household.moveTeam" => {
            Class::Writes("household")
        }
        "member.add" | "member.update" | "member.leave" | "member.move" | "member.decline"
        | "member.shield" | "member.unshield" => Class::Writes("member"),
        "note.create" | "note.edit" | "note.update" | "note.mark" | "note.confirm"
        | "note.move" => Class::Writes("note"),
        "attachment.add" | "attachment.update" | "attachment.remove" => Class::Writes("attachment"),
        "link.make" | "link.retract" => Class::Writes("link"),
        "assessment.start" | "assessment.answer" | "assessment.cite" => Class::Writes("round"),
        "conflict.resolve" | "undo" | "redo" => Class::Writes("document"),
        "memo.create" | "memo.edit" | "memo.discard" => Class::Writes("memo"),
        "carryout.close" => Class::Writes("carryout"),
        "handover.offer" | "handover.answer" => Class::Writes("handover"),
        "cover.start" | "cover.end" | "cover.read" => Class::Writes("cover"),
        "restricted.open" => Class::BreaksGlass,
        "access.grant" | "access.remove" | "access.escrow" => Class::Grants,
        "audit.list" | "audit.books" => Class::LooksAtLog,
        // That somebody looked for restricted records of a household would tell that there are some; opening one is noted.
        "restricted.list" => Class::ShowsNothing,
        "audit.handIn" | "saved.list" | "saved.put" | "saved.drop" | "pack.list" | "list.all"
        | "area.list" | "date.read" => Class::ShowsNothing,
        _ => return None,
    })
}

/// What of a call is noted before it runs; nothing where it shows no record.
pub(crate) fn asked(name: &str, arguments: &Value) -> Option<Deed> {
    let (act, kind) = match class(name) {
        Some(Class::ShowsNothing) => return None,
        Some(Class::Opens(kind)) => (Act::Open, kind),
        Some(Class::Lists) => (Act::List, ""),
        Some(Class::Searches) => (Act::Search, ""),
        Some(Class::Writes(kind)) => (Act::Write, kind),
        Some(Class::Grants) => (Act::Grant, "restricted"),
        Some(Class::BreaksGlass) => (Act::BreakGlass, "restricted"),
        Some(Class::LooksAtLog) => (Act::LookAtLog, ""),
        // Of an operation that nobody has classed, it is told at least that it was called.
        None => (Act::Other(0), ""),
    };
    let mut deed = Deed {
        kind,
        ..Deed::of(act, name)
    };
    deed.subject = id(arguments, "id").or_else(|| id(arguments, "roundId"));
    deed.household = id(arguments, "householdId");
    if matches!(act, Act::BreakGlass) {
        let reason = arguments.get("reason").and_then(Value::as_str);
        deed.reason = reason.unwrap_or_default().trim().to_owned();
    }
    Some(deed)
}

impl Deed {
    /// What is noted once the view is there: what was made, and the household.
    pub(crate) fn seen(mut self, view: &Value) -> Self {
        let one = !matches!(self.act, Act::List | Act::Search | Act::LookAtLog);
        if one && self.subject.is_none() {
            self.subject = id(view, "id");
        }
        if one && self.household.is_none() {
            self.household = id(view, "householdId");
        }
        if self.kind == "household" {
            self.household = self.household.or(self.subject);
        }
        self
    }
}

fn id(value: &Value, key: &str) -> Option<[u8; 16]> {
    let text = value.get(key)?.as_str()?;
    text.parse::<DocId>().ok().map(DocId::to_bytes)
}

/// What the session commands and the program's own entries are: those that show or move records are noted where they happen.
const COMMANDS: &[(&str, &[&str])] = &[
    ("unlock", &["session_unlock"]),
    (
        "passphrase",
        &["session_change_passphrase", "session_open_with_shares"],
    ),
    (
        "device",
        &[
            "device_approve",
            "device_act",
            "device_report",
            "team_act",
            "erase_propose",
            "erase_sign",
            "erase_late",
            "erase_cancel",
            "erase_backups",
            "keys_sweep",
            "name_change",
            "cosign_ask",
            "cosign_answer",
            "cosign_withdraw",
            "escrow_make",
            "escrow_sign",
            "escrow_enter",
            "pass_wish",
            "pass_out",
            "pass_receipt",
            "pass_erase",
            "pass_proof",
        ],
    ),
    (
        "export",
        &["bundle_export", "rescue_export", "attachment_save"],
    ),
    ("import", &["bundle_import", "pass_in"]),
    ("backup", &["backup_write"]),
    ("restore", &["session_open_unchecked"]),
    ("exportLog", &["audit_export", "audit_table"]),
    // No record is read through these: sealed records pass, or only the program itself is asked.
    (
        "nothing",
        &[
            "session_status",
            "session_suggest_passphrase",
            "session_strength",
            "session_found",
            "session_demo",
            "session_next_store",
            "session_new_store",
            "session_settings",
            "device_request",
            "device_open_request",
            "device_accept",
            "device_list",
            "notices_read",
            "office_confirm",
            "bundle_waiting",
            "set_aside_list",
            "hub_sync",
            "hub_join",
            "way_authority",
            "way_authority_drop",
            "way_folder",
            "way_folder_drop",
            "folder_sync",
            "lan_open",
            "lan_close",
            "lan_status",
            "lan_find",
            "lan_sync",
            "team_list",
            "erase_list",
            "keys_state",
            "cosign_list",
            "escrow_state",
            "escrow_check",
            "escrow_authority",
            "pass_list",
            "pass_open_wish",
            "pass_look",
            "pass_check",
            "backup_check",
            "store_recover",
            "store_restore",
            "store_put_in_place",
            "store_put_away",
            "recovery_save",
        ],
    ),
];

/// Whether it is decided what the access log keeps of an operation or a session command. The window's own test holds that
/// it is for all of them.
#[must_use]
pub fn says_what_is_logged(name: &str) -> bool {
    class(name).is_some() || COMMANDS.iter().any(|(_, names)| names.contains(&name))
}
