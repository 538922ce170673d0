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

/// Two teams, three laptops: a household goes from one to the other while one laptop has not heard of it.
#[test]
fn a_household_goes_to_another_team_from_the_command_line_and_late_words_arrive() {
    let sato = Laptop::with_office();
    let (east, west) = (let_in(&sato, "東野 一"), let_in(&sato, "西野 二"));
    let team = |name: &str, worker: &str| {
        let list = sato.run(&["team", "create", name]).json();
        let items = list["items"].as_array().unwrap();
        let made = items.iter().find(|it| it["name"] == name).unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        let device = device_of(&sato, worker);
        sato.run(&["team", "add", &id, &device]).json();
        id
    };
    team("東チーム", "東野 一");
    let to = team("西チーム", "西野 二");
    pass(&sato, &east);
    pass(&sato, &west);
    let home = east.call("household.create", &json!({ "name": "移る家" }));
    let id = home["id"].as_str().unwrap();
    pass(&east, &sato);

    let asked = |reason| {
        [
            "household",
            "move-team",
            id,
            "--team",
            &to,
            "--reason",
            reason,
        ]
    };
    let refused = east.run(&asked("転居"));
    assert_eq!(
        (refused.status, refused.code()),
        (1, "not_supervisor".into())
    );
    let refused = sato.run(&asked(" "));
    assert_eq!(
        (refused.status, refused.code()),
        (1, "reason_needed".into())
    );
    let view = sato.run(&asked("転居")).json();
    assert_eq!(view["team"]["name"], "西チーム");
    let said = json!({ "householdId": id, "text": "まだ聞いていない。" });
    east.call("note.create", &said);
    pass(&east, &sato);
    pass(&sato, &west);
    pass(&sato, &west);
    let there = west.call("household.get", &json!({ "id": id }));
    assert_eq!(there["notes"][0]["text"], "まだ聞いていない。");
    assert_eq!(there["late"][0]["author"]["name"], "東野 一");
    assert_eq!(there["teamMoves"][0]["reason"], "転居");

    pass(&west, &east);
    pass(&sato, &east);
    let here = east.call("household.get", &json!({ "id": id }));
    assert_eq!(here["local"]["movedTo"]["name"], "西チーム");
    let write = json!({ "id": id, "field": "summary", "value": "書けない" }).to_string();
    let refused = east.run(&["call", "household.update", &write]);
    assert_eq!((refused.status, refused.code()), (1, "moved_away".into()));
}
