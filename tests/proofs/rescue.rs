//! Handing over and wiping, with the real program and the real hub: a laptop that is lost takes nobody's words along.

use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::program::HubProgram;

use crate::hub::join;
use crate::program::{INIT, Laptop, binary};

fn hub_binary() -> PathBuf {
    binary().with_file_name("marugoto-hub")
}

#[test]
fn a_laptop_that_is_ordered_to_wipe_itself_hands_over_what_it_had_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("hub");
    let hub = HubProgram::serve(&hub_binary(), &data, &["--listen", "127.0.0.1:0"]);
    let code = HubProgram::invite(&hub_binary(), &data);
    let mut sato = Laptop::new();
    let sheet = sato.run(&INIT).json();
    sato.learn(&sheet);
    let paper = sheet["paperAdminKey"].as_str().unwrap();
    let tanaka = join(&sato, "田中 次郎");
    let ito = join(&sato, "伊藤 三子");
    sato.run(&["hub", "join", "--hub", &hub.url, "--code", &code])
        .json();
    let household = sato.call("household.create", &json!({ "name": "青木" }))["id"].clone();
    sato.run(&["sync"]).json();
    for laptop in [&tanaka, &ito] {
        laptop.run(&["sync", "--hub", &hub.url]).json();
    }
    let note = |text: &str| {
        let note = json!({ "householdId": household, "text": text });
        tanaka.call("note.create", &note);
    };
    let texts = |laptop: &Laptop| -> usize {
        let view = laptop.call("household.get", &json!({ "id": household }));
        view["notes"].as_array().unwrap().len()
    };
    note("送った");
    tanaka.run(&["sync"]).json();
    note("送っていない");
    let list = sato.run(&["device", "list"]).json();
    let items = list["items"].as_array().unwrap();
    let found: Option<&Value> = items.iter().find(|it| it["worker"]["name"] == "田中 次郎");
    let lost = found.unwrap()["id"].as_str().unwrap();

    // Frozen first: a file for the administrators, which is of no use to a colleague.
    sato.run(&["device", "freeze", lost]).json();
    sato.run(&["sync"]).json();
    assert_eq!(tanaka.run(&["sync"]).code(), "device_frozen");
    let file = tanaka.stick("rescue.mgb");
    let file = file.to_str().unwrap();
    let written = tanaka.run(&["rescue", "--out", file]).json();
    assert!(written["newlySent"].as_u64().unwrap() > 0, "{written}");
    assert_eq!(
        ito.run(&["bundle", "import", file]).code(),
        "rescue_for_admins"
    );
    assert_eq!(sato.run(&["bundle", "import", file]).json()["rescue"], true);
    assert_eq!(texts(&sato), 2);

    // Shut out as well, and ordered to wipe itself; it writes on, until it asks the hub.
    sato.run_as(&["device", "revoke", lost], "MARUGOTO_PAPER_KEY", paper)
        .json();
    let wipe = ["device", "wipe", lost, "--reason", "盗難"];
    assert_eq!(
        sato.run_as(&wipe, "MARUGOTO_PAPER_KEY", "0000").code(),
        "wrong_paper_key"
    );
    let ordered = sato.run_as(&wipe, "MARUGOTO_PAPER_KEY", paper).json();
    let items = ordered["items"].as_array().unwrap();
    assert!(items.iter().any(|it| it["wipe"] == true));
    sato.run(&["sync"]).json();
    note("盗まれたあと");
    assert_eq!(tanaka.run(&["sync"]).code(), "device_wiped");
    let list = ["call", "household.list"];
    assert_eq!(tanaka.run(&list).code(), "device_wiped");
    assert!(!tanaka.store().join("header.json").exists());
    assert!(!tanaka.store().join("header.bak").exists());
    let left = tanaka.store().join("rescue.mgb");
    let left = left.to_str().unwrap();
    sato.run(&["bundle", "import", left]).json();
    assert_eq!(texts(&sato), 2, "what came after the cut waits");
    sato.run(&["device", "adopt", lost]).json();
    assert_eq!(texts(&sato), 3);
    sato.run(&["sync"]).json();
    ito.run(&["sync"]).json();
    assert_eq!(texts(&ito), 3);
    assert_eq!(sato.run(&["verify"]).json()["ok"], true);
}
