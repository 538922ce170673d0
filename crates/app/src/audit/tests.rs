//! The laws of the access log.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use wire::audit::Act;

use super::classes::{Class, class};
use super::*;
use crate::exchange::tests::{NOON, attempt, call, founding, give, id, office};
use crate::{ErrorCode, Fixed, ops};

thread_local! {
    /// The protection taken out, for red controls.
    pub(super) static ONE_BOOK: Cell<bool> = const { Cell::new(false) };
}

const DAY: i64 = 86_400_000;

fn bytes_of(id: &str) -> [u8; 16] {
    id.parse::<domain::DocId>().unwrap().to_bytes()
}

/// What stands in the device's books, in the order of the books and their places.
fn entries(app: &App) -> Vec<Entry> {
    app.store
        .read(|reader| {
            let mut all = Vec::new();
            for book in reader.audit_books()? {
                if book.device == app.identity.device {
                    all.extend(reader.audit_book(&book.device, &book.book)?);
                }
            }
            Ok::<_, store::Error>(all)
        })
        .unwrap()
        .iter()
        .map(|row| Entry::parse(&row.bytes).unwrap())
        .collect()
}

fn has(app: &App, act: Act, subject: &str) -> bool {
    let wanted = (act.number(), Some(bytes_of(subject)));
    entries(app).iter().any(|it| (it.act, it.subject) == wanted)
}

fn on_day(app: App, days: i64, seed: u64) -> App {
    app.with_environment(Box::new(Fixed::new(NOON + days * DAY, seed)))
}

/// A household with a member, a note, a round and an intake.
fn household(app: &mut App) -> [String; 5] {
    let intake = id(&call(app, "intake.create", json!({ "text": "家賃の相談" })));
    let household = id(&call(app, "household.create", json!({ "name": "見本家" })));
    let member = call(
        app,
        "member.add",
        json!({ "householdId": household, "familyName": "見本", "givenName": "梅" }),
    );
    let note = call(
        app,
        "note.create",
        json!({ "householdId": household, "text": "訪問した。" }),
    );
    let pack = call(app, "pack.list", json!({}));
    let pack = pack["items"][0]["id"].clone();
    let round = call(
        app,
        "assessment.start",
        json!({ "householdId": household, "pack": pack }),
    );
    let (member, note, round) = (id(&member), id(&note), id(&round));
    [household, member, note, round, intake]
}

#[test]
fn every_operation_has_a_class() {
    let without: Vec<_> = ops::NAMES
        .iter()
        .filter(|name| class(name).is_none())
        .collect();
    assert_eq!(without, [&""; 0]);
    // Red control: one that nobody classed has none, and is noted all the same.
    assert_eq!(class("case.peek"), None);
    let deed = classes::asked("case.peek", &json!({})).unwrap();
    assert_eq!(
        (deed.act, deed.detail.as_str()),
        (Act::Other(0), "case.peek")
    );
}

#[test]
fn what_is_read_and_written_is_told_record_by_record() {
    let (mut app, _) = founding("佐藤", 1);
    let [household, member, note, round, intake] = household(&mut app);
    for (act, subject) in [
        (Act::Write, &household),
        (Act::Write, &member),
        (Act::Write, &note),
        (Act::Write, &round),
        (Act::Write, &intake),
    ] {
        assert!(has(&app, act, subject), "{act:?} {subject}");
    }
    call(&mut app, "household.get", json!({ "id": household }));
    call(&mut app, "note.get", json!({ "id": note }));
    call(&mut app, "assessment.get", json!({ "roundId": round }));
    call(&mut app, "intake.get", json!({ "id": intake }));
    call(&mut app, "history", json!({ "id": member }));
    call(&mut app, "search", json!({ "text": "見本" }));
    call(&mut app, "household.list", json!({}));
    assert!(!has(&app, Act::Open, &household), "it waits for a commit");
    app.flush().unwrap();
    for subject in [&household, &note, &round, &intake, &member] {
        assert!(has(&app, Act::Open, subject), "{subject}");
    }
    let all = entries(&app);
    let detail = |act: Act| -> Vec<_> {
        let of_act = all.iter().filter(|it| it.act == act.number());
        of_act.map(|it| it.detail.as_str()).collect()
    };
    assert_eq!(detail(Act::Search), ["search"]);
    assert_eq!(detail(Act::List), ["household.list"]);
    // Neither what was searched for nor a name stands anywhere.
    for entry in &all {
        let bytes = entry.to_bytes();
        let words = ["見本", "梅", "訪問", "家賃"];
        let told = words
            .iter()
            .any(|word| bytes.windows(word.len()).any(|at| at == word.as_bytes()));
        assert!(!told, "{entry:?}");
    }
}

/// Every operation that reads or writes leaves an entry of its own kind; called by name, as the window and the command line
/// call it.
#[test]
fn each_operation_that_shows_a_record_is_noted_when_it_is_called() {
    let (mut app, _) = founding("佐藤", 2);
    let [household, member, note, round, intake] = household(&mut app);
    let memo = id(&call(
        &mut app,
        "memo.create",
        json!({ "text": "電話あり" }),
    ));
    let mut noted = 0;
    for (name, arguments) in [
        ("intake.get", json!({ "id": intake })),
        ("intake.list", json!({})),
        ("intake.similar", json!({ "id": intake })),
        ("household.list", json!({})),
        ("household.get", json!({ "id": household })),
        (
            "household.update",
            json!({ "id": household, "field": "summary", "value": "様子" }),
        ),
        (
            "member.update",
            json!({ "id": member, "field": "phone", "value": "0312345678" }),
        ),
        ("note.get", json!({ "id": note })),
        (
            "note.edit",
            json!({ "id": note, "text": "訪問した。元気。" }),
        ),
        ("note.confirm", json!({ "id": note })),
        ("assessment.get", json!({ "roundId": round })),
        ("conflict.list", json!({})),
        ("memo.list", json!({})),
        ("memo.edit", json!({ "id": memo, "text": "電話二回" })),
        ("memo.discard", json!({ "id": memo })),
        ("carryout.list", json!({})),
        ("handover.list", json!({})),
        ("cover.list", json!({})),
        ("access.list", json!({ "householdId": household })),
        ("history", json!({ "id": note })),
        ("today.get", json!({})),
        ("search", json!({ "text": "見本" })),
        ("audit.list", json!({})),
        ("undo", json!({})),
    ] {
        // More than ten minutes lie between two calls, so that none is part of another.
        noted += 1;
        app = app.with_environment(Box::new(Fixed::new(
            NOON + noted * ONE * 2,
            noted as u64 + 9,
        )));
        app.flush().unwrap();
        let before = entries(&app).len();
        call(&mut app, name, arguments);
        app.flush().unwrap();
        let after = entries(&app);
        assert_eq!(after.len(), before + 1, "{name}");
        assert_eq!(after.last().unwrap().detail, name);
    }
    // What shows no record leaves none.
    for name in [
        "pack.list",
        "list.all",
        "area.list",
        "saved.list",
        "audit.handIn",
    ] {
        assert_eq!(class(name), Some(Class::ShowsNothing));
        let before = entries(&app).len();
        call(&mut app, name, json!({}));
        app.flush().unwrap();
        assert_eq!(entries(&app).len(), before, "{name}");
    }
}

#[test]
fn of_three_hundred_reads_each_is_there_and_the_same_one_once_in_ten_minutes() {
    let (mut app, _) = founding("佐藤", 3);
    let made: Vec<_> = (0..300)
        .map(|n| {
            id(&call(
                &mut app,
                "household.create",
                json!({ "name": format!("見本{n}") }),
            ))
        })
        .collect();
    for _ in 0..3 {
        for household in &made {
            call(&mut app, "household.get", json!({ "id": household }));
        }
    }
    app.flush().unwrap();
    let opened = |app: &App| -> Vec<_> {
        let all = entries(app);
        let of_act = all.into_iter().filter(|it| it.act == Act::Open.number());
        of_act.filter_map(|it| it.subject).collect()
    };
    let all = opened(&app);
    assert_eq!(all.len(), 300);
    let subjects: BTreeSet<_> = made.iter().map(|id| bytes_of(id)).collect();
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), subjects);
    // Ten minutes later it is another one.
    app = app.with_environment(Box::new(Fixed::new(NOON + 2 * ONE, 4)));
    call(&mut app, "household.get", json!({ "id": made[0] }));
    app.flush().unwrap();
    assert_eq!(opened(&app).len(), 301);
}

#[test]
fn a_read_is_on_the_disk_with_the_next_commit_and_a_refused_one_keeps_it() {
    let (mut app, _) = founding("佐藤", 5);
    let [household, ..] = household(&mut app);
    call(&mut app, "household.get", json!({ "id": household }));
    let refused = attempt(
        &mut app,
        "household.update",
        json!({ "id": household, "field": "nonsense", "value": 1 }),
    );
    assert!(refused.is_err() && !has(&app, Act::Open, &household));
    call(&mut app, "memo.create", json!({ "text": "あ" }));
    assert!(has(&app, Act::Open, &household));
}

/// A day goes by, and everybody gives to everybody.
fn next_day<const N: usize>(devices: [App; N], day: i64) -> [App; N] {
    let mut number = 0;
    let mut devices = devices.map(|app| {
        number += 1;
        on_day(app, day, 1000 + number + day as u64 * 10)
    });
    for _ in 0..2 {
        for from in 0..N {
            for to in 0..N {
                if from != to {
                    let [one, two] = devices.get_disjoint_mut([from, to]).unwrap();
                    give(one, two);
                }
            }
        }
    }
    devices
}

fn seen_by(app: &mut App, whose: [u8; 16]) -> Vec<Value> {
    let device = crate::facts::said::hex(&whose);
    let list = call(
        app,
        "audit.list",
        json!({ "device": device, "limit": 1000 }),
    );
    list["items"].as_array().unwrap().clone()
}

#[test]
fn a_day_that_is_over_reaches_the_auditor_and_no_colleague() {
    let [mut admin, mut worker, mut colleague] = office(6);
    let [household, ..] = household(&mut worker);
    call(&mut worker, "household.get", json!({ "id": household }));
    worker.flush().unwrap();
    let whose = worker.identity.device;
    give(&mut worker, &mut admin);
    assert_eq!(
        seen_by(&mut admin, whose),
        [Value::Null; 0],
        "the day is not over"
    );
    [admin, worker, colleague] = next_day([admin, worker, colleague], 1);
    // As long as there is no auditor, administrators are asked.
    let seen = seen_by(&mut admin, whose);
    let opened = seen.iter().find(|it| it["act"] == "open").unwrap();
    assert_eq!(
        (&opened["household"], &opened["worker"]["name"]),
        (&json!("見本家"), &json!("職員1"))
    );
    assert_eq!(seen_by(&mut colleague, whose), [Value::Null; 0]);
    assert!(
        !seen_by(&mut worker, whose).is_empty(),
        "one's own is there for everybody"
    );
    // An auditor comes: from then on it is the auditor who gets it, with all that was before.
    let device = crate::facts::said::hex(&colleague.identity.device);
    let id = crate::session::device_id(&device).unwrap();
    admin.set_device_role(id, "auditor").unwrap();
    [admin, worker, colleague] = next_day([admin, worker, colleague], 2);
    call(
        &mut worker,
        "note.create",
        json!({ "householdId": household, "text": "また訪問。" }),
    );
    [admin, worker, colleague] = next_day([admin, worker, colleague], 3);
    let auditors = seen_by(&mut colleague, whose);
    assert!(
        auditors.iter().any(|it| it["detail"] == "note.create"
            && it["at"].as_str().unwrap().starts_with("2026-11-25")),
        "{auditors:?}"
    );
    assert!(auditors.len() > seen.len());
    let admins = seen_by(&mut admin, whose);
    assert!(
        !admins
            .iter()
            .any(|it| it["at"].as_str().unwrap().starts_with("2026-11-25"))
    );
    let books = call(&mut colleague, "audit.books", json!({}));
    for book in books["items"].as_array().unwrap() {
        assert_eq!(book["faults"], json!([]));
    }
    let own = call(&mut worker, "audit.books", json!({}));
    assert_eq!(own["readers"].as_array().unwrap().len(), 1);
}

#[test]
fn todays_entries_go_at_once_where_the_worker_hands_them_in() {
    let [mut admin, mut worker] = office(7);
    let [household, ..] = household(&mut worker);
    call(&mut worker, "household.get", json!({ "id": household }));
    assert_eq!(
        call(&mut worker, "audit.handIn", json!({}))["handedIn"],
        true
    );
    give(&mut worker, &mut admin);
    assert!(!seen_by(&mut admin, worker.identity.device).is_empty());
    assert_eq!(
        call(&mut worker, "audit.books", json!({}))["handedIn"],
        false
    );
}

/// Restricts a note to the first two and opens it at the second. The third is the auditor.
fn restricted_scene(seed: u64) -> ([App; 3], String) {
    let [mut first, mut second, mut auditor] = office(seed);
    let device = auditor.identity.device;
    first.set_device_role(device, "auditor").unwrap();
    let [household, ..] = household(&mut first);
    give(&mut first, &mut second);
    give(&mut first, &mut auditor);
    let reader = second.identity.worker.clone();
    call(
        &mut first,
        "note.create",
        json!({ "householdId": household, "text": "夫には言わない。", "restrictTo": [reader] }),
    );
    give(&mut first, &mut second);
    call(&mut second, "household.get", json!({ "id": household }));
    let vault = call(&mut second, "restricted.list", json!({}))["items"][0]["id"].clone();
    let refused = attempt(
        &mut second,
        "restricted.open",
        json!({ "id": vault, "reason": " " }),
    );
    assert_eq!(refused.unwrap_err().code, ErrorCode::ReasonNeeded);
    call(
        &mut second,
        "restricted.open",
        json!({ "id": vault, "reason": "訪問の前に" }),
    );
    let vault = vault.as_str().unwrap().to_owned();
    let devices = next_day([first, second, auditor], 1);
    (devices, vault)
}

#[test]
fn acts_on_a_restricted_record_reach_its_readers_and_nobody_else() {
    let ([mut first, second, auditor], vault) = restricted_scene(8);
    let whose = second.identity.device;
    let of_vault = |app: &App| -> Vec<Entry> {
        app.store
            .read(|reader| reader.audit_book(&whose, &bytes_of(&vault)))
            .unwrap()
            .iter()
            .map(|row| Entry::parse(&row.bytes).unwrap())
            .collect()
    };
    // The other reader sees who opened it and why; while it is closed, nothing of it shows.
    assert!(of_vault(&first).iter().any(|it| it.reason == "訪問の前に"));
    let told = |app: &mut App| -> bool {
        let items = seen_by(app, whose);
        items.iter().any(|it| it["reason"] == "訪問の前に")
    };
    let mut first = {
        // Another session: what was opened is closed.
        call(
            &mut first,
            "restricted.open",
            json!({ "id": vault, "reason": "引き継ぎ" }),
        );
        first
    };
    assert!(told(&mut first));
    // The auditor has the second's own book, and in none of its entries a trace.
    assert_eq!(of_vault(&auditor), []);
    let own = auditor
        .store
        .read(|reader| reader.audit_book(&whose, &OWN))
        .unwrap();
    assert!(!own.is_empty());
    for row in own {
        let entry = Entry::parse(&row.bytes).unwrap();
        let told = matches!(Act::of_number(entry.act), Act::BreakGlass | Act::Grant)
            || !entry.reason.is_empty()
            || entry.detail.starts_with("restricted")
            || entry.kind == "restricted";
        assert!(!told, "{entry:?}");
    }
    // Red control: with one book for all, the auditor would be told.
    ONE_BOOK.set(true);
    let ([_, second, auditor], _) = restricted_scene(9);
    ONE_BOOK.set(false);
    let own = auditor
        .store
        .read(|reader| reader.audit_book(&second.identity.device, &OWN))
        .unwrap();
    let leaked = own.iter().any(|row| row.act == Act::BreakGlass.number());
    assert!(leaked, "red control");
}

#[test]
fn verify_tells_of_a_log_that_was_cut_or_written_anew() {
    let (mut app, _) = founding("佐藤", 10);
    household(&mut app);
    let broken = |app: &mut App| {
        let mut view = crate::verify::VerifyView {
            ok: false,
            findings: Vec::new(),
            documents: 0,
            rebuilt: false,
            last_compared: None,
        };
        let compare = crate::verify::Rebuild::Compare;
        let found = crate::verify::contents(app, compare, domain::Lang::Ja, &mut view).unwrap();
        found.iter().any(|it| it.code == "audit_broken")
    };
    assert!(!broken(&mut app));
    let mut forged = entries(&app).pop().unwrap();
    forged.subject = None;
    let row = row(app.identity.device, OWN, &forged);
    app.store
        .transact(|tx| tx.put_audit_entry(&row, None))
        .unwrap();
    assert!(broken(&mut app));
}

#[test]
fn an_auditors_file_leaves_nothing_that_colleagues_refuse() {
    let [mut admin, worker, mut auditor] = office(11);
    admin
        .set_device_role(auditor.identity.device, "auditor")
        .unwrap();
    give(&mut admin, &mut auditor);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.mgb");
    let request = crate::session::view::ExportBundle {
        purpose: Some("監査の控え".to_owned()),
        ..Default::default()
    };
    auditor.bundle_export(&file, &request).unwrap();
    let exported = entries(&auditor)
        .into_iter()
        .find(|it| it.act == Act::Export.number());
    let exported = exported.unwrap();
    assert_eq!(
        (exported.detail.as_str(), exported.reason.as_str()),
        ("out.mgb", "監査の控え")
    );
    let mut worker = worker;
    let (brought, _) = worker.bundle_import(&file).unwrap();
    assert_eq!(brought.refused, []);
    assert!(
        entries(&worker)
            .iter()
            .any(|it| it.act == Act::Import.number())
    );
}

#[test]
fn the_exported_file_is_checked_without_a_store_and_the_table_is_for_reading() {
    let [mut admin, mut worker] = office(12);
    household(&mut worker);
    call(&mut worker, "household.create", json!({ "name": "=cmd()" }));
    let [mut admin, worker] = {
        give(&mut worker, &mut admin);
        next_day([admin, worker], 1)
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let wish = crate::ops::audit::ListAudit::default();
    let written = admin.audit_export(&file, &wish, domain::Lang::Ja).unwrap();
    assert!(written.checkable);
    let bytes = std::fs::read(&file).unwrap();
    let report = verifier::check(bytes.as_slice()).unwrap();
    assert!(report.ok, "{report:?}");
    let own = crate::facts::said::hex(&worker.identity.device);
    assert!(
        report
            .logs
            .iter()
            .any(|log| log.device == own && log.worker == "職員1")
    );
    assert!(
        entries(&admin)
            .iter()
            .any(|it| it.act == Act::ExportLog.number())
    );

    let table = folder.path().join("log.csv");
    let written = admin.audit_export(&table, &wish, domain::Lang::Ja).unwrap();
    assert!(!written.checkable && written.entries > 5);
    let text = std::fs::read_to_string(&table).unwrap();
    assert!(text.starts_with("\u{feff}\"日時\",\"だれが\""));
    assert!(
        text.contains("\"書いた・変えた\",\"見本家\",\"世帯\"") && text.contains("\"'=cmd()\"")
    );
}
