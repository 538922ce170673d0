//! Teams: what belongs to one is nothing to the others, and a supervisor in both sees both.

use serde_json::json;

use super::*;
use crate::ErrorCode;
use crate::facts::said::hex;
use crate::teams::TeamAct;

pub(super) fn act(word: &str, team: &str, app: &App) -> TeamAct {
    TeamAct {
        act: word.to_owned(),
        team: Some(team.to_owned()),
        device: Some(hex(&app.identity.device)),
        ..TeamAct::default()
    }
}

pub(super) fn open(admin: &mut App, name: &str) -> String {
    let request = TeamAct {
        act: "create".to_owned(),
        name: Some(name.to_owned()),
        ..TeamAct::default()
    };
    let list = admin.team_act(&request).unwrap().0;
    let found = list.items.into_iter().find(|team| team.name == name);
    found.unwrap().id
}

pub(super) fn names(app: &mut App, arguments: Value) -> Vec<String> {
    let list = call(app, "household.list", arguments);
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Writes something into a household.
pub(super) fn say(app: &mut App, household: &Value) {
    let what = json!({ "id": id(household), "field": "summary", "value": "あとからの概況" });
    call(app, "household.update", what);
}

/// The administrator, who supervises both; two workers in each of two teams; everybody knows of it.
pub(super) struct Two {
    pub(super) admin: App,
    pub(super) east: [App; 2],
    pub(super) west: [App; 2],
    pub(super) teams: [String; 2],
}

pub(super) fn two(seed: u64) -> Two {
    two_and_paper(seed, ["worker"; 4]).0
}

/// The same with the office's paper key, and with other roles.
pub(super) fn two_and_paper(seed: u64, roles: [&str; 4]) -> (Two, String) {
    let (mut admin, paper) = founding("佐藤", seed);
    let paper = crypto::paper::print(&paper).to_string();
    let mut number = 0;
    let [e1, e2, w1, w2] = roles.map(|role| {
        number += 1;
        let seed = seed.wrapping_mul(31).wrapping_add(number);
        joining_as(&mut admin, &format!("職員{number}"), role, seed)
    });
    let teams = ["東", "西"].map(|name| open(&mut admin, name));
    let (mut east, mut west) = ([e1, e2], [w1, w2]);
    for (team, members) in teams.iter().zip([&east, &west]) {
        for member in members {
            admin.team_act(&act("add", team, member)).unwrap();
        }
    }
    for app in east.iter_mut().chain(&mut west) {
        let brought = give(&mut admin, app);
        assert_eq!((brought.held, brought.refused.len()), (0, 0));
    }
    let two = Two {
        admin,
        east,
        west,
        teams,
    };
    (two, paper)
}

#[test]
fn what_belongs_to_a_team_is_nothing_to_the_other_and_its_supervisor_sees_both() {
    let mut s = two(401);
    call(
        &mut s.east[0],
        "household.create",
        json!({ "name": "東の家" }),
    );
    call(
        &mut s.west[0],
        "household.create",
        json!({ "name": "西の家" }),
    );
    call(&mut s.east[0], "memo.create", json!({ "text": "東のメモ" }));
    // Files for all pass through every hand.
    let from_east = s.east[0].bundle_bytes().unwrap();
    let from_west = s.west[0].bundle_bytes().unwrap();
    assert!(changes_opened_by(&s.west[1], &from_east).is_empty());
    for app in s.west.iter_mut().chain(&mut s.east).chain([&mut s.admin]) {
        for bundle in [&from_east, &from_west] {
            let brought = app.import_bytes(bundle).unwrap();
            assert_eq!((brought.held, brought.refused.len()), (0, 0));
            assert_eq!(brought.missing, 0);
        }
    }
    assert_eq!(names(&mut s.east[1], json!({})), ["東の家"]);
    assert_eq!(names(&mut s.west[1], json!({})), ["西の家"]);
    assert_eq!(names(&mut s.west[1], json!({ "query": "東" })), [""; 0]);
    let hits = call(&mut s.west[1], "search", json!({ "text": "東の" }));
    assert_eq!(hits["items"].as_array().map(Vec::len), Some(0), "{hits}");

    let mut all = names(&mut s.admin, json!({}));
    all.sort();
    assert_eq!(all, ["東の家", "西の家"]);
    let [east, west] = &s.teams;
    for (team, name) in [(east, "東の家"), (west, "西の家")] {
        assert_eq!(names(&mut s.admin, json!({ "team": team })), [name]);
    }
    let of_west = call(&mut s.admin, "household.list", json!({ "team": west }));
    assert_eq!(of_west["items"][0]["team"]["name"], "西");
    let lead = of_west["items"][0]["leadWorker"]["id"].as_str().unwrap();
    let of_lead = json!({ "leadWorkerId": lead });
    assert_eq!(names(&mut s.admin, of_lead), ["西の家"]);
}

/// Red control of the above: what belongs to the whole office, the other team's laptop does open from the same file.
#[test]
fn without_a_team_everybody_opens_it() {
    let [mut sato, tanaka] = office(402);
    call(&mut sato, "household.create", json!({ "name": "皆の家" }));
    let bundle = sato.bundle_bytes().unwrap();
    assert!(!changes_opened_by(&tanaka, &bundle).is_empty());
}

#[test]
fn where_one_is_in_several_one_chooses_and_in_none_it_is_everybodys() {
    let mut s = two(403);
    let [east, west] = s.teams.clone();
    for (team, name) in [(&west, "選んで西"), (&east, "選んで東")] {
        let asked = json!({ "name": name, "team": team });
        let made = call(&mut s.admin, "household.create", asked);
        assert_eq!(made["team"]["id"], json!(team));
    }
    let foreign = json!({ "name": "入れない", "team": west });
    let refused = attempt(&mut s.east[0], "household.create", foreign).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidValue);
    assert_eq!(
        names(&mut s.east[0], json!({})),
        [""; 0],
        "nothing half made"
    );

    let mut late = joining(&mut s.admin, "鈴木", 4031);
    let made = call(&mut late, "household.create", json!({ "name": "皆の家" }));
    assert!(made.get("team").is_none());
    give(&mut late, &mut s.west[0]);
    assert_eq!(names(&mut s.west[0], json!({})), ["皆の家"]);
}

#[test]
fn whoever_comes_in_reads_all_of_it_and_whoever_is_taken_out_nothing_that_comes() {
    let mut s = two(404);
    let [east, _] = s.teams.clone();
    let home = call(
        &mut s.east[0],
        "household.create",
        json!({ "name": "前から" }),
    );
    give(&mut s.east[0], &mut s.west[0]);
    assert_eq!(names(&mut s.west[0], json!({})), [""; 0]);

    let [east_one, east_two] = &mut s.east;
    s.admin.team_act(&act("add", &east, &s.west[0])).unwrap();
    give(&mut s.admin, &mut s.west[0]);
    give(east_one, &mut s.west[0]);
    assert_eq!(names(&mut s.west[0], json!({})), ["前から"]);

    s.admin.team_act(&act("remove", &east, &s.west[0])).unwrap();
    give(&mut s.admin, east_one);
    call(east_one, "household.create", json!({ "name": "あとから" }));
    say(east_one, &home);
    let bundle = east_one.bundle_bytes().unwrap();
    assert!(changes_opened_by_team(&s.west[0], &bundle, &east).is_empty());
    s.west[0].import_bytes(&bundle).unwrap();
    assert_eq!(names(&mut s.west[0], json!({})), ["前から"]);
    let brought = east_two.import_bytes(&bundle).unwrap();
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    assert_eq!(names(east_two, json!({})).len(), 2);
}

/// Red control: without a new key, the one who was taken out opens what comes.
#[test]
fn without_a_new_key_whoever_was_taken_out_would_read_on() {
    let mut s = two(405);
    let [east, _] = s.teams.clone();
    let [one, gone] = &mut s.east;
    let home = call(one, "household.create", json!({ "name": "前から" }));
    give(one, gone);
    super::super::seal::tests::NO_NEW_KEYS.set(true);
    s.admin.team_act(&act("remove", &east, gone)).unwrap();
    give(&mut s.admin, one);
    say(one, &home);
    let bundle = one.bundle_bytes().unwrap();
    super::super::seal::tests::NO_NEW_KEYS.set(false);
    assert!(!changes_opened_by_team(gone, &bundle, &east).is_empty());
}

#[test]
fn only_an_administrator_and_never_the_last_member() {
    let mut s = two(406);
    let [east, _] = s.teams.clone();
    let mine = act("add", &east, &s.west[0]);
    let refused = s.west[0].team_act(&mine).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotAdmin);
    for app in &s.east {
        s.admin.team_act(&act("remove", &east, app)).unwrap();
    }
    let last = act("remove", &east, &s.admin);
    assert_eq!(
        s.admin.team_act(&last).unwrap_err().code,
        ErrorCode::LastOfTeam
    );
    let office = hex(&s.admin.identity.office_vault);
    let whole = act("remove", &office, &s.east[0]);
    let refused = s.admin.team_act(&whole).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidValue);
    let nameless = TeamAct {
        act: "create".to_owned(),
        name: Some(" ".to_owned()),
        ..TeamAct::default()
    };
    assert!(s.admin.team_act(&nameless).is_err());
    assert_eq!(s.admin.teams().unwrap().items.len(), 2);
}

/// A file for all leaves out what the members of a team have, whatever those say who are not in it.
#[test]
fn who_is_not_in_a_team_does_not_hold_up_its_acknowledgements() {
    use crate::exchange::export::LeaveOut;
    let mut s = two(407);
    call(
        &mut s.east[0],
        "household.create",
        json!({ "name": "東の家" }),
    );
    let mut all: Vec<&mut App> = Vec::new();
    let [one, two_] = &mut s.east;
    all.extend([&mut s.admin, two_]);
    all.extend(&mut s.west);
    for app in all {
        give(one, app);
        give(app, one);
    }
    let bundle = one
        .bundle_in_memory(&LeaveOut::Acknowledged, || true)
        .unwrap();
    let brought = s.west[0].import_bytes(&bundle).unwrap();
    assert_eq!((brought.missing, brought.held), (0, 0));
    call(one, "household.create", json!({ "name": "東の二軒目" }));
    let bundle = one
        .bundle_in_memory(&LeaveOut::Acknowledged, || true)
        .unwrap();
    let brought = s.admin.import_bytes(&bundle).unwrap();
    assert!(brought.new > 0 && brought.known == 0, "{brought:?}");
}

pub(super) fn sync(app: &mut App, hub: &testkit::hub::Hub) -> crate::session::view::SyncView {
    let conversation = crate::hub::Conversation::sync(app, None).unwrap();
    crate::hub::talk(app, conversation, &mut hub.line())
        .unwrap()
        .0
}

/// Counts the bytes of the directory on the line.
struct Scales<'a>(testkit::hub::Line<'a>, usize);

impl ::sync::carrier::Carrier for Scales<'_> {
    fn carry(
        &mut self,
        call: &::sync::carrier::Call,
    ) -> Result<::sync::carrier::Reply, ::sync::carrier::Unreachable> {
        let reply = self.0.carry(call)?;
        if call.path.starts_with("/v1/directory") {
            self.1 += call.body.len() + reply.body.len();
        }
        Ok(reply)
    }
}

fn weighed(app: &mut App, hub: &testkit::hub::Hub) -> usize {
    let conversation = crate::hub::Conversation::sync(app, None).unwrap();
    let mut scales = Scales(hub.line(), 0);
    crate::hub::talk(app, conversation, &mut scales).unwrap();
    scales.1
}

/// The control is the first look after something changed: then all of it travels.
#[test]
fn a_directory_that_both_sides_know_does_not_travel_again() {
    let hub = testkit::hub::Hub::default();
    let code = hub.invite();
    let [mut admin, mut one, _, _] = office(418);
    let conversation =
        crate::hub::Conversation::join(&mut admin, testkit::hub::URL, &code).unwrap();
    crate::hub::talk(&mut admin, conversation, &mut hub.line()).unwrap();
    give(&mut admin, &mut one);
    for app in [&mut admin, &mut one] {
        assert!(weighed(app, &hub) > 500);
        assert!(weighed(app, &hub) < 10, "nobody has anything new");
    }
    let east = open(&mut admin, "東");
    admin.team_act(&act("add", &east, &one)).unwrap();
    assert!(weighed(&mut admin, &hub) > 500, "new here");
    assert!(weighed(&mut one, &hub) > 500, "new there");
    let knows = |app: &App| app.trust.directory.state().groups.len();
    assert_eq!((knows(&admin), knows(&one)), (2, 2));
    weighed(&mut admin, &hub);
    assert!(weighed(&mut admin, &hub) < 10 && weighed(&mut one, &hub) < 10);
}

/// The hub hands a lane to the members of its team only; whoever comes in fetches it from the beginning.
#[test]
fn over_the_hub_each_exchanges_the_lanes_of_its_own_teams() {
    let hub = testkit::hub::Hub::default();
    let code = hub.invite();
    let [mut admin, mut one, mut two_, mut other] = office(408);
    let conversation =
        crate::hub::Conversation::join(&mut admin, testkit::hub::URL, &code).unwrap();
    crate::hub::talk(&mut admin, conversation, &mut hub.line()).unwrap();
    for app in [&mut one, &mut two_, &mut other] {
        give(&mut admin, app);
        sync(app, &hub);
    }
    let east = open(&mut admin, "東");
    let west = open(&mut admin, "西");
    for (team, app) in [(&east, &one), (&west, &other)] {
        admin.team_act(&act("add", team, app)).unwrap();
    }
    sync(&mut admin, &hub);
    for app in [&mut one, &mut two_, &mut other] {
        sync(app, &hub);
    }
    call(&mut one, "household.create", json!({ "name": "東の家" }));
    let sent = sync(&mut one, &hub);
    assert!(sent.sent > 0 && sent.confirmed > 0, "{sent:?}");
    for app in [&mut admin, &mut two_, &mut other] {
        let view = sync(app, &hub);
        assert_eq!((view.held, view.refused.len()), (0, 0), "{view:?}");
    }
    assert_eq!(names(&mut admin, json!({})), ["東の家"]);
    for app in [&mut two_, &mut other] {
        assert_eq!(names(app, json!({})), [""; 0]);
        assert_eq!(app.waiting().unwrap().missing, 0, "nothing is missed");
    }
    admin.team_act(&act("add", &east, &two_)).unwrap();
    sync(&mut admin, &hub);
    sync(&mut two_, &hub);
    assert_eq!(names(&mut two_, json!({})), ["東の家"]);
    assert_eq!(names(&mut other, json!({})), [""; 0]);
}

/// Who would not see the household is not offered it; within the team it goes as ever.
#[test]
fn a_household_is_handed_over_within_its_team_only() {
    let mut s = two(409);
    let home = call(
        &mut s.east[0],
        "household.create",
        json!({ "name": "東の家" }),
    );
    let to = |app: &App| app.identity.worker.clone();
    let offer = |worker: String| json!({ "toWorkerId": worker, "households": [{ "householdId": id(&home) }] });
    let outside = offer(to(&s.west[0]));
    let refused = attempt(&mut s.east[0], "handover.offer", outside).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotInTeam);
    let inside = offer(to(&s.east[1]));
    call(&mut s.east[0], "handover.offer", inside);
}

#[test]
fn names_change_for_all_and_only_an_administrator_renames_the_office() {
    let [mut admin, mut sato] = office::<2>(61);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "みほん家" }),
    ));
    give(&mut admin, &mut sato);
    give(&mut sato, &mut admin);
    let change = |of: &str, name: &str| crate::session::view::ChangeName {
        of: of.to_owned(),
        name: name.to_owned(),
    };
    let refused = sato
        .change_name(&change("office", "別の事務所"))
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotAdmin);
    for (of, name) in [("office", "  "), ("worker", ""), ("team", "だれか")] {
        let refused = admin.change_name(&change(of, name)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidValue);
    }
    sato.change_name(&change("worker", " 鈴木 花子 ")).unwrap();
    admin
        .change_name(&change("office", "みほん市 地域福祉課"))
        .unwrap();
    give(&mut sato, &mut admin);
    give(&mut admin, &mut sato);
    for app in [&mut admin, &mut sato] {
        let list = app.devices().unwrap().items;
        assert!(list.iter().any(|it| it.worker.name == "鈴木 花子"));
        let kept = app.store.read(crate::trust::read_office).unwrap().unwrap();
        assert_eq!(kept.name, "みほん市 地域福祉課");
        // What was written before shows who it is today.
        let past = call(app, "history", json!({ "id": household }));
        assert!(past.to_string().contains("鈴木 花子"));
    }
    assert_same(&admin, &sato);
    // Opened again, this device says its own name of today.
    let own = sato.store.read(crate::trust::read_worker).unwrap();
    assert_eq!(own.name, "鈴木 花子");
}
