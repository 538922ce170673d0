//! A case goes to another team: the new one reads all of it and writes on, the old one reads nothing new, and whoever had not
//! heard of it loses no word.

use serde_json::json;

use super::teams::{Two, act, names, open, say, sync, two, two_and_paper};
use super::*;
use crate::ErrorCode;
use crate::exchange::carry::tests::NONE_APART;
use crate::trust::late::tests::HANDS_NOTHING_ON;
use crate::trust::moves::tests::{BOXES_NOTHING, NEVER_PARTED};

pub(super) fn moved(app: &mut App, home: &Value, team: &str) -> Value {
    let asked = json!({ "id": id(home), "team": team, "reason": "転居のため" });
    call(app, "household.moveTeam", asked)
}

/// Puts a laptop's clock so many ms after noon.
pub(super) fn at(app: &mut App, after: i64, seed: u64) {
    app.environment = Box::new(Fixed::new(NOON + after, seed));
}

pub(super) fn note(app: &mut App, home: &Value, text: &str) {
    let asked = json!({ "householdId": id(home), "text": text });
    call(app, "note.create", asked);
}

pub(super) fn notes(app: &mut App, home: &Value) -> Vec<String> {
    let view = call(app, "household.get", json!({ "id": id(home) }));
    let mut all: Vec<_> = view["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["text"].as_str().unwrap_or_default().to_owned())
        .collect();
    all.sort();
    all
}

pub(super) fn fine(brought: &crate::session::view::ImportView) {
    assert_eq!((brought.held, brought.refused.len()), (0, 0), "{brought:?}");
}

/// A home of the eastern team with a past of two authors, known to all its members; nothing of it is in the west.
pub(super) fn settled(seed: u64) -> (Two, Value) {
    let (s, home, _) = settled_with(seed, ["worker"; 4]);
    (s, home)
}

/// The same with the office's paper key, and with other roles.
pub(super) fn settled_with(seed: u64, roles: [&str; 4]) -> (Two, Value, String) {
    let (mut s, paper) = two_and_paper(seed, roles);
    let [one, other] = &mut s.east;
    let home = call(one, "household.create", json!({ "name": "移る家" }));
    note(one, &home, "一人目の記録");
    fine(&give(one, other));
    note(other, &home, "二人目の記録");
    fine(&give(other, one));
    fine(&give(other, &mut s.admin));
    for app in &mut s.west {
        fine(&give(&mut s.admin, app));
        assert_eq!(names(app, json!({})), [""; 0]);
    }
    (s, home, paper)
}

#[test]
fn the_new_team_reads_all_of_the_past_and_writes_on_and_the_old_one_reads_nothing_new() {
    let (mut s, home) = settled(501);
    let [_, west] = s.teams.clone();
    let view = moved(&mut s.admin, &home, &west);
    assert_eq!(view["team"]["id"], json!(west));
    assert_eq!(view["teamMoves"][0]["reason"], "転居のため");
    assert_eq!(view["teamMoves"][0]["from"]["name"], "東");
    let bundle = s.admin.bundle_bytes().unwrap();
    for app in &mut s.west {
        fine(&app.import_bytes(&bundle).unwrap());
        assert_eq!(names(app, json!({})), ["移る家"]);
        assert_eq!(notes(app, &home), ["一人目の記録", "二人目の記録"]);
    }
    let [w1, w2] = &mut s.west;
    note(w1, &home, "西の記録");
    fine(&give(w1, w2));
    fine(&give(w1, &mut s.admin));
    assert_eq!(notes(w2, &home).len(), 3);
    assert_same_case(w1, &mut s.admin, &home);

    // The old team learns that it went, and why; nothing that came after opens there.
    let bundle = s.admin.bundle_bytes().unwrap();
    let [e1, e2] = &mut s.east;
    for app in [e1, e2] {
        assert!(
            opened_by(app, &bundle, &s.teams[0])
                .iter()
                .all(|text| !text.contains("西の記録"))
        );
        fine(&app.import_bytes(&bundle).unwrap());
        assert_eq!(notes(app, &home), ["一人目の記録", "二人目の記録"]);
        let view = call(app, "household.get", json!({ "id": id(&home) }));
        assert_eq!(view["local"]["movedTo"]["name"], "西");
        assert_eq!(
            view["local"]["movePending"],
            json!(false),
            "one who is in both has it"
        );
        assert_eq!(view["teamMoves"][0]["reason"], "転居のため");
        let asked = json!({ "id": id(&home), "field": "summary", "value": "もう書けない" });
        let refused = attempt(app, "household.update", asked).unwrap_err();
        assert_eq!(refused.code, ErrorCode::MovedAway);
    }
}

/// What a device opens of a bundle, as text where it is text.
pub(super) fn opened_by(app: &App, bundle: &[u8], team: &str) -> Vec<String> {
    let all = changes_opened_by_team(app, bundle, team);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    all.into_iter().map(text).collect()
}

pub(super) fn assert_same_case(one: &mut App, two: &mut App, home: &Value) {
    assert_eq!(shared(one, &id(home)), shared(two, &id(home)));
}

/// Red control: with the lane and the key of before, the old team opens what the new one writes.
#[test]
fn without_another_lane_and_key_the_old_team_would_read_on() {
    let (mut s, home) = settled(502);
    let [east, west] = s.teams.clone();
    super::super::carry::tests::STAYS.set(true);
    super::super::seal::tests::NO_NEW_KEYS.set(true);
    moved(&mut s.admin, &home, &west);
    note(&mut s.admin, &home, "移したあとの記録");
    let bundle = s.admin.bundle_bytes().unwrap();
    super::super::carry::tests::STAYS.set(false);
    super::super::seal::tests::NO_NEW_KEYS.set(false);
    let opened = opened_by(&s.east[0], &bundle, &east);
    assert!(opened.iter().any(|text| text.contains("移したあとの記録")));
}

/// The green side of the same, on the same laptops.
#[test]
fn with_them_it_opens_nothing_that_was_written_after() {
    let (mut s, home) = settled(502);
    let [east, west] = s.teams.clone();
    moved(&mut s.admin, &home, &west);
    note(&mut s.admin, &home, "移したあとの記録");
    let bundle = s.admin.bundle_bytes().unwrap();
    let opened = opened_by(&s.east[0], &bundle, &east);
    assert!(opened.iter().all(|text| !text.contains("移したあとの記録")));
}

/// One is away while it goes, and writes on: nothing is lost, and the new team sees whose late words they are. In any order of
/// the files, each twice.
#[test]
fn late_words_of_the_old_team_reach_the_new_one_in_any_order_and_twice() {
    for order in 0..6 {
        let (mut s, home) = settled(503 + order);
        let [_, west] = s.teams.clone();
        at(&mut s.admin, 60_000, 7_000 + order);
        moved(&mut s.admin, &home, &west);
        let first = s.admin.bundle_bytes().unwrap();
        // Has not heard of it.
        at(&mut s.east[0], 120_000, 8_000 + order);
        note(&mut s.east[0], &home, "遅れた記録");
        let late = s.east[0].bundle_bytes().unwrap();
        fine(&s.admin.import_bytes(&late).unwrap());
        let second = s.admin.bundle_bytes().unwrap();
        let [w1, _] = &mut s.west;
        let files = [&first, &late, &second];
        let turns = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        for turn in [turns[usize::try_from(order).unwrap()]; 2].concat() {
            w1.import_bytes(files[turn]).unwrap();
        }
        let want = ["一人目の記録", "二人目の記録", "遅れた記録"];
        assert_eq!(notes(w1, &home), want, "order {order}");
        let view = call(w1, "household.get", json!({ "id": id(&home) }));
        assert_eq!(
            view["late"].as_array().map(Vec::len),
            Some(1),
            "{}",
            view["late"]
        );
        assert_eq!(w1.waiting().unwrap().missing, 0, "nothing is missed");
        assert_same_case(w1, &mut s.admin, &home);
        // Back with the late one: it learns, and keeps its words.
        fine(&give(&mut s.admin, &mut s.east[0]));
        assert_eq!(notes(&mut s.east[0], &home), want);
    }
}

/// Two who are in both teams carry the same: one effect.
#[test]
fn carried_by_two_it_counts_once() {
    let (mut s, home) = settled(520);
    let [_, west] = s.teams.clone();
    s.admin.team_act(&act("add", &west, &s.east[0])).unwrap();
    fine(&give(&mut s.admin, &mut s.east[0]));
    moved(&mut s.admin, &home, &west);
    let by_admin = s.admin.bundle_bytes().unwrap();
    note(&mut s.east[1], &home, "遅れた記録");
    let late = s.east[1].bundle_bytes().unwrap();
    for app in [&mut s.admin, &mut s.east[0]] {
        app.import_bytes(&by_admin).unwrap();
        fine(&app.import_bytes(&late).unwrap());
    }
    let (one, two_) = (
        s.admin.bundle_bytes().unwrap(),
        s.east[0].bundle_bytes().unwrap(),
    );
    for bundle in [&two_, &one, &two_] {
        s.west[0].import_bytes(bundle).unwrap();
    }
    assert_eq!(notes(&mut s.west[0], &home).len(), 3);
    fine(&give(&mut s.east[0], &mut s.admin));
    fine(&give(&mut s.admin, &mut s.east[0]));
    let [e1, _] = &mut s.east;
    assert_same_case(e1, &mut s.west[0], &home);
    assert_same_case(&mut s.admin, &mut s.west[0], &home);
    // And nothing is carried again.
    let before = s.admin.store.read(|r| r.record_places()).unwrap().len();
    s.admin.bundle_bytes().unwrap();
    assert_eq!(
        s.admin.store.read(|r| r.record_places()).unwrap().len(),
        before
    );
}

#[test]
fn moved_back_the_first_team_has_all_of_it_again() {
    let (mut s, home) = settled(521);
    let [east, west] = s.teams.clone();
    moved(&mut s.admin, &home, &west);
    fine(&give(&mut s.admin, &mut s.west[0]));
    note(&mut s.west[0], &home, "西の記録");
    fine(&give(&mut s.west[0], &mut s.admin));
    moved(&mut s.admin, &home, &east);
    for app in &mut s.east {
        fine(&give(&mut s.admin, app));
        assert_eq!(notes(app, &home).len(), 3);
        say(app, &home);
    }
    fine(&give(&mut s.admin, &mut s.west[0]));
    let asked = json!({ "id": id(&home), "field": "summary", "value": "もう書けない" });
    let refused = attempt(&mut s.west[0], "household.update", asked).unwrap_err();
    assert_eq!(refused.code, ErrorCode::MovedAway);
}

/// The old team made a new key before it heard of the move, and wrote under it: the new team gets that key, too, whichever of
/// the two counts as the newest.
#[test]
fn late_words_under_a_key_that_the_mover_did_not_know_are_read_by_the_new_team() {
    for seed in 0..8 {
        let (mut s, home) = settled(550 + seed);
        let [east, west] = s.teams.clone();
        let [e1, e2] = &mut s.east;
        s.admin.team_act(&act("remove", &east, e2)).unwrap();
        fine(&give(&mut s.admin, e1));
        moved(&mut s.admin, &home, &west);
        s.admin.bundle_bytes().unwrap();
        note(e1, &home, "知らずに書いた記録");
        fine(&give(e1, &mut s.admin));
        fine(&give(&mut s.admin, &mut s.west[0]));
        let there = notes(&mut s.west[0], &home);
        assert!(
            there.contains(&"知らずに書いた記録".to_owned()),
            "{there:?}"
        );
    }
}

#[test]
fn a_case_of_the_whole_office_goes_to_a_team() {
    let mut s = two(522);
    let office = crate::facts::said::hex(&s.admin.identity.office_vault);
    let asked = json!({ "name": "皆の家", "team": office });
    let home = call(&mut s.admin, "household.create", asked);
    fine(&give(&mut s.admin, &mut s.east[0]));
    assert_eq!(names(&mut s.east[0], json!({})), ["皆の家"]);
    let [_, west] = s.teams.clone();
    moved(&mut s.admin, &home, &west);
    note(&mut s.admin, &home, "移したあとの記録");
    for app in [&mut s.east[0], &mut s.west[0]] {
        fine(&give(&mut s.admin, app));
    }
    assert_eq!(notes(&mut s.west[0], &home), ["移したあとの記録"]);
    assert_eq!(notes(&mut s.east[0], &home), [""; 0]);
}

#[test]
fn who_may_and_what_cannot_be() {
    let (mut s, home) = settled(523);
    let [east, west] = s.teams.clone();
    let asked =
        |team: &str, reason: &str| json!({ "id": id(&home), "team": team, "reason": reason });
    let code = |app: &mut App, team: &str, reason: &str| {
        attempt(app, "household.moveTeam", asked(team, reason))
            .unwrap_err()
            .code
    };
    assert_eq!(
        code(&mut s.east[0], &west, "わけ"),
        ErrorCode::NotSupervisor
    );
    assert_eq!(code(&mut s.admin, &west, " "), ErrorCode::ReasonNeeded);
    assert_eq!(code(&mut s.admin, &east, "わけ"), ErrorCode::InvalidValue);
    assert_eq!(
        code(&mut s.admin, &"0".repeat(32), "わけ"),
        ErrorCode::InvalidValue
    );
    // Nothing was half done.
    let view = call(&mut s.admin, "household.get", json!({ "id": id(&home) }));
    assert_eq!(view["teamMoves"].as_array().map(Vec::len), Some(0));
    assert_eq!(view["team"]["name"], "東");
}

#[test]
fn over_the_hub_it_goes_from_lane_to_lane() {
    let hub = testkit::hub::Hub::default();
    let code = hub.invite();
    let (mut s, home) = settled(524);
    let joining = crate::hub::Conversation::join(&mut s.admin, testkit::hub::URL, &code).unwrap();
    crate::hub::talk(&mut s.admin, joining, &mut hub.line()).unwrap();
    let [e1, e2] = &mut s.east;
    let [w1, w2] = &mut s.west;
    for app in [&mut *e1, &mut *e2, &mut *w1, &mut *w2] {
        give(&mut s.admin, app);
        sync(app, &hub);
    }
    let west = s.teams[1].clone();
    sync(&mut s.admin, &hub);
    moved(&mut s.admin, &home, &west);
    // One is away, and writes.
    note(e1, &home, "遅れた記録");
    sync(&mut s.admin, &hub);
    for app in [&mut *w1, &mut *w2, &mut *e2] {
        let view = sync(app, &hub);
        assert_eq!((view.held, view.refused.len()), (0, 0), "{view:?}");
    }
    assert_eq!(notes(w1, &home).len(), 2);
    sync(e1, &hub);
    sync(&mut s.admin, &hub);
    note(w2, &home, "西の記録");
    sync(w2, &hub);
    for app in [&mut *w1, &mut *w2, &mut *e2, &mut s.admin] {
        sync(app, &hub);
        assert_eq!(app.waiting().unwrap().missing, 0);
    }
    assert_eq!(notes(w1, &home).len(), 4);
    assert_eq!(notes(&mut s.admin, &home).len(), 4);
    assert!(!notes(e2, &home).contains(&"西の記録".to_owned()));
}

/// Two move it at the same time, each to another team: both teams read all of it, until somebody moves it to one.
#[test]
fn moved_to_two_teams_at_the_same_time_both_read_it() {
    let (mut s, home, _) = settled_with(525, ["worker", "supervisor", "worker", "worker"]);
    let west = s.teams[1].clone();
    let north = open(&mut s.admin, "北");
    for app in [&s.east[1], &s.west[1]] {
        s.admin.team_act(&act("add", &north, app)).unwrap();
    }
    let Two {
        admin,
        east: [_, lead],
        west: [w1, n1],
        ..
    } = &mut s;
    for app in [&mut *lead, &mut *w1, &mut *n1] {
        fine(&give(admin, app));
    }
    moved(admin, &home, &west);
    moved(lead, &home, &north);
    note(lead, &home, "北の記録");
    for _ in 0..2 {
        give(admin, lead);
        give(lead, admin);
    }
    note(admin, &home, "二つのチームの記録");
    for app in [&mut *w1, &mut *n1, &mut *lead] {
        fine(&give(admin, app));
        assert_eq!(notes(app, &home).len(), 4);
    }
    note(w1, &home, "西の記録");
    give(w1, admin);
    fine(&give(admin, lead));
    assert_eq!(notes(lead, &home).len(), 5);
    assert_same_case(admin, lead, &home);
    // To one of them: the other is told.
    moved(admin, &home, &west);
    fine(&give(admin, lead));
    let asked = json!({ "id": id(&home), "field": "summary", "value": "もう書けない" });
    let refused = attempt(lead, "household.update", asked).unwrap_err();
    assert_eq!(refused.code, ErrorCode::MovedAway);
    note(admin, &home, "西だけの記録");
    fine(&give(admin, w1));
    fine(&give(admin, lead));
    assert_eq!(notes(w1, &home).len(), 6);
    assert_eq!(notes(lead, &home).len(), 5);
}

/// The administrator is in the western team no more: nobody is in both.
pub(super) fn parted(seed: u64) -> (Two, Value) {
    let (s, home, _) = parted_with(seed, ["supervisor", "worker", "worker", "worker"]);
    (s, home)
}

/// The same with the office's paper key, and with other roles.
pub(super) fn parted_with(seed: u64, roles: [&str; 4]) -> (Two, Value, String) {
    let (mut s, home, paper) = settled_with(seed, roles);
    let west = s.teams[1].clone();
    s.admin.team_act(&act("remove", &west, &s.admin)).unwrap();
    for app in s.east.iter_mut().chain(&mut s.west) {
        fine(&give(&mut s.admin, app));
    }
    (s, home, paper)
}

/// A supervisor of one team moves a case to a team that she is not in, and that nobody of hers is in.
#[test]
fn where_nobody_is_in_both_the_new_team_reads_all_of_it_and_writes_on() {
    let (mut s, home) = parted(540);
    let west = s.teams[1].clone();
    let [e1, e2] = &mut s.east;
    moved(e1, &home, &west);
    let bundle = e1.bundle_bytes().unwrap();
    let [w1, w2] = &mut s.west;
    for app in [&mut *w1, &mut *w2] {
        fine(&app.import_bytes(&bundle).unwrap());
        assert_eq!(notes(app, &home), ["一人目の記録", "二人目の記録"]);
        let view = call(app, "household.get", json!({ "id": id(&home) }));
        assert_eq!(view["team"]["id"], json!(west));
        assert_eq!(view["teamMoves"][0]["reason"], "転居のため");
    }
    note(w1, &home, "西の記録");
    let bundle = w1.bundle_bytes().unwrap();
    fine(&w2.import_bytes(&bundle).unwrap());
    assert_eq!(notes(w2, &home).len(), 3);
    assert_same_case(w1, w2, &home);
    // Nothing that is written after opens in the old team.
    assert!(
        opened_by(e1, &bundle, &s.teams[0])
            .iter()
            .all(|text| !text.contains("西の記録"))
    );
    fine(&e1.import_bytes(&bundle).unwrap());
    assert_eq!(notes(e1, &home).len(), 2);

    // Who had not heard of it loses no word: they come to the new team through any device of the old one.
    at(e2, 120_000, 8_540);
    note(e2, &home, "遅れた記録");
    fine(&give(e1, e2));
    fine(&give(e2, w1));
    let want = ["一人目の記録", "二人目の記録", "西の記録", "遅れた記録"];
    assert_eq!(notes(w1, &home), want);
    fine(&give(w1, w2));
    assert_same_case(w1, w2, &home);
    for app in [&mut *w1, &mut *w2] {
        assert_eq!(app.waiting().unwrap().missing, 0);
    }
}

/// Red controls: without the organisation's lane nothing of it gets there, neither its past nor what comes late; without a box
/// for each device nothing opens.
#[test]
fn without_that_lane_or_those_boxes_the_new_team_has_nothing_of_it() {
    let read = |lane: bool, boxes: bool| {
        let (mut s, home) = parted(562);
        let west = s.teams[1].clone();
        let [e1, e2] = &mut s.east;
        NONE_APART.set(!lane);
        BOXES_NOTHING.set(!boxes);
        HANDS_NOTHING_ON.set(!boxes);
        moved(e1, &home, &west);
        let mut counts = Vec::new();
        for late in [false, true] {
            if late {
                at(e2, 120_000, 8_562);
                note(e2, &home, "遅れた記録");
                give(e1, e2);
                give(e2, e1);
            }
            let bundle = e1.bundle_bytes().unwrap();
            for app in &mut s.west {
                app.import_bytes(&bundle).unwrap();
                let asked = json!({ "id": id(&home) });
                let view = attempt(app, "household.get", asked).ok();
                let notes = view.and_then(|view| Some(view["notes"].as_array()?.len()));
                counts.push(notes.unwrap_or_default());
            }
        }
        NONE_APART.set(false);
        BOXES_NOTHING.set(false);
        HANDS_NOTHING_ON.set(false);
        counts
    };
    assert_eq!(read(true, true), [2, 2, 3, 3]);
    assert_eq!(read(false, true), [0; 4]);
    assert_eq!(read(true, false), [0; 4]);
}

/// In any order of the files, each twice; what the rest of the office cannot read stays shut to it.
#[test]
fn parted_teams_converge_in_any_order_and_nobody_else_opens_it() {
    for order in 0..6_usize {
        let (mut s, home) = parted(550 + u64::try_from(order).unwrap());
        let west = s.teams[1].clone();
        let far = open(&mut s.admin, "北");
        s.admin.team_act(&act("add", &far, &s.west[1])).unwrap();
        s.admin.team_act(&act("remove", &west, &s.west[1])).unwrap();
        let [w1, other] = &mut s.west;
        let [e1, e2] = &mut s.east;
        for app in [&mut *e1, &mut *e2, &mut *w1, &mut *other] {
            fine(&give(&mut s.admin, app));
        }
        moved(e1, &home, &west);
        let first = e1.bundle_bytes().unwrap();
        note(e2, &home, "遅れた記録");
        let late = e2.bundle_bytes().unwrap();
        fine(&e1.import_bytes(&late).unwrap());
        let second = e1.bundle_bytes().unwrap();
        let files = [&first, &late, &second];
        let turns = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        for turn in [turns[order]; 2].concat() {
            w1.import_bytes(files[turn]).unwrap();
            other.import_bytes(files[turn]).unwrap();
        }
        let want = ["一人目の記録", "二人目の記録", "遅れた記録"];
        assert_eq!(notes(w1, &home), want, "order {order}");
        assert_eq!(names(other, json!({})), [""; 0]);
        assert!(changes_opened_by_team(other, &second, &far).is_empty());
        // And nothing is carried again.
        let count = |app: &App| app.store.read(|r| r.record_places()).unwrap().len();
        for app in [w1, e1] {
            app.bundle_bytes().unwrap();
            let before = count(app);
            app.bundle_bytes().unwrap();
            assert_eq!(count(app), before);
        }
    }
}

#[test]
fn parted_teams_over_the_hub() {
    let hub = testkit::hub::Hub::default();
    let code = hub.invite();
    let (mut s, home) = parted(560);
    let joining = crate::hub::Conversation::join(&mut s.admin, testkit::hub::URL, &code).unwrap();
    crate::hub::talk(&mut s.admin, joining, &mut hub.line()).unwrap();
    let [east, west] = s.teams.clone();
    let [e1, e2] = &mut s.east;
    let [w1, w2] = &mut s.west;
    for app in [&mut *e1, &mut *e2, &mut *w1, &mut *w2] {
        give(&mut s.admin, app);
        sync(app, &hub);
    }
    moved(e1, &home, &west);
    note(e2, &home, "遅れた記録");
    for _ in 0..3 {
        for app in [&mut *e1, &mut *e2, &mut *w1, &mut *w2] {
            // A lane that comes first may wait for what another one brings.
            assert_eq!(sync(app, &hub).refused.len(), 0);
        }
    }
    for app in [&mut *e1, &mut *e2, &mut *w1, &mut *w2] {
        assert_eq!(sync(app, &hub).held, 0);
        assert_eq!(app.waiting().unwrap().missing, 0);
    }
    for app in [&mut *w1, &mut *w2] {
        assert_eq!(notes(app, &home).len(), 3);
    }
    note(w1, &home, "西の記録");
    sync(w1, &hub);
    // Back it goes only by the hand of somebody who may.
    let back = json!({ "id": id(&home), "team": east, "reason": "戻る" });
    let refused = attempt(w1, "household.moveTeam", back).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotSupervisor);
}

/// Whoever led it and is not in the new team neither sees its date on the first screen nor leads it, and the new team does.
#[test]
fn the_first_screen_is_that_of_the_team_that_has_it() {
    let (mut s, home) = parted(561);
    let west = s.teams[1].clone();
    let [e1, e2] = &mut s.east;
    let [w1, _] = &mut s.west;
    let update = |app: &mut App, field: &str, value: &str| {
        let asked = json!({ "id": id(&home), "field": field, "value": value });
        call(app, "household.update", asked);
    };
    update(e1, "nextOn", "2026-11-20");
    update(e1, "nextWhat", "電話する");
    fine(&give(e1, e2));
    let due = |app: &mut App| {
        let today = call(app, "today.get", json!({}));
        today["due"].as_array().unwrap().len()
    };
    let led_by = |app: &mut App, lead: &str| names(app, json!({ "leadWorkerId": lead }));
    let lead = call(e1, "household.get", json!({ "id": id(&home) }))["leadWorker"]["id"].clone();
    let lead = lead.as_str().unwrap();
    assert_eq!((due(e1), led_by(e1, lead).len()), (1, 1));
    moved(e1, &home, &west);
    let pending = |app: &mut App| {
        call(app, "household.get", json!({ "id": id(&home) }))["local"]["movePending"].clone()
    };
    fine(&give(e1, w1));
    fine(&give(e1, e2));
    for app in [&mut *e1, &mut *e2] {
        assert_eq!((due(app), led_by(app, lead).len()), (0, 0));
        assert_eq!(pending(app), json!(true));
    }
    assert_eq!(due(w1), 1, "nobody leads it, so everybody there sees it");
    // Once somebody there has said so, it is on its way no more.
    fine(&give(w1, e1));
    assert_eq!(pending(e1), json!(false));
    assert_eq!(pending(w1), json!(false));
}

/// A supervisor of both teams moves the case, and leaves the old one before she has what somebody there wrote meanwhile.
/// Gives what the new team shows then of the case. With `renewed`, whoever wrote had heard that she left, and not of the move:
/// it lies under a key that she does not have.
fn bridge_gone(seed: u64, renewed: bool) -> Vec<String> {
    let (mut s, home, _) = parted_with(seed, ["supervisor", "worker", "worker", "worker"]);
    let [east, west] = s.teams.clone();
    let [e1, e2] = &mut s.east;
    let [w1, _] = &mut s.west;
    s.admin.team_act(&act("add", &west, e1)).unwrap();
    for app in [&mut *e1, &mut *w1] {
        fine(&give(&mut s.admin, app));
    }
    fine(&give(w1, e1));
    moved(e1, &home, &west);
    fine(&give(e1, w1));
    assert_eq!(notes(w1, &home), ["一人目の記録", "二人目の記録"]);

    s.admin.team_act(&act("remove", &east, e1)).unwrap();
    if renewed {
        fine(&give(&mut s.admin, e2));
    }
    at(e2, 120_000, 8_000 + seed);
    note(e2, &home, "遅れた記録");
    // What goes to the old team comes to her no more.
    give(&mut s.admin, e1);
    give(e1, &mut s.admin);
    fine(&give(e2, &mut s.admin));
    give(&mut s.admin, w1);
    notes(w1, &home)
}

/// Nobody is in both teams any more, though somebody was when the case was moved.
#[test]
fn where_nobody_is_in_both_any_more_late_words_reach_the_new_team_all_the_same() {
    let want = ["一人目の記録", "二人目の記録", "遅れた記録"];
    for (seed, renewed) in [(570, false), (571, true)] {
        assert_eq!(bridge_gone(seed, renewed), want, "{renewed}");
    }
}

/// Red control: as long as only whoever moved it carries, the words stay in the old team.
#[test]
fn without_that_they_stay_where_nobody_reads_the_case() {
    for (seed, renewed) in [(572, false), (573, true)] {
        NEVER_PARTED.set(true);
        let read = bridge_gone(seed, renewed);
        NEVER_PARTED.set(false);
        assert_eq!(read, ["一人目の記録", "二人目の記録"], "{renewed}");
    }
}
