//! The words of `marugoto escrow`, from the making of three shares to an office that is back although its laptops are gone.

use std::path::Path;

use serde_json::Value;
use testkit::program::HubProgram;

use crate::hub::{hub_binary, names};
use crate::program::{Ended, INIT, Laptop};

const NEW: &str = "つき うみ もり かわ やま そら みず";
const NEWER: &str = "みず そら やま かわ もり うみ つき";

/// Makes three shares, writes each into a file, and puts them in force.
fn in_force(laptop: &Laptop, paper: &str, folder: &Path) -> Vec<String> {
    let holders = ["--holder", "所長", "--holder", "課長", "--holder", "係長"];
    let made = laptop
        .run(&[&["escrow", "make"], &holders[..]].concat())
        .json();
    let set = made["set"].as_str().unwrap();
    let mut files = Vec::new();
    for card in made["cards"].as_array().unwrap() {
        let file = folder.join(format!("{set}-{}", card["index"]));
        std::fs::write(&file, card["text"].as_str().unwrap()).unwrap();
        files.push(file.to_str().unwrap().to_owned());
    }
    let before = laptop
        .run(&["escrow", "check", "--share", &files[0]])
        .json();
    assert_eq!(
        before["standing"], "unknown",
        "not in force before it is signed"
    );
    let unsigned = laptop.run_as(&["escrow", "sign", set], "MARUGOTO_PAPER_KEY", "XXXX");
    assert_eq!(
        (unsigned.status, unsigned.code().as_str()),
        (1, "wrong_paper_key")
    );
    laptop
        .run_as(&["escrow", "sign", set], "MARUGOTO_PAPER_KEY", paper)
        .json();
    let check = laptop
        .run(&["escrow", "check", "--share", &files[2]])
        .json();
    assert_eq!(
        (&check["index"], &check["standing"]),
        (&3.into(), &"inForce".into())
    );
    let state = laptop.run(&["escrow", "state"]).json();
    assert_eq!(
        (&state["set"], &state["unreached"]),
        (&made["set"], &0.into())
    );
    assert_eq!(state["used"].as_array().unwrap().len(), 0);
    files
}

fn uses(laptop: &Laptop) -> usize {
    let state = laptop.run(&["escrow", "state"]).json();
    state["used"].as_array().unwrap().len()
}

fn findings(laptop: &Laptop) -> Vec<String> {
    let view = laptop.run(&["verify"]).json();
    let codes = view["findings"].as_array().unwrap().iter();
    codes
        .map(|it| it["code"].as_str().unwrap().to_owned())
        .collect()
}

fn refused(ended: &Ended, code: &str) {
    assert_eq!((ended.status, ended.code().as_str()), (1, code));
}

#[test]
fn the_words_of_the_escrow_lead_from_three_shares_to_an_office_that_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("hub");
    let hub = HubProgram::serve(&hub_binary(), &data, &["--listen", "127.0.0.1:0"]);
    let code = HubProgram::invite(&hub_binary(), &data);
    let mut sato = Laptop::new();
    let sheet = sato.run(&INIT).json();
    let paper = sheet["paperAdminKey"].as_str().unwrap();
    sato.run(&["hub", "join", "--hub", &hub.url, "--code", &code])
        .json();
    sato.call("household.create", &serde_json::json!({ "name": "青木" }));
    let shares = in_force(&sato, paper, dir.path());
    let [one, two, three] = [0, 1, 2].map(|at| shares[at].as_str());

    // A passphrase that is forgotten. One share opens nothing.
    let open = |shares: &[&str]| {
        let named = shares.iter().flat_map(|share| ["--share", share]);
        let words: Vec<&str> = ["escrow", "open"].into_iter().chain(named).collect();
        sato.run_as(&words, "MARUGOTO_NEW_PASSPHRASE", NEW)
    };
    refused(&open(&[one]), "escrow_one");
    refused(&open(&[one, one]), "escrow_same");
    assert_eq!(uses(&sato), 0);
    assert_eq!(open(&[three, one]).json()["opened"], true);
    refused(&sato.run(&["escrow", "state"]), "wrong_passphrase");
    NEW.clone_into(&mut sato.secret);
    assert_eq!(uses(&sato), 1);
    assert_eq!(findings(&sato), ["escrow_used"]);
    sato.run(&["sync"]).json();

    // A backup, and a fresh store of what can be read of this one.
    let backup = sato.stick("b.mgbackup");
    let backup = backup.to_str().unwrap();
    sato.run(&["backup", "--out", backup]).json();
    let with = ["--in-place", "--share", one, "--share", two];
    let restore = [&["restore", backup], &with[..]].concat();
    let recover = [&["recover"], &with[..]].concat();
    for (words, new) in [(restore, NEWER), (recover, NEW)] {
        let view = sato.run_as(&words, "MARUGOTO_NEW_PASSPHRASE", new).json();
        assert!(view["kept"].is_string(), "{view}");
        new.clone_into(&mut sato.secret);
        assert_eq!(names(&sato), ["青木"]);
    }
    sato.run(&["sync"]).json();
    drop(sato);

    // The laptops burn. A fresh one waits, and two holders lead it in.
    let fresh = Laptop::new();
    let request = fresh.stick("request.mgr");
    let request = request.to_str().unwrap();
    fresh
        .run(&["device", "request", "--worker", "森 三枝", "--out", request])
        .json();
    let enter = |url: &str, shares: &[&str]| {
        let named = shares.iter().flat_map(|share| ["--share", share]);
        let words = ["escrow", "enter", "--hub", url].into_iter().chain(named);
        fresh.run(&words.collect::<Vec<_>>())
    };
    refused(&enter(&hub.url, &[two]), "escrow_one");
    let nobody = enter("http://127.0.0.1:9", &[two, three]);
    assert_eq!(
        (nobody.status, nobody.code().as_str()),
        (4, "hub_unreachable")
    );
    let ended = enter(&hub.url, &[two, three]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let told: Vec<Value> = ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let paper = told[0]["paperAdminKey"].as_str().unwrap();
    assert_eq!(names(&fresh), ["青木"]);
    assert_eq!(
        (uses(&fresh), findings(&fresh)),
        (2, vec!["escrow_used".to_owned()])
    );
    refused(&enter(&hub.url, &[two, three]), "already_enrolled");

    // With the new sheet there is a new escrow, and nobody is asked for one any more.
    in_force(&fresh, paper, dir.path());
    assert_eq!(uses(&fresh), 0);
    assert!(findings(&fresh).is_empty());
}
