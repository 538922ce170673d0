//! A city changes its contractor: cases go from one office to another by the command line, and a proof is checked without a
//! store.

use serde_json::json;

use crate::program::{INIT, Laptop};

/// From wish to receipt, and what is refused on the way.
#[test]
fn a_city_changes_its_contractor_from_the_command_line() {
    let mut old = Laptop::new();
    let sheet = old.run(&INIT).json();
    old.learn(&sheet);
    let paper = sheet["paperAdminKey"].as_str().unwrap().to_owned();
    let new = Laptop::with_office();
    let home = old.call("household.create", &json!({ "name": "みほん家" }));
    let id = home["id"].as_str().unwrap();
    old.call(
        "note.create",
        &json!({ "householdId": id, "text": "前の事業所の記録" }),
    );
    let path = |name: &str| old.stick(name).display().to_string();
    let (wish, file, receipt) = (path("1.mgwish"), path("1.mgpass"), path("1.mgreceipt"));

    let wished = new.run(&["pass", "wish", "--out", &wish]).json();
    let said = ["--reason", "委託先の変更", "--basis", "委託契約 第9条"];
    let out = |more: &[&str], key: &str| {
        let all = [&["pass", "out", &wish, "--out", &file], &said[..], more].concat();
        old.run_as(&all, "MARUGOTO_PAPER_KEY", key)
    };
    let refused = out(&["--yes"], "0000-0000");
    assert_eq!(
        (refused.status, refused.code()),
        (1, "wrong_paper_key".into())
    );
    let refused = out(&[], &paper);
    assert_eq!(
        (refused.status, refused.code()),
        (1, "not_confirmed".into())
    );
    let made = out(&["--yes"], &paper).json();
    assert_eq!(
        (&made["state"], &made["households"]),
        (&json!("passed"), &json!(1))
    );
    assert!(wished["words"].as_array().unwrap().len() == 6);

    let take = || new.run(&["pass", "in", &file, "--receipt", &receipt, "--yes"]);
    let taken = take().json();
    assert_eq!(
        (&taken["households"], &taken["known"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(take().json()["records"], 0, "twice is once");
    let there = new.call("household.get", &json!({ "id": id }));
    assert_eq!(there["notes"][0]["text"], "前の事業所の記録");
    let verified = new.run(&["verify"]).json();
    assert_eq!(verified["ok"], true, "{verified}");

    // It stands in the register of what was carried out.
    let register = old.call("carryout.list", &json!({}));
    assert!(
        register["items"].to_string().contains("委託先の変更"),
        "{register}"
    );
    let pass = made["id"].as_str().unwrap();
    let erase = || old.run_as(&["pass", "erase", pass], "MARUGOTO_PAPER_KEY", &paper);
    assert_eq!(erase().code(), "pass_open");
    let list = old.run(&["pass", "receipt", &receipt]).json();
    assert_eq!(list["items"][0]["state"], "arrived");
    let proof = path("1.mgproof");
    let prove = old.run(&["pass", "proof", pass, "--out", &proof]);
    assert_eq!(prove.code(), "pass_not_erased");
    assert_eq!(erase().json()["items"][0]["state"], "erasing");
    let gone = old.run(&["call", "household.get", &json!({ "id": id }).to_string()]);
    assert_eq!((gone.status, gone.code()), (1, "not_found".into()));
    // A paper that is no proof, on a laptop that has no store.
    let nobody = Laptop::new();
    assert_eq!(
        nobody.run(&["pass", "check", &receipt]).code(),
        "not_our_file"
    );
}

/// The device of a colleague is let in. What lies there stays unopened here: it is enough that somebody else reads.
fn colleague(office: &Laptop, name: &str) -> Laptop {
    let there = Laptop::new();
    let path = |name: &str| office.stick(name).display().to_string();
    let (request, approval) = (path("c.mgr"), path("c.mga"));
    there.run(&["device", "request", "--worker", name, "--out", &request]);
    let approve = ["device", "approve", "--yes", "--out", &approval, &request];
    office.run(&approve).json();
    there
}

/// A restricted record by name: with its household, and for readers who are named there.
#[test]
fn a_restricted_record_is_passed_on_from_the_command_line_to_readers_who_are_named() {
    let mut old = Laptop::new();
    let sheet = old.run(&INIT).json();
    old.learn(&sheet);
    let paper = sheet["paperAdminKey"].as_str().unwrap().to_owned();
    let new = Laptop::with_office();
    let (_tanaka, _mori) = (colleague(&old, "田中 次郎"), colleague(&new, "森 三郎"));
    let home = old.call("household.create", &json!({ "name": "みほん家" }));
    let id = home["id"].as_str().unwrap();
    let workers = |laptop: &Laptop| {
        let all = laptop.call("access.list", &json!({ "householdId": id }));
        let all = all["readers"].as_array().unwrap().iter();
        let all: Vec<_> = all.map(|it| it["worker"]["id"].clone()).collect();
        all
    };
    let note = json!({ "householdId": id, "text": "避難先", "restrictTo": workers(&old) });
    old.call("note.create", &note);
    let listed = old.call("restricted.list", &json!({}));
    let secret = listed["items"][0]["id"].as_str().unwrap();
    let path = |name: &str| old.stick(name).display().to_string();
    let (wish, file, receipt) = (path("1.mgwish"), path("1.mgpass"), path("1.mgreceipt"));
    new.run(&["pass", "wish", "--out", &wish]).json();
    let out = |more: &[&str]| {
        let said = ["pass", "out", &wish, "--out", &file, "--yes"];
        let why = [
            "--reason",
            "委託先の変更",
            "--basis",
            "契約",
            "--restricted",
            secret,
        ];
        old.run_as(&[&said, &why, more].concat(), "MARUGOTO_PAPER_KEY", &paper)
    };
    assert_eq!(out(&[]).code(), "pass_household");
    assert_eq!(out(&["--all"]).json()["restricted"], 1);
    let take = |more: &[&str]| {
        let said = ["pass", "in", &file, "--receipt", &receipt, "--yes"];
        new.run(&[&said, more].concat())
    };
    assert_eq!(take(&[]).code(), "too_few_readers");
    // Who works there is told by a household that is there already.
    let own = new.call("household.create", &json!({ "name": "こちらの家" }));
    let readers = new.call("access.list", &json!({ "householdId": own["id"] }));
    let readers = readers["readers"].as_array().unwrap().iter();
    let readers: Vec<_> = readers
        .map(|it| it["worker"]["id"].as_str().unwrap())
        .collect();
    let named: Vec<_> = readers.iter().flat_map(|id| ["--reader", id]).collect();
    let taken = take(&named).json();
    assert_eq!(
        (&taken["households"], &taken["restricted"]),
        (&json!(1), &json!(1))
    );
    let listed = new.call("restricted.list", &json!({ "householdId": id }));
    assert_eq!(listed["items"][0]["readers"].as_array().unwrap().len(), 2);
    assert_eq!(
        listed["items"][0]["opened"], false,
        "with the next call it is closed"
    );
}

/// Three years later: what the second office took in goes on to a third, with the past of both.
#[test]
fn a_case_goes_from_contractor_to_contractor_from_the_command_line() {
    let begun = || {
        let mut office = Laptop::new();
        let sheet = office.run(&INIT).json();
        office.learn(&sheet);
        (office, sheet["paperAdminKey"].as_str().unwrap().to_owned())
    };
    let ((old, old_paper), (new, new_paper)) = (begun(), begun());
    let third = Laptop::with_office();
    let path = |name: &str| old.stick(name).display().to_string();
    let home = old.call("household.create", &json!({ "name": "みほん家" }));
    let note = |office: &Laptop, text: &str| {
        let note = json!({ "householdId": home["id"], "text": text });
        office.call("note.create", &note);
    };
    let goes = |from: &Laptop, paper: &str, to: &Laptop, name: &str| {
        let [wish, file, receipt] =
            ["mgwish", "mgpass", "mgreceipt"].map(|ending| path(&format!("{name}.{ending}")));
        to.run(&["pass", "wish", "--out", &wish]).json();
        let out = ["pass", "out", &wish, "--out", &file, "--yes"];
        let why = ["--reason", "委託先の変更", "--basis", "契約"];
        from.run_as(&[&out[..], &why].concat(), "MARUGOTO_PAPER_KEY", paper)
            .json();
        to.run(&["pass", "in", &file, "--receipt", &receipt, "--yes"])
    };
    note(&old, "はじめの事業所の記録");
    goes(&old, &old_paper, &new, "1").json();
    note(&new, "次の事業所の記録");
    let taken = goes(&new, &new_paper, &third, "2").json();
    assert_eq!(taken["households"], 1);
    let there = third.call("household.get", &json!({ "id": home["id"] }));
    let texts: Vec<_> = there["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["text"])
        .collect();
    assert_eq!(texts.len(), 2, "{there}");
    assert_eq!(third.run(&["verify"]).json()["ok"], true);
    // Back to the first, which still has it: that is said.
    assert_eq!(goes(&new, &new_paper, &old, "3").code(), "pass_here");
}
