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
        (1, "invalid_value".into())
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
