//! `marugoto erase`, and a backup that comes back: what scripts and administrators type.

use std::path::Path;

use serde_json::{Value, json};

use crate::hub::{join, names};
use crate::program::Laptop;

/// An office, and the paper key of its sheet.
fn office() -> (Laptop, String) {
    let mut laptop = Laptop::new();
    let sheet = laptop
        .run(&["init", "--office", "みほん市", "--worker", "佐藤 みどり"])
        .json();
    laptop.learn(&sheet);
    let paper = sheet["paperAdminKey"].as_str().unwrap().to_owned();
    (laptop, paper)
}

fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

/// Draws up an order over `what`; gives its name.
fn propose(laptop: &Laptop, what: &[&str]) -> String {
    let why = [
        "--reason",
        "誤記",
        "--basis",
        "本人の申出",
        "--asked-by",
        "佐藤",
    ];
    let list = laptop.run(&[&["erase", "propose"], what, &why[..]].concat());
    let list = list.json();
    let items = list["items"].as_array().unwrap();
    id(items.iter().find(|it| it["state"] == "proposed").unwrap())
}

fn sign(laptop: &Laptop, order: &str, paper: &str) -> Value {
    laptop
        .run_as(&["erase", "sign", order], "MARUGOTO_PAPER_KEY", paper)
        .json()
}

#[test]
fn single_documents_and_single_fields_are_named_on_the_command_line() {
    let (sato, paper) = office();
    let household = id(&sato.call("household.create", &json!({ "name": "青木" })));
    let note = |text: &str| {
        let wish = json!({ "householdId": household, "text": text });
        id(&sato.call("note.create", &wish))
    };
    let (first, second, stays) = (note("一つめ"), note("二つめ"), note("残る"));
    let wish = json!({ "householdId": household, "familyName": "青木", "givenName": "花子" });
    let member = id(&sato.call("member.add", &wish));
    for (field, value) in [("address", "隠すべき町1-2"), ("school", "みほん小")] {
        let wish = json!({ "id": member, "field": field, "value": value });
        sato.call("member.update", &wish);
    }

    // Two notes in one order.
    let order = propose(&sato, &["--document", &first, "--document", &second]);
    let list = sign(&sato, &order, &paper);
    let signed = &list["items"][0];
    assert_eq!(
        (&signed["what"], &signed["state"]),
        (&json!("documents"), &json!("hidden"))
    );
    assert_eq!(signed["daysLeft"], json!(30));
    let view = sato.call("household.get", &json!({ "id": household }));
    let left: Vec<_> = view["notes"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(left, [stays.as_str()]);

    // One field of a person.
    let field = ["--document", &member, "--field", "fields/address"];
    let order = propose(&sato, &field);
    let list = sign(&sato, &order, &paper);
    let of_field = |it: &&Value| it["what"] == "field";
    let signed = list["items"].as_array().unwrap().iter().find(of_field);
    assert_eq!(signed.unwrap()["fields"], json!(["fields/address"]));
    let view = sato.call("household.get", &json!({ "id": household }));
    let person = &view["members"][0];
    assert!(person["address"].is_null(), "{person}");
    assert_eq!(person["school"], "みほん小");

    // What does not fit together.
    let why = ["--reason", "誤記", "--basis", "本人の申出"];
    let wrong = |what: &[&str]| sato.run(&[&["erase", "propose"], what, &why[..]].concat());
    assert_eq!(wrong(&[]).status, 2);
    assert_eq!(wrong(&["--field", "text"]).status, 2);
    assert_eq!(
        wrong(&["--household", &household, "--document", &stays]).status,
        2
    );
    let two = [
        "--document",
        &stays,
        "--document",
        &member,
        "--field",
        "text",
    ];
    for (what, code) in [
        (&["--document", "no-id"][..], "invalid_value"),
        (
            &["--document", &member, "--field", "fields/nothing"],
            "invalid_value",
        ),
        (&two, "invalid_value"),
        (&["--document", &household], "not_found"),
    ] {
        let refused = wrong(what);
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (1, code),
            "{what:?}"
        );
    }

    // Taken back, the notes are there again.
    let order = list["items"].as_array().unwrap().iter();
    let order = order.filter(|it| it["what"] == "documents").map(id).next();
    let list = sato.run(&["erase", "cancel", &order.unwrap()]).json();
    let states = list["items"].as_array().unwrap().iter();
    assert_eq!(states.filter(|it| it["state"] == "cancelled").count(), 1);
    let view = sato.call("household.get", &json!({ "id": household }));
    assert_eq!(view["notes"].as_array().unwrap().len(), 3);
}

#[test]
fn how_long_backups_are_kept_takes_two_and_moves_the_published_day() {
    let (sato, paper) = office();
    let worker = join(&sato, "田中 次郎");
    let set = |laptop: &Laptop, days: &str, paper: &str| {
        laptop.run_as(
            &["erase", "backups", "--days", days],
            "MARUGOTO_PAPER_KEY",
            paper,
        )
    };
    let refused = |ended: crate::program::Ended| (ended.status, ended.code());
    let code = |code: &str| (1, code.to_owned());
    assert_eq!(
        refused(set(&sato, "730", "0000-0000")),
        code("wrong_paper_key")
    );
    assert_eq!(refused(set(&sato, "0", &paper)), code("invalid_value"));
    assert_eq!(refused(set(&worker, "730", &paper)), code("not_admin"));
    assert_eq!(set(&sato, "many", &paper).status, 2);
    assert_eq!(
        sato.run(&["erase", "list"]).json()["backupDays"],
        json!(365)
    );
    assert_eq!(set(&sato, "730", &paper).json()["backupDays"], json!(730));
    assert_eq!(
        sato.run(&["erase", "list"]).json()["backupDays"],
        json!(730)
    );
    let nothing = sato.run(&["erase", "late", "no-order"]);
    assert_eq!(refused(nothing), code("not_found"));
}

#[test]
fn a_restored_store_says_so_and_opens_after_an_exchange_or_with_a_reason() {
    let (sato, paper) = office();
    let tanaka = join(&sato, "田中 次郎");
    let household = id(&sato.call("household.create", &json!({ "name": "青木" })));
    sato.call("household.create", &json!({ "name": "井上" }));
    let path = |name: &str| sato.stick(name).to_str().unwrap().to_owned();
    let (before, after, backup) = (path("before.mgb"), path("after.mgb"), path("b.mgbackup"));
    sato.run(&["bundle", "export", "--to", &before]).json();
    tanaka.run(&["bundle", "import", &before]).json();
    assert_eq!(tanaka.run(&["status"]).json(), json!({ "state": "open" }));
    tanaka.run(&["backup", "--out", &backup]).json();
    let order = propose(&sato, &["--household", &household]);
    sign(&sato, &order, &paper);
    sato.run(&["bundle", "export", "--to", &after]).json();

    let restore = |name: &str| {
        let mut laptop = Laptop::new();
        laptop.secret.clone_from(&tanaka.secret);
        let to = laptop.store();
        let to: &Path = &to;
        let words = ["restore", &backup, "--to", to.to_str().unwrap()];
        assert_eq!(laptop.run(&words).json()["ok"], json!(true), "{name}");
        laptop
    };
    let again = restore("with a file");
    assert_eq!(again.run(&["status"]).json()["state"], "restored");
    let words = again.run_plainly(&["--lang", "ja", "status"]);
    assert!(words.out.contains("消去の知らせがないか"), "{words:?}");
    for command in [
        &["call", "household.list"][..],
        &["search", "青木"],
        &["erase", "list"],
        &["audit", "list"],
    ] {
        let refused = again.run(command);
        let said = (refused.status, refused.code());
        assert_eq!(said, (1, "restored_unchecked".to_owned()), "{command:?}");
    }
    // A file from before the backup tells nothing.
    again.run(&["bundle", "import", &before]).json();
    assert_eq!(again.run(&["status"]).json()["state"], "restored");
    again.run(&["bundle", "import", &after]).json();
    assert_eq!(again.run(&["status"]).json()["state"], "open");
    assert_eq!(names(&again), ["井上"]);

    // Nobody can be reached.
    let alone = restore("with a reason");
    let accept = |reason: &str| alone.run(&["restore", "--accept-unchecked", reason]);
    let refused = accept(" ");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (1, "reason_needed")
    );
    assert_eq!(alone.run(&["status"]).json()["state"], "restored");
    assert_eq!(accept("停電").json(), json!({ "state": "open" }));
    assert_eq!(names(&alone), ["井上", "青木"]);
    let log = alone.call("audit.list", &json!({}));
    let log = log["items"].as_array().unwrap();
    let reason = log.iter().find(|it| it["act"] == "restore").unwrap();
    assert_eq!(reason["reason"], "停電");
    // Wrong usage: a reason is for a store that is there already.
    let both = ["restore", &backup, "--accept-unchecked", "停電"];
    assert_eq!(alone.run(&both).status, 2);
    // In the place of the newer store the backup need not wait: that had heard nothing of the erasure either.
    let place = ["restore", &backup, "--in-place"];
    assert!(tanaka.run(&place).json()["kept"].is_string());
    assert_eq!(tanaka.run(&["status"]).json()["state"], "open");
    assert_eq!(names(&tanaka), ["井上", "青木"]);
}
