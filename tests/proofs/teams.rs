//! Teams from the command line: opened, filled and emptied, and what belongs to one stays in it.

use serde_json::{Value, json};

use crate::program::Laptop;

fn let_in(admin: &Laptop, worker: &str) -> Laptop {
    let mut laptop = Laptop::new();
    let path = |name: &str| admin.stick(name).to_str().unwrap().to_owned();
    let (request, approval) = (path("request"), path("approval"));
    let asked = laptop.run(&["device", "request", "--worker", worker, "--out", &request]);
    laptop.learn(&asked.json());
    let approve = ["device", "approve", &request, "--out", &approval, "--yes"];
    admin.run(&approve).json();
    let accepted = laptop.run(&["device", "accept", &approval, "--yes"]);
    assert_eq!(accepted.status, 0, "{accepted:?}");
    laptop
}

fn pass(from: &Laptop, to: &Laptop) {
    let file = from.stick("all.mgb").to_str().unwrap().to_owned();
    from.run(&["bundle", "export", "--to", &file]).json();
    to.run(&["bundle", "import", &file]).json();
}

fn device_of(admin: &Laptop, worker: &str) -> String {
    let list = admin.run(&["device", "list"]).json();
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|it| it["worker"]["name"] == worker);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

fn households(laptop: &Laptop) -> Value {
    laptop.call("household.list", &json!({}))["items"].clone()
}

#[test]
fn a_team_is_opened_filled_and_emptied_from_the_command_line() {
    let sato = Laptop::with_office();
    let (east, west) = (let_in(&sato, "東野 一"), let_in(&sato, "西野 二"));
    let list = sato.run(&["team", "create", "東チーム"]).json();
    let team = list["items"][0]["id"].as_str().unwrap().to_owned();
    let device = device_of(&sato, "東野 一");
    let list = sato.run(&["team", "add", &team, &device]).json();
    assert_eq!(list["items"][0]["devices"].as_array().unwrap().len(), 2);
    pass(&sato, &east);
    pass(&sato, &west);
    let made = east.call("household.create", &json!({ "name": "東の家" }));
    assert_eq!(made["team"]["name"], "東チーム");
    pass(&east, &west);
    pass(&east, &sato);
    assert_eq!(households(&west), json!([]));
    assert_eq!(households(&sato)[0]["name"], "東の家");

    let not_admin = east.run(&["team", "remove", &team, &device]);
    assert_eq!(
        (not_admin.status, not_admin.code()),
        (1, "not_admin".into())
    );
    sato.run(&["team", "remove", &team, &device]).json();
    sato.run(&["team", "rename", &team, "元の東チーム"]).json();
    let plain = sato.run_plainly(&["team", "list"]).out;
    assert!(plain.contains("元の東チーム") && !plain.contains(&device));
}
