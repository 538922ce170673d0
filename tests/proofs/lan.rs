//! `marugoto lan open` and `marugoto sync --lan`: two real programs, and nothing between them but a cable.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::hub::{join, names};
use crate::program::Laptop;

/// A program that ends with the test, whatever comes of it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn two_programs_exchange_by_the_address_on_the_screen_and_by_the_number() {
    let sato = Laptop::with_office();
    let tanaka = join(&sato, "田中 次郎");
    let other = Laptop::with_office();
    sato.call("household.create", &json!({ "name": "青木" }));
    tanaka.call("household.create", &json!({ "name": "井上" }));

    let nobody = sato.run(&["sync", "--lan", "127.0.0.1:9"]);
    assert_eq!(
        (nobody.status, nobody.code().as_str()),
        (4, "lan_not_found")
    );
    let nonsense = sato.run(&["sync", "--lan", ""]);
    assert_eq!(nonsense.code(), "invalid_value");

    let mut open = sato.command(&[]);
    open.args(["--json", "lan", "open", "--listen", "127.0.0.1:0"]);
    let mut open = Running(open.stdout(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(open.0.stdout.take().unwrap()).lines();
    let mut line = || -> Value { serde_json::from_str(&said.next().unwrap().unwrap()).unwrap() };
    let opened = line();
    let address = opened["addresses"][0].as_str().unwrap();
    let number = opened["number"].as_str().unwrap();

    // Another office's laptop gets nothing, and the open one stays open.
    let refused = other.run(&["sync", "--lan", address]);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (1, "lan_unknown")
    );
    let came = tanaka.run(&["sync", "--lan", address]).json();
    assert_eq!(came["colleague"], "佐藤 みどり");
    assert!(came["new"].as_u64().unwrap() > 0 && came["sent"].as_u64().unwrap() > 0);
    assert_eq!(names(&tanaka), ["井上", "青木"]);
    let guest = line();
    assert_eq!(
        (&guest["name"], &guest["equal"]),
        (&json!("田中 次郎"), &json!(true))
    );
    // Called out in the network, where there is one that carries it: here the computer's own.
    let found = tanaka.run(&["lan", "find"]).json();
    let is_open = |it: &&Value| it["number"] == number;
    assert!(
        found.as_array().unwrap().iter().find(is_open).is_some(),
        "{found}"
    );
    let again = tanaka.run(&["sync", "--lan", number]).json();
    assert_eq!((&again["new"], &again["sent"]), (&json!(0), &json!(0)));

    // A file that is added there is here after one more visit, and the open one says how much came.
    let households = tanaka.call("household.list", &json!({}))["items"].clone();
    let of_sato = households.as_array().unwrap().iter();
    let of_sato: Vec<_> = of_sato.filter(|it| it["name"] == "青木").collect();
    let household = of_sato[0]["id"].as_str().unwrap();
    let file = tanaka.stick("手紙.txt");
    std::fs::write(&file, "大家さんの話").unwrap();
    let attach = ["attach", file.to_str().unwrap(), "--household", household];
    let added = tanaka.run(&attach).json();
    let went = tanaka.run(&["sync", "--lan", address]).json();
    assert!(went["filesSent"].as_u64().unwrap() > 0 && went["more"] == false);
    let received = std::iter::repeat_with(&mut line).map(|guest| guest["filesReceived"].clone());
    assert!(received.take(3).any(|came| came == went["filesSent"]));

    drop(open);
    let saved = sato.stick("手紙.txt");
    let id = added["id"].as_str().unwrap();
    let save = ["attachment", "save", id, "--out", saved.to_str().unwrap()];
    assert_eq!(sato.run(&save).status, 0);
    assert_eq!(std::fs::read_to_string(saved).unwrap(), "大家さんの話");
    assert_eq!(names(&sato), ["井上", "青木"]);
    assert_eq!(names(&other), [] as [String; 0]);
}
