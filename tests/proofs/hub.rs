//! `marugoto` and `marugoto-hub`, both as real programs, over TLS with the city's own certificate.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::program::HubProgram;

use crate::program::{INIT, Laptop, PASSPHRASE, binary};

pub(crate) fn hub_binary() -> PathBuf {
    binary().with_file_name("marugoto-hub")
}

/// A certificate and its key, as files.
fn certificate(dir: &Path, name: &str) -> [String; 2] {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
        .unwrap();
    let at = |ending: &str| {
        dir.join(format!("{name}.{ending}"))
            .to_str()
            .unwrap()
            .to_owned()
    };
    let files = [at("pem"), at("key")];
    std::fs::write(&files[0], made.cert.pem()).unwrap();
    std::fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
    files
}

/// A second laptop of the office.
pub(crate) fn join(admin: &Laptop, worker: &str) -> Laptop {
    joined(admin, Laptop::new(), worker)
}

/// The same on a laptop on which the program never ran.
pub(crate) fn joined(admin: &Laptop, mut laptop: Laptop, worker: &str) -> Laptop {
    let (request, approval) = (admin.stick("request.mgr"), admin.stick("approval.mga"));
    let (request, approval) = (request.to_str().unwrap(), approval.to_str().unwrap());
    let sheet = laptop
        .run(&["device", "request", "--worker", worker, "--out", request])
        .json();
    laptop.learn(&sheet);
    admin
        .run(&["device", "approve", request, "--out", approval, "--yes"])
        .json();
    laptop.run(&["device", "accept", approval, "--yes"]).json();
    laptop
}

pub(crate) fn names(laptop: &Laptop) -> Vec<String> {
    let list = laptop.call("household.list", &json!({}));
    let items = list["items"].as_array().unwrap();
    let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = items.iter().map(name).collect();
    names.sort();
    names
}

#[test]
fn two_laptops_exchange_over_tls_and_a_certificate_that_does_not_hold_is_exit_4() {
    let dir = tempfile::tempdir().unwrap();
    let ([cert, key], [other, _]) = (
        certificate(dir.path(), "hub"),
        certificate(dir.path(), "other"),
    );
    let data = dir.path().join("hub");
    let more = [
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        &cert,
        "--tls-key",
        &key,
    ];
    let hub = HubProgram::serve(&hub_binary(), &data, &more);
    let code = HubProgram::invite(&hub_binary(), &data);
    let sato = Laptop::with_office();
    let tanaka = join(&sato, "田中 次郎");
    sato.call("household.create", &json!({ "name": "青木" }));

    let refused = |laptop: &Laptop, arguments: &[&str], status: i32, code: &str| {
        let ended = laptop.run(arguments);
        assert_eq!(
            (ended.status, ended.code().as_str()),
            (status, code),
            "{arguments:?}"
        );
    };
    // Nothing is known of a hub, nobody answers, and whoever answers shows a certificate that nobody vouches for.
    refused(&sato, &["sync"], 1, "no_hub");
    refused(
        &sato,
        &["sync", "--hub", "http://127.0.0.1:9"],
        4,
        "hub_unreachable",
    );
    refused(
        &sato,
        &["hub", "join", "--hub", &hub.url, "--code", &code],
        4,
        "hub_uncertified",
    );
    refused(
        &sato,
        &[
            "hub", "join", "--hub", &hub.url, "--code", &code, "--ca", &other,
        ],
        4,
        "hub_uncertified",
    );
    refused(
        &tanaka,
        &[
            "hub", "join", "--hub", &hub.url, "--code", &code, "--ca", &cert,
        ],
        1,
        "not_admin",
    );
    refused(
        &sato,
        &[
            "hub", "join", "--hub", &hub.url, "--code", "0000", "--ca", &cert,
        ],
        1,
        "invalid_value",
    );

    let joined = sato
        .run(&[
            "hub", "join", "--hub", &hub.url, "--code", &code, "--ca", &cert,
        ])
        .json();
    assert!(joined["sent"].as_u64().unwrap() > 0, "{joined}");
    assert_eq!(joined["hub"]["url"], hub.url.as_str());
    let came = tanaka
        .run(&["sync", "--hub", &hub.url, "--ca", &cert])
        .json();
    assert!(came["new"].as_u64().unwrap() > 0, "{came}");
    assert_eq!(names(&tanaka), ["青木"]);

    // From now on nobody need name the address: it is the office's.
    tanaka.call("household.create", &json!({ "name": "井上" }));
    tanaka.run(&["sync", "--ca", &cert]).json();
    let again = sato.run(&["sync", "--ca", &cert]).json();
    assert_eq!(
        (again["new"].as_u64() > Some(0), again["restored"] == true),
        (true, false)
    );
    assert_eq!(names(&sato), ["井上", "青木"]);
    // The hub is killed, and its folder is another's: the laptop does not speak to a stranger.
    let listen = hub.url.split("//").nth(1).unwrap().to_owned();
    drop(hub);
    refused(&sato, &["sync", "--ca", &cert], 4, "hub_unreachable");
    let more = ["--listen", &listen, "--tls-cert", &cert, "--tls-key", &key];
    let _other = HubProgram::serve(&hub_binary(), &dir.path().join("stranger"), &more);
    refused(&sato, &["sync", "--ca", &cert], 1, "hub_changed");
    assert!(sato.run(&["verify"]).json()["ok"] == true);
}

#[test]
fn whoever_watches_has_a_colleagues_words_within_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("hub");
    let hub = HubProgram::serve(&hub_binary(), &data, &["--listen", "127.0.0.1:0"]);
    let code = HubProgram::invite(&hub_binary(), &data);
    let sato = Laptop::with_office();
    let tanaka = join(&sato, "田中 次郎");
    sato.run(&["hub", "join", "--hub", &hub.url, "--code", &code])
        .json();

    let mut watching = tanaka
        .command(&[])
        .args(["--json", "sync", "--watch", "--hub", &hub.url])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (told, heard) = mpsc::channel();
    let out = BufReader::new(watching.stdout.take().unwrap());
    std::thread::spawn(move || {
        let views = serde_json::Deserializer::from_reader(out).into_iter::<Value>();
        views
            .map_while(Result::ok)
            .for_each(|view| _ = told.send(view));
    });
    let next = |seconds| heard.recv_timeout(Duration::from_secs(seconds));
    next(30).expect("the first talk");
    assert!(next(5).is_err(), "red control: nothing is new");
    sato.call("household.create", &json!({ "name": "青木" }));
    sato.run(&["sync"]).json();
    // Long before the minute after which it asks by itself.
    let view = next(20).expect("the hub poked");
    assert!(view["new"].as_u64().unwrap() > 0, "{view}");
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!(names(&tanaka), ["青木"]);
}

#[test]
fn a_lost_laptop_is_frozen_reported_shut_out_and_what_it_wrote_is_adopted() {
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
    for laptop in [&tanaka, &ito] {
        laptop.run(&["sync", "--hub", &hub.url]).json();
    }
    let household = sato.call("household.create", &json!({ "name": "青木" }))["id"].clone();
    let note = |laptop: &Laptop, text: &str| {
        laptop.call(
            "note.create",
            &json!({ "householdId": household, "text": text }),
        );
    };
    let texts = |laptop: &Laptop| -> Vec<String> {
        let view = laptop.call("household.get", &json!({ "id": household }));
        let notes = view["notes"].as_array().unwrap().iter();
        let mut texts: Vec<String> = notes
            .map(|note| note["text"].as_str().unwrap().to_owned())
            .collect();
        texts.sort();
        texts
    };
    let sync = |laptop: &Laptop| laptop.run(&["sync"]).json();
    sync(&sato);
    sync(&tanaka);
    note(&tanaka, "なくす前");
    sync(&tanaka);
    sync(&sato);
    let list = sato.run(&["device", "list"]).json();
    let device = |name: &str| -> String {
        let items = list["items"].as_array().unwrap();
        let found = items.iter().find(|it| it["worker"]["name"] == name);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let lost = device("田中 次郎");

    // Frozen: the hub lets it have the directory and nothing else.
    let frozen = sato.run(&["device", "freeze", &lost]).json();
    assert!(
        frozen["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["frozen"] == true)
    );
    sync(&sato);
    let report = sato.run(&["device", "report", &lost]).json();
    assert_eq!(
        (
            report["households"].as_u64(),
            report["argonMemoryMib"].as_u64()
        ),
        (Some(1), Some(64))
    );
    let refused = tanaka.run(&["sync"]);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (1, "device_frozen")
    );
    // It writes on, and a colleague takes a file of it along.
    note(&tanaka, "なくした後");
    let file = tanaka.stick("late.mgb");
    let file = file.to_str().unwrap();
    tanaka.run(&["bundle", "export", "--to", file]).json();

    // Shut out, with the paper key and not without it.
    let mistyped = sato.run_as(&["device", "revoke", &lost], "MARUGOTO_PAPER_KEY", "0000");
    assert_eq!(
        (mistyped.status, mistyped.code().as_str()),
        (1, "wrong_paper_key")
    );
    sato.run_as(&["device", "revoke", &lost], "MARUGOTO_PAPER_KEY", paper)
        .json();
    sync(&sato);
    sync(&ito);
    ito.run(&["bundle", "import", file]).json();
    assert_eq!(texts(&ito), ["なくす前"]);
    assert_eq!(tanaka.run(&["sync"]).code(), "device_removed");
    // What was put aside reaches the administrator through the colleague, and counts once it is adopted.
    sync(&ito);
    sync(&sato);
    assert_eq!(texts(&sato), ["なくす前"]);
    sato.run(&["device", "adopt", &lost]).json();
    sync(&sato);
    sync(&ito);
    for laptop in [&sato, &ito] {
        assert_eq!(texts(laptop), ["なくした後", "なくす前"]);
        assert!(laptop.run(&["verify"]).json()["ok"] == true);
    }
    // What is written from now on is under keys that it never had.
    note(&ito, "これから");
    sync(&ito);
    sync(&sato);
    assert_eq!(texts(&sato).len(), 3);
}

#[test]
fn a_forgotten_passphrase_is_replaced_with_the_code_of_the_sheet() {
    let laptop = Laptop::with_office();
    let new = "みず そら やま かわ もり うみ つき";
    let changed = laptop
        .run_as(&["passphrase"], "MARUGOTO_NEW_PASSPHRASE", new)
        .json();
    assert_eq!(changed["changed"], true);
    let opened = laptop.run_as(&["call", "household.list"], "MARUGOTO_PASSPHRASE", new);
    assert_eq!(opened.status, 0, "{opened:?}");
    let weak = laptop.run_as(&["passphrase"], "MARUGOTO_NEW_PASSPHRASE", "みず");
    assert_eq!((weak.status, weak.code().as_str()), (1, "weak_passphrase"));
    let old = laptop.run_as(
        &["call", "household.list"],
        "MARUGOTO_PASSPHRASE",
        PASSPHRASE,
    );
    assert_eq!((old.status, old.code().as_str()), (1, "wrong_passphrase"));
}
