//! Teams beside moves, erasure and attachments: what is made of a team's case stays the team's.

use domain::DocId;
use serde_json::{Value, json};

use super::*;
use crate::facts::said::hex;
use crate::session::view::ProposeErasure;
use crate::teams::TeamAct;
use crate::view::ById;

fn act(word: &str, team: &str, app: &App) -> TeamAct {
    TeamAct {
        act: word.to_owned(),
        team: Some(team.to_owned()),
        device: Some(hex(&app.identity.device)),
        ..TeamAct::default()
    }
}

fn open(admin: &mut App, name: &str) -> String {
    let request = TeamAct {
        act: "create".to_owned(),
        name: Some(name.to_owned()),
        ..TeamAct::default()
    };
    let list = admin.team_act(&request).unwrap().0;
    let found = list.items.into_iter().find(|team| team.name == name);
    found.unwrap().id
}

/// One worker in each of two teams, and one in both.
struct Office {
    admin: App,
    paper: String,
    west: App,
    both: App,
    /// East, which a device in both takes when nothing is said, and west.
    teams: [String; 2],
}

fn office_of_two() -> Office {
    let (mut admin, paper) = founding("管理", 71);
    let mut west = joining(&mut admin, "西", 72);
    let mut both = joining(&mut admin, "両方", 73);
    let east = joining(&mut admin, "東", 74);
    let teams = ["A東", "B西"].map(|name| open(&mut admin, name));
    for (team, member) in [(0, &east), (0, &both), (1, &west), (1, &both)] {
        admin.team_act(&act("add", &teams[team], member)).unwrap();
    }
    for app in [&mut west, &mut both] {
        give(&mut admin, app);
    }
    Office {
        admin,
        paper: crypto::paper::print(&paper).to_string(),
        west,
        both,
        teams,
    }
}

fn household(app: &mut App, team: &str) -> String {
    let wish = json!({ "name": "西の家", "team": team });
    id(&call(app, "household.create", wish))
}

fn team_of(app: &mut App, household: &str) -> Value {
    let list = call(app, "household.list", json!({}));
    let items = list["items"].as_array().unwrap();
    let row = items.iter().find(|it| it["id"] == *household).unwrap();
    row["team"]["id"].clone()
}

#[test]
fn a_household_of_their_own_belongs_to_the_team_that_they_come_from() {
    let mut s = office_of_two();
    for (team, other) in [(0, 1), (1, 0)] {
        let team = s.teams[team].clone();
        let home = household(&mut s.both, &team);
        assert_eq!(team_of(&mut s.both, &home), json!(team));
        let wish = json!({ "householdId": home, "familyName": "西", "givenName": "娘" });
        let member = id(&call(&mut s.both, "member.add", wish));
        let wish = json!({ "id": member, "householdId": home, "newHousehold": "娘の家", "on": "2026-11-20" });
        let moved = call(&mut s.both, "member.move", wish);
        let there = moved["movedTo"]["householdId"].as_str().unwrap().to_owned();
        assert_eq!(team_of(&mut s.both, &there), json!(team), "not {other}");
    }
}

#[test]
fn unsent_words_of_an_erased_case_are_shown_to_its_team_alone() {
    let mut s = office_of_two();
    let west = s.teams[1].clone();
    let me = act("add", &west, &s.admin);
    s.admin.team_act(&me).unwrap();
    give(&mut s.admin, &mut s.both);
    let home = household(&mut s.both, &west);
    give(&mut s.both, &mut s.admin);
    let wish = json!({ "householdId": home, "text": "留守中の言葉" });
    call(&mut s.both, "note.create", wish);
    let request = ProposeErasure {
        household_id: Some(home.parse::<DocId>().unwrap()),
        documents: Vec::new(),
        field: None,
        reason: "満了".to_owned(),
        basis: "規程".to_owned(),
        asked_by: String::new(),
    };
    let (list, _) = s.admin.erase_propose(&request).unwrap();
    let order = list.items[0].id.clone();
    s.admin.erase_sign(&order, Some(&s.paper)).unwrap();
    give(&mut s.admin, &mut s.both);
    for app in [&mut s.west, &mut s.admin] {
        give(&mut s.both, app);
        let found = call(app, "search", json!({ "text": "留守中の言葉" }));
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
    }
}

/// The register (持ち出し管理簿) is the whole office's.
#[test]
fn the_register_names_no_file_of_what_not_everybody_reads() {
    let mut s = office_of_two();
    let folder = tempfile::tempdir().unwrap();
    let west = s.teams[1].clone();
    let home = household(&mut s.both, &west);
    let everybody = hex(&s.admin.identity.office_vault);
    let wish = json!({ "name": "みんなの家", "team": everybody });
    let open = id(&call(&mut s.admin, "household.create", wish));
    give(&mut s.admin, &mut s.both);
    let me = s.west.identity.worker.clone();
    let wish = json!({ "householdId": open, "text": "限られた人だけ", "restrictTo": [me] });
    let secret = id(&call(&mut s.both, "note.create", wish));
    for (to, name) in [
        (json!({ "householdId": home }), "西の家の診断書.txt"),
        (json!({ "noteId": secret }), "保護命令.txt"),
        (json!({ "householdId": open }), "案内.txt"),
    ] {
        let mut wish = to;
        wish["name"] = json!(name);
        wish["content"] = json!("56eY5a+G");
        let added = call(&mut s.both, "attachment.add", wish);
        let request: ById = serde_json::from_value(json!({ "id": id(&added) })).unwrap();
        s.both
            .attachment_save(&folder.path().join(name), &request)
            .unwrap();
        assert!(folder.path().join(name).exists());
    }
    let own = call(&mut s.both, "carryout.list", json!({}));
    assert_eq!(own["items"].as_array().unwrap().len(), 3, "{own}");
    let came = give(&mut s.both, &mut s.admin);
    assert_eq!((came.held, came.refused.len()), (0, 0));
    let register = call(&mut s.admin, "carryout.list", json!({}));
    let text = register.to_string();
    assert!(
        !text.contains("診断書") && !text.contains("保護命令"),
        "{text}"
    );
    // The control: of what everybody reads it stands there, and nothing is left out of the register.
    assert!(text.contains("案内.txt"), "{text}");
    let items = register["items"].as_array().unwrap();
    let copies = items.iter().filter(|it| it["records"] == 1).count();
    assert_eq!(copies, 3, "{text}");
}
